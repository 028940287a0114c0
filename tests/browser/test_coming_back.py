"""The second day: run, saved, closed, the machine restarted, opened again; with the views' state saved and without."""

from __future__ import annotations

import re
import urllib.request

import nbformat
import pytest
from html_assets import copy_assets
from lab import TOKEN, Lab, SavedPage
from reading import moves, slide_to

pytestmark = pytest.mark.browser

SOURCES = (
    "import numpy as np, ipywidgets\nfrom lstm_viz import LSTMCell, explore\n"
    "trace = LSTMCell.initialise(4, 6).run(np.random.default_rng(3).normal(size=(24, 4)))",
    "explore(trace)",
    "ipywidgets.VBox([ipywidgets.FloatSlider(description='weight'), ipywidgets.Output()])",
)
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
OFF = {"@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": False}}
CALM = "This view went with its kernel: run the cells from the top to here (Shift+Enter), and it is back."
WITHOUT = "The kernel of this view has gone. What slides still slides; "
DIRTY = "() => window.jupyterapp.shell.currentWidget.context.model.dirty"
#: what stands before each part of a view that has lost its kernel: ipywidgets puts a red broken link there
BEFORE = """(place) => [...place.querySelectorAll(".jupyter-widgets-disconnected")]
  .map((e) => getComputedStyle(e, "::before").content).filter((text) => text !== "none")"""


def told(place):
    """The lines that a cell's views without a kernel show before their parts."""
    return [text.strip('"') for text in place.evaluate(BEFORE)]


#: the next notebook's widget manager says that all is restored before it has what the notebook holds, which the kernel
#: lets it wait for: so it is where a busy machine's kernel is heard twice
EARLY = """() => window.jupyterapp.docRegistry.addWidgetExtension("Notebook", {
  createNew({content}, {sessionContext}) {
    sessionContext.ready.then(() => {
      const {kernel} = sessionContext.session;
      const ask = kernel.requestCommInfo.bind(kernel);
      kernel.requestCommInfo = async (...what) => {
        await new Promise((go) => setTimeout(go, 5000));
        return ask(...what);
      };
    });
    const make = content.rendermime.createRenderer.bind(content.rendermime);
    content.rendermime.createRenderer = (mime) => {
      const renderer = make(mime);
      const nothing = {loadKernel: false, loadNotebook: false};
      renderer._manager?.promise.then((manager) => manager.restoreWidgets(null, nothing));
      return renderer;
    };
  },
})"""


@pytest.fixture
def machine(tmp_path):
    """machine(**options) -> Lab on one notebook, which can be shut down and started again."""
    labs = []

    def switched_on(**options):
        for name in ("private", "work"):
            (tmp_path / name).mkdir()
        cells = [nbformat.v4.new_code_cell(source) for source in SOURCES]
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), tmp_path / "work" / "lesson.ipynb")
        labs.append(Lab(tmp_path / "work", tmp_path / "private", **options))
        return labs[0]

    yield switched_on
    for lab in labs:
        lab.close()


def run_slide_and_save(lab, chromium):
    """The first day: the lesson is run, slid to t = 5, saved and closed."""
    page = lab.open(chromium, "lesson.ipynb")
    page.run_all()
    page.show_cell(2)
    slide_to(page.show_cell(1), 5)
    page.wait_idle()
    page.save()
    assert page.problems == []
    page.close()


@pytest.mark.parametrize("app", ["jupyterlab", pytest.param("notebook", marks=pytest.mark.long)])
def test_views_live_again_after_a_restart(app, machine, chromium):
    lab = machine(app=app)
    run_slide_and_save(lab, chromium)
    assert (lab.folder / "lesson.ipynb").stat().st_size < 3_000_000
    lab.close()
    lab.start()
    page = lab.open(chromium, "lesson.ipynb")
    view = page.show_cell(1)
    assert [line.startswith(WITHOUT) for line in told(view)] == [True], "one line, and no broken links"
    assert page.page.evaluate(DIRTY) is False, "a notebook that was only opened is not unsaved"
    assert "at timestep 5" in view.locator(".lv-diagram").first.evaluate("(e) => e.closest('[aria-label]').ariaLabel")
    slide_to(view, 9)
    assert view.locator(".lstm-viz-readout").inner_text() == "9 / 24"
    assert view.locator(".js-plotly-plot .main-svg").first.is_visible()
    assert moves(page.show_cell(2).locator(".noUi-handle"))
    assert page.problems == []
    page.run_all()
    assert told(page.show_cell(1)) == [] and page.page.evaluate(DIRTY) is True
    page.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    page.page.wait_for_function(f"() => ({BEFORE})(document).length === 2")
    assert all(line.startswith(WITHOUT) for line in told(page.page.locator(".jp-Notebook")))
    page.close()


@pytest.mark.parametrize("app", ["jupyterlab", "notebook"])
def test_where_nothing_was_saved_one_calm_line_says_to_run_the_cell(app, machine, chromium):
    lab = machine(app=app, settings=OFF)
    run_slide_and_save(lab, chromium)
    path = lab.folder / "lesson.ipynb"
    notebook = nbformat.read(path, as_version=4)
    assert "widgets" not in notebook.metadata
    picture = '<img alt="a view" src="data:image/png;base64,iVBORw0KGgo=">'
    notebook.cells[1].outputs[0].data["text/html"] = picture  # beside the view, as other tools leave it
    nbformat.write(notebook, path)
    lab.close()
    lab.trust("lesson.ipynb")
    lab.start()
    page = lab.open(chromium, "lesson.ipynb")
    page.page.get_by_text(CALM).nth(1).wait_for()
    shown = page.page.locator(".jp-Notebook")
    assert shown.inner_text().count(CALM) == 2 and "Error" not in shown.inner_text()
    assert page.show_cell(1).locator("img[alt='a view']").count() == 1
    assert "FloatSlider(value=0.0, description='weight')" in page.show_cell(2).inner_text()
    assert all("widget model not found" in problem for problem in page.problems), "in the console, for who looks"
    page.run_all()
    assert page.show_cell(1).locator(".lv-diagram").count() == 1 and CALM not in shown.inner_text()
    page.close()


def test_views_of_a_busy_machine_come_late_and_are_not_given_up(machine, chromium):
    lab = machine()
    empty = nbformat.v4.new_notebook(metadata=KERNEL, cells=[nbformat.v4.new_code_cell()])
    nbformat.write(empty, lab.folder / "a.ipynb")
    run_slide_and_save(lab, chromium)
    lab.close()
    lab.start()
    page = lab.open(chromium, "a.ipynb")
    page.leave()
    page.page.evaluate(EARLY)
    page.turn_to("lesson.ipynb")
    view = page.show_cell(1)
    view.locator(".lstm-viz-readout").wait_for(timeout=20_000)
    assert view.locator(".lstm-viz-readout").inner_text() == "5 / 24"
    assert page.show_cell(2).locator(".noUi-handle").count() == 1
    assert page.page.get_by_text(CALM).count() == 0
    assert page.problems == []
    page.close()


def at_the_cdn(route, assets):
    """What a reader's network would have brought: the same files, out of the same packages."""
    for name in ("embed-amd", "require", "anywidget"):
        if name in route.request.url:
            return route.fulfill(path=assets / f"{name}.js", content_type="text/javascript")
    return route.abort()


def test_a_page_exported_from_the_menu_slides(machine, chromium, tmp_path):
    lab = machine()
    run_slide_and_save(lab, chromium)
    address = f"http://127.0.0.1:{lab.port}/nbconvert/html/lesson.ipynb?download=true&token={TOKEN}"
    with urllib.request.urlopen(address, timeout=300) as answer:
        (tmp_path / "lesson.html").write_bytes(answer.read())
    lab.close()
    copy_assets(tmp_path / "assets")
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.route(re.compile("^https:"), lambda route: at_the_cdn(route, tmp_path / "assets"))
    page = SavedPage(context, tmp_path / "lesson.html", network=True)
    view, knob = page.views()

    slide_to(view, 9)
    assert view.locator(".lstm-viz-readout").inner_text() == "9 / 24"
    assert view.locator(".js-plotly-plot .main-svg").first.is_visible()
    assert moves(knob.locator(".noUi-handle"))
    assert page.problems == []
    context.close()

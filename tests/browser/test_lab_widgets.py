"""The long-lag lab in a real JupyterLab: it runs live, its Stop button reaches Python, an interrupt loses nothing."""

from __future__ import annotations

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def written(lab, name, *sources):
    """The name of a notebook of these code cells in the lab's folder."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), lab.folder / name)
    return name


def test_run_and_stop_by_the_buttons(lab, open_notebook):
    name = written(lab, "live.ipynb", "from lstm_viz.lessons.lesson_06 import lag_lab\nlab = lag_lab()\nlab")
    page = open_notebook(name)
    page.run_all()
    place = page.show_cell(0)
    place.get_by_role("button", name="Run it live").click()
    place.get_by_text("of 45 runs").wait_for(timeout=60_000)
    page.wait_idle()  # the kernel is free while the sweep runs
    page.execute("assert lab.live.work.state == 'running'")
    place.get_by_role("button", name="Stop, keep what is done").click()
    place.get_by_text("runs are done and kept").wait_for(timeout=60_000)
    page.execute("assert lab.live.work.state == 'stopped' and lab.result.numbers() == lab.wait().numbers()")
    place.get_by_role("button", name="shipped results").click()
    page.drawn(place)
    place.get_by_text("runs solved at lag").wait_for()
    assert page.errors() == [] and page.problems == []


def test_kernel_interrupt_keeps_what_is_done(lab, open_notebook):
    name = written(
        lab,
        "interrupted.ipynb",
        "from lstm_viz.learning.sweeps import lag_sweep\nfrom lstm_viz.learning.tasks import MarkedRecall\n"
        # lag 2 is done in a second, lag 800 in no number of minutes: the interrupt cannot come after the end
        "found = lag_sweep(MarkedRecall(1), ['SimpleRNN', 'LSTM'], [2, 800], range(10), updates=100_000,"
        " path='interrupted_runs.json', progress=False, short_first=True)",
        "print(len(found.runs), 'runs kept', flush=True)",
    )
    kept = lab.folder / "interrupted_runs.json"
    assert not kept.exists()  # the folder is shared by all tests of a run
    page = open_notebook(name)
    page.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    for _ in range(600):
        page.page.wait_for_timeout(100)
        if kept.exists() and '["LSTM"' in kept.read_text():
            break
    assert kept.exists() and '["LSTM"' in kept.read_text()
    page.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()")
    place = page.page.locator(".jp-Notebook")
    place.get_by_text("runs are done and kept").wait_for(timeout=60_000)
    place.get_by_text("runs kept").first.wait_for(timeout=60_000)
    assert "0 runs kept" not in place.locator(".jp-OutputArea-output").last.inner_text().splitlines()
    assert page.errors() == []

"""Every kind of view on every screen: no two texts touch, none leaves its box or picture, none is too small to read.

The views of all lessons, with made-up data that has the widest numbers in it, stand on a few saved pages without a
kernel. Each page is looked at in three widths, with the package's own font and with that font blocked, in light and
dark, at the first, a middle and the last timestep. `layout.js` says what is wrong, in words.
"""

from __future__ import annotations

import ast
import dataclasses
import os
from importlib import import_module
from pathlib import Path

import ipywidgets
import lab_views
import nbformat
import numpy as np
import pytest
from ipywidgets.embed import embed_data
from lab_views import KERAS_LABS, LABS, WORDS, T, X

from lstm_viz import GRUCell, LSTMCell, SimpleRNNCell, compare, explore, learning, pictures
from lstm_viz.cells import KINDS
from lstm_viz.exercises.asking import Message, Prediction, lessons, load
from lstm_viz.pictures.diagram import rnn_diagram
from lstm_viz.widgets.controls import TimeControls
from lstm_viz.widgets.frame_view import FrameView
from lstm_viz.widgets.markup_view import MarkupView
from lstm_viz.widgets.prediction import PredictionView
from lstm_viz.widgets.text_view import TextView

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
MEASURE = Path(__file__).with_name("layout.js").read_text("utf-8")
WIDTHS = {1440: 900, 1024: 768, 390: 844}
STATE, VIEW = "application/vnd.jupyter.widget-state+json", "application/vnd.jupyter.widget-view+json"


#: values that no activation holds between -1 and 1
WIDEST = ("c", "z_f", "z_h", "recurrent_h", "log_i", "log_n", "log_kept")
VARIANTS = [kind for kind, cell in KINDS.items() if cell.__module__.startswith("lstm_viz.cells.variants")]


def wide(trace):
    """The trace with the widest numbers that a view has to hold: -0.88 everywhere, -12.3 in states and input."""
    low = {name: np.full_like(getattr(trace, name), -0.88) for name in trace.names}
    low |= {name: np.full_like(low[name], -12.3) for name in WIDEST if name in low}
    low["x"] = np.full_like(trace.x, -12.3)
    for name, values in low.items():  # at the first timestep as it was
        values[0] = getattr(trace, name)[0]
    return dataclasses.replace(trace, **low)


def with_time(content):
    """A picture under a bar of its own."""
    view = (MarkupView if isinstance(content, pictures.LiveMarkup) else FrameView)(content)
    if isinstance(view, MarkupView):
        bar = TimeControls(content.timesteps, units=content.units, steps=content.steps)
    elif view.timesteps > 1:
        bar = TimeControls(view.timesteps, units=view.units)
    else:
        return view
    bar.drive(view)
    return ipywidgets.VBox([bar, view]).add_class("lstm-viz-view")


def cells(units=12):
    return {
        "LSTM": LSTMCell.initialise(3, units, seed=1),
        "GRU": GRUCell.initialise(3, units, seed=1),
        "before": GRUCell.initialise(3, units, seed=1, reset_after=False),
        "RNN": SimpleRNNCell.initialise(3, units, seed=1),
    }


def texts():
    """Diagrams and equations."""
    for cell in cells().values():
        yield with_time(pictures.diagram(wide(cell.run(X)), labels=WORDS))
        yield with_time(pictures.equations(wide(cell.run(X))))
        yield with_time(pictures.equations(cell.run(X), cell=cell))
    other = LSTMCell.initialise(1, 70, recurrent_activation="hard_sigmoid", activation="relu")
    mask = np.arange(T) != T // 2
    yield with_time(pictures.diagram(wide(other.run(X[:, :1], mask=mask)), labels=WORDS))
    yield with_time(rnn_diagram(wide(SimpleRNNCell.initialise(1, 5).run(X[:, :1])), unrolled=True, labels=WORDS))
    rnn = wide(cells()["RNN"].run(X))
    for unrolled in (False, True):
        for y in (True, np.full(T, -12.3), np.full((T, 4), -12.3)):
            yield with_time(rnn_diagram(rnn, unrolled=unrolled, y=y, labels=WORDS))
    yield MarkupView(pictures.sequence_patterns())
    for cell in cells().values():
        yield with_time(pictures.chain(wide(cell.run(X)), labels=WORDS))
    yield with_time(pictures.chain(wide(other.run(X[:, :1], mask=mask))))
    backward = dataclasses.replace(wide(other.run(X[:, :1])), go_backwards=True)
    yield with_time(pictures.chain(backward, labels=WORDS))


def variants():
    """The variants of lesson 10, each with its diagram, its equations, its chain."""
    for kind in VARIANTS:
        cell = KINDS[kind].initialise(3, 12, seed=1)
        yield explore(wide(cell.run(X)), WORDS)
        yield with_time(pictures.equations(cell.run(X), cell=cell))
        yield with_time(pictures.chain(wide(cell.run(X)), labels=WORDS))


def figures():
    made = cells()
    lstm, gru, rnn = (made[name].run(X) for name in ("LSTM", "GRU", "RNN"))
    p = np.random.default_rng(0).dirichlet(np.full(46, 0.1), size=T)
    names = [f"{k} a longer name of a class" for k in range(46)]
    runs = np.random.default_rng(0).uniform(0.4, 1, size=(6, 8))
    yield with_time(pictures.heatmaps(lstm, labels=WORDS))
    yield with_time(pictures.heatmaps(made["LSTM"].run(X, mask=np.arange(T) < 12)))
    yield with_time(pictures.unit_lines(gru, labels=WORDS))
    yield with_time(pictures.compare({"SimpleRNN": rnn, "LSTM, another name": lstm, "GRU": gru}))
    yield with_time(pictures.class_probabilities({"SimpleRNN": p, "LSTM": p}, class_names=names, labels=WORDS, truth=3))
    yield with_time(pictures.class_probabilities(p[:, :10], class_names=list("0123456789")))
    yield with_time(pictures.confusion_matrix(np.eye(10) * 40 + 2, class_names=list("0123456789")))
    yield with_time(pictures.confusion_matrix(np.eye(46) * 40 + 2, class_names=names))
    yield with_time(pictures.sequence_on_image(np.eye(8), timesteps=8))
    curves = {"SimpleRNN": runs, "LSTM": runs, "LSTM (chrono)": runs, "GRU, another name": runs}
    yield with_time(pictures.learning_curves(curves, chance=0.5))
    lags = [1, 2, 5, 10, 20, 50, 100, 200]
    yield with_time(pictures.curves_by_lag(lags, curves, chance=0.5, log_x=True, cursor=True))
    yield with_time(pictures.curves_by_lag(lags, {k: v**9 for k, v in curves.items()}, log_y=True))


def explorers():
    for cell in cells().values():
        yield explore(wide(cell.run(X)), WORDS)
    lstm, rnn = cells()["LSTM"], cells()["RNN"]
    yield explore(lstm.run(X), cell=lstm)
    chosen = explore(wide(cells()["GRU"].run(X)), WORDS)
    chosen.chosen = "z"
    yield chosen
    yield explore(lstm.run(X), np.random.default_rng(0).uniform(size=(T, 8)))
    yield compare(rnn.run(X), lstm.run(X), labels=WORDS)
    read = TextView("<b>안녕\t🎉\r\nx =(\u202e)\n", wide(lstm.run(X)), unit=1)
    yield ipywidgets.VBox([TimeControls(T, units=12).drive(read), read]).add_class("lstm-viz-view")


def labs():
    for make in LABS.values():
        yield make()


def keras_labs():
    for make in KERAS_LABS.values():
        yield make()


def words():
    """The first question of every lesson."""
    for exercises in (ROOT / "lstm_viz" / "lessons").glob("lesson_*/exercises.py"):
        import_module(f"lstm_viz.lessons.{exercises.parent.name}.exercises")
    for lesson in lessons():
        for prediction in [item for item in load(lesson).values() if isinstance(item, Prediction)][:1]:
            card = Message("prediction", prediction.name, (prediction.question,))
            yield PredictionView(
                prediction.question, list(prediction.choices), on_commit=lambda _choice: None, fallback=card
            )


def tables():
    """What lessons show as HTML alone: tables, the check of the environment, an answer to an exercise."""
    from lstm_viz.exercises import check, hint, reveal, solution
    from lstm_viz.lessons import lesson_00, lesson_06, lesson_09, lesson_10

    result = learning.shipped("marked_recall")
    made = [
        pictures.table(
            {"a row with a long name <b>": [0.1, "-12.3 of 10", None]}, ["one", "안녕하세요", "a longer title"],
            corner="what the rows are", caption="a caption that has more than a few words in it",
        ),
        lesson_06.sweep_table(result), lesson_06.rates_table(learning.shipped("tuning_marked_recall"), result),
        lesson_06.tasks_table(), lesson_09.bits_table(), lesson_09.units_table(), lesson_09.seeds_table(),
        lesson_09.gates_table(), lesson_09.cuts_table(), lesson_10.parameters_table(), lesson_00.check_environment(),
        check("02.1", [1, 2, 3]), check("02.1", ...), hint("02.1"), solution("02.3"), reveal("02.a", 0.5),
    ]  # fmt: skip
    yield from made


GROUPS = {
    "tables": tables,
    "texts": texts,
    "variants": variants,
    "figures": figures,
    "explorers": explorers,
    "labs": labs,
    "keras_labs": keras_labs,
    "words": words,
}


def names_called(node):
    calls = [inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    return {getattr(call, "id", None) or getattr(call, "attr", None) for call in calls}


def views_of(notebook):
    """The names that make what a notebook's cells show: called in their last line, or where its variables are made."""
    made, found = {}, set()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        lines = ast.parse(cell.source).body
        for line in lines:
            if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
                made[line.targets[0].id] = names_called(line)
        if any("text/html" in output.get("data", ()) for output in cell.outputs):
            variables = [node.id for node in ast.walk(lines[-1]) if isinstance(node, ast.Name)]
            found |= names_called(lines[-1]).union(*(made.get(name, ()) for name in variables))
    return found


#: what stands in what is shown, and shows nothing of its own
NO_VIEWS = {
    *("Results", "lost_and_kept", "reader_from_model", "train_for_recall", "carry", "cudnn_obstacles", "over_seeds"),
    *("shipped_comparison", "shipped_results", "correlation", "measured", "stream_runs", "sweep", "new_cell"),
    "predict",  # `words` shows what it shows where there are widgets
}


def test_every_kind_of_view_that_a_lesson_shows_is_measured_here():
    rooms = [".pictures", ".widgets", ".widgets.training_view"]
    rooms += [f".lessons.{path.name}" for path in (ROOT / "lstm_viz" / "lessons").glob("lesson_*")]
    public = {name for room in rooms for name in import_module(f"lstm_viz{room}").__all__}
    measured = {
        name for file in (__file__, lab_views.__file__) for name in names_called(ast.parse(Path(file).read_text()))
    }
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        shown = views_of(nbformat.read(path, as_version=4)) & public
        assert shown, path.name
        assert not shown - measured - NO_VIEWS, f"{path.name} shows a kind of view that nothing here measures"


def page_of(views, site, name):
    """A saved page with these views, made without a kernel."""
    from save_html import save

    widgets = [v for v in views if isinstance(v, ipywidgets.Widget)]
    state = embed_data(views=widgets, drop_defaults=False)["manager_state"] if widgets else {}
    shown = [
        {VIEW: {"model_id": v.model_id, "version_major": 2, "version_minor": 0}, "text/plain": ""}
        if v in widgets
        else {"text/html": f"<div class='plain'>{v._repr_html_()}</div>", "text/plain": ""}
        for v in views
    ]
    notebook = nbformat.v4.new_notebook(metadata={"widgets": {STATE: state}} if state else {})
    outputs = [nbformat.v4.new_output("display_data", data) for data in shown]
    notebook.cells = [nbformat.v4.new_code_cell("", outputs=[output]) for output in outputs]
    return save(notebook, site, name)


#: into JupyterLab's dark theme, and out of it
THEME = """(isDark) => {
  const dark = {
    "--jp-layout-color0": "#111111", "--jp-layout-color1": "#212121", "--jp-layout-color2": "#424242",
    "--jp-ui-font-color0": "#ffffff", "--jp-ui-font-color1": "rgb(255,255,255)", "--jp-ui-font-color2": "#c0c0c0",
    "--jp-content-font-color1": "#ffffff", "--jp-widgets-color": "#ffffff", "--jp-widgets-label-color": "#ffffff",
    "--jp-rendermime-table-row-background": "#212121",
    "--jp-widgets-input-background-color": "#212121", "--jp-widgets-input-color": "#ffffff",
    "--jp-widgets-input-border-color": "#616161", "--jp-border-color1": "#616161",
  };
  document.body.dataset.jpThemeLight = String(!isDark);
  for (const e of [document.documentElement, document.body]) {
    for (const [name, value] of Object.entries(dark)) e.style.setProperty(name, isDark ? value : "");
  }
  document.body.style.background = isDark ? "#111111" : "";
}"""


#: a key at every bar of time at once; whether each of them went where the key says, or stayed where it needs Python
PRESS = """(key) => [...document.querySelectorAll(".lstm-viz-time .noUi-handle")].every((handle) => {
  const [before, least, most] = ["now", "min", "max"].map((name) => Number(handle.getAttribute(`aria-value${name}`)));
  handle.focus();
  handle.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
  const now = Number(handle.getAttribute("aria-valuenow"));
  if (handle.closest("[disabled]")) return now === before;
  return {Home: now === least, End: now === most, PageUp: least < now && now <= most}[key];
})"""


class Page:
    """A saved page in one font, with what is wrong on it in each width, theme and timestep."""

    def __init__(self, chromium, path, *, own_font=True):
        from browser import widget_views

        self.page, self.dark = chromium.new_page(viewport={"width": 1440, "height": 900}), False
        if not own_font:
            self.page.add_init_script("FontFace.prototype.load = () => Promise.reject(new Error('blocked'))")
        self.page.goto(path.resolve().as_uri())
        widget_views(self.page)
        self.page.evaluate("() => document.querySelectorAll('.plain').forEach((e) => { e.dataset.view = ''; })")
        self.page.evaluate("() => document.fonts.ready")
        assert "javascript error" not in self.page.inner_text("body")
        ours = self.page.evaluate("() => [...document.fonts].some((font) => font.family.includes('lstm_viz'))")
        pictures = self.page.locator(".lstm-viz-frame, .lv-diagram, .lv-equations").count()
        assert ours == (own_font and pictures > 0)

    def settle(self):
        """Wait until no text moves any more: pictures are drawn anew one after the other."""
        self.page.evaluate(
            """() => new Promise((go) => {
              const texts = () => [...document.querySelectorAll("svg text")].map((e) => e.getBoundingClientRect())
                .reduce((sum, {x, y, width}) => sum + x + y + width, 0);
              let before = null;
              const look = () => {
                const now = texts();
                if (now === before) return go();
                before = now;
                requestAnimationFrame(() => setTimeout(look, 50));
              };
              requestAnimationFrame(() => requestAnimationFrame(look));
            })"""
        )

    def places(self):
        """Of each view, where its equations stand in their picture: a number that changes must move none of them."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll("[data-view]")].map((view) =>
              [...view.querySelectorAll(".lv-line, .lv-equations")].map((e) => {
                const all = e.closest(".lv-equations").getBoundingClientRect(), own = e.getBoundingClientRect();
                return [Math.round(own.top - all.top), Math.round(own.height)].join("+");
              }).join(" "))"""
        )

    def look(self, width, dark, when):
        """{number of the view: problems} as a reader would see it."""
        self.page.set_viewport_size({"width": width, "height": WIDTHS[width]})
        if dark != self.dark:
            self.page.evaluate(THEME, dark)
            self.dark = dark
        for key in {"first": ["Home"], "middle": ["Home", "PageUp"], "last": ["End"]}[when]:
            assert self.page.evaluate(PRESS, key), f"a bar of time does not hear {key}"
        self.settle()
        found = self.page.evaluate(f"() => [...document.querySelectorAll('[data-view]')].map({MEASURE})")
        return {k: problems for k, problems in enumerate(found) if problems}


#: every width in light and dark, in an order that changes one thing at a time: drawing all anew is what takes long
LOOKS = [(1440, False), (1440, True), (1024, True), (1024, False), (390, False), (390, True)]
assert {width for width, _ in LOOKS} == set(WIDTHS)

MARKS = {"variants": [pytest.mark.long], "keras_labs": [pytest.mark.keras]}


@pytest.mark.parametrize("group", [pytest.param(g, marks=MARKS.get(g, [])) for g in GROUPS])
def test_no_text_touches_another_leaves_its_box_or_is_too_small(group, chromium, site):
    views = list(GROUPS[group]())
    path = page_of(views, site, f"layout_{group}")
    wrong = {}
    for own_font in (True, False):
        page = Page(chromium, path, own_font=own_font)
        for width, dark in LOOKS:
            moments = ("first", "middle", "last") if not dark else ("middle",)
            before = None
            for when in moments:
                found = page.look(width, dark, when)
                places = page.places()
                for view, (now, then) in enumerate(zip(places, before or places, strict=True)):
                    if now != then:
                        found.setdefault(view, []).append(f"moves: equations stand {now}, before {then}")
                before = places
                for view, problems in found.items():
                    for problem in problems:
                        key = (view, type(views[view]).__name__, problem)
                        seen = f"{width}{'' if own_font else ' fallback'}{' dark' if dark else ''} {when}"
                        wrong.setdefault(key, []).append(seen)
        page.page.close()
    report = [f"{view} {kind}: {problem}  [{'; '.join(seen)}]" for (view, kind, problem), seen in sorted(wrong.items())]
    if os.environ.get("LSTM_VIZ_LAYOUT"):  # a folder for the whole report
        Path(os.environ["LSTM_VIZ_LAYOUT"], f"layout_{group}.txt").write_text("\n".join(report) + "\n", "utf-8")
    ipywidgets.Widget.close_all()
    assert not report, f"{len(report)} problems:\n" + "\n".join(report[:40])

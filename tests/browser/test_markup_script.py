"""markup_view.js on a plain page with a stand-in for the widget's model: it must write what Python writes."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import numpy as np
import pytest

from lstm_viz import GRUCell, LSTMCell, SimpleRNNCell
from lstm_viz.pictures.chain import chain
from lstm_viz.pictures.diagram import diagram, lstm_diagram, rnn_diagram
from lstm_viz.pictures.equations import equations
from lstm_viz.pictures.input_strip import input_strip
from lstm_viz.pictures.live_markup import format_number
from lstm_viz.widgets import markup_view

pytestmark = pytest.mark.browser

SOURCE = markup_view.MarkupView._esm.default_value

STAND_IN = """
  window.load = async (source) => {
    window.view = await import(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
  };
  const unpacked = (state) => {
    for (const q of Object.values(state.quantities)) for (const key of ["data", "changed", "exact"]) {
      if (!(key in q)) continue;
      // off by three bytes, as buffers inside a message can be
      const bytes = Uint8Array.from("pad" + atob(q[key]), (c) => c.charCodeAt(0));
      q[key] = new DataView(bytes.buffer, 3);
    }
    return state;
  };
  window.Model = class {
    constructor(state) { this.state = state; this.listeners = []; }
    get(name) { return this.state[name]; }
    on(names, call) { for (const n of names.split(" ")) this.listeners.push([n, call]); }
    off(names, call) {
      this.listeners = this.listeners.filter(([n, c]) => !(names.split(" ").includes(n) && c === call));
    }
    set(change) {
      if (change.markup) change.markup = unpacked(change.markup);
      Object.assign(this.state, change);
      for (const name of Object.keys(change)) {
        for (const [n, call] of [...this.listeners]) if (n === `change:${name}`) call();
      }
    }
  };
  window.show = (place, markup) => {
    window.model ??= new Model({t: 0, unit: 0, step: "", markup: unpacked(markup)});
    return view.default.render({model, el: document.getElementById(place)});
  };
  window.parsed = (text) => { const e = document.createElement("div"); e.innerHTML = text; return e.innerHTML; };
"""


def sent(live):
    """What the widget sends, with its buffers as text."""
    state = markup_view.MarkupView.markup.metadata["to_json"](live, None)
    for quantity in state["quantities"].values():
        for key in {"data", "changed", "exact"} & set(quantity):
            quantity[key] = base64.b64encode(quantity[key]).decode()
    return json.loads(json.dumps(state))


@pytest.fixture
def page(chromium):
    page = chromium.new_page(viewport={"width": 900, "height": 900})
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.set_content("<body style='margin:0'><div id='one' style='width:640px'></div><div id='two'></div></body>")
    page.add_script_tag(content=STAND_IN)
    page.evaluate("(source) => load(source)", SOURCE)
    yield page
    page.close()
    assert page.problems == []


def traces(units=5, timesteps=8):
    x = np.random.default_rng(4).normal(size=(timesteps, 3)) * 2
    mask = np.arange(timesteps) != 2
    yield (cell := LSTMCell.initialise(3, units, seed=1)), cell.run(x, mask=mask)
    yield (cell := GRUCell.initialise(3, units, seed=1)), cell.run(x)
    yield (cell := GRUCell.initialise(3, units, seed=1, reset_after=False, dtype=np.float32)), cell.run(np.float32(x))
    yield (cell := SimpleRNNCell.initialise(3, units, seed=1, activation="relu")), cell.run(x * 500)


def pictures():
    labels = ["<i>&", 'a "quoted" word', *"cdefgh"]
    for cell, trace in traces():
        yield f"{trace.kind} diagram", diagram(trace, labels=labels)
        yield f"{trace.kind} equations", equations(trace, cell=cell, digits=3)
        if trace.kind == "SimpleRNN":
            yield "unrolled", rnn_diagram(trace, unrolled=True, labels=labels)
            yield "with y", rnn_diagram(trace, unrolled=True, y=trace.h[:, :1] * 3, labels=labels)
        steps = trace.input_steps
        yield f"{trace.kind} words", input_strip(trace, labels, None, steps)
        yield f"{trace.kind} letters", input_strip(trace, list("abcdefgh"), None, steps[::-1])
        yield f"{trace.kind} rows", input_strip(trace, None, np.linspace(-1, 2, 24).reshape(8, 3), steps)
        yield f"{trace.kind} chain", chain(trace, labels=labels)
    yield "150 units", lstm_diagram(LSTMCell.initialise(1, 150).run(np.linspace(-2, 2, 70)[:, None]))


def test_browser_and_python_write_the_same_characters(page):
    for k, (name, live) in enumerate(pictures()):
        if k == 0:
            page.evaluate("(m) => { window.stop = show('one', m); }", sent(live))
        else:
            page.evaluate("(markup) => model.set({markup})", sent(live))
        for t, unit, step in [
            (0, 0, ""),
            (2, live.units - 1, live.steps[:1]),
            (live.timesteps - 1, 1, live.steps[-1:]),
        ]:
            step = step[0] if step else ""
            page.evaluate("(change) => model.set(change)", {"t": t, "unit": unit, "step": step})
            shown = page.evaluate("document.getElementById('one').innerHTML")
            assert shown == page.evaluate("(text) => parsed(text)", live.at(t, unit, step)), (name, t, unit, step)


def test_what_nearly_equal_means_is_said_where_it_stands_and_nothing_moves(page):
    cell = LSTMCell.initialise(3, 5, seed=1)
    live = equations(cell.run(np.random.default_rng(4).normal(size=(24, 3))))
    page.evaluate("(m) => { window.stop = show('one', m); }", sent(live))
    seen, heights = set(), set()
    for t in range(24):
        for unit in range(5):
            page.evaluate("(change) => model.set(change)", {"t": t, "unit": unit})
            stands = any("≈" in text for text in page.locator("#one .lv-relation").all_inner_texts())
            assert page.locator("#one .lv-rounded").is_visible() is stands, (t, unit)
            seen.add(stands)
            heights.add(page.evaluate("document.getElementById('one').offsetHeight"))
    assert seen == {True, False} and len(heights) == 1


def test_numbers_are_written_as_python_writes_them(page):
    rng = np.random.default_rng(0)
    ties = np.arange(-4000, 4000) / 1024
    values = [*ties, *(rng.normal(size=4000) * 10.0 ** rng.integers(-4, 7, 4000)), *np.round(rng.normal(size=4000), 3)]
    values += [
        0.0,
        -0.0,
        0.285,
        2.675,
        999.995,
        999.996,
        1000.0,
        1249.9999,
        1250.0,
        9949.9,
        9950.0,
        1e21,
        1e300,
        5e-324,
    ]
    values += [-v for v in values[-12:]]
    for digits in (1, 2, 3):
        written = page.evaluate("([v, d]) => v.map((x) => view.formatNumber(x, d))", [list(map(float, values)), digits])
        wrong = [(v, w) for v, w in zip(values, written, strict=True) if w != format_number(v, digits)]
        assert wrong == []
    assert page.evaluate("[NaN, Infinity, -Infinity].map((x) => view.formatNumber(x))") == ["nan", "inf", "-inf"]


def test_t_unit_and_step_outside_the_picture_are_clipped(page):
    (_, trace), *_ = traces()
    live = lstm_diagram(trace)
    page.evaluate("(m) => { window.stop = show('one', m); }", sent(live))
    page.evaluate("(change) => model.set(change)", {"t": 99, "unit": 99, "step": "reset"})
    shown = page.evaluate("document.getElementById('one').innerHTML")
    assert shown == page.evaluate("(text) => parsed(text)", live.at(7, 4))
    short = lstm_diagram(LSTMCell.initialise(3, 2).run(np.ones((3, 3))))
    page.evaluate("(markup) => model.set({markup})", sent(short))
    shown = page.evaluate("document.getElementById('one').innerHTML")
    assert shown == page.evaluate("(text) => parsed(text)", short.at(2, 1))


def test_every_view_of_a_model_is_drawn_at_its_t_and_closing_one_leaves_no_listener(page):
    (_, trace), *_ = traces()
    live = lstm_diagram(trace)
    page.evaluate("(m) => { window.stops = [show('one', m)]; model.set({t: 3, unit: 1}); }", sent(live))
    before = page.evaluate("model.listeners.length")
    page.evaluate("() => { stops.push(show('two')); }")  # a front end that draws the cell anew
    second = page.evaluate("document.getElementById('two').innerHTML")
    assert second == page.evaluate("document.getElementById('one').innerHTML")
    assert page.evaluate("model.listeners.length") == 2 * before
    page.evaluate("() => { stops[0](); model.set({t: 4}); }")
    assert page.evaluate("document.getElementById('one').innerHTML") == second
    now = page.evaluate("document.getElementById('two').innerHTML")
    assert now == page.evaluate("(text) => parsed(text)", live.at(4, 1))
    page.evaluate("() => stops[1]()")
    assert page.evaluate("model.listeners.length") == 0


def test_a_move_keeps_the_elements_and_is_quick(page):
    """64 units in 13 strips: under 3 ms in the script, and nothing but texts and colours changes."""
    trace = LSTMCell.initialise(3, 64, seed=1).run(np.random.default_rng(0).normal(size=(64, 3)) * 3)
    page.evaluate("(m) => { window.stop = show('one', m); }", sent(lstm_diagram(trace)))
    median = page.evaluate(
        """() => {
          const root = document.querySelector("#one svg"), count = root.querySelectorAll("*").length, took = [];
          for (let k = 0; k < 300; k++) {
            const start = performance.now();
            model.set({t: k % 64});
            took.push(performance.now() - start);
          }
          if (document.querySelector("#one svg") !== root || root.querySelectorAll("*").length !== count) return -1;
          return took.sort((a, b) => a - b)[150];
        }"""
    )
    assert 0 <= median < 3


@pytest.mark.parametrize("width", [480, 640, 900])
def test_text_stays_inside_its_chip_and_box_and_is_large_enough(page, width):
    """Measured in the browser, with a low value in every place where one can stand."""
    x = np.random.default_rng(4).normal(size=(200, 3)) * 4
    made = [
        LSTMCell.initialise(3, 5),
        GRUCell.initialise(3, 5),
        GRUCell.initialise(3, 5, reset_after=False),
        SimpleRNNCell.initialise(3, 5),
        LSTMCell.initialise(3, 5, recurrent_activation="hard_sigmoid"),
    ]
    runs = [cell.replace(kernel=cell.kernel * 3).run(x) for cell in made]
    for live in [*map(diagram, runs), rnn_diagram(runs[3], unrolled=True)]:
        low = {name: -0.88 * np.ones_like(values) for name, values in live.quantities.items() if name != "column"}
        wide = replace(live, quantities={**live.quantities, **low})
        problems = page.evaluate(
            """([text, width]) => {
              document.body.innerHTML = `<div style="width:${width}px">${text}</div>`;
              const box = (e) => e.getBoundingClientRect(), out = [];
              for (const group of document.querySelectorAll(".lv-chip, .lv-node")) {
                const card = group.querySelector("rect"), texts = [...group.querySelectorAll("text")];
                for (const e of texts.filter((e) => e.textContent)) {
                  const shrunk = box(e.ownerSVGElement).width / e.ownerSVGElement.viewBox.baseVal.width;
                  const size = parseFloat(getComputedStyle(e).fontSize) * shrunk;
                  if (size < 13) out.push(`${e.textContent}: ${size} px`);
                  const frame = box(card), {left, right} = box(e);
                  if (left < frame.left + 1 || right > frame.right - 1) out.push(`${e.textContent}: out of its box`);
                }
                const [label, number] = texts;
                const side = number?.textContent && number.getAttribute("text-anchor") === "end";
                if (side && box(label).right + 2 > box(number).left) out.push(`${group.textContent}: they touch`);
              }
              return out;
            }""",
            [wide.at(150, 1), width],
        )
        assert problems == []

"""The equations: their numbers are the trace's, and the arithmetic on the page is what it says it is."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz import GRUCell, LSTMCell, SimpleRNNCell
from lstm_viz.pictures.equations import as_shown, equations
from lstm_viz.pictures.live_markup import format_number

T, X, UNITS = 7, 3, 4
KINDS = {
    "LSTM": LSTMCell.initialise(X, UNITS, seed=1),
    "GRU": GRUCell.initialise(X, UNITS, seed=1),
    "GRU reset before": GRUCell.initialise(X, UNITS, seed=1, reset_after=False),
    "RNN": SimpleRNNCell.initialise(X, UNITS, seed=1),
}


def biased(cell):
    return cell.replace(bias=np.random.default_rng(5).normal(size=cell.bias.shape) * 0.5)


def trace_of(cell, seed=2, **options):
    return cell.run(np.random.default_rng(seed).normal(size=(T, X)) * 2, **options)


def lines_of(text):
    """{left: (symbols, middle, relation, result)} as plain text, and the steps they belong to."""
    out, parts = {}, {}
    for row in ElementTree.fromstring(text).iter("div"):
        if row.get("class") == "lv-line":
            cells = {e.get("class"): "".join(e.itertext()).strip() for e in row}
            out[cells["lv-left"]] = (cells["lv-symbols"], cells["lv-middle"], *cells["lv-result"].split(" "))
            parts[cells["lv-left"]] = row.get("data-part")
    return out, parts


def worked_out(side):
    """The value of a side as it stands on the page."""
    side = side.strip().replace("×", "*").replace("−", "-").replace("hard σ", "hard").replace("σ", "sigma")
    names = {"sigma": lambda z: 1 / (1 + math.exp(-z)), "tanh": math.tanh, "relu": lambda z: max(z, 0.0)}
    names["hard"] = lambda z: min(max(z + 3, 0.0), 6.0) / 6
    return eval(side, {"__builtins__": {}}, names)


def links(middle, relation, result):
    """(side, relation, next side) for each link of the chain, from the first side with numbers on."""
    pieces = [*re.split(r" ?([=≈≠]) ", " " + middle)[1:], relation, result]
    sides, relations = pieces[1::2], pieces[2::2]
    return list(zip(sides[:-1], relations, sides[1:], strict=True)) if len(sides) > 1 else []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("with_cell", [False, True])
def test_the_results_are_the_values_of_the_trace(kind, with_cell):
    cell = biased(KINDS[kind])
    trace = trace_of(cell)
    live = equations(trace, cell=cell if with_cell else None)
    names = {"ft": "f", "it": "i", "c̃t": "c_tilde", "ct": "c", "ot": "o", "ht": "h", "zt": "z", "rt": "r",
             "ut": "recurrent_h", "h̃t": "h_tilde"}  # fmt: skip
    for t in range(T):
        lines, _ = lines_of(live.at(t, 2))
        assert set(lines) == {
            "LSTM": {"ft", "it", "c̃t", "ct", "ot", "ht"}, "GRU": {"zt", "rt", "ut", "h̃t", "ht"}, "RNN": {"ht"},
        }[kind.split()[0]]  # fmt: skip
        for left, (_, _, _, result) in lines.items():
            assert result == format_number(getattr(trace, names[left])[t, 2])


def check_arithmetic(live, digits, units=UNITS):
    """Every link of every chain, worked out from the characters on the page. Returns the relations met."""
    met = set()
    for t in range(T):
        for unit in range(units):
            for left, (_, middle, relation, result) in lines_of(live.at(t, unit))[0].items():
                for side, sign, then in links(middle, relation, result):
                    met.add(sign)
                    if "(" in then and "×" not in then:  # activation(z): what the link claims is z
                        side, then = (text[text.index("(") :] for text in (side, then))
                    elif "×" in then:  # o × tanh(c) = o × 0.45: what the link claims is tanh(c)
                        side, then = (text.split(" × ")[1] for text in (side, then))
                    agree = abs(worked_out(side) - worked_out(then)) <= 0.5 * 10**-digits + 1e-9
                    assert sign == ("=" if agree else "≈"), (left, t, unit, side, sign, then)
    return met


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("digits", [1, 2, 3])
def test_equal_or_nearly_equal_as_the_numbers_shown_work_out(kind, digits):
    cell = biased(KINDS[kind])
    trace = trace_of(cell)
    met = check_arithmetic(equations(trace, cell=cell, digits=digits), digits)
    assert met == {"=", "≈"}
    check_arithmetic(equations(trace, digits=digits), digits)


def test_nice_numbers_come_out_exactly():
    """c = f c + i c~ with a gate at 1/2: everything on the page is exact, so nothing is marked."""
    cell = LSTMCell(np.zeros((1, 4)), np.zeros((1, 4)))
    live = equations(cell.run(np.zeros((1, 1)), initial_state=([0.0], [0.5])), cell=cell)
    lines, _ = lines_of(live.at(0))
    assert lines["ft"] == ("= σ(xt Wf + ht−1 Uf + bf)", "= σ(0.00 + 0.00 + 0.00) = σ(0.00)", "=", "0.50")
    assert lines["ct"] == ("= ft × ct−1 + it × c̃t", "= 0.50 × 0.50 + 0.50 × 0.00", "=", "0.25")
    assert lines["ht"] == ("= ot × tanh(ct)", "= 0.50 × tanh(0.25) = 0.50 × 0.24", "=", "0.12")


def test_negative_numbers_stand_in_brackets_after_an_operator():
    cell = biased(KINDS["LSTM"])
    live = equations(trace_of(cell), cell=cell)
    text = "".join(
        lines_of(live.at(t, unit))[0][left][1] for t in range(T) for unit in range(UNITS) for left in ("ct", "ft")
    )
    assert "(-" in text
    assert not re.search(r"[+×] -", text)


@pytest.mark.parametrize(("kind", "steps"), [
    ("LSTM", {"ft": "forget", "it": "input", "c̃t": "input", "ct": "update", "ot": "output", "ht": "output"}),
    ("GRU", {"rt": "reset", "ut": "candidate", "h̃t": "candidate", "zt": "update", "ht": "update"}),
    ("RNN", {"ht": None}),
])  # fmt: skip
def test_each_line_belongs_to_its_step(kind, steps):
    live = equations(trace_of(KINDS[kind]))
    assert lines_of(live.at(0))[1] == steps
    assert live.steps == tuple(dict.fromkeys(s for s in steps.values() if s))


def test_the_parts_of_the_pre_activation_are_the_cells_products():
    cell = biased(KINDS["LSTM"])
    trace = trace_of(cell)
    t, unit = 3, 1
    block = slice(UNITS, 2 * UNITS)  # the forget gate is the second block of Keras's weights
    parts = (
        (trace.x[t] @ cell.kernel[:, block])[unit],
        (trace.h[t - 1] @ cell.recurrent_kernel[:, block])[unit],
        cell.bias[block][unit],
    )
    shown = re.findall(r"-?\d+\.\d+", lines_of(equations(trace, cell=cell, digits=4).at(t, unit))[0]["ft"][1])
    assert shown[:3] == [f"{p:.4f}" for p in parts]
    assert shown[3] == f"{trace.z_f[t, unit]:.4f}"


def test_the_parts_are_those_of_the_cell_that_made_the_trace_or_none():
    cell = biased(KINDS["LSTM"])
    only_the_output_gate = cell.bias + np.repeat([0, 0, 0, 0.5], UNITS)
    for wrong in (cell.replace(bias=only_the_output_gate), cell.replace(recurrent_activation="hard_sigmoid")):
        with pytest.raises(ValueError, match="got one with other weights or settings"):
            equations(trace_of(cell), cell=wrong)
    like_a_cell = SimpleNamespace(kind="LSTM", kernel=np.ones((3, 4)))
    with pytest.raises(ValueError, match="cell must be the LSTM cell that made the trace; got"):
        equations(trace_of(cell), cell=like_a_cell)
    equations(trace_of(cell), cell=cell.replace())  # the same weights


@pytest.mark.parametrize("kind", ["GRU", "GRU reset before"])
def test_a_gru_shows_where_its_reset_acts(kind):
    cell = biased(KINDS[kind])
    lines, _ = lines_of(equations(trace_of(cell), cell=cell).at(2))
    if kind == "GRU":
        assert lines["ut"][0] == "= ht−1 Uh + b'h"
        assert lines["h̃t"][0] == "= tanh(xt Wh + bh + rt × ut)"
    else:
        assert lines["ut"][0] == "= (rt × ht−1) Uh"
        assert lines["h̃t"][0] == "= tanh(xt Wh + bh + ut)"


def test_at_a_masked_timestep_the_equation_does_not_hold_and_says_so():
    cell = biased(KINDS["LSTM"])
    mask = np.array([True, True, False, True, True, True, True])
    live = equations(trace_of(cell, mask=mask))
    lines, _ = lines_of(live.at(2))
    assert lines["ct"][2] == "≠"
    assert lines["ft"][2] in "=≈"
    assert "masked" in live.at(2) and "This timestep is masked" not in live.at(3).replace("data-text", "")
    assert lines_of(live.at(3))[0]["ct"][2] in "=≈"


def test_other_activations_and_clamped_gates_are_named():
    cell = LSTMCell.initialise(X, UNITS, activation="relu", recurrent_activation="hard_sigmoid")
    trace = trace_of(cell)
    live = equations(trace)
    lines, _ = lines_of(live.at(1))
    assert lines["ft"][0].startswith("= hard σ(") and lines["ht"][0] == "= ot × relu(ct)"
    check_arithmetic(live, 2)
    clamped, _ = lines_of(equations(replace(trace, f=np.ones_like(trace.f))).at(1))
    assert clamped["ft"] == ("= set by hand", "", "=", "1.00")


@settings(max_examples=200, deadline=None)
@given(st.floats(-1e6, 1e6), st.integers(1, 4))
def test_as_shown_is_the_number_written(value, digits):
    for v in (value, round(value, digits + 1), round(value, digits) + 0.5 * 10**-digits):
        assert as_shown(np.array([[v]]), digits)[0, 0] == pytest.approx(float(format_number(v, digits)), rel=1e-12)


def test_errors_say_what_came_and_what_was_expected():
    cell = KINDS["LSTM"]
    trace = trace_of(cell)
    with pytest.raises(TypeError, match="got list"):
        equations([1, 2])
    with pytest.raises(ValueError, match="one sequence"):
        equations(cell.run(np.ones((2, T, X))))
    for digits in (0, 7, True, 1.5):
        with pytest.raises(ValueError, match="digits must be a whole number from 1 to 6; got"):
            equations(trace, digits=digits)
    with pytest.raises(ValueError, match="cell must be the LSTM cell that made the trace; got GRUCell"):
        equations(trace, cell=KINDS["GRU"])
    with pytest.raises(ValueError, match="cell must have 3 inputs and 4 units"):
        equations(trace, cell=LSTMCell.initialise(X, 5))
    with pytest.raises(ValueError, match="got one with other weights"):
        equations(trace, cell=biased(cell))


def test_a_line_and_the_numbers_of_a_quantity_are_chosen_together():
    trace = LSTMCell.initialise(2, 3, seed=0).run(np.ones((4, 2)))
    live = equations(trace)
    assert list(live.choices) == ["f", "i", "c_tilde", "c", "o", "tanh_c", "h"] or set(live.choices) == {
        "f", "i", "c_tilde", "c", "o", "tanh_c", "h"}  # fmt: skip
    chosen = re.findall(r'<(\w+)[^>]*data-choose="(\w+)"[^>]*data-on=""', live.at(1, chosen="f"))
    assert {name for _, name in chosen} == {"f"} and {tag for tag, _ in chosen} == {"div", "b"}

"""A trace travels once: how many bytes a view sends, and that what the browser makes of them is right."""

from __future__ import annotations

import gc
import json
import re

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _remove_buffers

from lstm_viz import GRUCell, LSTMCell, SimpleRNNCell, compare, explore
from lstm_viz.cells import KINDS
from lstm_viz.pictures.live_markup import format_number
from lstm_viz.widgets import TextView
from lstm_viz.widgets._packing import packed, unpacked
from lstm_viz.widgets.trace_buffers import TraceBuffers

RNG = np.random.default_rng(1)


def trace_of(kind=LSTMCell, timesteps=100, units=40, **options):
    x = RNG.normal(size=(timesteps, 4)) * 3
    cell = kind.initialise(4, units, **options)
    return cell, cell.run(x.astype(cell.kernel.dtype))


class Wire:
    """Counts the bytes of every message that widgets send: what opens them, and what changes them."""

    def __init__(self, monkeypatch):
        self.sizes = []
        wire = self

        def opened(widget):
            state, _, buffers = _remove_buffers(widget.get_state())
            wire.sizes.append(len(json.dumps(state)) + sum(map(len, buffers)))
            return real_open(widget)

        def sent(widget, message, buffers=None):
            wire.sizes.append(len(json.dumps(message)) + sum(map(len, buffers or ())))

        real_open = ipywidgets.Widget.open
        monkeypatch.setattr(ipywidgets.Widget, "open", opened)
        monkeypatch.setattr(ipywidgets.Widget, "_send", sent)

    def since(self, make):
        before = len(self.sizes)
        kept = make()
        return sum(self.sizes[before:]), kept


@pytest.fixture
def wire(monkeypatch):
    wire = Wire(monkeypatch)
    compare(trace_of()[1], trace_of()[1])  # plotly.js and the font are on the page
    return wire


@pytest.mark.parametrize(
    ("timesteps", "units", "most"), [(50, 16, 300_000), (2000, 128, 6_000_000), (1000, 512, 9_000_000)]
)
def test_explore_sends_few_bytes(wire, timesteps, units, most):
    _, trace = trace_of(timesteps=timesteps, units=units)
    size, view = wire.since(lambda: explore(trace))
    assert 20_000 < size < most
    again, _ = wire.since(lambda: explore(trace))
    assert again < 0.2 * size + 250_000, "a second view of the same trace brings no numbers"
    move, _ = wire.since(lambda: setattr(view, "t", 7))
    assert move < 2_000
    _, other = trace_of(timesteps=timesteps, units=units)
    shown, _ = wire.since(lambda: view.show(other))
    assert shown < size


@pytest.mark.parametrize(
    ("kind", "most"), [("LSTM", 4.6e6), ("GRU", 3.9e6), ("SimpleRNN", 1.6e6), ("Peephole", 4.8e6), ("sLSTM", 6e6)]
)
def test_the_parts_of_a_sum_are_worked_out_in_the_browser(wire, kind, most):
    """With `cell`, x W is multiplied there, and h U is what the rest leaves of z: few bytes more than without."""
    cell, trace = trace_of(KINDS[kind], timesteps=2000, units=128)
    size, _ = wire.since(lambda: explore(trace, cell=cell))
    assert size < most
    many = len(cell.gates) > 1
    kinds = {name: how["kind"] for name, how in TraceBuffers.of(trace).quantities.items() if re.match(r"\w+@", name)}
    assert {how for name, how in kinds.items() if "@W" in name} == {"matmul"}
    assert {how for name, how in kinds.items() if "@U" in name} == {"rest"}
    assert {how for name, how in kinds.items() if "@p" in name} <= {"product"}
    kernels, recurrent = (np.split(w, len(cell.gates), axis=1) for w in (cell.kernel, cell.recurrent_kernel))
    for name, kernel, back in zip(cell.gates, kernels, recurrent, strict=True):
        for part, exact in ((f"x@W_{name if many else ''}", trace.x @ kernel), (f"h_tm1@U_{name}", trace.h_tm1 @ back)):
            if part in kinds:
                shown = TraceBuffers.of(trace).read(part)
                assert np.array_equal(np.rint(shown * 100), np.rint(exact * 100)), part


def test_a_product_that_would_hold_up_the_browser_is_sent_instead(wire):
    """A wide input: its kernel is as large as what it gives, or its product takes too long."""
    for timesteps, input_dim, units in ((30, 50, 20), (3000, 400, 32)):
        cell = LSTMCell.initialise(input_dim, units)
        trace = cell.run(RNG.normal(size=(timesteps, input_dim)) / 10)
        explore(trace, cell=cell)
        how = TraceBuffers.of(trace).quantities["x@W_i"]
        assert how["kind"] == "codes"


@pytest.mark.parametrize("kind", [LSTMCell, GRUCell, SimpleRNNCell])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_the_browser_shows_is_the_trace_to_its_printed_digits(kind, dtype):
    cell, trace = trace_of(kind, dtype=dtype)
    explore(trace, cell=cell)
    buffers = TraceBuffers.of(trace)
    for name in trace.names:
        values, got = getattr(trace, name), buffers.read(name)
        assert got.shape == values.shape
        wrong = [
            (name, a, b)
            for a, b in zip(got.ravel(), values.ravel(), strict=True)
            if format_number(a) != format_number(b)
        ]
        assert wrong == []
    three = ("f", "i", "c_tilde", "o", "c", "h") if kind is LSTMCell else ("h",)  # what hovering tells
    for name in three:
        for a, b in zip(buffers.read(name).ravel(), getattr(trace, name).ravel(), strict=True):
            assert format_number(a, 3) == format_number(b, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_is_sent_in_bytes_and_writes_what_the_trace_holds(kind):
    _, trace = trace_of(KINDS[kind], timesteps=300, units=8)
    text = TextView("a" * 300, trace)
    for name in text._buffers.quantities:
        written = [format_number(v) for v in text._buffers.read(name).ravel()]
        assert written == [format_number(v) for v in getattr(trace, name).ravel()], name


def test_a_text_takes_a_byte_a_number_unless_the_other_views_have_sent_it(wire):
    _, trace = trace_of(timesteps=500, units=128)
    most = 8 * 500 * 128  # f, i, o, h, c_tilde a byte each; c two; tanh(c) follows from it
    assert 6 * 500 * 128 < wire.since(lambda: TextView("a" * 500, trace))[0] < most
    explore(trace)
    assert TraceBuffers.of(trace).quantities["c"]["kind"] == "codes"  # hovering tells three decimals
    _, other = trace_of(timesteps=500, units=128)
    explore(other)
    assert wire.since(lambda: TextView("a" * 500, other))[0] < 50_000


def test_other_activations_and_masks_travel_too():
    x = RNG.normal(size=(90, 3))
    cell = LSTMCell.initialise(3, 30, activation="relu", recurrent_activation="hard_sigmoid")
    trace = cell.run(x, mask=np.arange(90) % 7 != 0)
    explore(trace)
    buffers = TraceBuffers.of(trace)
    for name in ("f", "c_tilde", "c", "h", "tanh_c", "h_tm1", "c_tm1"):
        np.testing.assert_allclose(buffers.read(name), getattr(trace, name), atol=3e-4)
    np.testing.assert_array_equal(buffers.read("mask")[:, 0], trace.mask)


@pytest.mark.parametrize("scale", [1.0, 100.0, 1e4, 1e30])
def test_packing_keeps_the_digits_of_numbers_of_any_size(scale):
    values = RNG.normal(size=(300, 7)) * scale
    got = unpacked(packed(values), {})
    assert all(
        format_number(a, 3) == format_number(b, 3) for a, b in zip(got.ravel(), values.ravel(), strict=True)
    ) or (scale > 10 and np.allclose(got, values, rtol=1e-6))


@pytest.mark.parametrize("digits", [2, 3])
def test_columns_of_other_ranges_have_codes_of_their_own(digits):
    values = RNG.normal(size=(300, 40)) * np.where(np.arange(40) < 2, 200, 1)
    values[:, 5] = 0.125
    how = packed(values, digits)
    assert how["kind"] == "codes" and sum(len(how[name]) for name in ("data", "changed", "exact")) < 3 * values.size
    got = unpacked(how, {})
    assert [format_number(v, digits) for v in got.ravel()] == [format_number(v, digits) for v in values.ravel()]


def test_ties_are_written_as_python_writes_them():
    values = (np.arange(-4096, 4096) / 1024)[:, None]
    got = unpacked(packed(values), {})
    for digits in (2, 3):
        assert [format_number(v, digits) for v in got[:, 0]] == [format_number(v, digits) for v in values[:, 0]]


def test_flags_take_a_quarter_of_a_byte_and_constants_survive():
    flags = RNG.integers(0, 3, size=(301, 7)).astype(np.uint8)
    how = packed(flags)
    assert len(how["data"]) == -(-301 * 7 // 4)
    np.testing.assert_array_equal(unpacked(how, {}), flags)
    np.testing.assert_array_equal(unpacked(packed(np.full((300, 3), 0.25)), {}), np.full((300, 3), 0.25))


def test_all_views_of_a_trace_share_one_model_that_goes_with_the_trace():
    _, trace = trace_of()
    _, other = trace_of()
    first, second = explore(trace), compare(trace, other)
    assert {w._buffers.model_id for w in first._views.values() if type(w).__name__ == "MarkupView" and w._buffers} == {
        TraceBuffers.of(trace).model_id
    }
    assert second._figure._buffers == [TraceBuffers.of(trace), TraceBuffers.of(other)]
    old = TraceBuffers.of(trace)
    del first, second, trace
    gc.collect()
    assert old is not TraceBuffers.of(trace_of()[1])


def test_what_is_too_large_to_show_is_refused_in_a_sentence():
    x = np.zeros((12_000, 1))
    trace = LSTMCell.initialise(1, 200).run(x)
    for show in (explore, lambda t: compare(t, t)):
        with pytest.raises(ValueError, match=r"too large to show: 12,000 timesteps x 200 values are 2,400,000 numbers"):
            show(trace)

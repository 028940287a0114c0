"""From Keras to traces: open the recurrent layers of any built Keras 3 model and keep every gate they compute.

`cell_from_layer` copies a layer's weights and settings into a NumPy cell; `trace_model` runs the model once on real
input, notes what each recurrent layer really got (sequence, initial state, mask), runs the NumPy cell on that, and
checks that it arrives where the layer did. Keras is imported when a function is called, not before.
"""

from __future__ import annotations

import dataclasses
import re
from contextlib import contextmanager

import numpy as np

from lstm_viz.cells import GRUCell, LSTMCell, SimpleRNNCell

__all__ = ["cell_from_layer", "trace_model"]

#: largest difference between a trace and its layer that is put down to rounding alone
_TOLERANCE = {"float32": 1e-4, "float64": 1e-10}


def cell_from_layer(layer):
    """The NumPy cell with the weights and settings of a built Keras recurrent layer.

    `layer` is a `SimpleRNN`, `LSTM`, `GRU`, an `RNN` around one of their cells, or such a cell itself. A
    `StackedRNNCells` (or an `RNN` of one) gives a tuple of cells, lowest first, and a `Bidirectional` the pair
    (forward, backward). The cell is a copy: training the layer further does not change it.

    TypeError if it is no recurrent Keras layer; ValueError, naming layer and option, if it is not built or has
    something that the cells here do not (a custom cell, another activation, half precision).
    """
    keras = _keras()
    if not isinstance(layer, keras.Layer):
        raise TypeError(f"layer must be a Keras recurrent layer; got {type(layer).__name__}")
    if isinstance(layer, keras.layers.Bidirectional):
        return cell_from_layer(layer.forward_layer), cell_from_layer(layer.backward_layer)
    if not isinstance(layer, (keras.layers.RNN, keras.layers.StackedRNNCells)) and not _kind(layer):
        raise TypeError(
            f"layer {layer.name!r} is a {type(layer).__name__}, not a recurrent layer; expected SimpleRNN, LSTM, GRU, "
            "RNN, Bidirectional or one of their cells"
        )
    stacked = isinstance(getattr(layer, "cell", layer), keras.layers.StackedRNNCells)
    cells = _layer_cells(layer)
    return tuple(cells) if stacked else cells[0]


def trace_model(model, x, *, layers=None, **call_arguments):
    """Run a built Keras model on `x` and return the trace of every recurrent layer, by name, in calling order.

    `model` is any `keras.Model` or a single layer, `x` what it takes (an array with the batch first, or a list or dict
    of arrays); `call_arguments` go to the model's call (`mask=`, `initial_state=`, ...). The model runs in inference
    mode and is left as it was, the states of stateful layers included. `layers` picks some layers by name; without
    it a layer that cannot be opened is an error.

    Returns a dict of traces whose values have shape (batch, timesteps, units); `traces["lstm"].select(0)` is the first
    sequence. `trace.x` is what the layer really got, after everything before it in the model. The names:

        "lstm"                                       a recurrent layer
        "bidirectional/forward", ".../backward"      the two directions of a Bidirectional
        "rnn/0", "rnn/1"                             the cells of a StackedRNNCells, lowest first
        "lstm[0]", "lstm[1]"                         the calls of a layer that was called several times
                                                     (a shared layer, or the slices of a TimeDistributed)
        "encoder/lstm"                               where two nested models both have a layer "lstm"

    A layer with `go_backwards` (and thus the backward one of a Bidirectional) is traced in the order in which it
    computes: `trace.x[..., 0, :]` is the last step of its input; `trace.input_steps` gives each step's place there.
    Where a mask skips a step, h and c are carried over, as in Keras, and `trace.mask` is False. Keras's *output* there
    is a repetition of the output before it, or zeros (`zero_output_for_mask`); the trace shows the state.

    TypeError if `model` is no Keras model or layer; ValueError if it is not built, has no recurrent layer, one of them
    cannot be opened (naming layer and option), or `x` does not fit.
    """
    keras = _keras()
    if not isinstance(model, keras.Layer):
        raise TypeError(f"model must be a Keras model or layer; got {type(model).__name__}")
    if not model.built:
        raise ValueError(
            f"model {model.name!r} is not built, so it has no weights yet; call it once on data, "
            "or begin it with an Input"
        )
    if "training" in call_arguments:
        raise TypeError("trace_model runs the model in inference mode; it takes no training argument")
    found = _recurrent_layers(model)
    if not found:
        raise ValueError(f"model {model.name!r} has no recurrent layer (SimpleRNN, LSTM, GRU or RNN)")
    if layers is not None:
        found = _picked(found, [layers] if isinstance(layers, str) else list(layers))
    for layer in found.values():
        _check_is_layer(layer)
    for part in keras.tree.flatten(x):
        if 0 in np.shape(part):
            raise ValueError(f"x must not be empty; got shape {np.shape(part)}")

    unbuilt = [name for name, layer in found.items() if not layer.built]
    calls = []
    with keras.StatelessScope(), _watched(found, calls):
        try:
            model(x, **({"training": False} if model._call_has_training_arg else {}), **call_arguments)
        except Exception as error:
            raise ValueError(_misfit(model, x, error)) from error
    if not calls:
        raise ValueError(f"none of the layers {', '.join(found)} was called when {model.name!r} read x")

    called = [call.name for call in calls]
    for name in unbuilt:
        if name in called:
            raise ValueError(
                f"layer {name!r} of model {model.name!r} was not built; call the model once on data before"
            )
    cells = {name: _layer_cells(found[name]) for name in called}
    traces = {}
    for k, call in enumerate(calls):
        name = call.name if called.count(call.name) == 1 else f"{call.name}[{called[:k].count(call.name)}]"
        stack = _trace_call(found[call.name], cells[call.name], call)
        traces.update({name: stack[0]} if len(stack) == 1 else {f"{name}/{n}": part for n, part in enumerate(stack)})
    return traces


def _keras():
    from lstm_viz.keras_models.quiet import keras

    return keras


# --- weights and settings ---------------------------------------------------------------------------------


def _keras_cells(layer):
    """The Keras cells of a recurrent layer, lowest first."""
    keras = _keras()
    cell = layer.cell if isinstance(layer, keras.layers.RNN) else layer
    if isinstance(cell, keras.layers.StackedRNNCells):
        return list(cell.cells)
    return [cell]


def _kind(cell):
    """The Keras class whose equations this cell computes, or None."""
    keras = _keras()
    for known in (keras.layers.LSTMCell, keras.layers.GRUCell, keras.layers.SimpleRNNCell):
        # a subclass with a call of its own computes something else
        if isinstance(cell, known) and type(cell).call is known.call:
            return known
    return None


def _numpy_cell(cell, name):
    keras = _keras()
    known = _kind(cell)
    if known is None:
        raise ValueError(
            f"layer {name!r} has a cell of type {type(cell).__name__}, which cannot be opened; "
            "expected keras.layers.SimpleRNNCell, LSTMCell or GRUCell with their own call"
        )
    if not cell.built:
        raise ValueError(f"layer {name!r} is not built, so it has no weights yet; call it once on data")
    if cell.compute_dtype not in _TOLERANCE:
        raise ValueError(
            f"layer {name!r} computes in {cell.compute_dtype} (dtype policy {cell.dtype_policy.name!r}); "
            "expected float32 or float64"
        )
    variables = (cell.kernel, cell.recurrent_kernel, *([cell.bias] if cell.use_bias else []))
    weights = [keras.ops.convert_to_numpy(variable) for variable in variables]
    options = {"activation": _activation(cell, "activation", name)}
    if known is not keras.layers.SimpleRNNCell:
        options["recurrent_activation"] = _activation(cell, "recurrent_activation", name)
    if known is keras.layers.GRUCell:
        options["reset_after"] = cell.reset_after
    ours = {keras.layers.LSTMCell: LSTMCell, keras.layers.GRUCell: GRUCell, keras.layers.SimpleRNNCell: SimpleRNNCell}
    try:
        return ours[known](*weights, **options).astype(cell.compute_dtype)
    except ValueError as error:
        raise ValueError(f"layer {name!r} cannot be opened: {error}") from error


def _activation(cell, option, name):
    keras = _keras()
    function = getattr(cell, option)
    known = ("tanh", "sigmoid", "hard_sigmoid", "relu", "linear")
    for activation in known:
        same = (getattr(keras.activations, activation), getattr(keras.ops, activation, None))
        if any(function is candidate for candidate in same):
            return activation
    raise ValueError(
        f"layer {name!r} has {option} {getattr(function, '__name__', type(function).__name__)!r}, which cannot be "
        f"opened; expected one of {', '.join(known)}"
    )


def _layer_cells(layer):
    """The NumPy cells of a recurrent layer, lowest first."""
    return [_numpy_cell(cell, layer.name) for cell in _keras_cells(layer)]


# --- finding the layers -----------------------------------------------------------------------------------


def _recurrent_layers(model):
    """{name: layer} of every recurrent layer inside, by the shortest name that tells them apart."""
    entries, seen = [], set()

    def visit(layer, path):
        if id(layer) in seen:
            return
        seen.add(id(layer))
        keras = _keras()
        if isinstance(layer, keras.layers.Bidirectional):
            for direction in ("forward", "backward"):
                inner = getattr(layer, f"{direction}_layer")
                seen.add(id(inner))
                entries.append((inner, f"{layer.name}/{direction}", path))
        elif isinstance(layer, keras.layers.RNN) or _kind(layer):
            entries.append((layer, layer.name, path))
        else:
            for inner in layer._flatten_layers(include_self=False, recursive=False):
                visit(inner, (*path, layer.name))

    visit(model, ())
    found = {}
    for layer, name, path in entries:
        if sum(other == name for _, other, _ in entries) > 1:
            name = "/".join((*path[1:], name))
        if name in found:
            raise ValueError(f"model {model.name!r} has two recurrent layers called {name!r}; give each its own name")
        found[name] = layer
    return found


def _check_is_layer(layer):
    """ValueError for what was found in a model and looks recurrent, but has no loop that can be watched."""
    if isinstance(layer, _keras().layers.RNN):
        return
    if _kind(layer):
        raise ValueError(
            f"cell {layer.name!r} is called step by step by the model's own code, where its steps cannot be followed; "
            "put it into keras.layers.RNN, or leave it out with layers=[...]"
        )
    raise ValueError(
        f"layer {layer.name!r} is a {type(layer).__name__} inside a Bidirectional, which cannot be opened; "
        "expected SimpleRNN, LSTM, GRU or RNN"
    )


def _picked(found, names):
    for name in names:
        if name not in found:
            raise ValueError(f"layers must be names of recurrent layers, {', '.join(map(repr, found))}; got {name!r}")
    return {name: found[name] for name in names}


# --- what a layer really got ------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class _Call:
    """One call of a recurrent layer: what went in and what came out, as Keras tensors."""

    name: str
    sequences: object
    initial_state: object
    mask: object
    outputs: object
    states: object


@contextmanager
def _watched(found, calls):
    """While this lasts, every call of these layers is noted in `calls`.

    `inner_loop` is where Keras has resolved what a layer reads: the input in the layer's dtype, the mask, and the
    initial state, be it zeros, given, or kept by a stateful layer. The instance's own attribute hides the class's
    method, so nothing else that runs Keras is touched.
    """

    def watch(name, layer):
        original = layer.inner_loop

        def inner_loop(sequences, initial_state, mask, training=False):
            result = original(sequences=sequences, initial_state=initial_state, mask=mask, training=training)
            calls.append(_Call(name, sequences, initial_state, mask, result[1], result[2]))
            return result

        vars(layer)["inner_loop"] = inner_loop

    try:
        for name, layer in found.items():
            watch(name, layer)
        yield
    finally:
        for layer in found.values():
            vars(layer).pop("inner_loop", None)


def _misfit(model, x, error):
    """One sentence on why the model could not read x."""
    shapes = _keras().tree.map_structure(lambda part: tuple(np.shape(part)), x)
    sentence = f"model {model.name!r} cannot read x of shape {shapes}"
    expected = getattr(model, "input_shape", None)
    if expected is not None:
        return f"{sentence}; it expects {expected}"
    return f"{sentence}: {keras_reason(error)}"


def keras_reason(error):
    """The sentence of a Keras error that says what is wrong: its first line only says in which layer it happened."""
    plain = re.sub(r"\x1b\[\d*m", "", str(error))
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    reasons = [line for line in lines if not line.startswith(("Exception encountered", "Arguments received"))]
    return reasons[0] if reasons else type(error).__name__


# --- from a call to its traces ----------------------------------------------------------------------------


def _trace_call(layer, cells, call):
    """The traces of one call of one layer, one per cell, lowest first, checked against what the layer gave."""
    keras = _keras()

    def array(tensor, dtype):
        try:
            return np.asarray(keras.ops.convert_to_numpy(tensor), dtype)
        except Exception as error:
            raise ValueError(
                f"layer {layer.name!r} runs inside a compiled function, where its values cannot be read; "
                "remove tf.function from the model's call or switch eager execution on"
            ) from error

    dtype = cells[0].dtype
    x = array(call.sequences, dtype)
    mask = call.mask[0] if isinstance(call.mask, (list, tuple)) else call.mask
    if mask is not None:
        mask = array(mask, bool)
        mask = mask[..., 0] if mask.ndim > 2 else mask
    if layer.go_backwards:
        x, mask = x[:, ::-1], None if mask is None else mask[:, ::-1]

    before = [array(part, dtype) for part in keras.tree.flatten(call.initial_state)]
    after = [array(part, dtype) for part in keras.tree.flatten(call.states)]
    traces = []
    for cell in cells:
        n = len(cell.state_names)
        state, before = before[:n], before[n:]
        try:
            trace = cell.run(x, tuple(state) if n > 1 else state[0], mask=mask)
        except ValueError as error:
            raise ValueError(f"layer {layer.name!r}: {error}") from error
        end, after = after[:n], after[n:]
        _check(layer, cell, trace, trace.state if n > 1 else (trace.state,), end)
        traces.append(dataclasses.replace(trace, go_backwards=layer.go_backwards))
        x = trace.h
    if layer.return_sequences:
        drawn, given = traces[-1].h, array(call.outputs, dtype)
        if mask is not None:
            # what Keras gives out at a skipped step is a repetition or zeros, no value of the cell
            drawn, given = drawn[mask], given[mask]
        _check(layer, cells[-1], traces[-1], (drawn,), (given,))
    return traces


def _check(layer, cell, trace, ours, theirs):
    """ValueError unless the trace arrives at the layer's own values.

    A recurrence with large weights can be chaotic: then no two programs agree for long. So a difference is only an
    error if it is larger than what a change of the weights in their last digit makes.
    """
    gap = max((np.abs(a - b).max(initial=0.0) for a, b in zip(ours, theirs, strict=True)), default=0.0)
    scale = max(1.0, *(np.abs(b).max(initial=0.0) for b in theirs))
    if gap <= _TOLERANCE[str(cell.dtype)] * scale:
        return
    nudged = cell.replace(recurrent_kernel=cell.recurrent_kernel * (1 + 4 * np.finfo(cell.dtype).eps))
    again = nudged.run(trace.x, trace.initial_state, mask=trace.mask)
    if gap <= 100 * np.abs(again.h - trace.h).max():
        return
    raise ValueError(
        f"layer {layer.name!r} ({type(layer).__name__}) gives values that differ from its cell's equations by up to "
        f"{gap:.2g}, so its trace would be wrong; a call or inner_loop of its own cannot be opened"
    )

"""From Keras to traces: open the recurrent layers of any built Keras 3 model and keep every gate they compute.

`cell_from_layer` copies a layer's weights and settings into a NumPy cell; `trace_model` runs the model once on real
input, notes what each recurrent layer really got (sequence, initial state, mask), runs the NumPy cell on that, and
checks that it arrives where the layer did. Keras is imported when a function is called, not before.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from lstm_viz.keras_models._cells_from_layers import TOLERANCE, _keras, cell_from_layer, layer_cells
from lstm_viz.keras_models._finding import check_is_layer, picked, recurrent_layers
from lstm_viz.keras_models._watching import as_inputs, check_arguments, keras_reason, misfit, nothing_called, watched

__all__ = ["cell_from_layer", "keras_reason", "trace_model"]


def trace_model(model, x, *, layers=None, **call_arguments):
    """Run a built Keras model on `x` and return the trace of every recurrent layer, by name, in calling order.

    `model` is any `keras.Model` or a single layer, `x` what it takes (an array with the batch first, or a list or dict
    of arrays, or nested lists of numbers); `call_arguments` go to the call (`mask=`; `initial_state=` of a single
    layer; what the call of a model of your own takes). The model runs in inference mode and is left as it was, the
    states of stateful layers included; threads that trace at the same time do it one after the other. `layers` picks
    some layers by name; without it a layer that cannot be opened is an error.

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

    TypeError if `model` is no Keras model or layer, or would drop an argument without a word (a Sequential or
    functional model hands none on); ValueError if it is not built, has no recurrent layer, one of them
    cannot be opened (naming layer and option), its values overflow, or `x` does not fit.
    """
    keras = _keras()
    if not isinstance(model, keras.Layer):
        raise TypeError(f"model must be a Keras model or layer; got {type(model).__name__}")
    if not model.built:
        raise ValueError(
            f"model {model.name!r} is not built, so it has no weights yet; call it once on data, "
            "or begin it with an Input"
        )
    check_arguments(model, call_arguments)
    found = recurrent_layers(model)
    if not found:
        raise ValueError(f"model {model.name!r} has no recurrent layer (SimpleRNN, LSTM, GRU or RNN)")
    if layers is not None:
        found = picked(found, layers)
    for layer in found.values():
        check_is_layer(layer)
    x = as_inputs(model, x)

    unbuilt = [name for name, layer in found.items() if not layer.built]
    arguments = ({"training": False} if model._call_has_training_arg else {}) | call_arguments
    calls = []
    with keras.StatelessScope(), watched(found, calls):
        try:
            model(x, **arguments)
        except Exception as error:
            raise ValueError(misfit(model, x, error)) from error
    if not calls:
        raise ValueError(nothing_called(model, found, x, arguments))

    called = [call.name for call in calls]
    for name in unbuilt:
        if name in called:
            raise ValueError(
                f"layer {name!r} of model {model.name!r} was not built; call the model once on data before"
            )
    cells = {name: layer_cells(found[name]) for name in called}
    traces = {}
    for k, call in enumerate(calls):
        name = call.name if called.count(call.name) == 1 else f"{call.name}[{called[:k].count(call.name)}]"
        stack = _trace_call(found[call.name], cells[call.name], call)
        traces.update({name: stack[0]} if len(stack) == 1 else {f"{name}/{n}": part for n, part in enumerate(stack)})
    return traces


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
    if not all(np.isfinite(b).all() for b in theirs):
        raise ValueError(
            f"layer {layer.name!r} ({type(layer).__name__}) gives NaN or infinity where its "
            "cell's equations give numbers"
        )
    gap = max((np.abs(a - b).max(initial=0.0) for a, b in zip(ours, theirs, strict=True)), default=0.0)
    scale = max(1.0, *(np.abs(b).max(initial=0.0) for b in theirs))
    if gap <= TOLERANCE[str(cell.dtype)] * scale:
        return
    nudged = cell.replace(recurrent_kernel=cell.recurrent_kernel * (1 + 4 * np.finfo(cell.dtype).eps))
    again = nudged.run(trace.x, trace.initial_state, mask=trace.mask)
    if gap <= 100 * np.abs(again.h - trace.h).max():
        return
    raise ValueError(
        f"layer {layer.name!r} ({type(layer).__name__}) gives values that differ from its cell's equations by up to "
        f"{gap:.2g}, so its trace would be wrong; a call or inner_loop of its own cannot be opened"
    )

"""One call of a Keras model, watched: what it is given, what each recurrent layer got, and what went wrong."""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
import threading
from contextlib import contextmanager

import numpy as np

from lstm_viz.keras_models._cells_from_layers import _keras
from lstm_viz.keras_models._finding import listed, short

#: a layer can be watched by one thread at a time
_ONE_AT_A_TIME = threading.RLock()


@dataclasses.dataclass(frozen=True)
class Call:
    """One call of a recurrent layer: what went in and what came out, as Keras tensors."""

    name: str
    sequences: object
    initial_state: object
    mask: object
    outputs: object
    states: object


@contextmanager
def watched(found, calls):
    """While this lasts, every call of these layers is noted in `calls`.

    `inner_loop` is where Keras has resolved what a layer reads: the input in the layer's dtype, the mask, and the
    initial state, be it zeros, given, or kept by a stateful layer. The instance's own attribute hides the class's
    method, so nothing else that runs Keras is touched; and what other threads call meanwhile is not noted.
    """
    thread = threading.get_ident()

    def watch(name, layer):
        original = layer.inner_loop

        def inner_loop(sequences, initial_state, mask, training=False):
            result = original(sequences=sequences, initial_state=initial_state, mask=mask, training=training)
            if threading.get_ident() == thread:
                calls.append(Call(name, sequences, initial_state, mask, result[1], result[2]))
            return result

        vars(layer)["inner_loop"] = inner_loop

    with _ONE_AT_A_TIME:
        try:
            for name, layer in found.items():
                watch(name, layer)
            yield
        finally:
            for layer in found.values():
                vars(layer).pop("inner_loop", None)


# --- what the model is given ------------------------------------------------------------------------------


def check_arguments(model, arguments):
    """TypeError for arguments of a call that the model would drop without a word, or does not know."""
    if "training" in arguments:
        raise TypeError("trace_model runs the model in inference mode; it takes no training argument")
    call = type(model).call
    if call.__module__ in ("keras.src.models.sequential", "keras.src.models.functional"):
        taken = {"mask", *getattr(model, "_call_context_args", ())}
    else:
        parameters = inspect.signature(model.call).parameters
        if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            return
        taken = set(parameters)
    for name in arguments:
        if name not in taken:
            way = ": trace the layer itself, or give the model an Input for it" if name == "initial_state" else ""
            raise TypeError(f"model {short(model.name)} hands no argument {short(name)} on to its layers{way}")


def as_inputs(model, x):
    """`x` with its lists of numbers as arrays; TypeError or ValueError for what is no input of a model."""
    if isinstance(x, dict):
        x = {name: _as_input(part) for name, part in x.items()}
    elif isinstance(x, (list, tuple)) and _several(model, x):
        x = type(x)(_as_input(part) for part in x) if type(x) in (list, tuple) else [_as_input(part) for part in x]
    else:
        x = _as_input(x)
    for part in _keras().tree.flatten(x):
        if 0 in np.shape(part):
            raise ValueError(f"x must not be empty; got shape {np.shape(part)}")
    return x


def _several(model, x):
    """Whether a list is one of inputs, not of one input's rows."""
    inputs = getattr(model, "inputs", None) or ()
    return len(inputs) > 1 or any(hasattr(part, "shape") or isinstance(part, dict) for part in x)


def _as_input(part):
    if hasattr(part, "shape") and hasattr(part, "dtype"):
        if isinstance(part, np.ndarray) and part.dtype.kind not in "biufSUT":
            raise TypeError(f"x must hold numbers; got an array of {part.dtype}")
        return part
    if isinstance(part, (list, tuple)) and part and all(hasattr(p, "shape") for p in part):
        return part  # nested inputs, for the model to take or refuse
    if isinstance(part, dict):
        return {name: _as_input(inner) for name, inner in part.items()}
    try:
        array = np.asarray(part)
    except Exception:
        array = None
    if array is None or array.dtype.kind not in "biufSU" or not array.ndim:
        kind = "a list whose rows are of different lengths or no numbers" if isinstance(part, list) else short(part)
        raise TypeError(f"x must be an array, a list of numbers, or a list or dict of arrays; got {kind}")
    return array


# --- what went wrong --------------------------------------------------------------------------------------


def misfit(model, x, error):
    """One sentence on why the model could not read x: its shape, or Keras's own reason."""
    tree = _keras().tree
    shapes = short(tree.map_structure(lambda part: tuple(np.shape(part)), x))
    sentence = f"model {short(model.name)} cannot read x of shape {shapes}"
    expected = getattr(model, "input_shape", None)
    if expected is not None and not _fits([np.shape(part) for part in tree.flatten(x)], expected):
        sentence += f"; it expects {short(expected)}"
    return f"{sentence}: {short_text(keras_reason(error), 300 - len(sentence) - 2)}"


def _fits(shapes, expected):
    if isinstance(expected, dict):
        expected = list(expected.values())
    expected = [expected] if isinstance(expected, tuple) and not isinstance(expected[0], (tuple, list)) else expected
    return len(shapes) == len(expected) and all(
        len(ours) == len(theirs) and all(b is None or a == b for a, b in zip(ours, theirs, strict=True))
        for ours, theirs in zip(shapes, expected, strict=True)
    )


def short_text(text, longest):
    """Text on one line, cut to that length."""
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 3] + "..."


def keras_reason(error):
    """The sentence of a Keras error that says what is wrong: its first line only says in which layer it happened."""
    plain = re.sub(r"\x1b\[\d*m", "", str(error))
    plain = re.sub(r"\{\{\w+ [^}]*\}\}\s*|\s*\[Op:\w+\]( name:)?", "", plain)
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    reasons = [line for line in lines if not line.startswith(("Exception encountered", "Arguments received"))]
    return reasons[0] if reasons else type(error).__name__


def nothing_called(model, found, x, arguments):
    """Why no layer was seen: the model does not use them, or has kept a compiled function for an input like this."""
    keras = _keras()
    calls = []
    tf = sys.modules.get("tensorflow")  # loaded, where Keras computes with it
    if keras.backend.backend() == "tensorflow":
        eager = tf.config.functions_run_eagerly()
        with keras.StatelessScope(), watched(found, calls):
            tf.config.run_functions_eagerly(True)
            try:
                model(x, **arguments)
            except Exception:
                calls.clear()
            finally:
                tf.config.run_functions_eagerly(eager)
    if calls:
        return (
            f"layer {short(calls[0].name)} runs inside a compiled function, where its values cannot be read; "
            "remove tf.function from the model's call or switch eager execution on"
        )
    return f"none of the layers {listed(found)} was called when {short(model.name)} read x"

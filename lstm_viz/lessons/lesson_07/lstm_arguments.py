"""Every argument of `keras.layers.LSTM`: what it changes, and what one choice of them gives.

`ARGUMENTS` and `CALL_ARGUMENTS` are the lists that lesson 07 goes through and that its tests hold to the signatures of
the installed Keras, argument by argument. `describe(...)` builds the layer, calls it once and reports what came of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np

from lstm_viz.cells import ACTIVATIONS, checks
from lstm_viz.keras_models.bridge import keras_reason, trace_model

__all__ = [
    "ARGUMENTS",
    "CALL_ARGUMENTS",
    "TF2_ARGUMENTS",
    "Argument",
    "Description",
    "argument_table",
    "cudnn_obstacles",
    "describe",
    "layer_source",
    "parameter_rows",
    "tf2_table",
]

#: the default of an argument that has none
REQUIRED = "required"
BATCH = 2  # sequences in the batch that `describe` calls the layer on


@dataclass(frozen=True)
class Argument:
    """One argument: its name and default in Keras, what it changes, where lesson 07 shows it, what can be chosen."""

    name: str
    default: object
    about: str
    section: int
    group: str = ""
    choices: tuple = ()


_ACTIVATIONS = tuple(ACTIVATIONS)
_REGULARIZERS = (None, "l1", "l2")
_CONSTRAINTS = (None, "max_norm", "unit_norm", "non_neg")
_YES_NO = (False, True)

#: in the order of the signature of `keras.layers.LSTM`
ARGUMENTS = (
    Argument("units", REQUIRED, "width of h and c, and so of the output", 1, "output", (1, 2, 4, 8)),
    Argument("activation", "tanh", "what squashes the candidate and, on the way out, c", 6, "cell", _ACTIVATIONS),
    Argument("recurrent_activation", "sigmoid", "what squashes the three gates", 6, "cell", _ACTIVATIONS),
    Argument("use_bias", True, "without: 4 * units parameters fewer, and no forget bias", 6, "cell", _YES_NO),
    Argument(
        "kernel_initializer", "glorot_uniform", "how the input's weights begin", 6, "beginning",
        ("glorot_uniform", "he_normal", "random_normal", "zeros"),
    ),
    Argument(
        "recurrent_initializer", "orthogonal",
        "how the weights of h[t-1] begin; orthogonal: four blocks together keep its length", 6,
        "beginning", ("orthogonal", "glorot_uniform", "random_normal", "zeros"),
    ),
    Argument("bias_initializer", "zeros", "how the biases begin, except the forget gate's", 6, "beginning",
             ("zeros", "ones", "random_normal")),
    Argument("unit_forget_bias", True, "the forget gate's bias begins at 1, so that f begins near 0.73", 6,
             "beginning", _YES_NO),
    Argument("kernel_regularizer", None, "adds the size of the kernel to the loss", 7, "limits", _REGULARIZERS),
    Argument("recurrent_regularizer", None, "adds the size of the recurrent kernel to the loss", 7, "limits",
             _REGULARIZERS),
    Argument("bias_regularizer", None, "adds the size of the bias to the loss", 7, "limits", _REGULARIZERS),
    Argument("activity_regularizer", None, "adds the size of the output to the loss", 7, "limits", _REGULARIZERS),
    Argument("kernel_constraint", None, "changes the kernel after every update", 7, "limits", _CONSTRAINTS),
    Argument("recurrent_constraint", None, "changes the recurrent kernel after every update", 7, "limits",
             _CONSTRAINTS),
    Argument("bias_constraint", None, "changes the bias after every update", 7, "limits", _CONSTRAINTS),
    Argument("dropout", 0.0, "in training: hides inputs, the same ones at every timestep", 7, "dropout",
             (0.0, 0.2, 0.5)),
    Argument("recurrent_dropout", 0.0, "in training: hides units of h[t-1] from the gates; c is never dropped", 7,
             "dropout", (0.0, 0.2, 0.5)),
    Argument("seed", None, "makes the dropout repeatable", 7, "dropout", (None, 0, 1)),
    Argument("return_sequences", False, "the output is h of every timestep, not of the last alone", 5, "output",
             _YES_NO),
    Argument("return_state", False, "also returns the last h and the last c, in this order", 5, "output", _YES_NO),
    Argument("go_backwards", False, "reads from the end; the output comes in the order in which it was read", 8,
             "running", _YES_NO),
    Argument("stateful", False, "the next call begins with the h and c at which this one ended", 4, "running",
             _YES_NO),
    Argument("unroll", False, "the same numbers, from a loop written out: faster or slower, more memory", 8,
             "running", _YES_NO),
    Argument("use_cudnn", "auto", "the same numbers, from NVIDIA's code where a GPU and the arguments allow it", 8,
             "running", ("auto", False, True)),
)  # fmt: skip

#: in the order of the signature of `keras.layers.LSTM.call`
CALL_ARGUMENTS = (
    Argument("sequences", REQUIRED, "the input, of shape (batch, timesteps, input_dim)", 1),
    Argument("initial_state", None, "[h, c] before the first step, instead of zeros", 3, "call", (None, "ones")),
    Argument("mask", None, "False where a step is skipped: h and c are carried over", 2, "call",
             (None, "last 2 skipped", "first 2 skipped")),
    Argument("training", False, "True switches dropout on; `fit` passes it by itself", 7, "call", _YES_NO),
)  # fmt: skip

#: where TensorFlow 2.0 to 2.15 (Keras 2) differs from today: (name there, what it was, what to write today)
TF2_ARGUMENTS = (
    (
        "implementation",
        "how the products are grouped; in the signature until 2.3",
        "still taken, no longer listed: Keras chooses (1 with `recurrent_dropout`, else 2); the numbers are the same",
    ),
    (
        "time_major",
        "input as (timesteps, batch, input_dim)",
        "gone: `keras.ops.swapaxes(x, 0, 1)` before the layer",
    ),
    (
        "input_shape",
        "shape of one sequence, in the first layer",
        "taken with a warning; begin with `keras.Input(shape)`",
    ),
    (
        "batch_input_shape",
        "the same with a fixed batch, for `stateful`",
        "gone: `keras.Input(batch_shape=...)`",
    ),
    (
        "weights",
        "weights to begin with",
        "gone: `layer.build(shape)`, then `layer.set_weights([...])`",
    ),
    ("seed", "not there", "new: makes dropout repeatable"),
    ("use_cudnn", "not there: cuDNN whenever it could", 'new; `"auto"` does the same'),
    ("model.reset_states()", "for all stateful layers of a model", "gone: `layer.reset_state()` for each of them"),
    ("CuDNNLSTM", "a layer of its own (`tf.compat.v1`)", "gone: `LSTM`, which uses cuDNN by itself"),
    (
        "LSTM of tf.compat.v1",
        "`recurrent_activation` was hard_sigmoid",
        'say so: `recurrent_activation="hard_sigmoid"`',
    ),
)


# --- tables -----------------------------------------------------------------------------------------------


def argument_table(arguments=ARGUMENTS):
    """The arguments (each an `Argument`) as a Markdown table: name, default, what it changes, section of lesson 07."""
    arguments = [
        checks.same_kind(a, Argument, "each of arguments", "an Argument") for a in checks.listed(arguments, "arguments")
    ]
    rows = [
        f"| `{a.name}` | {'' if a.default == REQUIRED else f'`{a.default!r}`'} | {_cell(a.about)} | {a.section} |"
        for a in arguments
    ]
    return "\n".join(["| argument | default | what it changes | section |", "|---|---|---|---|", *rows])


def tf2_table():
    """How what was in TensorFlow 2.x is written today, as a Markdown table."""
    rows = [f"| `{name}` | {then} | {now} |" for name, then, now in TF2_ARGUMENTS]
    return "\n".join(["| in TensorFlow 2.0 to 2.15 | what it was | today (Keras 3) |", "|---|---|---|", *rows])


def _cell(text):
    return text.replace("h[t-1]", "$h_{t-1}$")


# --- code to copy -----------------------------------------------------------------------------------------


def layer_source(arguments):
    """The call that makes the layer, as Python: `keras.layers.LSTM(4, return_sequences=True)`; defaults left out."""
    values = _checked(arguments, ARGUMENTS)
    said = [
        f"{a.name}={values[a.name]!r}"
        for a in ARGUMENTS[1:]
        if a.name in values and not _same(values[a.name], a.default)
    ]
    return f"keras.layers.LSTM({', '.join([str(values['units']), *said])})"


def _source(values, call, shape):
    """Everything that it takes to run the layer on some input, as Python to copy."""
    _, timesteps, _ = shape
    lines = ["import keras", "import numpy as np", ""]
    lines.append(f'x = np.random.default_rng(0).normal(size={shape}).astype("float32")')
    layer = layer_source(values)
    if len(layer) > 90:
        inside = layer.removeprefix("keras.layers.LSTM(").removesuffix(")").split(", ")
        layer = "keras.layers.LSTM(\n" + "".join(f"    {argument},\n" for argument in inside) + ")"
    lines.append(f"layer = {layer}")
    arguments = ["x"]
    if call["initial_state"] is not None:
        state = f'np.ones(({shape[0]}, {values["units"]}), "float32")'
        arguments.append(f"initial_state=[{state}, {state}]")
    if call["mask"] is not None:
        steps = f"np.arange({timesteps}) " + (f"< {timesteps - 2}" if call["mask"] == "last 2 skipped" else ">= 2")
        lines.append(f"mask = np.tile({steps}, ({shape[0]}, 1))")
        arguments.append("mask=mask")
    if call["training"]:
        arguments.append("training=True")
    target = "output, h, c" if values["return_state"] else "output"
    lines.append(f"{target} = layer({', '.join(arguments)})")
    return "\n".join(lines)


def _same(value, default):
    return type(value) is type(default) and value == default


def no_argument(name, known):
    """TypeError that names those of the known arguments that were probably meant."""
    near = get_close_matches(name, known, 3) or known[:5]
    return TypeError(f"keras.layers.LSTM has no argument {checks.short(name)}; it has {', '.join(near)} and others")


def _checked(values, arguments):
    known = {a.name for a in arguments}
    unknown = sorted(set(values) - known)
    if unknown:
        raise no_argument(unknown[0], sorted(known))
    if arguments is ARGUMENTS and "units" not in values:
        raise TypeError("keras.layers.LSTM needs units; got none")
    return dict(values)


# --- one layer, described ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Description:
    """What one choice of arguments gives.

    source      Python that does the same, to copy
    outputs     pairs (what it is, shape) of everything that the call returned
    parameters  rows of `parameter_rows`
    trace       of the first sequence, in inference mode
    labels      the name of each step of the input: "x[3]"
    notes       what else the choice does, a sentence each
    """

    source: str
    outputs: tuple
    parameters: tuple
    trace: object
    labels: tuple
    notes: tuple = field(default=())


def parameter_rows(layer):
    """(matrix, shape, parameters of i, f, c, o, parameters) for each weight of a built LSTM layer, and their sum."""
    rows = []
    for weight in layer.weights:
        name = weight.path.rsplit("/", 1)[-1]
        if name in ("kernel", "recurrent_kernel", "bias"):
            count = int(np.prod(weight.shape))
            rows.append((name, tuple(weight.shape), (count // 4,) * 4, count))
    total = sum(row[-1] for row in rows)
    return (*rows, ("sum", None, tuple(sum(row[2][k] for row in rows) for k in range(4)), total))


def cudnn_obstacles(layer, mask=None):
    """Why cuDNN could not compute this LSTM layer even on a GPU, a phrase for each reason; empty if it could.

    The conditions are those that Keras documents for `keras.layers.LSTM`. mask: (batch, timesteps) of booleans.
    TypeError or ValueError for another layer, or another mask.
    """
    keras = _keras()
    checks.same_kind(layer, keras.layers.LSTM, "layer", "a keras.layers.LSTM")
    reasons = []
    if layer.activation is not keras.activations.tanh:
        reasons.append("activation is not tanh")
    if layer.recurrent_activation is not keras.activations.sigmoid:
        reasons.append("recurrent_activation is not sigmoid")
    if layer.recurrent_dropout:
        reasons.append("recurrent_dropout is not 0")
    if layer.unroll:
        reasons.append("unroll is True")
    if not layer.use_bias:
        reasons.append("use_bias is False")
    if layer.use_cudnn is False:
        reasons.append("use_cudnn is False")
    if mask is not None:
        mask = checks.shaped(mask, "mask", ("batch", "timesteps"), 0, 1).astype(bool)
        if (mask[:, 1:] > mask[:, :-1]).any() or not mask.any(axis=1).all():
            reasons.append("the mask is not padding at the end alone")
    return reasons


def describe(arguments: Mapping, call_arguments: Mapping | None = None, *, timesteps=8, input_dim=3):
    """Build `keras.layers.LSTM(**arguments)`, call it on a small random batch, and report what came of it.

    arguments: as for `keras.layers.LSTM`; call_arguments: a choice of each in CALL_ARGUMENTS. The weights are drawn
    with a fixed seed, so that two descriptions differ by what was chosen and nothing else. ValueError, in one sentence,
    with Keras's own reason if Keras refuses the choice; TypeError for an argument that there is not.
    """
    values = {a.name: a.default for a in ARGUMENTS[1:]} | _checked(arguments, ARGUMENTS)
    call = {a.name: a.default for a in CALL_ARGUMENTS[1:]} | _checked(call_arguments or {}, CALL_ARGUMENTS)
    shape = (BATCH, timesteps, input_dim)
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    given = _given(call, values["units"], timesteps)
    keras = _keras()
    try:
        layer = keras.layers.LSTM(**{**values, **_seeded(values)})
        layer.build(shape)
        outputs = keras.tree.flatten(layer(x, training=call["training"], **given))
    except ValueError as error:
        raise ValueError(keras_reason(error)) from error
    if layer.stateful:
        layer.reset_state()
    trace = trace_model(layer, x, **given)[layer.name].select(0)
    names = ["output", "h, the last hidden state", "c, the last cell state"]
    return Description(
        source=_source(values, call, shape),
        outputs=tuple((name, tuple(value.shape)) for name, value in zip(names, outputs, strict=False)),
        parameters=parameter_rows(layer),
        trace=trace,
        labels=tuple(f"x[{k}]" for k in range(len(trace))),
        notes=tuple(_notes(layer, values, call, x, given)),
    )


def _given(call, units, timesteps):
    """initial_state and mask as arrays."""
    given = {}
    if call["initial_state"] is not None:
        given["initial_state"] = [np.ones((BATCH, units), np.float32)] * 2
    if call["mask"] is not None:
        steps = np.arange(timesteps)
        kept = steps < timesteps - 2 if call["mask"] == "last 2 skipped" else steps >= 2
        given["mask"] = np.tile(kept, (BATCH, 1))
    return given


def _seeded(values):
    """The three initializers, those that draw with a seed."""
    keras = _keras()
    seeded = {}
    for k, name in enumerate(("kernel_initializer", "recurrent_initializer", "bias_initializer")):
        initializer = keras.initializers.get(values[name])
        config = initializer.get_config()
        seeded[name] = type(initializer).from_config(config | {"seed": k}) if "seed" in config else initializer
    return seeded


def _notes(layer, values, call, x, given):
    """Sentences about what shapes, counts and trace do not show."""
    keras = _keras()

    def numbers(**options):  # of the output
        flat = keras.tree.flatten(layer(x, **given, **options))
        return keras.ops.convert_to_numpy(flat[0])

    if values["dropout"] or values["recurrent_dropout"]:
        gap = np.abs(numbers(training=True) - numbers(training=False)).max()
        yield (
            f"Dropout acts in training alone. One call with training=True: the output differs by up to {gap:.2g} from "
            "that without. The trace below is without."
        )
    elif call["training"]:
        yield "training=True changes nothing here: there is no dropout to switch on."
    regularized = [name for name in values if name.endswith("regularizer") and values[name]]
    if regularized:
        numbers()
        loss = sum(float(part) for part in layer.losses)
        yield f"{_and(regularized)} {'add' if len(regularized) > 1 else 'adds'} {loss:.3f} to the loss of this batch."
    cell = layer.cell
    for name, weight in (("kernel", cell.kernel), ("recurrent", cell.recurrent_kernel), ("bias", cell.bias)):
        if values[f"{name}_constraint"] and weight is not None:
            change = np.abs(keras.ops.convert_to_numpy(weight.constraint(weight) - weight)).max()
            yield f"{name}_constraint would change these weights by up to {change:.2g} after the next update."
    if values["stateful"]:
        given = {name: value for name, value in given.items() if name != "initial_state"}  # it would win over the state
        layer.reset_state()
        gap = np.abs(numbers() - numbers()).max()
        yield (
            f"stateful: a second call with the same input gives another output (by up to {gap:.2g}), because it begins "
            "where the first ended."
        )
    if values["go_backwards"]:
        yield "go_backwards: the trace runs in the order of reading; its labels say which step of the input that was."
    if not values["use_bias"] and values["unit_forget_bias"]:
        yield "unit_forget_bias does nothing without a bias: f begins near 0.5, not 0.73."
    reasons = cudnn_obstacles(layer, given.get("mask"))
    yield f"On a GPU cuDNN could not compute this: {_and(reasons)}." if reasons else "On a GPU cuDNN computes this."


def _and(phrases):
    return phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} and {phrases[-1]}"


def _keras():
    from lstm_viz.keras_models.quiet import keras

    return keras

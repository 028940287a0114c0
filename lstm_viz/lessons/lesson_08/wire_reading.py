"""What a trained classifier does while it reads one wire: gates, the topics' probabilities, what each word is worth.

All but the deletions is read off the traces that `keras_bridge.trace_model` keeps of the model's own run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_viz.cells import checks
from lstm_viz.datasets import Newswires
from lstm_viz.keras_models.bridge import cell_from_layer, trace_model
from lstm_viz.keras_models.quiet import keras
from lstm_viz.learning.gradients import backward
from lstm_viz.lessons.lesson_08.comparison import deletion, known_ids

__all__ = ["Reading", "read_wire"]


@dataclass(frozen=True, repr=False, eq=False)
class Reading:
    """One wire, read word by word, for the timesteps that the model really reads.

    `words` a text per timestep ("·" for padding that is read as a number); `traces` the trace of every recurrent layer,
    lowest first, by the layer's name; `probabilities` (timesteps, topics), row t what the model answers if the wire
    ends after word t; `topic` the topic whose loss is looked at; `gradient` (timesteps,) the length of dL/dx_t,
    with L = -log of that topic's probability after the last timestep and x_t what the lowest layer reads at t;
    `deletion` (timesteps,) what L grows by when `<unknown>` is read in the word's place (see `comparison.deletion`).
    """

    words: tuple
    traces: dict
    probabilities: np.ndarray
    topic: int
    gradient: np.ndarray
    deletion: np.ndarray

    @property
    def timesteps(self):
        return len(self.words)

    @property
    def answer(self):
        """The topic with the highest probability after the last timestep."""
        return int(self.probabilities[-1].argmax())

    def __repr__(self):
        return f"<reading of {self.timesteps} words by {', '.join(self.traces)}>"


def read_wire(model, wires, ids, topic=None):
    """Let a model that begins with word ids read one wire (timesteps,); returns a `Reading`.

    model: a `keras.Sequential` of layers that turn each id into numbers, recurrent layers one above the other, and
    layers that turn the last hidden state into probabilities. wires: the `Newswires` that know the words. topic: whose
    loss the gradients are of, by default the model's own answer. ValueError or TypeError if model, wires, ids or topic
    do not fit.
    """
    recurrent, head = _split(model)
    checks.same_kind(wires, Newswires, "wires", "Newswires, as load_reuters returns")
    ids = known_ids(ids, ("timesteps",), model)
    if not np.count_nonzero(ids):
        raise ValueError(f"ids must be the word ids of one wire, not all padding; got {checks.short(ids)}")
    masked = any(getattr(layer, "mask_zero", False) for layer in model.layers)
    # with a mask the padding is skipped; without one the model reads it, as the number 0
    read = ids[: np.count_nonzero(ids)] if masked else ids
    traces = {name: trace.select(0) for name, trace in trace_model(model, read[None]).items()}

    h = list(traces.values())[-1].h
    probabilities = keras.ops.convert_to_numpy(head(h))
    topics = probabilities.shape[1]
    topic = int(probabilities[-1].argmax()) if topic is None else topic
    if isinstance(topic, bool) or not isinstance(topic, (int, np.integer)) or not 0 <= topic < topics:
        raise ValueError(f"topic must be a number from 0 to {topics - 1}; got {checks.short(topic)}")
    words = wires.words(read)
    return Reading(
        words=(*words, *("·" for _ in range(len(read) - len(words)))),
        traces=traces,
        probabilities=probabilities,
        topic=int(topic),
        deletion=deletion(model, read, int(topic)),
        gradient=_gradient(recurrent, traces, _loss_gradient(head, probabilities[-1], int(topic))),
    )


def _split(model):
    """(recurrent layers, the Dense layer with softmax that reads the last hidden state)."""
    if not isinstance(model, keras.Sequential) or not model.built:
        raise TypeError(f"model must be a keras.Sequential that is built; got {checks.short(model)}")
    layers = model.layers
    recurrent = [layer for layer in layers if isinstance(layer, keras.layers.RNN)]
    head = layers[-1] if layers else None
    softmax = isinstance(head, keras.layers.Dense) and head.activation is keras.activations.softmax
    if not softmax or not recurrent or layers[-2] is not recurrent[-1] or recurrent[-1].return_sequences:
        raise ValueError(
            "model must be a keras.Sequential that ends with a recurrent layer without return_sequences and a Dense "
            f"layer with softmax; got {', '.join(type(layer).__name__ for layer in layers[-4:])} at its end"
        )
    return recurrent, head


def _loss_gradient(head, probabilities, topic):
    """dL/dh for L = -log p[topic], p = softmax(h @ kernel + bias): (p - onehot) @ kernel.T."""
    dz = probabilities.copy()
    dz[topic] -= 1
    return dz @ head.get_weights()[0].T


def _gradient(recurrent, traces, dh):
    """Length of dL/dx_t, handed down through the layers from dL/dh of the top one's last state."""
    for layer, trace in zip(reversed(recurrent), reversed(list(traces.values())), strict=True):
        dh = backward(cell_from_layer(layer), trace, dh).x
    return np.linalg.norm(dh, axis=-1)

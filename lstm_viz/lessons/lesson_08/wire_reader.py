"""`WireReader`: open one wire, or type one, and follow a trained classifier through it word by word."""

from __future__ import annotations

import html

import ipywidgets
import numpy as np

from lstm_viz.cells import checks
from lstm_viz.datasets import Newswires
from lstm_viz.lessons.lesson_08.wire_markup import wire_markup
from lstm_viz.lessons.lesson_08.wire_reading import read_wire
from lstm_viz.pictures.figures import class_probabilities, heatmaps
from lstm_viz.widgets.callbacks import on_change
from lstm_viz.widgets.controls import TimeControls
from lstm_viz.widgets.frame_view import FrameView
from lstm_viz.widgets.markup_view import MarkupView

__all__ = ["WireReader"]

_OWN = "my own text"


def _under(upper, lower):
    """`lower` with its time axis exactly under that of `upper`; its colour bars move along."""
    end = upper.layout.xaxis.domain[1]
    lower.update_layout(margin={"l": upper.layout.margin.l, "r": upper.layout.margin.r})
    lower.update_xaxes(domain=[0, end])
    for trace in lower.data:
        if trace.type == "heatmap" and trace.showscale is not False:
            trace.colorbar.x = end + 0.01
    # and on a phone
    left = upper.layout.meta["narrow"]["layout"]["margin"].get("l", upper.layout.margin.l)
    narrow = lower.layout.meta["narrow"]
    layout = narrow["layout"] | {"margin": narrow["layout"].get("margin", {}) | {"l": left}}
    lower.layout.meta = lower.layout.meta | {"narrow": narrow | {"layout": layout}}
    return lower


class WireReader(ipywidgets.VBox):
    """Choose a model, a topic and one of its test wires, or type a text; slide through it (in the browser).

    models: {name: trained Keras model or fitted classifier with `model_`}. wires: the `Newswires` they were trained on.
    Shown: what each word is worth, by deletion and by gradient; the topics' probabilities after each word; the gates
    of every unit, on the same time axis. It opens at the wire's last word. ValueError or TypeError for what is no such
    model, wires, topic or number of a wire.
    """

    def __init__(self, models, wires, *, topic=None, wire=0):
        models = checks.mapping(models, "models", "name and trained model")
        self._models = {
            checks.text(name, "each name of a model"): getattr(model, "model_", model) for name, model in models.items()
        }
        self._wires = checks.same_kind(wires, Newswires, "wires", "Newswires, as load_reuters returns")
        wire = checks.whole(wire, "wire", 0)
        counts = np.bincount(wires.y_test, minlength=len(wires.names))
        topics = sorted(np.flatnonzero(counts), key=lambda k: -counts[k])
        wide = {"description_width": "initial"}
        self.model = ipywidgets.Dropdown(options=list(self._models), description="model", style=wide)
        self.topic = ipywidgets.Dropdown(
            options=[(f"{wires.names[k]} ({counts[k]})", int(k)) for k in topics] + [(_OWN, None)],
            description="topic",
            style=wide,
        )
        self.wire = ipywidgets.BoundedIntText(0, 0, 0, description="wire", style=wide, layout={"width": "110px"})
        self.layer = ipywidgets.Dropdown(options=[("", 0)], description="layer", style=wide)
        self.text = ipywidgets.Text(
            description="text",
            placeholder="type a wire, such as: oil prices rose after opec cut output; then press Enter",
            style=wide,
            layout={"width": "100%", "display": "none"},
            continuous_update=False,
        )
        self.note = ipywidgets.HTML()
        self.controls = TimeControls(wires.timesteps)
        self.pictures = ipywidgets.VBox()
        for chooser in (self.model, self.topic, self.layer):
            chooser.layout.width = "auto"
        row = ipywidgets.HBox(
            [self.model, self.topic, self.wire, self.layer], layout={"flex_flow": "row wrap", "width": "100%"}
        )
        self.reading = self._ids = None
        if topic is None:
            self.topic.value = topics[0]
        else:
            self.topic.value = int(wires.y_test[wires.examples(topic)[0]])  # examples says so if there is none
        self._count_wires()
        self.wire.value = wire
        self._read()
        knobs = self.model, self.topic, self.wire, self.text
        self.changes = on_change(knobs, lambda *_values: self._read())
        self._draws = on_change([self.layer], lambda _layer: self._draw_gates())
        status = [self.note, self.changes.status, self._draws.status]
        super().__init__([row, self.text, *status, self.controls, self.pictures])

    # -- what the reader chooses --

    def _count_wires(self):
        own = self.topic.value is None
        self.text.layout.display = "" if own else "none"
        self.wire.layout.display = "none" if own else ""
        if not own:
            last = len(self._wires.examples(self.topic.value)) - 1
            self.wire.value = min(self.wire.value, last)
            self.wire.max = last
            self.wire.tooltip = f"which of the topic's test wires, 0 to {last}"

    def _say(self, text):
        self.note.value = f"<span role='status' style='font-size:15px'>{html.escape(text)}</span>" if text else ""

    def _chosen(self):
        """(ids, number of the right topic or None), or None where there is nothing to read yet."""
        self._say("")
        if self.topic.value is not None:
            n = self._wires.examples(self.topic.value)[self.wire.value]
            return self._wires.x_test[n], int(self._wires.y_test[n])
        if not self.text.value:
            self._say("Type a wire of your own and press Enter; until then the last one stays.")
            return None
        try:
            ids, unknown = self._wires.encode(self.text.value)
        except ValueError as problem:  # a text that cannot be read is no error of the program
            self._say(f"This cannot be read: {problem}. The last wire stays.")
            return None
        if len(unknown) == len(self._wires.words(ids)) - 1:
            self._say("The wires know none of these words: all are read as <unknown>, so the answer says nothing.")
        elif unknown:
            self._say(f"Not among the words of the wires, so read as <unknown>: {', '.join(unknown)}.")
        return ids, None

    # -- what is shown --

    def _read(self):
        self._count_wires()
        chosen = self._chosen()
        if chosen is None:
            return
        ids, truth = chosen
        another = self._ids is None or not np.array_equal(ids, self._ids)
        self.reading = reading = read_wire(self._models[self.model.value], self._wires, ids, truth)
        self._ids = ids
        names = self._wires.names
        markup = wire_markup(reading, names, truth=truth)
        self._answers = probabilities = class_probabilities(
            reading.probabilities, class_names=names, labels=reading.words, truth=truth, most=6
        )
        self.controls.resize(reading.timesteps)
        if another:  # a wire opens at its last word, where the answer is; the same wire with another model stays
            self.controls.t = reading.timesteps - 1
        layers = len(reading.traces)
        if len(self.layer.options) != layers:
            self.layer.options = [(f"{n + 1} of {layers}", n) for n in range(layers)]
            self.layer.value = layers - 1
        self.layer.layout.display = "" if layers > 1 else "none"
        if not self.pictures.children:
            views = [MarkupView(markup), FrameView(probabilities), FrameView(self._gates())]
            self.controls.drive(*views)
            self.pictures.children = views
            return
        text, answer, _ = self.pictures.children
        text.markup, answer.figure = markup, probabilities
        self._draw_gates()

    def _draw_gates(self):
        if self.reading is not None and self.pictures.children:
            self.pictures.children[2].figure = self._gates()

    def _gates(self):
        trace = list(self.reading.traces.values())[self.layer.value or 0]
        return _under(self._answers, heatmaps(trace, labels=self.reading.words))

    def __repr__(self):
        return f"<WireReader: {', '.join(self._models)}>"

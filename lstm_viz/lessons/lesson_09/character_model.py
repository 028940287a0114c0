"""A trained character model of Python source, opened: one of our own cells between an embedding and an output layer.

    x_t = embedding[character t];   h_t, c_t from the cell;   p(next character) = softmax(h_t @ kernel + bias)

The weights come from `tools/run_character_model.py` (Keras); every value shown is the package's own cell's. After
Karpathy, Johnson & Li (2015), "Visualizing and Understanding Recurrent Networks".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from lstm_viz.cells import KINDS, checks
from lstm_viz.cells.cell import Cell
from lstm_viz.lessons.lesson_09 import surgery

__all__ = ["CharacterModel", "Reading", "character_model"]

#: kinds of cell with shipped weights
TRAINED = ("LSTM", "GRU", "SimpleRNN")
#: the most characters that are read at once, with every gate kept
MOST = 20_000
_FILE = Path(__file__).parent / "character_models.npz"


@dataclass(frozen=True, repr=False, eq=False)
class CharacterModel:
    """A recurrent network that reads a text character by character and says what comes next.

    vocabulary: the characters that it knows, the first stands for all others. embedding (characters, input_dim), cell,
    kernel (units, characters) and bias (characters,) of the output layer. means: {gate: (units,)}, each gate's mean on
    held-out text, for `Clamp(gate, units, "mean")`.
    """

    vocabulary: str
    embedding: np.ndarray
    cell: object
    kernel: np.ndarray
    bias: np.ndarray
    means: dict = field(default_factory=dict)

    def __post_init__(self):
        characters = len(checks.text(self.vocabulary, "vocabulary"))
        if not characters or len(set(self.vocabulary)) < characters:
            raise ValueError(f"vocabulary must hold each character once; got {checks.short(self.vocabulary)}")
        cell = checks.same_kind(self.cell, Cell, "cell", "a cell")
        if cell.stacked:
            raise ValueError(f"cell must be a single cell, not a stack; got {cell}")
        axes = {"embedding": (characters, cell.input_dim), "kernel": (cell.units, characters), "bias": (characters,)}
        for name, shape in axes.items():
            object.__setattr__(self, name, checks.shaped(getattr(self, name), name, shape))
        none = isinstance(self.means, dict) and not self.means
        for gate, values in () if none else checks.mapping(self.means, "means", "gate and numbers").items():
            checks.shaped(values, f"means[{checks.short(gate)}]", (cell.units,))

    @property
    def kind(self):
        return self.cell.kind

    @cached_property
    def _codes(self):
        return {character: code for code, character in enumerate(self.vocabulary)}

    def encode(self, text):
        """(characters,) whole numbers: each character's place in the vocabulary, 0 for one that is not in it."""
        return np.array([self._codes.get(character, 0) for character in checks.text(text, "text")], np.int64)

    def read(self, text, clamps=()):
        """Let the model read a text; returns a `Reading`, every gate kept.

        clamps: a `Clamp`, or a list of them, that hold while it reads. ValueError for an empty text or one of more than
        20,000 characters (say which part you mean), TypeError for what is no text.
        """
        if not checks.text(text, "text"):
            raise ValueError("text must not be empty: there is nothing to read")
        if len(text) > MOST:
            raise ValueError(
                f"text must have at most {MOST:,} characters, all gates of which are kept; got {len(text):,}"
            )
        codes = self.encode(text)
        trace = surgery.run(self.cell, self.embedding[codes], clamps, self.means)
        return Reading(text=text, codes=codes, trace=trace, model=self)

    def log_probabilities(self, h):
        """ln p(next character), (..., characters), from hidden states (..., units)."""
        h = checks.floats(h, "h")
        if h.ndim < 1 or h.shape[-1] != self.cell.units:
            raise ValueError(f"h must have shape (..., {self.cell.units}); got {checks.shape_text(h.shape)}")
        logits = h @ self.kernel + self.bias
        logits -= logits.max(-1, keepdims=True)
        return logits - np.log(np.exp(logits).sum(-1, keepdims=True))

    def write(self, start, length, temperature=1.0, seed=0, clamps=()):
        """Go on with a text, one character at a time; returns the `Reading` of start and what was written.

        length: characters to write, 1 to 5,000. temperature: above 1 braver, below 1 more careful, 0 always the most
        probable. seed: for the dice. The unknown character is never written. clamps hold by their timesteps, in what is
        written too.
        """
        reading = self.read(start, clamps)
        return self.read(start + self.go_on(reading, length, temperature, seed, clamps), clamps)

    def go_on(self, reading, length, temperature=1.0, seed=0, clamps=()):
        """The text that `write` would write after a reading of this model's, without reading it again."""
        checks.same_kind(reading, Reading, "reading", "a Reading, as model.read returns")
        length = checks.whole(length, "length", most=5000)
        temperature = checks.number(temperature, "temperature", 0)
        dice = np.random.default_rng(checks.seed(seed))
        clamps = surgery.listed(clamps)
        text, state, h, cells = "", reading.trace.state, reading.trace.h[-1], {}
        for t in range(len(reading), len(reading) + length):
            code = _drawn(self.log_probabilities(h)[1:], temperature, dice) + 1
            text += self.vocabulary[code]
            held = tuple(clamp for clamp in clamps if clamp.covers(t, t + 1))
            if held not in cells:
                cells[held] = surgery.clamped_cell(self.cell, held, self.means) if held else self.cell
            now = cells[held].step(self.embedding[code], state)
            state, h = now.state, now.h
        return text

    def untrained(self, seed=0):
        """The same network as it was born, with Keras's initialisation: what a score means by chance of the weights."""
        rng = np.random.default_rng([checks.seed(seed), 1])
        cell = type(self.cell).initialise(self.cell.input_dim, self.cell.units, seed, dtype=self.cell.dtype)
        embedding = rng.uniform(-0.05, 0.05, self.embedding.shape).astype(self.embedding.dtype)
        limit = np.sqrt(6 / sum(self.kernel.shape))
        kernel = rng.uniform(-limit, limit, self.kernel.shape).astype(self.kernel.dtype)
        return replace(self, cell=cell, embedding=embedding, kernel=kernel, bias=np.zeros_like(self.bias), means={})

    def shuffled(self, seed=0):
        """The same weights, each array's numbers shuffled within it: the sizes are kept, what was learned is not."""
        rng = np.random.default_rng([checks.seed(seed), 2])
        mixed = [rng.permutation(w.ravel()).reshape(w.shape) for w in self.cell.weights]
        names = ("kernel", "recurrent_kernel", "bias")
        cell = self.cell.replace(**dict(zip(names, mixed, strict=True)))
        embedding = rng.permutation(self.embedding.ravel()).reshape(self.embedding.shape)
        return replace(self, cell=cell, embedding=embedding, means={})

    def __repr__(self):
        return f"<character model: {self.kind} of {self.cell.units} units, {len(self.vocabulary)} characters>"


def _drawn(log_probabilities, temperature, dice):
    if temperature == 0:
        return int(log_probabilities.argmax())
    scaled = (log_probabilities.astype(float) - log_probabilities.max()) / max(temperature, 1e-6)
    weights = np.exp(scaled)
    return int(dice.choice(len(weights), p=weights / weights.sum()))


@dataclass(frozen=True, repr=False, eq=False)
class Reading:
    """A text as a character model read it.

    text, codes (characters,), trace: the cell's, one timestep a character. `probabilities` (characters, vocabulary):
    row t is what the model expects after character t. `surprise` (characters,): the bits that character t cost,
    -log2 p(character t | those before it); nan for the first, before which nothing was read.
    """

    text: str
    codes: np.ndarray
    trace: object
    model: CharacterModel

    @cached_property
    def _log_probabilities(self):
        return self.model.log_probabilities(self.trace.h)

    @cached_property
    def probabilities(self):
        return np.exp(self._log_probabilities)

    @cached_property
    def surprise(self):
        bits = np.full(len(self.codes), np.nan, self.trace.h.dtype)
        steps = np.arange(len(self.codes) - 1)
        bits[1:] = -self._log_probabilities[steps, self.codes[1:]] / np.log(2)
        return bits

    @property
    def bits(self):
        """Mean bits per character, from the second on; nan for a text of one."""
        return float(self.surprise[1:].mean()) if len(self.codes) > 1 else float("nan")

    @property
    def unknown(self):
        """(characters,) booleans: not in the vocabulary, so read as the unknown character."""
        return self.codes == 0

    def guesses(self, t, count=5):
        """[(character, probability), ...] of what comes after character t, the most probable first."""
        t = checks.whole(t, "t", 0, len(self) - 1)
        count = checks.whole(count, "count", most=len(self.model.vocabulary))
        row = self.probabilities[t]
        return [(self.model.vocabulary[k], float(row[k])) for k in np.argsort(-row, kind="stable")[:count]]

    def __len__(self):
        return len(self.codes)

    def __repr__(self):
        return f"<{len(self)} characters, read by a {self.model.kind} at {self.bits:.2f} bits each>"


def character_model(kind="LSTM"):
    """The trained model of this kind: "LSTM", "GRU" or "SimpleRNN", 128 units each. ValueError for another."""
    return _character_model(checks.one_of(kind, TRAINED, "kind"))


@lru_cache
def _character_model(kind):
    with np.load(_FILE, allow_pickle=False) as file:
        arrays = {name.split("/")[1]: file[name] for name in file.files if name.startswith(f"{kind}/")}
        vocabulary = "".join(map(chr, file["vocabulary"]))
    arrays = {name: checks.frozen(values.astype(np.float32)) for name, values in arrays.items()}
    cell = KINDS[kind](arrays["cell_kernel"], arrays["recurrent_kernel"], arrays["cell_bias"])
    means = {name.removeprefix("mean_"): values for name, values in arrays.items() if name.startswith("mean_")}
    return CharacterModel(vocabulary, arrays["embedding"], cell, arrays["kernel"], arrays["bias"], means)

"""Exercises of lesson 07, the arguments of the Keras LSTM layer."""

import numpy as np

from lstm_viz.cells import LSTMCell, sigmoid
from lstm_viz.exercises import Exercise, register
from lstm_viz.exercises.answers import array, close, function, whole_number
from lstm_viz.lessons.lesson_07.predictions import PREDICTIONS

# --- 07.1 -------------------------------------------------------------------------------------------------


def _check_count(count):
    right = 4 * (16 + 32) * 32
    if count == right:
        return
    if count == right + 4 * 32:
        yield "That is with a bias: without one the + 1 goes."
    if 4 * count in (right, right + 4 * 32):
        yield "That is one layer; an LSTM cell has four of this size, for i, f, c and o."
    if count == 4 * 16 * 32:
        yield "That is the kernel alone; h_tm1 has weights too, the recurrent kernel."
    if count == 4 * 32 * 32:
        yield "That is the recurrent kernel alone; the input has weights too, the kernel."
    yield f"{count} is not it: every one of the four layers reads the 16 inputs and the 32 units of h_tm1."


_count = Exercise(
    name="07.1",
    prompt="How many parameters has LSTM(32, use_bias=False) on sequences of 16 numbers per timestep?",
    answer=whole_number(),
    check=_check_count,
    hints=["4 * (input_dim + units + 1) * units is the count with a bias.", "Without a bias the + 1 is missing."],
    solution="4 * (16 + 32) * 32",
    right=["6144", "6144.0"],
    wrong=[
        ("4 * (16 + 32 + 1) * 32", "with a bias"),
        ("(16 + 32) * 32", "has four of this size"),
        ("4 * 16 * 32", "the kernel alone"),
        ("4 * 32 * 32", "the recurrent kernel alone"),
        ("10000", "is not it"),
    ],
    remark="`use_bias=False` saves 128 parameters of 6,272 here, and takes the forget gate's head start away.",
)


# --- 07.2 -------------------------------------------------------------------------------------------------


def _check_shape(shape):
    shape = tuple(int(n) for n in shape)
    if shape == (8, 20, 20):
        return
    if shape == (8, 20, 10):
        yield "That is one direction. Bidirectional sets the outputs of the two directions side by side."
    if shape == (20, 8, 20):
        yield "The batch comes first, then the timesteps."
    if shape == (8, 20, 5):
        yield "5 is the width of the input; the width of the output comes from the units."
    if shape == (8, 10, 20):
        yield "The number of timesteps does not change: 20 go in, 20 come out."
    yield f"{shape} is not it: (batch, timesteps, width), and each direction has 10 units."


_shape = Exercise(
    name="07.2",
    prompt="x has shape (8, 20, 5). Which shape has Bidirectional(LSTM(10, return_sequences=True))(x)?",
    answer=array(3),
    check=_check_shape,
    hints=["return_sequences keeps the time axis.", "Two directions of 10 units each, side by side."],
    solution="(8, 20, 20)",
    right=["[8, 20, 2 * 10]"],
    wrong=[
        ("(8, 20, 10)", "one direction"),
        ("(20, 8, 20)", "batch comes first"),
        ("(8, 20, 5)", "width of the input"),
        ("(8, 10, 20)", "does not change"),
        ("(8, 20, 30)", "is not it"),
    ],
    remark='Other ways to put them together: `merge_mode="sum"`, `"ave"` or `"mul"` keep the width at 10.',
)


# --- 07.3 -------------------------------------------------------------------------------------------------


def _check_bias(bias):
    gates = sigmoid(bias).reshape(4, 3)
    f = gates[1]
    others = np.delete(bias.reshape(4, 3), 1, axis=0)
    if np.abs(f - 0.99).max() <= 0.003 and not others.any():
        return
    for k, name in ((0, "input gate i"), (2, "candidate c"), (3, "output gate o")):
        if np.abs(gates[k] - 0.99).max() <= 0.003 and not bias.reshape(4, 3)[1].any():
            yield f"This is the bias of the {name}: the blocks are i, f, c, o, and the second one is wanted."
    if close(bias.reshape(4, 3)[1], np.full(3, 0.99), 0.005):
        yield f"0.99 goes in before the sigmoid, so f begins at {f[0]:.2f}; what comes out of it must be 0.99."
    if np.abs(f - 0.99).max() <= 0.003:
        yield "The forget gate is right; every other bias should be 0."
    if close(bias.reshape(3, 4)[:, 1], np.full(3, np.log(99)), 0.3):
        yield "The numbers of one gate stand together: first three for i, then three for f, and so on."
    digits = next((d for d in range(2, 9) if any(f"{gate:.{d}f}" != f"{0.99:.{d}f}" for gate in f)), 8)
    begin = ", ".join(f"{gate:.{digits}f}" for gate in f)
    near = " Near, but take the b for which sigmoid(b) is 0.99: log(0.99 / 0.01)." if abs(f - 0.99).max() < 0.03 else ""
    yield f"With this bias the three forget gates begin at {begin}; each should be 0.99.{near}"


_bias = Exercise(
    name="07.3",
    prompt="Write the bias of an LSTM of 3 units (12 numbers, as set_weights takes them) with which f begins at 0.99 "
    "and everything else at a pre-activation of 0.",
    answer=array(12),
    check=_check_bias,
    hints=[
        "Four blocks of three: i, f, c, o. Only the second is not 0.",
        "sigmoid(b) = 0.99 for b = log(0.99 / 0.01), about 4.6.",
    ],
    solution="""
        bias = np.zeros((4, 3))
        bias[1] = np.log(0.99 / 0.01)
        bias.ravel()
    """,
    right=["[0, 0, 0, 4.6, 4.6, 4.6, 0, 0, 0, 0, 0, 0]"],
    wrong=[
        ("[4.6] * 3 + [0] * 9", "input gate i"),
        ("[0] * 6 + [4.6] * 3 + [0] * 3", "candidate c"),
        ("[0] * 3 + [0.99] * 3 + [0] * 6", "before the sigmoid"),
        ("[4.6] * 12", "every other bias"),
        ("[0, 4.6, 0, 0] * 3", "stand together"),
        ("np.zeros(12)", "0.50, 0.50, 0.50"),
        ("[0] * 3 + [5] * 3 + [0] * 6", "0.993, 0.993, 0.993; each should be 0.99. Near"),
    ],
    remark="With 0.99 a third of c is left after 100 steps; with Keras's 0.73 nothing. Lesson 05 says what that does "
    "to learning.",
)


# --- 07.4 -------------------------------------------------------------------------------------------------


def _check_mask(mask_of):
    for lengths, timesteps in (([2, 4, 1], 4), ([3], 5), ([1, 6], 6)):
        mask = mask_of(lengths, timesteps)
        right = np.arange(timesteps) < np.array(lengths)[:, None]
        if mask.shape != right.shape:
            yield (
                f"For lengths {lengths} and {timesteps} timesteps the shape must be (batch, timesteps), {right.shape}; "
                f"got {mask.shape}."
            )
        if close(mask, right):
            continue
        if close(mask, ~right):
            yield "The other way round: True where there is a word, False where there is padding."
        if close(mask, right[:, ::-1]):
            yield "This is padding before the text; here it comes after, so the first steps are True."
        if close(mask, np.arange(timesteps) <= np.array(lengths)[:, None]):
            yield "One step too many: a text of length 2 has the timesteps 0 and 1."
        yield f"For lengths {lengths} and {timesteps} timesteps this is not the mask."


_mask = Exercise(
    name="07.4",
    prompt="Write mask_of(lengths, timesteps): the mask (batch, timesteps) of texts of these lengths, padded at their "
    "ends.",
    answer=function("lengths, timesteps", returns=array(None, None)),
    check=_check_mask,
    hints=[
        "np.arange(timesteps) numbers the steps; a step belongs to the text if its number is below the length.",
        "Compare a row (timesteps,) with a column (batch, 1): np.array(lengths)[:, None].",
    ],
    solution="""
        def mask_of(lengths, timesteps):
            return np.arange(timesteps) < np.array(lengths)[:, None]
    """,
    right=[
        "lambda lengths, timesteps: [[t < n for t in range(timesteps)] for n in lengths]",
        "lambda lengths, timesteps: [[1] * n + [0] * (timesteps - n) for n in lengths]",
    ],
    wrong=[
        ("lambda n, t: np.arange(t) >= np.array(n)[:, None]", "other way round"),
        ("lambda n, t: (np.arange(t) < np.array(n)[:, None])[:, ::-1]", "padding before the text"),
        ("lambda n, t: np.arange(t) <= np.array(n)[:, None]", "One step too many"),
        ("lambda n, t: (np.arange(t) < np.array(n)[:, None]).T", "must be (batch, timesteps)"),
        ("lambda n, t: np.ones((len(n), t))", "this is not the mask"),
    ],
    remark="This is what `Embedding(mask_zero=True)` makes of word numbers, where 0 means padding.",
)


# --- 07.5 -------------------------------------------------------------------------------------------------


class _ShortMemory:
    """A cell that refuses to read more than `most` timesteps at once."""

    def __init__(self, cell, most):
        self.cell, self.most = cell, most
        self.units, self.input_dim = cell.units, cell.input_dim

    def run(self, x, initial_state=None):
        if len(x) > self.most:
            raise ValueError(f"this cell reads at most {self.most} timesteps at once; got {len(x)}")
        return self.cell.run(x, initial_state)


def _check_pieces(read_in_pieces):
    cell = LSTMCell.initialise(2, 3, seed=1)
    for timesteps, length in ((6, 3), (7, 3), (4, 4), (5, 2)):
        x = np.random.default_rng(timesteps).normal(size=(timesteps, 2))
        whole = cell.run(x).h
        h = read_in_pieces(_ShortMemory(cell, length), x, length)
        if close(h, whole, 1e-6):
            continue
        if len(h) < timesteps and close(h, whole[: len(h)], 1e-6):
            yield (f"Of {timesteps} timesteps in pieces of {length} only {len(h)} came back: the last may be shorter.")
        if h.shape != whole.shape:
            yield f"For {timesteps} timesteps and 3 units h must have shape {whole.shape}; got {h.shape}."
        alone = np.concatenate([cell.run(x[t : t + length]).h for t in range(0, timesteps, length)])
        if close(h, alone, 1e-6):
            yield "Every piece begins at zeros: hand trace.state to the next run, as its initial state."
        if close(h, cell.run(x).c, 1e-6):
            yield "This is c of every timestep; h is wanted: trace.h."
        turned = _pieces_by_hand(cell, x, length, lambda state: state[::-1])
        if close(h, turned, 1e-6):
            yield "The state is handed on with h and c swapped: the initial state is (h, c), in this order."
        only_h = _pieces_by_hand(cell, x, length, lambda state: (state[0], np.zeros_like(state[1])))
        if close(h, only_h, 1e-6):
            yield "Only h is handed on and c begins at zeros: what the cell remembers is lost at every seam."
        yield f"h is right until timestep {_first_difference(h, whole)} and differs from there on."


def _pieces_by_hand(cell, x, length, hand_on):
    h, state = [], None
    for begin in range(0, len(x), length):
        trace = cell.run(x[begin : begin + length], state)
        h.append(trace.h)
        state = hand_on(trace.state)
    return np.concatenate(h)


def _first_difference(h, whole):
    return int(np.argmax(np.abs(h - whole).max(axis=1) > 1e-6))


_pieces = Exercise(
    name="07.5",
    prompt="Write read_in_pieces(cell, x, length), which runs a cell over x (timesteps, input_dim) in pieces of "
    "`length` timesteps and returns h of all of them, (timesteps, units), equal to cell.run(x).h.",
    answer=function("cell, x, length", returns=array(None, None)),
    check=_check_pieces,
    hints=[
        "A loop over the beginnings, range(0, len(x), length); x[begin : begin + length] is a piece.",
        "trace = cell.run(piece, state); then state = trace.state. Begin with state = None.",
        "Collect trace.h of each piece and join them with np.concatenate.",
    ],
    solution="""
        def read_in_pieces(cell, x, length):
            h, state = [], None
            for begin in range(0, len(x), length):
                trace = cell.run(x[begin : begin + length], state)
                h.append(trace.h)
                state = trace.state
            return np.concatenate(h)
    """,
    wrong=[
        (
            """
            def f(cell, x, length):
                return np.concatenate([cell.run(x[t : t + length]).h for t in range(0, len(x), length)])
            """,
            "begins at zeros",
        ),
        (
            """
            def f(cell, x, length):
                h, state = [], None
                for k in range(len(x) // length):
                    trace = cell.run(x[k * length : (k + 1) * length], state)
                    h.append(trace.h)
                    state = trace.state
                return np.concatenate(h)
            """,
            "the last may be shorter",
        ),
        (
            """
            def f(cell, x, length):
                h, state = [], None
                for t in range(0, len(x), length):
                    trace = cell.run(x[t : t + length], state)
                    h.append(trace.h)
                    state = (trace.state[1], trace.state[0])
                return np.concatenate(h)
            """,
            "h and c swapped",
        ),
        (
            """
            def f(cell, x, length):
                h, state = [], None
                for t in range(0, len(x), length):
                    trace = cell.run(x[t : t + length], state)
                    h.append(trace.h)
                    state = (trace.state[0], np.zeros(cell.units))
                return np.concatenate(h)
            """,
            "Only h is handed on",
        ),
        ("lambda cell, x, length: cell.run(x).h", "reads at most 3 timesteps"),
        ("lambda cell, x, length: cell.run(x[:length]).h[-1:]", "must have shape"),
    ],
    remark="This is `stateful=True`, done by hand.",
)


EXERCISES = [_count, _shape, _bias, _mask, _pieces]

register("07", *EXERCISES, *PREDICTIONS)

"""The tasks against their definitions: each answer is worked out again from x alone, not as the generator does."""

import re
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from lstm_viz.learning import grammar, tasks

ALL = [
    tasks.MarkedRecall(12),
    tasks.MarkedRecall(12, cue="first"),
    tasks.TwoSequence(30),
    tasks.TwoSequence(30, relevant=1, noisy_cue=True),
    tasks.TemporalOrder(40),
    tasks.TemporalOrder(40, symbols=3),
    tasks.Adding(30),
    tasks.Adding(15, version="2016"),
    tasks.Multiplication(30),
    tasks.CopyMemory(9, symbols=8, length=10),
    tasks.EmbeddedReber(5),
    tasks.EmbeddedReber(20),
    tasks.ContinualEmbeddedReber(5, steps=120),
]
IDS = [f"{type(t).__name__}-{k}" for k, t in enumerate(ALL)]


def batch(task, n=256, seed=0):
    return task.batch(np.random.default_rng(seed), n)


def last_target(task, y):
    """For a task that answers once: the step of each answer, and the answer."""
    present = y >= 0 if y.dtype.kind == "i" else np.isfinite(y[..., 0])
    assert (present.sum(1) == 1).all()
    steps = present.argmax(1)
    return steps, y[np.arange(len(y)), steps]


# --- what holds for all -----------------------------------------------------------------------------------


@pytest.mark.parametrize("task", ALL, ids=IDS)
def test_shapes_and_types(task):
    x, y = batch(task, 7)
    assert x.shape == (7, task.timesteps, task.input_dim)
    assert x.dtype == np.float32
    assert np.isfinite(x).all()
    lead = (7, task.timesteps) if task.per_step else (7,)
    if task.loss == tasks.CLASSES:
        assert y.shape == lead
        assert y.dtype.kind == "i"
        assert y.min() >= -1
        assert y.max() < task.outputs
    else:
        assert y.shape == (*lead, task.outputs)
        assert y.dtype == np.float32
    assert task.scored(y).shape == lead
    assert task.scored(y).any(-1).all()


@pytest.mark.parametrize("task", ALL, ids=IDS)
def test_same_seed_same_batch_other_seed_another(task):
    x, y = batch(task, 20, seed=3)
    again, y_again = batch(task, 20, seed=3)
    np.testing.assert_array_equal(x, again)
    np.testing.assert_array_equal(y, y_again)
    assert not np.array_equal(x, batch(task, 20, seed=4)[0])


@pytest.mark.parametrize("task", ALL, ids=IDS)
def test_chance_is_the_best_constant_answer(task):
    _, y = batch(task, 6000)
    target = y[task.scored(y)]
    if task.loss == tasks.CLASSES:
        measured, tolerance = np.bincount(target).max() / len(target), 3 / np.sqrt(len(target))
    else:
        measured, tolerance = float(target.var()), 0.06 * float(target.var())
    assert measured == pytest.approx(task.chance, abs=tolerance)


@pytest.mark.parametrize("task", ALL, ids=IDS)
def test_score_of_right_and_of_constant_answers(task):
    _, y = batch(task, 400)
    if task.loss == tasks.CLASSES:
        right = np.eye(task.outputs)[np.where(y >= 0, y, 0)]
        constant = np.zeros_like(right)
        constant[..., np.bincount(y[task.scored(y)]).argmax()] = 1.0
        perfect = 1.0
    else:
        right, perfect = np.nan_to_num(y), 0.0
        constant = np.full_like(right, np.nanmean(y))
    assert task.score(right, y) == perfect
    assert task.score(constant, y) == pytest.approx(task.chance, abs=0.1 if perfect else 0.02)
    both = task.score(np.stack([right, constant]), y)  # a models axis in front
    assert both.shape == (2,)
    assert task.solved(both).tolist() == [True, False]
    assert not task.solved(np.nan)
    assert not task.solved(task.chance)


@pytest.mark.parametrize("task", ALL, ids=IDS)
def test_named_sourced_immutable_and_rebuilt_at_another_lag(task):
    assert task.name
    assert re.search(r"19\d\d|20\d\d", task.source)
    with pytest.raises(FrozenInstanceError):
        task.lag = 3
    longer = task.with_lag(task.lag + 20)
    assert type(longer) is type(task)
    assert longer.lag == task.lag + 20
    assert tasks.TASKS[type(task).__name__] is type(task)


# --- one bit ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cue", ["anywhere", "first"])
def test_marked_recall(cue):
    task = tasks.MarkedRecall(9, cue=cue)
    x, y = batch(task, 4000)
    assert x.shape[1] == 10
    assert set(np.unique(x[..., 0])) == {-1.0, 1.0}
    assert (x[..., 1].sum(1) == 1).all()
    for sequence, answer in zip(x[:200], y[:200], strict=True):
        (bit,) = (b for b, marker in sequence if marker == 1)
        assert answer == (bit == 1)
    where = x[..., 1].argmax(1)
    if cue == "first":
        assert not where.any()  # exactly lag steps before the last one
    else:
        share = np.bincount(where, minlength=10) / len(where)
        assert abs(share - 0.1).max() < 0.02
    assert abs(x[..., 0].mean()) < 0.02  # fair, and not told by its neighbours
    assert abs(np.corrcoef(x[:, 3, 0], x[:, 4, 0])[0, 1]) < 0.06


@pytest.mark.parametrize(("relevant", "noisy"), [(3, False), (1, False), (3, True)])
def test_two_sequences(relevant, noisy):
    task = tasks.TwoSequence(50, relevant=relevant, noisy_cue=noisy)
    x, y = batch(task, 3000)
    steps, kind = last_target(task, y)
    assert set(steps + 1) == set(range(50, 56))
    signs = np.where(kind == 1, 1.0, -1.0)[:, None]
    cue, rest = x[:, :relevant, 0], x[:, relevant:50, 0]
    if noisy:
        assert (cue - signs).var() == pytest.approx(0.2, rel=0.1)
        assert (cue - signs).mean() == pytest.approx(0.0, abs=0.03)
    else:
        np.testing.assert_array_equal(cue, np.broadcast_to(signs, cue.shape))
    assert rest.var() == pytest.approx(0.2, rel=0.03)
    assert rest.mean() == pytest.approx(0.0, abs=0.01)
    for sequence, step in zip(x[:50, :, 0], steps, strict=False):
        assert not sequence[step + 1 :].any()
        assert sequence[step] != 0


@pytest.mark.parametrize("symbols", [2, 3])
def test_temporal_order_is_the_papers_at_lag_100(symbols):
    task = tasks.TemporalOrder(100, symbols=symbols)
    x, y = batch(task, 5000)
    steps, kind = last_target(task, y)
    assert set(steps + 1) == set(range(100, 111))
    seen = [set() for _ in range(symbols)]
    rules = {"XX": 0, "XY": 1, "YX": 2, "YY": 3} if symbols == 2 else None
    for sequence, step, answer in zip(x, steps, kind, strict=True):
        text = "".join("EBabcdXY"[row.argmax()] for row in sequence[: step + 1])
        assert re.fullmatch(r"E[abcdXY]*B", text)
        found = [(place + 1, letter) for place, letter in enumerate(text) if letter in "XY"]
        assert len(found) == symbols
        order = "".join(letter for _, letter in found)
        assert answer == (rules[order] if rules else int(order.replace("X", "0").replace("Y", "1"), 2))
        for k, (place, _) in enumerate(found):
            seen[k].add(place)
        assert not sequence[step + 1 :].any()
    ranges = [(10, 20), (50, 60)] if symbols == 2 else [(10, 20), (33, 43), (66, 76)]
    assert seen == [set(range(low, high + 1)) for low, high in ranges]


def test_temporal_order_keeps_its_proportions():
    assert tasks.TemporalOrder(200).positions == ((20, 40), (100, 120))
    assert tasks.TemporalOrder(20).positions == ((2, 4), (10, 12))
    x, _ = batch(tasks.TemporalOrder(20, symbols=3), 500)
    np.testing.assert_array_equal((x.argmax(-1) >= 6).sum(1), 3)  # never one on top of another


# --- two numbers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "low", "neutral", "combine"),
    [
        (tasks.Adding(40), -1.0, 0.0, lambda marked: 0.5 + sum(marked) / 4),
        (tasks.Multiplication(40), 0.0, 1.0, np.prod),
    ],
    ids=["adding", "multiplication"],
)
def test_experiments_4_and_5(task, low, neutral, combine):
    x, y = batch(task, 8000)
    steps, answer = last_target(task, y)
    assert set(steps + 1) == set(range(40, 45))
    marks, rare = [], 0
    for sequence, step, target in zip(x, steps, answer[:, 0], strict=True):
        places = np.flatnonzero(sequence[:, 1] == 1)
        assert len(places) == 2
        assert target == pytest.approx(combine(sequence[places, 0]), abs=1e-6)
        others = {k for k in range(step + 1) if k not in places}
        assert {k for k in others if sequence[k, 1] == -1} == {0, step} - set(places)
        assert all(sequence[k, 1] == 0 for k in others - {0, step})
        if 0 in places:
            rare += 1
            assert sequence[0, 0] == neutral
        assert not sequence[step + 1 :].any()
        marks.append(places)
    marks = np.array(marks)
    assert marks[:, 0].max() <= 9  # one is always among the first ten
    assert marks[:, 1].max() == 19  # and both in the first half: 40 / 2 - 1 unmarked pairs and the marked one
    assert rare / len(x) == pytest.approx(0.1 + 0.9 / 19, abs=0.015)
    values = x[:, 1:40, 0]
    assert values.min() == pytest.approx(low, abs=1e-3)
    assert values.mean() == pytest.approx((low + 1) / 2, abs=0.01)
    assert values.var() == pytest.approx((1 - low) ** 2 / 12, rel=0.02)


def test_adding_as_in_2016():
    x, y = batch(tasks.Adding(11, version="2016"), 4000)
    assert x.shape == (4000, 11, 2)
    assert set(np.unique(x[..., 1])) == {0.0, 1.0}
    np.testing.assert_allclose((x[..., 0] * x[..., 1]).sum(1), y[:, 0], rtol=1e-6)
    assert (x[:, :5, 1].sum(1) == 1).all()
    assert (x[:, 5:, 1].sum(1) == 1).all()
    assert abs(x[:, :5, 1].mean(0) - 1 / 5).max() < 0.03
    assert abs(x[:, 5:, 1].mean(0) - 1 / 6).max() < 0.03
    assert x[..., 0].min() >= 0
    assert x[..., 0].var() == pytest.approx(1 / 12, rel=0.03)


# --- a message --------------------------------------------------------------------------------------------


def test_copy_memory_as_in_2016():
    task = tasks.CopyMemory(25, symbols=8, length=10)
    x, y = batch(task, 500)
    assert x.shape == (500, 25 + 20, 10)
    np.testing.assert_array_equal(x.sum(-1), 1)
    read = x.argmax(-1)
    assert read[:, :10].max() <= 7
    assert len(np.unique(read[:, :10])) == 8
    assert (read[:, 10 : 10 + 24] == 8).all()  # T - 1 blanks
    assert (read[:, 34] == 9).all()
    assert (read[:, 35:] == 8).all()
    assert (y[:, : 25 + 10] == 8).all()
    np.testing.assert_array_equal(y[:, 35:], read[:, :10])
    np.testing.assert_array_equal(task.scored(y).sum(1), 10)


# --- the grammar ------------------------------------------------------------------------------------------

# the Reber grammar as a regular expression, written from its published diagram and not from the generator's table
_LOOP = r"T*V(?:PXT*V)*"
_REBER = rf"B(?:TS*X(?:X{_LOOP}(?:V|PS)|S)|P{_LOOP}(?:V|PS))E"
EMBEDDED = re.compile(rf"BT{_REBER}TE|BP{_REBER}PE")


@pytest.mark.parametrize(
    ("string", "is_reber"),
    [  # a published list of good and bad strings
        ("BTSSXXTVVE", True),
        ("BPVVE", True),
        ("BTXXVPSE", True),
        ("BPVPXVPXVPXVVE", True),
        ("BTSXXVPSE", True),
        ("BTSSPXSE", False),
        ("BPTVVB", False),
        ("BTXXVVSE", False),
        ("BPVSPSE", False),
        ("BTSSSE", False),
    ],
)
def test_both_checkers_know_the_published_strings(string, is_reber):
    assert bool(re.fullmatch(_REBER, string)) == is_reber
    embedded = f"BT{string}TE"
    assert bool(EMBEDDED.fullmatch(embedded)) == is_reber
    if is_reber:
        assert grammar.legal_next(embedded).shape == (len(embedded), 7)
    else:
        with pytest.raises(ValueError, match="must be one of"):
            grammar.legal_next(embedded)


def test_an_embedded_string_must_repeat_its_cue():
    with pytest.raises(ValueError, match="must be one of T; got 'P'"):
        grammar.legal_next("BTBTXSEPE")
    assert not EMBEDDED.fullmatch("BTBTXSEPE")


def test_embedded_reber():
    task = tasks.EmbeddedReber(5)
    x, y = batch(task, 3000)
    lengths, inner = [], []
    for sequence, target in zip(x, y, strict=True):
        steps = int((target >= 0).sum())
        read = grammar.spell(sequence[:steps].argmax(-1))
        string = read + grammar.SYMBOLS[target[steps - 1]]
        assert EMBEDDED.fullmatch(string)
        assert read[1:] == grammar.spell(target[: steps - 1])  # each target is the next symbol
        assert not sequence[steps:].any()
        assert (target[steps:] == -1).all()
        (recall,) = np.flatnonzero(task.scored(target))
        assert grammar.SYMBOLS[target[recall]] == string[1]
        assert recall - 1 == len(string) - 4  # as many steps after the cue as the inner string has symbols
        lengths.append(len(string))
        inner.append(string[2:-2])
        legal = grammar.legal_next(string)
        assert legal[np.arange(steps), target[:steps]].all()
    assert np.mean(lengths) == pytest.approx(12.0, abs=0.3)  # 8 for the inner string: solved from its diagram
    assert min(lengths) == 9
    share = np.mean([text in ("BTXSE", "BPVVE") for text in inner])
    assert share == pytest.approx(0.25, abs=0.03)  # 1/8 + 1/8, by the arrows they pass


def test_longer_inner_strings_keep_the_grammars_proportions():
    """Drawing within limits must equal drawing freely and throwing away what lies outside them."""
    within, _ = grammar.draw_embedded(np.random.default_rng(0), 20000, shortest=8, longest=10)
    free, lengths = grammar.draw_embedded(np.random.default_rng(1), 60000, shortest=5, longest=200)
    free = free[(lengths >= 12) & (lengths <= 14)][:, : within.shape[1]]

    def shares(strings):
        kinds, counts = np.unique([grammar.spell(s) for s in strings], return_counts=True)
        return dict(zip(kinds, counts / len(strings), strict=True))

    a, b = shares(within), shares(free)
    assert set(a) == set(b)
    assert max(abs(a[k] - b[k]) for k in a) < 0.012
    x, y = batch(tasks.EmbeddedReber(30), 50)
    assert ((y >= 0).sum(1) >= 30 + 3).all()
    assert x.any(-1).sum(1).min() >= 33


def test_continual_embedded_reber():
    task = tasks.ContinualEmbeddedReber(5, steps=150)
    x, y = batch(task, 200)
    for sequence, target in zip(x, y, strict=True):
        stream = grammar.spell(sequence.argmax(-1)) + grammar.SYMBOLS[target[-1]]
        assert stream[1:] == grammar.spell(target)
        grammar.legal_next(stream)  # raises where the stream leaves the grammar
        whole = list(EMBEDDED.finditer(stream))
        assert "".join(m.group() for m in whole) == stream[: whole[-1].end()]
        recalls = [m.end() - 3 for m in whole]  # the step that reads the inner string's E
        assert list(np.flatnonzero(task.scored(target)))[: len(recalls)] == recalls

"""Lesson 09's shipped measurements: what they rest on, and that the shipped weights give them."""

import numpy as np
import pytest

from lstm_viz.lessons.lesson_09 import results, standard_library
from lstm_viz.lessons.lesson_09.character_model import character_model
from lstm_viz.lessons.lesson_09.scores import auc, correlation, strength
from lstm_viz.lessons.lesson_09.surgery import Clamp
from lstm_viz.lessons.lesson_09.truths import TRUTHS, YES_NO, truths

FOUND = results.measured()


@pytest.fixture(scope="module")
def held_out():
    """Some held-out files of this machine's standard library, by the same rule, with their first 6,000 characters."""
    files = standard_library.split(standard_library.python_files())["held out"]
    scored = [name for name in files if name not in FOUND["library"]["left out"] and len(files[name]) > 6000]
    return {name: files[name] for name in sorted(scored)[:12]}


@pytest.fixture(scope="module")
def read(held_out):
    model = character_model()
    return {name: model.read(text[:6000]) for name, text in held_out.items()}


def test_the_best_learning_rate_lies_inside_the_grid():
    for kind, training in FOUND["training"].items():
        tried = {float(rate): bits for rate, bits in training["rates tried"].items()}
        best = min(tried, key=tried.get)
        assert best == training["rate"] and min(tried) < best < max(tried), kind
        assert training["characters"] == FOUND["training"]["LSTM"]["characters"]


def test_files_that_share_their_text_are_not_scored():
    shares = dict(FOUND["library"]["most shared"])
    assert all(shares[name] > standard_library.MOST_SHARED for name in FOUND["library"]["left out"])
    rest = [share for name, share in shares.items() if name not in FOUND["library"]["left out"]]
    assert rest and max(rest) <= standard_library.MOST_SHARED
    assert FOUND["library"]["scored files"] == FOUND["library"]["files"]["held out"] - len(FOUND["library"]["left out"])


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_bits_are_those_of_the_shipped_weights(kind, held_out, read):
    """Other files than all, so other bits; but in the same range, and in the same order of the three."""
    model = character_model(kind)
    bits = np.mean([model.read(text[:6000]).bits for text in held_out.values()])
    assert bits == pytest.approx(FOUND["bits"][kind][0], abs=0.35)
    if kind == "SimpleRNN":
        lstm = np.mean([reading.bits for reading in read.values()])
        low, high = FOUND["bits"]["compared"]["LSTM - SimpleRNN"][1:]
        assert low - 0.15 < lstm - bits < high + 0.15 < 0


@pytest.mark.parametrize("truth", list(TRUTHS))
def test_a_units_score_comes_out_again_on_a_part_of_the_files(truth, held_out, read):
    true = np.concatenate([truths(text)[truth][:6000] for text in held_out.values()])
    quantity, unit = results.best_unit(truth)
    values = np.concatenate([getattr(reading.trace, quantity)[:, unit] for reading in read.values()])
    score = auc(values, true) if truth in YES_NO else correlation(values, true)
    assert float(score) == pytest.approx(FOUND["units"][truth]["units"][0][3], abs=0.12)


@pytest.mark.long
def test_the_whole_ranking_comes_out_again_from_the_shipped_weights():
    """Cell states ranked on the tuning files and scored on the held-out ones, as the table has them."""
    parts = standard_library.split(standard_library.python_files())
    sizes = {part: sum(map(len, files.values())) for part, files in parts.items()}
    if sizes != FOUND["library"]["characters"]:
        pytest.skip(f"this standard library is not that of Python {FOUND['made']['python']}, which was measured")
    model, scores = character_model(), {}
    for part in ("tune", "held out"):
        files = {name: text for name, text in parts[part].items() if name not in FOUND["library"]["left out"]}
        true = {name: truths(text) for name, text in files.items()}
        traces = {name: model.read(text[:16_000]).trace for name, text in files.items()}
        values = np.concatenate([trace.c for trace in traces.values()])
        named = [{unit for q, unit, *_ in FOUND["units"][truth]["units"] if q == "c"} for truth in TRUTHS]
        units = np.arange(128) if part == "tune" else sorted(set().union(*named))
        for truth in TRUTHS:
            at = np.concatenate([true[name][truth][:16_000] for name in files])
            scores[part, truth] = np.full(128, np.nan)
            scores[part, truth][units] = (auc if truth in YES_NO else correlation)(values[:, units], at)
    for truth in TRUTHS:
        rows = [row for row in FOUND["units"][truth]["units"] if row[0] == "c"]
        ranked = np.argsort(-strength(scores["tune", truth], truth in YES_NO))
        assert list(ranked[: len(rows)]) == [row[1] for row in rows], truth
        for _, unit, tuned, score, *_ in rows:
            assert scores["tune", truth][unit] == pytest.approx(tuned, abs=2e-3)
            assert scores["held out", truth][unit] == pytest.approx(score, abs=2e-3)


@pytest.mark.parametrize("truth", list(TRUTHS))
def test_a_sentence_about_a_unit_carries_its_controls(truth):
    text, found = results.sentence(truth), FOUND["units"][truth]
    quantity, unit, _, score, low, high = found["units"][0]
    assert low <= score <= high
    assert text.startswith(f"Unit {unit}'s {quantity} ") and TRUTHS[truth] in text
    shown = float(strength(score, truth in YES_NO))
    assert f" {shown:.2f} (" in text and f"probe on all units {found['probe']:.2f}" in text
    worst = min(float(strength(v, truth in YES_NO)) for v in (low, high))
    assert ("not clear of chance" in text) == (worst <= max(max(runs) for runs in found["controls"].values()))
    assert found["probe"] > shown  # what no unit holds alone


def test_what_is_shown_is_what_was_measured():
    assert results.units_table().rows.keys() == set(TRUTHS.values())
    assert results.bits_table().rows["LSTM"][0] == f"{FOUND['bits']['LSTM'][0]:.2f}"
    assert results.gates_table().rows["o = mean"][1].startswith(f"+{FOUND['gates']['o = mean: more'][0]:.2f}")
    figure = results.context_figure()
    assert {curve.name for curve in figure.data if curve.name} >= {"LSTM", "GRU", "SimpleRNN"}
    with pytest.raises(ValueError, match="truth must be one of"):
        results.sentence("strings")
    with pytest.raises(ValueError, match="truth must be one of"):
        results.best_unit(None)


def test_one_gate_held_costs_what_is_said(held_out):
    """On some files: the order of the four gates, and every one of them costs something."""
    model = character_model()
    texts = [text[:3000] for text in list(held_out.values())[:6]]
    plain = np.mean([model.read(text).bits for text in texts])
    gates = ("f", "i", "o", "c_tilde")
    cost = [np.mean([model.read(text, Clamp(gate, None, "mean")).bits for text in texts]) - plain for gate in gates]
    shipped = [FOUND["gates"][f"{gate} = mean: more"][0] for gate in gates]
    assert list(np.argsort(cost)) == list(np.argsort(shipped)) and min(cost) > 0.3
    assert np.allclose(cost, shipped, rtol=0.35)

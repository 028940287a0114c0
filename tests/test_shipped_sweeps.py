"""The shipped sweeps are what their script says, and the words of lessons 01 and 06 are true of them."""

import sys
from pathlib import Path

import pytest

from lstm_viz.learning.sweeps import RECIPES, Recipe, lag_sweep, shipped
from lstm_viz.lessons.lesson_06.lag_lab import EXPERIMENTS, task_of

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import make_results


def solved(name, cell, lag):
    count, runs = shipped(name).solved(cell, lag)
    assert runs == 10
    return count


# --- how they were made -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", make_results.MAKERS)
def test_a_sweep_is_whole_and_says_what_made_it(name):
    found = shipped(name)
    assert found.missing == []
    assert "Made by tools/make_results.py" in found.about
    assert {"numpy", "python", "day"} <= set(found.versions)
    assert name in {*EXPERIMENTS, "higher_rates"}
    for run in found.runs:
        assert run.note == "" and run.score is not None
        assert run.solved == bool(task_of(found, run.lag).solved(run.score))


@pytest.mark.parametrize("name", make_results.TUNED)
def test_rates_were_chosen_on_some_seeds_and_reported_on_others(name):
    tuning, found = shipped(f"tuning_{name}"), shipped(name)
    assert tuning.missing == []
    assert tuning.seeds == tuple(make_results.TUNING_SEEDS)
    assert found.seeds == tuple(make_results.SEEDS)
    assert not set(tuning.seeds) & set(found.seeds)
    best = make_results.best_rates(tuning)
    assert {cell: recipe["learning_rate"] for cell, recipe in found.cells.items()} == best
    for key in ("units", "updates", "batch_size"):
        assert tuning.settings[key] == found.settings[key]


def test_the_labs_recipes_are_the_chosen_ones():
    recipes = {cell: Recipe(**recipe) for cell, recipe in shipped("marked_recall").cells.items()}
    assert recipes == RECIPES
    own = shipped("fair_rnn").cells["SimpleRNN, own rate"]
    assert own["learning_rate"] == RECIPES["SimpleRNN"].learning_rate
    borrowed = shipped("fair_rnn").cells["SimpleRNN, LSTM's rate"]
    assert borrowed["learning_rate"] == RECIPES["LSTM"].learning_rate


@pytest.mark.parametrize(("cell", "lag"), [("GRU", 10), ("LSTM (chrono)", 20), ("SimpleRNN", 5)])
def test_the_same_runs_come_out_again(cell, lag):
    """Up to the last digits, in which processors differ."""
    found = shipped("marked_recall").select(cells=[cell], lags=[lag], seeds=[100, 101])
    again = lag_sweep(task_of(found, lag), {cell: RECIPES[cell]}, [lag], [100, 101], progress=False, n_jobs=1)
    for old, new in zip(found.runs, again.runs, strict=True):
        assert (old.key, old.solved) == (new.key, new.solved)
        assert new.score == pytest.approx(old.score, abs=0.03)


def test_names_are_short_enough_to_stand_beside_their_line():
    for name in EXPERIMENTS:
        assert max(map(len, shipped(name).cells)) <= 30


# --- what the lessons say of them -------------------------------------------------------------------------


def test_marked_recall_reliability_falls_first_for_the_plain_rnn():
    name = "marked_recall"
    assert [solved(name, "SimpleRNN", lag) for lag in (5, 10, 20)] == [10, 10, 10]
    assert 0 < solved(name, "SimpleRNN", 30) < 10
    assert all(solved(name, "SimpleRNN", lag) == 0 for lag in (50, 100, 200))
    assert solved(name, "LSTM", 50) == 10
    assert 10 > solved(name, "LSTM", 100) > solved(name, "LSTM", 200) > 0
    for cell in ("LSTM (chrono)", "GRU"):
        assert all(solved(name, cell, lag) == 10 for lag in shipped(name).lags)


def test_a_fair_and_an_unfair_rnn():
    unfair, own, patient = shipped("fair_rnn").cells
    assert solved("fair_rnn", unfair, 20) <= 2
    assert solved("fair_rnn", own, 20) == 10
    assert solved("fair_rnn", own, 50) == 0 < solved("fair_rnn", patient, 50)
    assert solved("fair_rnn", patient, 100) > 0
    assert solved("higher_rates", "LSTM, rate 0.05", 200) > solved("higher_rates", "LSTM, rate 0.02", 200)


def test_cue_first_the_forget_bias_decides():
    name = "cue_first"
    by_bias = [solved(name, f"LSTM, forget bias {bias}", 50) for bias in (0, 1, 3, 5)]
    assert by_bias == sorted(by_bias)
    assert by_bias[1] == 0
    assert by_bias[3] == 10
    assert solved(name, "LSTM (chrono)", 200) == 10
    for lag in (20, 30):  # the plain RNN is more reliable than the LSTM as Keras draws it
        assert solved(name, "SimpleRNN", lag) > solved(name, "LSTM, forget bias 1", lag)
    assert solved(name, "GRU", 50) == 0


def test_the_order_of_the_cells_depends_on_the_task():
    assert solved("temporal_order", "GRU", 50) == 10
    assert solved("temporal_order", "GRU", 100) == 0
    assert solved("temporal_order", "LSTM (chrono)", 100) == 10
    assert solved("adding", "LSTM", 100) == solved("adding", "GRU", 100) == 10
    assert solved("adding", "SimpleRNN", 50) == 0


def test_a_thousand_steps():
    assert shipped("very_long_lags").solved("LSTM (chrono)", 1000) == (5, 5)
    told = RECIPES["LSTM (chrono)"]
    assert told.options == {"chrono": "T"}  # as the lesson says beside it

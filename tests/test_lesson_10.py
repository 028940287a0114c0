"""What lesson 10 says, from the results it ships."""

import sys
from pathlib import Path

import numpy as np
import pytest
from lesson_cells import Lesson

from lstm_viz import cells
from lstm_viz.lessons import lesson_10

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import run_variants
from tuning import best_rates

KINDS = set(lesson_10.VARIANTS)


@pytest.fixture(scope="module")
def lesson():
    return Lesson("10")


def solved(name, lag):
    found = lesson_10.sweep(name)
    assert set(found.cells) == KINDS and set(found.seeds) == set(range(200, 210))
    return {cell: found.solved(cell, lag)[0] for cell in found.cells}


@pytest.mark.parametrize("name", ["cue_first", "cue_anywhere", "adding", "continual_reber"])
def test_rates_were_chosen_on_other_seeds_and_the_best_lies_inside_the_grid(name):
    found, tuning = lesson_10.sweep(name), lesson_10.sweep(f"tuning_{name}")
    assert set(tuning.seeds) == {0, 1, 2}
    best = best_rates(tuning, run_variants.GRID)
    assert {cell: settings["learning_rate"] for cell, settings in found.cells.items()} == best
    for cell, settings in found.cells.items():
        rates = [s["learning_rate"] for n, s in tuning.cells.items() if n.startswith(f"{cell}, rate")]
        assert min(rates) < settings["learning_rate"] < max(rates), (cell, rates)


def test_the_cue_first_is_learned_without_a_forget_gate(lesson):
    at_50 = solved("cue_first", 50)
    assert at_50["NoForgetGate"] == 10 and at_50["LSTM"] == 0
    assert at_50["CoupledGates"] == at_50["GRU"] == at_50["GRU, reset before"] == at_50["MinGRU"] == 10
    assert at_50["MinimalGatedUnit"] == 0
    start = cells.KINDS["MinimalGatedUnit"].initialise(2, 16).run(np.zeros((1, 2))).z
    np.testing.assert_array_equal(start, 0.5)
    lesson.says("so does the gate of the minimal gated unit, and it solves none")
    lesson.says("solves it in all ten runs, and today's LSTM, as Keras draws it, in none")


def test_adding_needs_the_forget_gate(lesson):
    at_50 = solved("adding", 50)
    assert (at_50["LSTM"], at_50["NoForgetGate"], at_50["NoOutputGate"], at_50["NoInputActivation"]) == (10, 1, 4, 10)
    lesson.says("LSTM ten of ten at lag 50, without forget gate one. Without output gate it is four.")


def test_the_cue_anywhere_is_learned_by_nearly_all(lesson):
    at_50 = solved("cue_anywhere", 50)
    assert at_50.pop("IRNN") == 3 and at_50.pop("SimpleRNN") == 0 and set(at_50.values()) == {9, 10}
    lesson.says("nine or ten of ten. IRNN three, SimpleRNN none.")


def test_the_minimal_gru_does_not_solve_the_grammar(lesson):
    reber = solved("continual_reber", 5)
    assert reber["MinGRU"] == reber["MinLSTM"] == 0 and reber["GRU"] == reber["LSTM"] == 10
    lesson.says("the minimal GRU and the minimal LSTM solved no run of ten, GRU and LSTM all ten")


def test_peepholes_make_no_difference_that_ten_runs_show(lesson):
    for name in ("cue_first", "cue_anywhere", "adding", "continual_reber"):
        for lag in lesson_10.sweep(name).lags:
            assert abs(solved(name, lag)["Peephole"] - solved(name, lag)["LSTM"]) <= 1
    lesson.says("within one run of the LSTM without them")


def test_the_two_forms_of_the_gru_make_no_difference_that_ten_runs_show(lesson):
    for name in ("cue_first", "cue_anywhere", "adding", "continual_reber"):
        found = lesson_10.sweep(name)
        settings = found.cells["GRU, reset before"]
        assert settings["kind"] == "GRU" and settings["options"] == {"reset_after": False}
        for lag in found.lags:
            assert abs(solved(name, lag)["GRU, reset before"] - solved(name, lag)["GRU"]) <= 1
    lesson.says("Nor do the two forms of the GRU differ by more than one run")


def test_every_name_of_the_table_makes_its_cell(lesson):
    assert lesson_10.new_cell("GRU, reset before", 2, 3).reset_after is False
    for name in lesson_10.VARIANTS:
        assert lesson_10.new_cell(name, 2, 3, seed=1).run(np.ones((4, 2))).timesteps == 4
    assert lesson_10.parameters_table().rows["GRU, reset before"][1] == f"{3 * 16 * (2 + 16 + 1):,}"


def test_the_slstm_keeps_what_it_was_told_until_more_is_written(lesson):
    written = lesson.run()["written"]
    np.testing.assert_allclose(written.log_n[49, 0], np.log(51), rtol=1e-9)
    np.testing.assert_allclose(written.share[50, 0], 51 / (51 + np.exp(8)), rtol=1e-9)
    assert np.round(written.c_tilde[:50, 0], 2).tolist() == [-0.76] * 50
    assert np.round(written.c[50:53, 0], 2).tolist() == [0.94, 0.93, 0.93]
    lesson.says("51 / 3032", "50 times the candidate said $-0.76$", "$c$ goes to 0.94")


def test_coupled_gates_do_as_well_as_the_lstm_but_on_one_task(lesson):
    worse = [
        (name, lag)
        for name in ("cue_first", "cue_anywhere", "adding", "continual_reber")
        for lag in lesson_10.sweep(name).lags
        if solved(name, lag)["CoupledGates"] < solved(name, lag)["LSTM"]
    ]
    assert worse == [("cue_anywhere", 20), ("cue_anywhere", 50)]
    lesson.says("on all but one task, with a quarter fewer parameters")


def test_the_cell_state_grows_without_a_forget_gate_and_not_with_it(lesson):
    grown = lesson_10.stream_runs("NoForgetGate", "largest_c")
    assert grown.shape == (10, 20) and (np.diff(grown, axis=1) > 80).all() and (np.diff(grown, axis=1) < 100.5).all()
    assert abs(grown[:, 0].mean() - 94) < 1 and abs(grown[:, -1].mean() - 1900) < 25
    kept = lesson_10.stream_runs("LSTM", "largest_c")
    assert kept.max() < 55 and (kept[:, -1] < 1.3 * kept[:, 0]).all()
    assert (lesson_10.stream_runs("CoupledGates", "largest_c") <= 1).all()
    lesson.says("from about 94 in the first hundred symbols to about 1,900 in the last")


def test_growth_did_not_make_the_recall_worse(lesson):
    right = lesson_10.stream_runs("NoForgetGate", "accuracy")
    mean = right.mean(axis=1)
    assert (mean > 0.99).sum() == 5
    assert round(mean.min(), 2) == 0.61 and round(np.sort(mean)[4], 2) == 0.86
    assert abs(right[:, 10:].mean() - right[:, :10].mean()) < 0.02
    for kind in ("LSTM", "CoupledGates"):
        assert (lesson_10.stream_runs(kind, "accuracy").mean(axis=1) > 0.99).all()
    lesson.says("Five of the ten seeds", "The other five stay between 61 and 86 %", "We did not measure longer streams")


def test_the_shipped_weights_do_what_the_shipped_numbers_say():
    x, _ = lesson_10.stream(1000, seed=3)
    for kind, low, high in (("NoForgetGate", 800, 1000), ("LSTM", 20, 60), ("CoupledGates", 0.5, 1)):
        cell, readout = lesson_10.trained(kind)
        c = np.abs(cell.run(x).c)
        assert low < c.max() <= high and readout.kernel.shape == (16, 7)


def test_the_lesson_runs(lesson):
    assert lesson.run()["grown"]["NoForgetGate"][-1] > 1000


@pytest.mark.parametrize("call", [lesson_10.sweep, lesson_10.trained, lambda name: lesson_10.stream_runs("LSTM", name)])
def test_an_unknown_name_is_refused_in_a_sentence(call):
    with pytest.raises(ValueError, match=r"must be one of .*; got 'other'"):
        call("other")

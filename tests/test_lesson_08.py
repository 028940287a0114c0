"""The quantitative sentences of lesson 08, from its shipped results and from the data."""

import numpy as np
import pytest
from lesson_cells import Lesson

from lstm_viz import LSTMCell
from lstm_viz.datasets import load_reuters
from lstm_viz.lessons.lesson_08 import of_many_lengths, over_seeds, shipped_comparison, shipped_results, which_came_last

pytestmark = pytest.mark.keras

LESSON = Lesson("08")
COMPARED, RECIPE = shipped_comparison(), shipped_results()


def mean(results, model, measure="accuracy"):
    return over_seeds(results, model, measure).mean()


def test_section_1_the_ids():
    LESSON.says("the most frequent word has the id 4", "46 topics", "The last 200 training wires are put aside")
    wires = load_reuters()
    ids, counts = np.unique(wires.x_train[wires.x_train > 3], return_counts=True)
    assert ids.min() == 4 and wires.word_index["the"] + 3 == 4
    assert ids[counts.argmax()] < 20  # a rank among all wires; among these short ones another word leads
    assert len(wires.names) == 46 and COMPARED["validation"].startswith("the last 200 training wires")


def test_section_3_no_lstm_is_needed_for_these_wires():
    LESSON.says("no LSTM is needed to sort *these* wires")
    (regression,) = (
        b["accuracy"] for b in COMPARED["bags"]
        if (b["model"], b["fitted_to"]) == ("logistic regression", "without validation")
    )  # fmt: skip
    for model in ("ids", "ids, mask", "Embedding", "Embedding, mask"):
        assert over_seeds(COMPARED, model, "accuracy").max() < regression


def test_section_4_the_recipe_over_seeds():
    LESSON.says("The SimpleRNN hardly leaves the majority line", "The ranges of the other three overlap")
    line = RECIPE["majority"]["accuracy"]
    rnn = over_seeds(RECIPE, "SimpleRNN", "accuracy")
    assert line < rnn.min() and rnn.max() < line + 0.025
    gated = [over_seeds(RECIPE, model, "accuracy") for model in ("GRU", "LSTM", "LSTM + LSTM")]
    assert max(runs.min() for runs in gated) < min(runs.max() for runs in gated)
    LESSON.says("every run of the stack is ahead of every run of the single LSTM", "far behind the bag of words (0.36)")
    single, stack = (over_seeds(RECIPE, model, "macro_f1") for model in ("LSTM", "LSTM + LSTM"))
    assert single.max() < stack.min() < single.max() + 0.01
    (bag,) = (b["macro_f1"] for b in COMPARED["bags"] if (b["model"], b["fitted_to"]) == ("logistic regression", "all"))
    assert round(bag, 2) == 0.36 and stack.max() < bag - 0.1


def test_section_5_the_two_by_two_stands_by_itself():
    LESSON.says("out of 120 with plain ids and 60 with an `Embedding`")
    limits = {run["model"]: run["epochs"] for run in COMPARED["runs"]}
    assert limits["ids"] == limits["ids, mask"] == 120 and limits["Embedding"] == limits["Embedding, mask"] == 60
    LESSON.says("after 200 epochs on *all* training wires, the LSTM on plain ids had .852 and a macro-F1 of .168")
    assert {run["epochs"] for run in RECIPE["runs"] if run["model"] == "LSTM"} == {200}
    assert round(mean(RECIPE, "LSTM"), 3) == 0.852 and round(mean(RECIPE, "LSTM", "macro_f1"), 3) == 0.168
    LESSON.says("twice what it has here: it had 200 wires more to learn from, and nobody stopped it")
    assert mean(RECIPE, "LSTM", "macro_f1") / mean(COMPARED, "ids", "macro_f1") == pytest.approx(2, abs=0.1)
    assert mean(RECIPE, "LSTM") - mean(COMPARED, "ids") < 0.02
    LESSON.says("60 epochs on all training wires make .892 and .286", "The order stays")
    longer = "Embedding + LSTM, longer"
    assert {run["epochs"] for run in RECIPE["runs"] if run["model"] == longer} == {60}
    assert round(mean(RECIPE, longer), 3) == 0.892 and round(mean(RECIPE, longer, "macro_f1"), 3) == 0.286


def test_section_5_the_bag_is_ahead_however_the_wires_are_dealt():
    LESSON.says("Two points of 598 test wires are twelve wires", "of this LSTM of 50 units, and of 1,395 wires")
    wires = load_reuters()
    assert (len(wires.x_train), len(wires.x_test)) == (1395, 598) and round(0.02 * 598) == 12
    LESSON.says("In each of the five the bag of words is ahead, by 10 to 22 of the 598 wires")
    LESSON.says("Pairs of neighbours, a first piece of order, take it back by half a point or more")
    bag, pairs, lstm = (
        np.array([row[name]["accuracy"] for row in COMPARED["splits"]])
        for name in ("logistic regression", "logistic regression, word pairs too", "Embedding, mask")
    )
    assert len(bag) == 5 and (round(598 * (bag - lstm).min()), round(598 * (bag - lstm).max())) == (10, 22)
    assert (bag - pairs).min() >= 0.005


def test_section_6_what_the_order_is_worth():
    LESSON.says("they lose two to seven points of accuracy, and a fifth to a half of their macro-F1")
    for measure, least, most in (("accuracy", 0.015, 0.075), ("macro_f1", 0.18, 0.52)):
        for model in ("ids", "ids, mask", "Embedding", "Embedding, mask"):
            ordered, mixed = (mean(COMPARED, model, name) for name in (measure, f"words_shuffled/{measure}"))
            lost = ordered - mixed if measure == "accuracy" else (ordered - mixed) / ordered
            assert least < lost < most, (model, measure)
    LESSON.says("trained on shuffled words, the best of them is one point of accuracy and .03 of macro-F1 behind")
    for measure, behind in (("accuracy", 0.01), ("macro_f1", 0.03)):
        ordered, never = (
            over_seeds(COMPARED, model, measure) for model in ("Embedding, mask", "Embedding, mask, shuffled")
        )
        assert ordered.mean() - never.mean() == pytest.approx(behind, abs=0.005)
        assert never.max() > ordered.min()  # "its seeds overlap"


def test_section_6_one_unit_that_is_overwritten_would_do_at_any_length():
    LESSON.says("one unit that is overwritten whenever *rose* or *fell* comes would do at any length")
    kernel = np.zeros((18, 4))  # one-hot words; the blocks are i, f, c, o
    kernel[[1, 2], 0], kernel[[1, 2], 1], kernel[1, 2], kernel[2, 2] = 20, -20, -5, 5
    cell = LSTMCell(kernel, np.zeros((1, 4)), [-10, 10, 0, 10])
    for timesteps in (12, 24, 500):
        x, y = which_came_last(200, timesteps, seed=1)
        h = cell.run(np.eye(18)[x]).h[:, -1, 0]
        np.testing.assert_array_equal(h > 0, y == 1)


def test_section_6_an_lstm_knows_the_lengths_it_was_trained_on():
    LESSON.says("Wires of 24 words leave this one at chance")
    LESSON.says("it is right about 24, and about 48, which it never saw, in 89 to 100 % of the cases")
    rows = {key: np.array([row[key] for row in COMPARED["order"]]) for key in COMPARED["order"][0]}
    assert np.abs(rows["LSTM, on 24 words"] - 0.5).max() < 0.08
    many = "LSTM trained on 4 to 24 words"
    assert rows[f"{many}, on 24 words"].min() > 0.99
    assert round(rows[f"{many}, on 48 words"].min(), 2) == 0.89 and rows[f"{many}, on 48 words"].max() == 1
    LESSON.says("gets nearly all of these short wires right")
    assert rows["word at position"].min() > 0.95


def test_wires_of_many_lengths_are_those_of_each_length():
    x, y = of_many_lengths(100, 4, 10, seed=2)
    lengths = np.count_nonzero(x, axis=1)
    assert x.shape == (100, 10) and set(lengths) == {4, 6, 8, 10}
    assert all(not wire[n:].any() for wire, n in zip(x, lengths, strict=True))
    np.testing.assert_array_equal(np.argmax(x == 2, axis=1) > np.argmax(x == 1, axis=1), y == 1)
    ten, answers = which_came_last(25, 10, (2, 10))
    np.testing.assert_array_equal(np.unique(x[lengths == 10], axis=0), np.unique(ten, axis=0))
    assert answers.sum() == y[lengths == 10].sum()
    for wrong in ((0,), (10, 1), (10, 8, 6), (10, 4, 10, -1)):
        with pytest.raises(ValueError, match="must be"):
            of_many_lengths(*wrong)


def test_section_7_deletion_and_gradient():
    LESSON.says("only in 7 to 17 wires of 40 do both put the same one first")
    same = [run["same_top_word"] for run in COMPARED["lens"]]
    assert (min(same), max(same)) == (7, 17) and {run["wires"] for run in COMPARED["lens"]} == {40}
    LESSON.says("With seed 1 the gradient is largest among the first three words in 19 of the wires")
    LESSON.says("by deletion one of these words was worth most in 2")
    (one,) = (run for run in COMPARED["lens"] if run["seed"] == 1)
    assert (one["gradient_largest_in_first_three"], one["deletion_largest_in_first_three"]) == (19, 2)
    assert all(0.2 < run["median_rank_correlation"] < 0.6 for run in COMPARED["lens"])  # "they agree somewhat"

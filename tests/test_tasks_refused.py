"""What no task can be made of is refused in a sentence."""

import numpy as np
import pytest

from lstm_viz.learning import grammar, tasks

# --- bad settings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tasks.MarkedRecall(0), "lag of MarkedRecall must be a whole number of at least 1; got 0"),
        (lambda: tasks.MarkedRecall(True), "whole number"),
        (lambda: tasks.MarkedRecall(2.5), "whole number of at least 1; got 2.5"),
        (lambda: tasks.MarkedRecall(5, cue="last"), "cue must be one of 'anywhere', 'first'; got 'last'"),
        (lambda: tasks.TwoSequence(2), "relevant must be at most the lag of 2; got 3"),
        (lambda: tasks.TemporalOrder(19), "at least 20; got 19"),
        (lambda: tasks.TemporalOrder(50, symbols=4), "symbols must be one of 2, 3; got 4"),
        (lambda: tasks.Adding(19), "at least 20; got 19"),
        (lambda: tasks.Adding(1, version="2016"), "at least 2; got 1"),
        (lambda: tasks.Adding(40, version="2015"), "version must be one of"),
        (lambda: tasks.Multiplication(10), "at least 20"),
        (lambda: tasks.CopyMemory(5, symbols=1), "symbols must be a whole number of at least 2"),
        (lambda: tasks.CopyMemory(5, length=0), "length must be a whole number of at least 1"),
        (lambda: tasks.EmbeddedReber(4), "at least 5; got 4"),
        (lambda: tasks.ContinualEmbeddedReber(5, steps=20), "steps, to hold the longest string, must be"),
        (lambda: tasks.MarkedRecall(5).batch(np.random.default_rng(0), 0), "batch_size must be a whole number"),
        (lambda: tasks.MarkedRecall(5).score(np.zeros((4, 3)), np.zeros(4, int)), r"\(\.\.\., batch, 2\)"),
    ],
)
def test_bad_settings_say_what_came_and_what_was_expected(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_seed_is_not_a_generator():
    with pytest.raises(TypeError, match=r"numpy\.random\.default_rng\(0\); got int"):
        tasks.MarkedRecall(5).batch(0, 32)


# --- odd arguments ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tasks.MarkedRecall(10**9), "of at most 100,000; got 1000000000"),
        (lambda: tasks.MarkedRecall(10**5000), "of at most 100,000; got a int"),
        (lambda: tasks.MarkedRecall("x" * 500), r"of at least 1; got 'x{50,60}\.\.\.$"),
        (lambda: tasks.MarkedRecall(5, cue=np.array(["first", "anywhere"])), "cue must be one of 'anywhere', 'first'"),
        (lambda: tasks.TemporalOrder(20, symbols=2.0), r"symbols must be one of 2, 3; got 2\.0"),
        (lambda: tasks.CopyMemory(5, symbols=10**6), "symbols must be a whole number of at most 1,000"),
        (lambda: tasks.ContinualEmbeddedReber(5, steps=10**9), "steps.* at most 1,000,000"),
        (lambda: tasks.MarkedRecall(99_999).batch(np.random.default_rng(0), 10**4), "batch_size must be at most 335"),
        (lambda: tasks.MarkedRecall(5).score([["a", "b"]], [0]), "outputs must be an array of numbers"),
        (lambda: tasks.MarkedRecall(5).score(np.zeros((4, 2)), np.zeros(3, int)), r"the answers, \(4,\).*got \(3,\)"),
        (lambda: tasks.MarkedRecall(5).score(np.zeros((4, 2)), [[1], [1, 2]]), "y must be an array of numbers"),
        (lambda: tasks.MarkedRecall(5).solved(range(10**12)), "score must be an array of numbers; got range"),
        (lambda: tasks.MarkedRecall(5).batch(np.random.default_rng(0), 10**400), "batch_size must be at most"),
        (lambda: grammar.spell(range(10**12)), "whole numbers, 6 at most"),
        (lambda: tasks.CopyMemory(5).scored(3), r"y must be shaped as the targets .* got shape \(\)"),
        (lambda: tasks.MarkedRecall(5).solved("yes"), "score must be an array of numbers; got 'yes'"),
        (lambda: grammar.spell([0, 9]), "whole numbers, 6 at most"),
        (lambda: grammar.spell(None), "whole numbers, 6 at most"),
        (lambda: grammar.draw_embedded(np.random.default_rng(0), 3, 9, 5), "longest must be at least shortest, 9"),
        (lambda: grammar.draw_embedded(np.random.default_rng(0), 3.5), r"count must be a whole number .* got '3\.5'"),
    ],
)
def test_odd_arguments_are_refused_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert len(str(error.value)) <= 300


def test_numpys_whole_numbers_become_pythons():
    task = tasks.TemporalOrder(np.int64(20), symbols=np.int32(3))
    assert (type(task.lag), type(task.symbols)) == (int, int)
    assert task == tasks.TemporalOrder(20, symbols=3)

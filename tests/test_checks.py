"""What every room checks its arguments with: the right thing comes back, anything else is refused in a sentence."""

import itertools

import numpy as np
import pytest

from lstm_viz.cells import checks


def test_an_array_is_held_to_its_axes_and_range():
    given = np.full((2, 3), 0.5, np.float32)
    assert checks.shaped(given, "p", ("n", "classes"), 0, 1) is given
    assert checks.shaped([[1, 0]], "p", ("n", 2)).dtype == np.float64
    for wrong, message in (
        ([0.5], r"p must have shape \(n, classes\); got \(1,\)"),
        (np.ones((0, 3)), r"p must have shape \(n, classes\); got \(0, 3\)"),
        ([[0.5, 1.5]], "p must lie in 0 to 1; got values from 0.5 to 1.5"),
        ([[np.nan]], "p must hold finite numbers"),
    ):
        with pytest.raises(ValueError, match=message):
            checks.shaped(wrong, "p", ("n", "classes"), 0, 1)
    with pytest.raises(ValueError, match=r"p must have shape \(n, 2\); got \(1, 3\)"):
        checks.shaped([[1, 2, 3]], "p", ("n", 2))


def test_whole_numbers_are_no_floats_and_no_flags():
    given = np.array([0, 3], np.uint8)
    assert checks.whole_numbers(given, "y", ("n",), 0, 3) is given
    for wrong in ([0.0, 1.0], [True], ["a"], None, [[1], [1, 2]]):
        with pytest.raises(TypeError, match="y must be an array of whole numbers; got"):
            checks.whole_numbers(wrong, "y", ("n",))
    with pytest.raises(ValueError, match="y must be at least 0; got values from -1 to 2"):
        checks.whole_numbers([-1, 2], "y", ("n",))
    with pytest.raises(ValueError, match="y must lie in 0 to 2; got values from 0 to 3"):
        checks.whole_numbers([0, 3], "y", ("n",), 0, 2)


def test_a_list_ends():
    assert checks.listed((n for n in range(3)), "knobs") == [0, 1, 2]
    assert checks.listed("ab", "knobs", 2) == ["a", "b"]
    with pytest.raises(ValueError, match="knobs must hold at most 1000000 things; got more"):
        checks.listed(itertools.count(), "knobs")
    with pytest.raises(TypeError, match="knobs must be a list; got int 3"):
        checks.listed(3, "knobs")


def test_a_seed_gives_the_numbers_that_numpy_gives_for_it():
    for seed in (0, 7, np.int64(7), [1, 2], (1, 2), np.array([1, 2])):
        assert np.random.default_rng(checks.seed(seed)).integers(1000) == np.random.default_rng(seed).integers(1000)
    assert checks.seed(np.random.SeedSequence(3)).entropy == 3
    for wrong in (-1, 0.5, True, "a", None, [1, -2], [[1]], range(10**9), itertools.count()):
        with pytest.raises(ValueError, match="seed must be a whole number of at least 0; got"):
            checks.seed(wrong)


def test_a_dict_and_a_text():
    assert checks.mapping({"a": 1}, "models", "name and model") == {"a": 1}
    for wrong in ([], None, "ab"):
        with pytest.raises(TypeError, match="models must be a dict of at least one name and model; got"):
            checks.mapping(wrong, "models", "name and model")
    with pytest.raises(ValueError, match="models must be a dict of at least one name and model; got none"):
        checks.mapping({}, "models", "name and model")
    assert checks.text("a", "name") == "a"
    with pytest.raises(TypeError, match="name must be a text; got bytes b'a'"):
        checks.text(b"a", "name")


@pytest.mark.parametrize("numbers", [range(10**9), range(10**30), range(-(10**9), 0)])
def test_a_range_that_nobody_could_count_out_is_refused_at_once(numbers):
    for check in (
        lambda: checks.floats(numbers, "x"),
        lambda: checks.numbers(numbers, "x"),
        lambda: checks.whole_numbers(numbers, "x", ("steps",)),
    ):
        with pytest.raises(TypeError, match=r"x must be an array of .*numbers; got range"):
            check()
    assert checks.floats(range(3), "x").tolist() == [0.0, 1.0, 2.0]

"""The digits read as sequences, row by row or pixel by pixel."""

import numpy as np
import pytest

from lstm_viz.datasets import load_digits_sequences

# --- digits -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by, timesteps, input_dim", [("rows", 8, 8), ("pixels", 64, 1)])
def test_digits_are_the_images_read_as_sequences(by, timesteps, input_dim):
    from sklearn.datasets import load_digits

    digits = load_digits_sequences(by)
    assert digits.x_train.shape[1:] == (timesteps, input_dim) and digits.x_train.dtype == np.float32
    assert (digits.timesteps, digits.input_dim) == (timesteps, input_dim) == (len(digits.labels), digits.input_dim)
    assert len(digits.x_train) + len(digits.x_test) == 1797
    np.testing.assert_array_equal(digits.x_test.reshape(-1, 8, 8), digits.images_test)
    original = {image.tobytes(): label for image, label in zip(load_digits().images, load_digits().target, strict=True)}
    for image, label in zip(digits.images_train * 16, digits.y_train, strict=True):
        assert original[image.astype(float).tobytes()] == label
    assert digits.x_train.min() == 0 and digits.x_train.max() == 1
    if by == "pixels":
        assert (
            digits.x_train[5, 8 * 3 + 2, 0] == digits.images_train[5, 3, 2] and digits.labels[26] == "row 3, column 2"
        )


def test_digits_split_follows_the_seed_and_keeps_every_class():
    one, again, other = (load_digits_sequences(seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.x_train, again.x_train)
    assert not np.array_equal(one.y_train, other.y_train)
    assert abs(len(one.x_test) / 1797 - 0.25) < 0.001 and set(one.y_test) == set(range(10))


@pytest.mark.parametrize("arguments", [{"by": "columns"}, {"test_split": 0}, {"test_split": 1.0}, {"test_split": "a"}])
def test_digits_refuse_wrong_arguments(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        load_digits_sequences(**arguments)

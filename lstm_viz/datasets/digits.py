"""Handwritten digits read as sequences; they come with scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_viz.datasets._checks import check_seed, check_split, short

__all__ = ["DigitSequences", "load_digits_sequences"]


@dataclass(frozen=True, repr=False, eq=False)
class DigitSequences:
    """Handwritten digits as sequences.

    `x_train`, `x_test` (n, timesteps, input_dim) float32 in [0, 1]; `y_train`, `y_test` (n,) the digit, 0 to 9;
    `images_train`, `images_test` (n, 8, 8), the same values as pictures; `labels` one text per timestep; `names`
    one text per class.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    images_train: np.ndarray
    images_test: np.ndarray
    labels: tuple
    names: tuple

    @property
    def timesteps(self):
        return self.x_train.shape[1]

    @property
    def input_dim(self):
        return self.x_train.shape[2]

    def __repr__(self):
        return (
            f"<{len(self.x_train)} + {len(self.x_test)} digits: "
            f"{self.timesteps} timesteps of {self.input_dim} input{'s' * (self.input_dim > 1)}>"
        )


def load_digits_sequences(by="rows", *, test_split=0.25, seed=0):
    """scikit-learn's 1,797 digits of 8 x 8 pixels, read row by row or pixel by pixel, as `DigitSequences`.

    by="rows": 8 timesteps of 8 inputs. by="pixels": 64 timesteps of one input, a small sequential MNIST. Values are
    scaled from 0..16 to [0, 1]. `test_split` is the part of each digit kept for testing, drawn with `seed`.
    Source: Alpaydin & Kaynak (1998), UCI "Optical Recognition of Handwritten Digits", in scikit-learn.
    """
    shapes = {"rows": (8, 8), "pixels": (64, 1)}
    if not isinstance(by, str) or by not in shapes:
        raise ValueError(f"by must be 'rows' or 'pixels'; got {short(by)}")
    check_split(test_split)
    seed = check_seed(seed)
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    if not 10 <= int(1797 * test_split) <= 1787:
        raise ValueError(f"test_split must leave one of each digit in both parts; got {short(test_split)}")
    images = (digits.images / 16.0).astype(np.float32)
    images_train, images_test, y_train, y_test = train_test_split(
        images, digits.target, test_size=test_split, random_state=seed, stratify=digits.target
    )
    rows = tuple(f"row {r}" for r in range(8))
    labels = rows if by == "rows" else tuple(f"{row}, column {c}" for row in rows for c in range(8))
    return DigitSequences(
        x_train=images_train.reshape(-1, *shapes[by]),
        y_train=y_train,
        x_test=images_test.reshape(-1, *shapes[by]),
        y_test=y_test,
        images_train=images_train,
        images_test=images_test,
        labels=labels,
        names=tuple(str(name) for name in digits.target_names),
    )

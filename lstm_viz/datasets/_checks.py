"""What the loaders check of their arguments."""

from __future__ import annotations

import numpy as np

from lstm_viz.cells.checks import short


def check_split(test_split):
    if isinstance(test_split, bool) or not isinstance(test_split, (int, float)) or not 0 < test_split < 1:
        raise ValueError(f"test_split must be a number between 0 and 1; got {short(test_split)}")


def check_whole(value, name, least, most, why=""):
    """ValueError unless it is a whole number from `least` to `most`."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or not least <= value <= most:
        raise ValueError(f"{name} must be a whole number from {least} to {most}{why}; got {short(value)}")
    return int(value)


def check_seed(seed):
    return check_whole(seed, "seed", 0, 2**32 - 1)

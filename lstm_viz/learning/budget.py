"""How long the lessons train: as they say, or for a moment only where the project's own tests run them."""

import os

__all__ = ["quickly"]


def quickly(full, short):
    """`full`, but `short` where the environment variable LSTM_VIZ_QUICK is set (and not 0)."""
    return full if os.environ.get("LSTM_VIZ_QUICK", "0") in ("", "0") else short

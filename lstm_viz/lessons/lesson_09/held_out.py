"""What a cut costs on files that no weight was fitted to: a stretch from each of some of them, read side by side."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lstm_viz.learning.threads import one_thread
from lstm_viz.lessons.lesson_09 import standard_library
from lstm_viz.lessons.lesson_09.results import measured
from lstm_viz.lessons.lesson_09.surgery import clamped_cell

__all__ = ["SCORED", "bits_by_file", "held_out_stretches"]

#: files, and of each the characters that are read before any counts, and those that count
FILES, BEFORE, SCORED = 40, 30, 80


@lru_cache
def held_out_stretches():
    """Texts of one length from the middle of held-out files of this machine's library, () where it has no source.

    The split goes by a file's name, so they are held out with every version of Python. Files that share their text
    with files that were trained on are not among them.
    """
    try:
        files = standard_library.python_files(part="held out")
    except OSError:  # a library without source, as in a frozen program
        return ()
    length, left_out = BEFORE + SCORED, measured()["library"]["left out"]
    long = [text for name, text in files.items() if len(text) > 2 * length and name not in left_out]
    chosen = long[:: max(len(long) // FILES, 1)][:FILES]
    return tuple(text[len(text) // 2 :][:length] for text in chosen)


def bits_by_file(model, clamps=()):
    """(files,) bits per character of each held-out stretch; the clamps hold everywhere, whatever their own stretch.

    Empty where this machine's library has no source.
    """
    texts = held_out_stretches()
    if not texts:
        return np.zeros(0)
    codes = np.stack([model.encode(text) for text in texts])
    cell = clamped_cell(model.cell, clamps, model.means) if clamps else model.cell
    with one_thread():
        h = cell.run(model.embedding[codes]).h[:, BEFORE - 1 : -1]
        logs = np.take_along_axis(model.log_probabilities(h), codes[:, BEFORE:, None], axis=-1)
    return -logs[..., 0].mean(axis=1, dtype=float) / np.log(2)

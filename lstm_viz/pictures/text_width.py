"""How much room a text needs, whichever font the reader has: for layouts that hold on every screen.

The widths are the larger of Inter's, the package's own font, and DejaVu Sans's, the widest that usually stands in for
it (`text_widths.json`, made by tools/make_font.py). Characters outside the table count as an em where they are as wide
as high (Chinese, Japanese, Korean), else as a wide letter.
"""

from __future__ import annotations

import json
import unicodedata
from functools import cache
from pathlib import Path

__all__ = ["clipped", "text_width"]

_LETTER = 0.85  # em of a letter that the table does not have


@cache
def _widths(bold):
    text = Path(__file__).with_name("text_widths.json").read_text(encoding="utf-8")
    return json.loads(text)["bold" if bold else "regular"]


@cache
def _em(character, bold):
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cc", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    return _widths(bold).get(character, _LETTER)


def text_width(text, size=1.0, *, bold=False):
    """The most that `text` takes, in the unit of `size`: 0 or more."""
    return size * sum(_em(character, bold) for character in text)


def clipped(text, room, size=1.0, *, bold=False):
    """`text`, or as much of its beginning as fits `room` before an ellipsis."""
    text = str(text)
    if text_width(text, size, bold=bold) <= room:
        return text
    left = room - text_width("…", size, bold=bold)
    for k, character in enumerate(text):
        left -= text_width(character, size, bold=bold)
        if left < 0:
            return text[:k].rstrip() + "…"
    return text

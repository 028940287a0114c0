"""Room for text: never less than a font needs, and texts cut by their true width."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstm_viz import pictures
from lstm_viz.pictures.text_width import clipped, text_width


def test_wide_characters_take_more_room_than_narrow_ones_and_marks_none():
    assert text_width("iii", 10) < text_width("mmm", 10) < text_width("가나다", 10) == 30
    assert text_width("c\u0303") == text_width("c")
    assert text_width("abc", bold=True) > text_width("abc")
    assert text_width("") == 0


@pytest.mark.parametrize("size", [1, 28])
@pytest.mark.parametrize("text", ["antidisestablishment", "안녕하세요 여러분", "<b>bold</b> & more", "c\u0303" * 30])
def test_what_is_cut_fits_with_its_ellipsis_and_what_fits_is_not_cut(text, size):
    room = 0.6 * text_width(text, size)
    cut = clipped(text, room, size)
    assert cut.endswith("…") and text.startswith(cut[:-1]) and text_width(cut, size) <= room
    assert text_width(text[: len(cut) + 1] + "…", size) > room  # no more would fit
    assert clipped(text, text_width(text, size), size) == text


def test_the_font_is_small_and_has_its_licence_beside_it():
    folder = Path(pictures.__file__).parent
    assert (folder / "inter.woff2").stat().st_size < 40_000
    assert "SIL Open Font License, Version 1.1" in (folder / "inter_license.txt").read_text("utf-8")

"""What the tools leave behind: stored notebooks with pictures, and small PNG files that show what was drawn."""

from __future__ import annotations

import base64
import struct
import zlib

import nbformat
import numpy as np
import pytest
from picture import encode, pixels
from store_notebooks import store

pytestmark = pytest.mark.browser

CELLS = (
    "import numpy as np\nfrom lstm_viz import LSTMCell, explore",
    "explore(LSTMCell.initialise(2, 3).run(np.ones((5, 2))))",
    "print('text')",
)


def test_a_stored_notebook_holds_a_picture_of_the_view_and_no_state(chromium, site, tmp_path):
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    made.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(made, tmp_path / "lesson.ipynb")
    size = store(tmp_path / "lesson.ipynb", chromium)
    assert (tmp_path / "lesson.ipynb").stat().st_size == pytest.approx(size, abs=2) and size < 200_000
    stored = nbformat.read(tmp_path / "lesson.ipynb", as_version=4)
    assert "widgets" not in stored.metadata
    (output,) = stored.cells[1].outputs
    assert set(output.data) == {"text/plain", "image/png"}
    assert output.data["text/plain"] == "explore(<LSTM trace: 5 timesteps, 2 inputs, 3 units>)"
    page = chromium.new_page()
    shown = pixels(page, base64.b64decode(output.data["image/png"]))
    page.close()
    blue = np.array([0x00, 0x72, 0xB2])  # the cell state's line
    assert (np.abs(shown.astype(int) - blue).max(axis=-1) < 24).sum() > 200
    assert shown.shape[1] > 900 and shown.shape[0] > 400


def test_a_palette_png_shows_the_picture(chromium):
    rng = np.random.default_rng(0)
    picture = np.full((40, 60, 3), 255, np.uint8)
    picture[5:20, 5:30] = [0, 114, 178]
    picture[25:35] = rng.integers(0, 256, size=(10, 60, 3))
    png = encode(picture, 64)
    page = chromium.new_page()
    back = pixels(page, png)
    page.close()
    assert back.shape == picture.shape
    np.testing.assert_array_equal(back[:25], picture[:25])
    assert np.abs(back.astype(int) - picture).mean() < 20
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    length = struct.unpack(">I", png[8:12])[0]
    assert zlib.crc32(png[12 : 16 + length]) == struct.unpack(">I", png[16 + length : 20 + length])[0]

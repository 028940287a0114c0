"""What the tools leave behind: stored notebooks with pictures, and small PNG files that show what was drawn."""

from __future__ import annotations

import base64
import platform
import re
import struct
import zlib

import nbformat
import numpy as np
import pytest
from picture import encode, pixels
from store_notebooks import store

from lstm_viz.pictures.style import QUANTITIES

pytestmark = pytest.mark.browser

KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
CELLS = (
    "import numpy as np\nfrom lstm_viz import LSTMCell, explore",
    "explore(LSTMCell.initialise(2, 3).run(np.ones((5, 2))))",
    "print('text')",
)


def test_a_stored_notebook_holds_a_picture_of_the_view_and_no_state(chromium, site, tmp_path):
    made = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL})
    made.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(made, tmp_path / "lesson.ipynb")
    size = store(tmp_path / "lesson.ipynb", chromium)
    assert (tmp_path / "lesson.ipynb").stat().st_size == pytest.approx(size, abs=2) and size < 200_000
    stored = nbformat.read(tmp_path / "lesson.ipynb", as_version=4)
    assert "widgets" not in stored.metadata
    (output,) = stored.cells[1].outputs
    assert set(output.data) == {"text/plain", "text/html"}
    assert [cell.execution_count for cell in stored.cells] == [None] * 3 and output.execution_count is None
    assert output.data["text/plain"] == "explore(<LSTM trace: 5 timesteps, 2 inputs, 3 units>)"
    face, alt, png = re.fullmatch(
        r'<div><em>(.+)</em></div><img alt="(.+)" src="data:image/png;base64,(.+)">', output.data["text/html"]
    ).groups()
    assert face == "a picture: run this cell, Shift+Enter, and it moves"
    assert alt.startswith("explore(&lt;LSTM trace") and "t = 0 / 5" in alt and "cell state" in alt
    assert "move through time" not in alt and "play" not in alt, "names of controls, which are not in the picture"
    page = chromium.new_page()
    shown = pixels(page, base64.b64decode(png))
    page.close()
    blue = np.array(list(bytes.fromhex(QUANTITIES["c"].colour[1:])))  # the cell state's line, and the play button
    near = (np.abs(shown.astype(int) - blue).max(axis=-1) < 8).astype(int)
    assert (near[:60, :400].sum(axis=1) > 50).sum() < 12, "a dead play button is in the picture"
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


def test_a_picture_without_controls_does_not_promise_to_move_and_progress_is_text(chromium, tmp_path):
    made = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL})
    made.cells = [
        nbformat.v4.new_code_cell(source)
        for source in (
            "import numpy as np\nfrom lstm_viz import LSTMCell\nfrom lstm_viz.pictures.diagram import diagram\n"
            "from lstm_viz.widgets import MarkupView\n"
            "MarkupView(diagram(LSTMCell.initialise(2, 3).run(np.ones((1, 2)))))",
            "from tqdm.notebook import tqdm\nfor _ in tqdm(range(3)): pass",
        )
    ]
    nbformat.write(made, tmp_path / "lesson.ipynb")
    store(tmp_path / "lesson.ipynb", chromium)
    diagram, progress = (cell.outputs[0].data for cell in nbformat.read(tmp_path / "lesson.ipynb", 4).cells)
    assert "Shift+Enter, for the live one" in diagram["text/html"]
    assert set(progress) == {"text/plain"} and "100%" in progress["text/plain"]


@pytest.mark.parametrize("python", [None, "3.9.99"], ids=["this Python", "another Python"])
def test_a_stored_notebook_is_not_unsaved_when_it_is_opened(python, chromium, lab, open_notebook):
    made = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL})
    made.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    path = lab.folder / "merely_opened.ipynb"
    nbformat.write(made, path)
    store(path, chromium)
    if python:
        stored = nbformat.read(path, as_version=4)
        stored.metadata.language_info.version = python
        stored.metadata.kernelspec.display_name = "Python 3"
        nbformat.write(stored, path)
    page = open_notebook("merely_opened.ipynb")
    page.wait_idle()
    page.page.wait_for_timeout(1000)
    model = "window.jupyterapp.shell.currentWidget.context.model"
    assert page.page.evaluate(f"() => {model}.dirty") is False
    assert page.page.evaluate(f"() => {model}.getMetadata('language_info').version") == platform.python_version()
    page.page.evaluate(f"() => {{ {model}.cells.get(0).sharedModel.source += '#'; }}")
    assert page.page.evaluate(f"() => {model}.dirty") is True, "what the reader changes is to be saved"
    assert page.problems == []

"""Where every test finds the Reuters newswires, which may not be part of the project (they are for research only).

LSTM_VIZ_DATA names their folder; without it a folder `shared/data` beside the repository is taken, if it is there.
Where CI is set, missing newswires are a failure; elsewhere the tests that need them are skipped and say why.
"""

import os
from pathlib import Path

import pytest

#: files of tests that take half a minute and more, the longest first, so that no worker is left with one at the end
LONG_FILES = (
    *("test_notebooks", "test_layout", "test_site", "test_coming_back", "test_lab_keys", "test_views"),
    *("test_newswires", "test_newswires_notebook", "test_fuzz", "test_cells_keras", "test_training_keras"),
)
SIBLING = Path(__file__).parent.parent / "shared" / "data"
MISSING = "the Reuters newswires are needed: set LSTM_VIZ_DATA, or put them into ../shared/data beside the repository"

if not os.environ.get("LSTM_VIZ_DATA") and SIBLING.is_dir():
    os.environ["LSTM_VIZ_DATA"] = str(SIBLING)  # notebooks under test read it in their kernels


@pytest.fixture(scope="session")
def reuters_folder():
    """The folder named by LSTM_VIZ_DATA, as a Path."""
    folder = os.environ.get("LSTM_VIZ_DATA")
    if not folder:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
    return Path(folder)


@pytest.fixture(scope="session")
def wires(reuters_folder):
    """The newswires of the recipe, as `load_reuters` gives them."""
    from lstm_viz.datasets import load_reuters

    return load_reuters(reuters_folder)


def pytest_itemcollected(item):
    """A stored notebook as nbval wants it: cells that count as run, and no pictures where the live cell has a view."""
    cell = getattr(item, "cell", None)
    if cell is None or cell.get("cell_type") != "code":
        return
    cell.execution_count = cell.execution_count or 1
    for output in cell.outputs:
        if "a picture: run this cell" in "".join(output.get("data", {}).get("text/html", "")):
            del output.data["text/html"]


def pytest_collection_modifyitems(items):
    place = {name: k for k, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))
    if os.environ.get("LSTM_VIZ_DATA") or os.environ.get("CI"):
        return
    for item in items:
        if "08_newswires.ipynb" in item.nodeid:
            item.add_marker(pytest.mark.skip(reason=MISSING))

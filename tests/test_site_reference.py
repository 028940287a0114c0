"""The reference of the site: every public name of every room is on its page, and each example runs."""

from __future__ import annotations

import doctest
import re
import sys
from importlib import import_module
from pathlib import Path

import pytest

from lstm_viz._rooms import ROOMS

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import site_reference


@pytest.mark.parametrize("room", [pytest.param(r, marks=[pytest.mark.keras] * (r == "keras_models")) for r in ROOMS])
def test_the_example_of_a_room_runs(room):
    pytest.importorskip("tensorflow") if room == "keras_models" else None
    found = doctest.testfile(str(site_reference.EXAMPLES / f"{room}.txt"), module_relative=False, encoding="utf-8")
    assert found.attempted > 1 and found.failed == 0


def test_there_is_a_page_for_every_room_and_no_example_without_one(tmp_path):
    pages = site_reference.write(tmp_path)
    assert list(pages.values()) == list(ROOMS)
    assert {path.stem for path in site_reference.EXAMPLES.glob("*.txt")} == set(ROOMS)
    head = (tmp_path / "reference.md").read_text("utf-8")
    assert re.findall(r"<(\w+)>", head) == list(pages) and "explore" in head


@pytest.mark.parametrize("room", [room for room in ROOMS if room not in ("lessons", "keras_models")])
def test_every_public_name_is_on_the_page(room):
    text = site_reference.page(room)
    for name in import_module(f"lstm_viz.{room}").__all__:
        assert re.search(rf":: lstm_viz\.{room}\.{name}$", text, re.MULTILINE), name


def test_columns_and_equations_keep_their_lines():
    lines = ["First.", "", "kind     a cell", "options  its own", "", "    z = x W", "", "Last."]
    site_reference.as_it_stands(None, "class", "", None, None, lines)
    assert lines == ["First.", "", "::", "", "    kind     a cell", "    options  its own", "", "::", "",
                     "        z = x W", "", "Last.", ""]  # fmt: skip

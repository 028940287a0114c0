"""The teacher's guide names the lessons as they are: their minutes, their sections, their numbers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
NOTEBOOKS = {path.name[:2]: path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
PARTS = {part[:2]: part for part in re.split(r"^## (?=\d\d )", GUIDE, flags=re.MULTILINE)[1:]}
#: 0.859, 5.6e-05, 3e+25, 12,500, 4/10, 58%: what a reader would look for on the screen
NUMBER = re.compile(r"[+-]?\d+\.\d+(?:e[+-]\d+)?|\d+e[+-]\d+|\d+,\d{3}|\d+/10\b|\d+%")


def cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def shown(path):
    """All that a reader of this lesson sees on every machine: its text, its code, what its cells put out."""
    text = []
    for cell in cells(path):
        source = "".join(cell["source"])
        text.append(source)
        if "NBVAL_IGNORE_OUTPUT" not in source:
            for output in cell.get("outputs", []):
                text += ["".join(output.get("text", "")), "".join(output.get("data", {}).get("text/plain", ""))]
    return "\n".join(text)


def sections(path):
    """["1 A sentence with a gap (4 min)", ...] from the headings."""
    text = "\n".join("".join(cell["source"]) for cell in cells(path) if cell["cell_type"] == "markdown")
    found = re.findall(r"^## (\d+) &nbsp; (.*?) \((\d+ min)[^)]*\)$", text, re.MULTILINE)
    return [f"{number} {title} ({minutes})" for number, title, minutes in found]


def in_the_heading(lesson):
    """Minutes of the exercises, where the first line does not name them."""
    return re.search(r"## Exercises \((\d+) min", shown(NOTEBOOKS[lesson]))[1]


def test_lessons_have_their_part():
    assert list(PARTS) == list(NOTEBOOKS)


@pytest.mark.parametrize("lesson", PARTS)
def test_the_minutes_and_the_sections_are_those_of_the_lesson(lesson):
    first = "".join(cells(NOTEBOOKS[lesson])[0]["source"])
    minutes, exercises = re.search(r"\*(\d+) minutes(?:, (\d+) of them exercises)?", first).groups()
    head = PARTS[lesson].splitlines()[0]
    assert head.endswith(f"({minutes} minutes, {exercises or in_the_heading(lesson)} of them exercises)")
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in PARTS[lesson].splitlines() if re.match(r"\| \d", line)]
    assert [row[0].strip() for row in rows] == sections(NOTEBOOKS[lesson])
    assert all(len(row) == 4 for row in rows)
    assert all(row[1].strip() and row[2].strip() for row in rows)


@pytest.mark.parametrize("lesson", PARTS)
def test_every_number_of_the_guide_is_on_the_screen(lesson):
    text, screen = re.sub(r"\]\([^)]*\)", "]", PARTS[lesson].split("\n## ")[0]), shown(NOTEBOOKS[lesson])
    named = NUMBER.findall(text)
    missing = [n for n in named if not re.search(rf"(?<![\d.]){re.escape(n.lstrip('+'))}(?!\d)", screen)]
    assert not missing, f"not in lesson {lesson}: {missing}"


@pytest.mark.parametrize("lesson", PARTS)
def test_every_prediction_is_in_the_guide_and_none_that_is_not_there(lesson):
    asked = re.findall(rf'predict\("({lesson}\.[a-z])"\)', shown(NOTEBOOKS[lesson]))
    told = set(re.findall(rf"\b{lesson}\.[a-z]\b", PARTS[lesson]))
    assert told == set(asked), told ^ set(asked)


def test_numbers_are_looked_for_as_they_are_written():
    assert NUMBER.findall("at 5.6e-05, 4/10, 58%, 12,500 and +0.998; lesson 03, t = 64") == [
        "5.6e-05", "4/10", "58%", "12,500", "+0.998",
    ]  # fmt: skip

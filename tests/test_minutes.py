"""The minutes of every lesson rest on one rule, counted here, and no lesson is longer than 45.

The rule, for a student who reads with care and runs every cell:

- 200 words of running text a minute (headings included; tables at half, code and formulas not counted as words),
- 12 seconds to read and run a code cell, and 4 seconds more for each of its lines,
- 20 seconds to make a prediction and 15 to read what was observed,
- 60 seconds for what can be played with (a lab, an explorer, a reader): cells that show a view,
- 90 seconds for an exercise.

Training beside the notebook costs nothing, because the text goes on. The headings must leave at least the time that
the rule gives (the rest is for questions), and together no more than 45 minutes: whoever adds to a lesson that is full
has to take something out.
"""

import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
VIEWS = re.compile(
    r"^(\w+\.)?(explore\(|compare\(|read_text\(|digits$|VBox\(\[TimeControls|layer_explorer\(|lab$|reader$|gradient_lens\(|\w+_lab\(|read_along\(|write_along\(|"
    r"unit_table\(|search_view\(|surgery_view\(|how_far_back\()",
    re.MULTILINE,
)


def minutes(notebook):
    """What the rule says, in minutes."""
    seconds = 0
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            text = re.sub(r"\$\$.*?\$\$|```.*?```|\$[^$]*\$|`[^`]*`", " x ", source, flags=re.DOTALL)
            for line in text.splitlines():
                seconds += len(re.findall(r"\w+", line)) * 60 / 200 * (0.5 if line.startswith("|") else 1)
        elif cell["cell_type"] == "code":
            if re.search(r"^check\(", source, re.MULTILINE):
                seconds += 90
            elif source.startswith("predict("):
                seconds += 20
            else:
                lines = [line for line in source.splitlines() if line.strip() and not line.startswith("#")]
                seconds += 12 + 4 * len(lines) if "import" not in lines[0] else 15
                seconds += 15 * ("reveal(" in source) + 60 * bool(VIEWS.search(source))
    return seconds / 60


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_takes_no_longer_than_its_headings_say_and_never_more_than_45_minutes(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    text = "\n".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown")
    said = sum(int(m) for m in re.findall(r"^## .*?(\d+) min", text, re.MULTILINE))
    assert minutes(notebook) <= said <= 45, f"the rule gives {minutes(notebook):.1f} minutes, the headings {said}"
    first = re.search(r"^\*(\d+) minutes", text, re.MULTILINE)[1]
    assert first == str(said), "the first line has the sum of the headings"


def test_the_rule_counts_what_it_says():
    words, table = " ".join(["word"] * 200), "| " + " ".join(["word"] * 200) + " |"
    cells = {
        1.0: ("markdown", words),
        0.5: ("markdown", table),
        0.25 + 1 / 30: ("code", "x = 1\nprint(x)\n\n# a comment"),
        1 / 3: ("code", 'predict("01.a")'),
        1.5: ("code", 'answer = ...\n\ncheck("01.1", answer)'),
    }
    for expected, (kind, source) in cells.items():
        found = minutes({"cells": [{"cell_type": kind, "source": [source]}]})
        assert found == pytest.approx(expected, abs=0.06), source

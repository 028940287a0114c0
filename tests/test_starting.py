"""docs/starting.md and what it speaks of: Binder's files, the tests that it names, its links within."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
PAGES["README.md"] = (ROOT / "README.md").read_text(encoding="utf-8")


def test_binder_asks_for_python_and_postbuild_installs_the_light_way():
    asked = yaml.safe_load((ROOT / ".binder" / "environment.yml").read_text(encoding="utf-8"))
    assert [str(what).split("=")[0] for what in asked["dependencies"]] == ["python", "pip"]
    last = (ROOT / ".binder" / "postBuild").read_text(encoding="utf-8").splitlines()[-1]
    assert last == 'python -m pip install --no-cache-dir ".[lab]"'
    assert os.name == "nt" or os.access(ROOT / ".binder" / "postBuild", os.X_OK), "Binder runs it"


def test_every_test_that_a_page_names_is_there():
    for name, text in PAGES.items():
        for test in re.findall(r"test_\w+\.py", text):
            assert list((ROOT / "tests").rglob(test)), f"{name} names {test}"


@pytest.mark.parametrize("name", PAGES)
def test_links_within_the_project_lead_somewhere(name):
    folder = ROOT if name == "README.md" else ROOT / "docs"
    for link in re.findall(r"\]\(([^)\s]+)\)", PAGES[name]):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        text = (folder / path).read_text(encoding="utf-8") if anchor and path else PAGES[name]
        assert not path or (folder / path).exists(), f"{name}: {link}"
        heads = {
            re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-")
            for head in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        }
        assert not anchor or anchor in heads, f"{name}: {link}"


def test_every_way_says_whether_it_was_tried():
    rows = [line.split("|")[1:-1] for line in PAGES["starting.md"].splitlines() if re.match(r"\| \[", line)]
    assert len(rows) >= 12 and all(re.search(r"\b(un)?tried\b", row[3]) for row in rows)

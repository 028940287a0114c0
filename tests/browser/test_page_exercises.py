"""A reader of a page without a kernel answers exercises: by keyboard, right and wrong, hint by hint."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from lab import SavedPage

pytestmark = pytest.mark.browser

LESSON = Path(__file__).parents[2] / "notebooks" / "10_variants.ipynb"


def test_numbers_are_checked_and_hints_come_one_by_one(chromium, site):
    from save_html import save

    notebook = nbformat.read(LESSON, 4)
    path = save(notebook, site, "exercises_in_a_page")
    page = SavedPage(chromium, path)
    try:
        assert page.page.locator(".lstm-viz-exercise").count() == 3
        first = page.page.locator(".lstm-viz-exercise").first
        assert "40" not in first.inner_text()
        field, said = first.get_by_label("answer to 10.1"), first.locator("output")
        answers = {
            "41": "✗ not right yet. The hints are below.",
            "0.8": "✗ not right yet. ",
            "forty": "✗ This cannot be read as a number",
            "40": "✓ right. tanh(40) is 1 to the last digit",
            "": "○ Type a number.",
            "40,0": "✓ right.",
        }
        for answer, words in answers.items():
            field.fill(answer)
            field.press("Enter")
            assert said.inner_text().startswith(words), said.inner_text()
        assert said.locator("code").count() == 0 or "`" not in said.inner_text()
        opened = first.locator("details > p")
        assert not any(hint.is_visible() for hint in opened.all())
        hints = first.locator("summary")
        names = [summary.text_content() for summary in hints.all()]
        assert names[-1] == "a solution" and names[0].startswith("hint 1 of")
        for k in range(len(names)):
            assert hints.nth(k).is_visible() and (k + 1 == len(names) or not hints.nth(k + 1).is_visible())
            hints.nth(k).focus()
            hints.nth(k).press("Enter")
        assert first.locator("pre").is_visible()
        assert page.problems == []
    finally:
        page.close()

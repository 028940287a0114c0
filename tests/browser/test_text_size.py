"""No text of a diagram is under 16 px in `explore` at 1440x900, whichever cell it draws."""

from __future__ import annotations

import numpy as np
import pytest
from browser import widget_views
from test_layout import page_of

from lstm_viz import explore
from lstm_viz.cells import KINDS

pytestmark = pytest.mark.browser

SIZES = """() => [...document.querySelectorAll(".lv-diagram")].map((picture) => {
  const texts = [...picture.querySelectorAll("text, tspan:not([font-size])")] // a subscript has a size of its own
    .filter((e) => e.checkVisibility() && e.firstChild?.data?.trim());
  const sizes = texts.map((e) => {
    const {a, b} = picture.getScreenCTM();
    return parseFloat(getComputedStyle(e).fontSize) * Math.hypot(a, b);
  });
  return [Math.min(...sizes), picture.getBoundingClientRect().height];
})"""


def test_diagrams_of_every_kind_can_be_read(chromium, site):
    x = np.random.default_rng(0).normal(size=(9, 3))
    views = [explore(cell.initialise(3, 8, seed=1).run(x)) for cell in KINDS.values()]
    path = page_of(views, site, "text_size")
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.goto(path.resolve().as_uri())
    widget_views(page)
    found = dict(zip(KINDS, page.evaluate(SIZES), strict=True))
    page.close()
    assert {kind: size for kind, (size, _) in found.items() if size < 15.95} == {}
    assert {kind: height for kind, (_, height) in found.items() if height > 600} == {}

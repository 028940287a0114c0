"""What measures the layout sees each kind of planted fault."""

from __future__ import annotations

import pytest
from test_layout import MEASURE

pytestmark = pytest.mark.browser

SVG = '<svg viewBox="0 0 200 60" width="200">'
PLANTED = {
    "overlap": f'{SVG}<text x="10" y="30">0.12</text><text x="30" y="30">-0.88</text></svg>',
    "outside its picture": '<svg viewBox="0 0 100 60" width="100"><text x="70" y="30">too long</text></svg>',
    "outside its box": f'{SVG}<g class="lv-chip"><rect x="10" y="10" width="40" height="40"/>'
    '<text x="12" y="35">candidate</text></g></svg>',
    "too small": '<svg viewBox="0 0 400 60" width="200"><text x="10" y="30" font-size="18">tiny</text></svg>',
    "cut off": '<div style="width:60px;overflow:hidden;white-space:nowrap">longer than its box</div>',
    "outside the page": '<div style="position:absolute;left:380px;white-space:nowrap">too far right</div>',
    "contrast": '<div style="color:#777;background:#555">grey on grey</div>',
    "struck through": '<div class="js-plotly-plot"><svg width="300" height="60"><text x="10" y="30">a title</text>'
    '<g class="shapelayer"><path d="M20 5H60V55H20Z" fill="none" stroke="black"/></g></svg></div>',
}  # fmt: skip


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_fault_is_seen_and_a_clean_page_has_none(chromium, what):
    page = chromium.new_page(viewport={"width": 390, "height": 600})
    clean = f'{SVG}<text x="10" y="30">0.12</text><text x="90" y="30">-0.88</text></svg><p>ok</p>'
    clean += f'<div style="overflow-x:auto;white-space:nowrap">{"a table that a reader can scroll " * 5}</div>'
    page.set_content(f"<body><div id='root'>{clean}</div></body>")
    assert page.evaluate(f"() => ({MEASURE})(document.getElementById('root'))") == []
    page.set_content(f"<body><div id='root'>{PLANTED[what]}</div></body>")
    found = page.evaluate(f"() => ({MEASURE})(document.getElementById('root'))")
    page.close()
    assert any(problem.startswith(what) for problem in found), found

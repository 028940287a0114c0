"""What line, circle, box, merge and fork stand for in a diagram."""

from __future__ import annotations

from lstm_viz.pictures._svg_colours import palette
from lstm_viz.pictures.style import INK, MUTED, QUANTITIES, colour_scale

_LEGEND_COLUMN, _LEGEND_ROW = 236, 32


def draw_legend(x, y):
    """What line, circle, box, merge and fork stand for, and the strip of all units: two columns."""
    ink = f'stroke="{MUTED}" stroke-width="3" fill="none"'
    thin = f'fill="none" stroke="{MUTED}" stroke-width="0.8"'
    colours = palette(colour_scale(QUANTITIES["c"].colour, 0))
    cells = "".join(
        f'<rect x="{9 * k}" y="-6" width="9" height="11" fill="{colours[level]}"/>'
        for k, level in enumerate((6, 26, 14, 30))
    )
    signs = (
        (f'<path d="M0 0H36" {ink}/>', "vector"),
        (f'<circle cx="18" cy="0" r="11" {ink}/>', "pointwise"),
        (f'<path d="M0 -6H36M6 12Q20 12 24 -6" {ink}/>', "concatenate"),
        (f'<path d="M0 -6H34M14 -6Q18 12 32 12" {ink}/><circle cx="14" cy="-6" r="5" fill="{MUTED}"/>', "copy"),
        (f'<rect x="0" y="-11" width="36" height="22" rx="4" {ink}/>', "learned layer"),
        (
            f'{cells}<rect y="-6" width="36" height="11" {thin}/><rect x="8" y="-8.5" width="11" height="16" rx="1.5"'
            f' fill="none" stroke="{INK}" stroke-width="2.2"/>',
            "all units",
        ),
    )
    body = "".join(
        f'<g transform="translate({k // 3 * _LEGEND_COLUMN} {k % 3 * _LEGEND_ROW})">{sign}'
        f'<text x="46" y="9" class="lv-note" fill="{MUTED}">{word}</text></g>'
        for k, (sign, word) in enumerate(signs)
    )
    return f'<g class="lv-legend" transform="translate({x} {y})">{body}</g>'

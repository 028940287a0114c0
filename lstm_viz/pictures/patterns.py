"""One or many, in and out: which inputs a recurrent network gets, which outputs are used, and for what."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from lstm_viz.pictures._notation import symbol
from lstm_viz.pictures._svg import tspans
from lstm_viz.pictures._svg_colours import tint
from lstm_viz.pictures.live_markup import LiveMarkup
from lstm_viz.pictures.style import FONT, INK, PAPER, QUANTITIES

__all__ = ["PATTERNS", "Pattern", "sequence_patterns"]


@dataclass(frozen=True)
class Pattern:
    """Of each timestep: does the network read an input there ("x"), and is its output used ("y")?"""

    name: str
    inputs: str
    outputs: str
    used_for: str

    @property
    def timesteps(self):
        return len(self.inputs)


#: "." is a timestep without an input, or one whose output is not used
PATTERNS = (
    Pattern("one-to-one", "x", "y", "a class for one picture: an ordinary layer, no recurrence needed"),
    Pattern("one-to-many", "x...", "yyyy", "a melody from its first note, a sentence about a picture"),
    Pattern("many-to-one", "xxxx", "...y", "the topic of a newswire, the mood of a review"),
    Pattern("many-to-many, in step", "xxxx", "yyyy", "the next character after every character"),
    Pattern("many-to-many, one after the other", "xxx..", "..yyy", "a translation: first read all, then write"),
)

_PITCH, _WIDTH, _HEIGHT = 66, 350, 212
_BOX, _ROWS = (50, 40), {"y": 30, "h": 106, "x": 182}


def sequence_patterns():
    """The five patterns as small diagrams, inputs below, hidden states in the middle, outputs that are used above.

    Returns a `LiveMarkup` of one timestep (HTML); it shows itself as the last value of a cell.
    """
    pictures = "".join(_figure(pattern) for pattern in PATTERNS)
    style = (
        f".lv-patterns{{display:grid;grid-template-columns:repeat(auto-fill,minmax(250px,1fr));gap:14px 20px;"
        f"background:{PAPER};color:{INK};font:16px/1.35 {FONT};padding:12px;border-radius:10px;box-sizing:border-box}}"
        ".lv-patterns figure{margin:0;max-width:340px;display:flex;flex-direction:column}"
        ".lv-patterns figcaption b{display:block}"
        ".lv-patterns svg{display:block;width:100%;padding-top:6px;margin-top:auto}"
        f".lv-patterns text{{font-size:22px;fill:{INK}}}"
    )
    return LiveMarkup(
        markup=f'<div class="lv-patterns" role="group" aria-label=""><style>{style}</style>{pictures}</div>',
        quantities={},
        timesteps=1,
        alt="Patterns of inputs and outputs: " + "; ".join(f"{p.name}, {p.used_for}" for p in PATTERNS),
    )


def _figure(pattern):
    said = f"{pattern.name}: {_said(pattern)}"
    return (
        f'<figure><figcaption><b>{escape(pattern.name)}</b>{escape(pattern.used_for)}</figcaption><svg viewBox="0 0 '
        f'{_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(said)}">{_drawn(pattern)}</svg></figure>'
    )


def _said(pattern):
    def steps(marks, sign):
        return ", ".join(str(t) for t, mark in enumerate(marks) if mark == sign)

    return f"inputs at timestep {steps(pattern.inputs, 'x')}; outputs used at {steps(pattern.outputs, 'y')}"


def _drawn(pattern):
    parts = []
    for t, (x, y) in enumerate(zip(pattern.inputs, pattern.outputs, strict=True)):
        at = 34 + _PITCH * t
        if x == "x":
            parts += [_arrow(at, _ROWS["x"] - 20, at, _ROWS["h"] + 20, "x"), _box("x", at, t)]
        if t:
            parts.append(_arrow(at - _PITCH + 25, _ROWS["h"], at - 25, _ROWS["h"], "h"))
        if y == "y":
            parts += [_arrow(at, _ROWS["h"] - 20, at, _ROWS["y"] + 20, "y"), _box("y", at, t)]
        parts.append(_box("h", at, t, filled=True))
    return "".join(parts)


def _box(name, x, t, filled=False):
    width, height = _BOX
    ink, y = QUANTITIES[name].colour, _ROWS[name]
    words = tspans(symbol(name).replace("<sub>t</sub>", f"<sub>{t}</sub>"), small=20)
    return (
        f'<g class="lv-node"><rect x="{x - width / 2}" y="{y - height / 2}" width="{width}" height="{height}" rx="7"'
        f' fill="{tint(ink, 0.16) if filled else PAPER}" stroke="{ink}" stroke-width="2.5"/>'
        f'<text x="{x}" y="{y + 6}" text-anchor="middle">{words}</text></g>'
    )


def _arrow(x0, y0, x1, y1, name):
    """A straight line, level or upwards, with its head."""
    ink = QUANTITIES[name].colour
    dx, dy = (0, 1) if x0 == x1 else (-1, 0)
    head = f"{x1},{y1} {x1 + 9 * dx - 5 * dy},{y1 + 9 * dy - 5 * dx} {x1 + 9 * dx + 5 * dy},{y1 + 9 * dy + 5 * dx}"
    return (
        f'<path d="M{x0} {y0}L{x1 + 4 * dx} {y1 + 4 * dy}" stroke="{ink}" stroke-width="3"/>'
        f'<polygon points="{head}" fill="{ink}"/>'
    )

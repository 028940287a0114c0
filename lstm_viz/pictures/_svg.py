"""How a declared graph of operations is drawn as SVG: boxes, circles, wires with rounded corners, chips with values.

What is drawn is what is declared: a wire's path begins and ends at the nodes it names, and its chip shows the
quantity it names. So a test that executes the graph tests the picture.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

import numpy as np

from lstm_viz.cells import ACTIVATIONS
from lstm_viz.pictures._notation import SIGNS, runs, symbol
from lstm_viz.pictures.style import DIVERGING, FONT, INK, MUTED, PAPER, QUANTITIES, SEQUENTIAL

WIDTH = 812  # of every diagram, in its own units; the smallest text is 13 px where these are shown as 480 px
BASE, SMALL = 24, 22  # sizes of text and of subscripts, in those units
CHIP, TALL = 60, 84  # height of a chip, and of one whose number stands below the symbol
CELL_PAPER = "#f3f6f9"  # the inside of a cell
LEVELS = 33  # colours of a strip; odd, so that the middle one stands for 0
CELLS = 64  # most cells that a strip is divided into


@dataclass(frozen=True)
class Node:
    """One operation on vectors.

    kind: "layer" (learned), "pointwise", "concatenate", "copy", "delay" (the value of the timestep before), "input" or
    "output" (an end of the picture).
    operation: an activation's name for a layer or a pointwise function, else "*", "+" or "1-"; "" where nothing is
    computed. inputs, output: the quantities it reads and gives. block: which block of the weights a layer has.
    """

    name: str
    kind: str
    at: tuple[float, float]
    inputs: tuple[str, ...] = ()
    output: str = ""
    operation: str = ""
    block: str = ""
    title: str = ""
    parts: str = ""


@dataclass(frozen=True)
class Wire:
    """A vector on its way from one node to another; `via` are the corners.

    chip = (x, y, width) or (x, y, width, "tall") shows its values; label: its symbol, where that is not its name's.
    over: it crosses another wire, as over a bridge. thick: the line that the picture is about.
    """

    quantity: str
    source: str
    target: str
    via: tuple = ()
    chip: tuple | None = None
    parts: str = ""
    label: str = ""
    over: bool = False
    thick: bool = False


@dataclass(frozen=True)
class Graph:
    """A cell as a picture: its operations, the wires between them, and the steps in which it is told.

    steps: name of the step -> sentence shown while it is highlighted. frame: (x, y, width, height) of the cell's box.
    notes: (x, y, text, parts) in small print. legend: its place. moves: how far the frame moves from one column to the
    next, where it marks the current timestep instead.
    """

    kind: str
    height: float
    frame: tuple
    nodes: tuple[Node, ...]
    wires: tuple[Wire, ...]
    steps: dict = field(default_factory=dict)
    notes: tuple = ()
    legend: tuple | None = None
    moves: float = 0

    def node(self, name):
        return next(n for n in self.nodes if n.name == name)


# --- symbols ----------------------------------------------------------------------------------------------


def _tspans(text):
    out, lowered = [], False
    for word, sub, slanted in runs(text):
        shift = "" if sub == lowered else f' dy="{6 if sub else -6}"'
        size = f' font-size="{SMALL}"' if sub else ""
        slant = ' font-style="italic"' if slanted else ""
        live, word = (f' data-text="{word[1:-1]}"', " ") if word.startswith("{") else ("", escape(word))
        out.append(f"<tspan{shift}{size}{slant}{live}>{word}</tspan>")
        lowered = sub
    return "".join(out)


# --- colours ----------------------------------------------------------------------------------------------


def colour(quantity):
    """The colour of a wire: that of its quantity, of the state it is made from, or of the candidate."""
    for name in (quantity, *reversed(re.findall(r"[a-z]\w*", quantity))):
        name = {"c_tm1": "c", "h_tm1": "h", "recurrent_h": "h", "h_before": "h"}.get(name, name)
        if name in QUANTITIES:
            return QUANTITIES[name].colour
    return INK


def tint(hex_colour, strength):
    """The colour mixed into the paper."""
    mix = (1 - strength) * _rgb(PAPER) + strength * _rgb(hex_colour)
    return _hex(mix)


def _rgb(hex_colour):
    return np.array([int(hex_colour[k : k + 2], 16) for k in (1, 3, 5)], float)


def _hex(rgb):
    return "#" + "".join(f"{round(float(v)):02x}" for v in rgb)


def palette(scale):
    """A colour scale of `style` in LEVELS colours."""
    places, colours = zip(*scale, strict=True)
    channels = np.array([_rgb(c) for c in colours])
    at = np.linspace(0, 1, LEVELS)
    return [_hex(rgb) for rgb in np.column_stack([np.interp(at, places, c) for c in channels.T])]


#: whose scale a quantity shares, so that one colour means one value along a line of the picture
_SCALES = {
    "c_tm1": "c",
    "f*c_tm1": "c",
    "i*c_tilde": "c",
    "h_tm1": "h",
    "h_before": "h",
    "z*h_tm1": "h",
    "(1-z)*h_tilde": "h",
    "r*h_tm1": "h",
    "r*recurrent_h": "recurrent_h",
    "1-z": "z",
}


def value_range(quantity, quantities):
    """(low, high) of a strip's colours: [0, 1] for gates, else symmetric about 0, as far as the values of its scale go.

    A fixed range of `style` holds where the values stay inside it (with relu they need not).
    """

    def scale(name):
        name = name.split("@")[0]
        return _SCALES.get(name, name)

    name = scale(quantity)
    style = QUANTITIES.get(name)
    if style and style.low == 0.0:
        return 0.0, 1.0
    largest = max(float(np.max(np.abs(v), initial=0.0)) for q, v in quantities.items() if scale(q) == name)
    limit = style.high if style and style.high and largest <= style.high else largest or 1.0
    return -limit, limit


# --- drawing ----------------------------------------------------------------------------------------------


def number(value):
    return f"{value:g}" if value == round(value) else f"{value:.2f}"


def _part(parts):
    return f' data-part="{parts}"' if parts else ""


def _strip(quantity, quantities, x, y, width, height=11):
    n = quantities[quantity].shape[1]
    group = -(-n // CELLS)
    cells = -(-n // group)
    low, high = value_range(quantity, quantities)
    cell = width / cells
    colours = " ".join(palette(SEQUENTIAL if low == 0 else DIVERGING))
    rects = "".join(
        f'<rect x="{number(k * cell)}" width="{number(cell)}" height="{height}" fill="{PAPER}"/>' for k in range(cells)
    )
    return (
        f'<g transform="translate({number(x)} {number(y)})">'
        f'<g data-strip="{escape(quantity)}" data-low="{low!r}" data-span="{high - low!r}" data-group="{group}"'
        f' data-colours="{colours}" shape-rendering="crispEdges">{rects}</g>'
        f'<rect width="{number(width)}" height="{height}" fill="none" stroke="{MUTED}" stroke-width="0.8"/>'
        "</g>"
    )


def _unit_mark(x, y, width, units):
    """A frame around the chosen unit's cell of a strip."""
    group = -(-units // CELLS)
    cell = width / -(-units // group)
    size = max(cell, 5)
    return (
        f'<g transform="translate({number(x + (cell - size) / 2)} {number(y - 2.5)})">'
        f'<rect data-shift="unit" data-by="{cell / group!r}" transform="translate(0 0)" width="{number(size)}"'
        f' height="16" rx="1.5" fill="none" stroke="{INK}" stroke-width="2.2"/></g>'
    )


def chip(wire, quantities, units=None, text=None):
    """A white card on a wire: the symbol, the chosen unit's number in bold, the strip of all units.

    `units`: how many units the chooser has, or None if the quantity has nothing to do with it (the input); then the
    number is shown only where there is but one. text: name of a text to be shown before it.
    """
    x, y, width, *tall = wire.chip
    height = TALL if tall else CHIP
    left, right, top, bottom = x - width / 2, x + width / 2, y - height / 2, y + height / 2
    quantity = escape(wire.quantity)
    if units is not None:
        value = f'<tspan data-value="{quantity}">0.00</tspan>'
    elif quantities[wire.quantity].shape[1] == 1:
        value = f'<tspan data-value="{quantity}" data-index="0">0.00</tspan>'
    else:
        value = ""
    words = f'<tspan data-text="{text}" font-weight="400"> </tspan>' if text else ""
    gap = "<tspan> </tspan>" if words and value else ""
    card = (
        f'<rect x="{number(left)}" y="{number(top)}" width="{number(width)}" height="{height}" rx="9"'
        f' fill="{PAPER}" stroke="{{}}" stroke-width="2.5"/>'
    )
    symbol_at = f'x="{number(x)}" text-anchor="middle"' if tall else f'x="{number(left + 8)}"'
    number_at = f'x="{number(x)}" text-anchor="middle"' if tall else f'x="{number(right - 8)}" text-anchor="end"'
    return (
        # the card lies outside what is dimmed, so that no wire shines through a dimmed chip
        f'{card.format(PAPER)}<g class="lv-chip"{_part(wire.parts)}>{card.format(colour(wire.quantity))}'
        f'<text {symbol_at} y="{number(top + 26)}" class="lv-symbol" data-label="{quantity}">'
        f"{_tspans(wire.label or symbol(wire.quantity))}</text>"
        f'<text {number_at} y="{number(bottom - 34 + (4 if tall else 0))}" class="lv-number">{words}{gap}{value}</text>'
        + _strip(wire.quantity, quantities, left + 8, bottom - 19, width - 16)
        + ("" if units is None else _unit_mark(left + 8, bottom - 19, width - 16, units))
        + "</g>"
    )


_HALF = {"layer": (52, 31), "pointwise": (18, 18), "function": (38, 19), "delay": (100, 22)}  # half the size of a node


def shape(node):
    """Half the width and height of a node as it is drawn; 0 for a point."""
    kind = "function" if node.kind == "pointwise" and node.operation in ACTIVATIONS else node.kind
    return _HALF.get(kind, (0, 0))


def path_of(graph, wire):
    """The corners of a wire, from the edge of its source to the edge of its target."""
    source, target = graph.node(wire.source), graph.node(wire.target)
    points = [source.at, *wire.via, target.at]
    return [_edge(source, points[1]), *wire.via, _edge(target, points[-2])]


def _edge(node, towards):
    half_width, half_height = shape(node)
    (x, y), (to_x, to_y) = node.at, towards
    if abs(to_x - x) > abs(to_y - y):
        return x + np.sign(to_x - x) * half_width, y
    return x, y + np.sign(to_y - y) * half_height


def _arrow(points):
    (x0, y0), (x1, y1) = points[-2:]
    dx, dy = np.sign(x1 - x0), np.sign(y1 - y0)
    corners = [(x1, y1), (x1 - 13 * dx - 7 * dy, y1 - 13 * dy - 7 * dx), (x1 - 13 * dx + 7 * dy, y1 - 13 * dy + 7 * dx)]
    return " ".join(f"{number(x)},{number(y)}" for x, y in corners)


def rounded(points, radius=14):
    """An SVG path through the points, its corners rounded."""
    (x, y), *rest = points
    out = [f"M{number(x)} {number(y)}"]
    for k, (cx, cy) in enumerate(rest[:-1]):
        before, after = points[k], rest[k + 1]
        out.append("L{} {}".format(*map(number, _short_of((cx, cy), before, radius))))
        out.append("Q{} {} {} {}".format(*map(number, (cx, cy, *_short_of((cx, cy), after, radius)))))
    out.append("L{} {}".format(*map(number, rest[-1])))
    return "".join(out)


def _short_of(corner, end, radius):
    (x, y), (ex, ey) = corner, end
    return x + np.clip(ex - x, -radius, radius), y + np.clip(ey - y, -radius, radius)


def draw_wire(graph, wire):
    points = path_of(graph, wire)
    target = graph.node(wire.target)
    pointed = target.kind in ("layer", "pointwise", "delay", "output")
    line = list(points)
    if pointed:  # the line ends inside its arrowhead, not at the tip, which would look blunt
        (x0, y0), (x1, y1) = points[-2:]
        line[-1] = (x1 - 6 * np.sign(x1 - x0), y1 - 6 * np.sign(y1 - y0))
    ink = colour(wire.quantity)
    head = f'<polygon points="{_arrow(points)}" fill="{ink}"/>' if pointed else ""
    bridge = ""
    if wire.over:  # a gap in what lies under the straight pieces
        for (x0, y0), (x1, y1) in pairwise(line):
            dx, dy = np.clip(x1 - x0, -16, 16), np.clip(y1 - y0, -16, 16)
            ends = f"M{number(x0 + dx)} {number(y0 + dy)}L{number(x1 - dx)} {number(y1 - dy)}"
            bridge += f'<path d="{ends}" stroke="{CELL_PAPER}" stroke-width="14"/>'
    return (
        f'{bridge}<g class="lv-wire" data-wire="{escape(wire.quantity)}"{_part(wire.parts)}>'
        f'<path d="{rounded(line)}" fill="none" stroke="{ink}"'
        f' stroke-width="{6 if wire.thick else 4}"/>{head}</g>'
    )


def draw_node(node):
    x, y = node.at
    half_width, half_height = shape(node)
    ink = colour(node.output)
    part = _part(node.parts)
    sign = escape(SIGNS.get(node.operation, node.operation))
    sign_y, title_y = (y - 5, y + 20) if node.title else (y + 8, y)
    if node.kind == "layer":
        at = f'x="{number(x)}" y="{number(title_y)}" text-anchor="middle"'
        title = f'<text {at} class="lv-word">{escape(node.title)}</text>' if node.title else ""
        return (
            f'<g class="lv-node"{part}><rect x="{number(x - half_width)}" y="{number(y - half_height)}"'
            f' width="{2 * half_width}" height="{2 * half_height}" rx="7" fill="{tint(ink, 0.16)}" stroke="{ink}"'
            f' stroke-width="3"/><text x="{number(x)}" y="{number(sign_y)}" text-anchor="middle" class="lv-sign">{sign}'
            f"</text>{title}</g>"
        )
    if node.kind == "pointwise":
        return (
            f'<g class="lv-node"{part}><rect x="{number(x - half_width)}" y="{number(y - half_height)}"'
            f' width="{2 * half_width}" height="{2 * half_height}" rx="{half_height}" fill="{PAPER}" stroke="{INK}"'
            f' stroke-width="3"/><text x="{number(x)}" y="{number(y + (7 if half_width > half_height else 9))}"'
            f' text-anchor="middle" class="lv-sign">{sign}</text></g>'
        )
    if node.kind == "delay":
        return (
            f'<g class="lv-node"{part}><rect x="{number(x - half_width)}" y="{number(y - half_height)}"'
            f' width="{2 * half_width}" height="{2 * half_height}" rx="{half_height}" fill="{PAPER}" stroke="{MUTED}"'
            f' stroke-width="2.5" stroke-dasharray="7 5"/><text x="{number(x)}" y="{number(y + 7)}"'
            f' text-anchor="middle" class="lv-word">{escape(node.title)}</text></g>'
        )
    if node.kind == "copy":
        return f'<g class="lv-node"{part}><circle cx="{x}" cy="{y}" r="6" fill="{ink}"/></g>'
    return ""


def draw(graph, quantities, units, texts=(), legend=True, title=""):
    """The graph as an SVG string, with the `data-` attributes that `live_markup` describes."""
    captions = [f'<text x="16" y="29" class="lv-title">{title}</text>']
    dim = []
    for step, sentence in graph.steps.items():
        captions.append(f'<text x="16" y="29" class="lv-caption lv-when-{step}">{_caption(sentence)}</text>')
        dim.append(f".lv-diagram[data-step={step}] [data-part]:not([data-part~={step}])")
    css = (
        f".lv-diagram text{{fill:{INK};font-size:{BASE}px}}"
        ".lv-diagram .lv-symbol{white-space:pre}"
        ".lv-diagram .lv-number{font-weight:700;font-variant-numeric:tabular-nums}"
        f".lv-diagram :is(.lv-word,.lv-note,.lv-title,.lv-caption){{font-size:{SMALL}px}}"
        ".lv-diagram :is(.lv-sign,.lv-masked,.lv-title,.lv-caption){font-weight:600}"
        f".lv-diagram .lv-note{{fill:{MUTED}}}"
        ".lv-diagram .lv-caption{display:none}"
    )
    for step in graph.steps:
        on = f".lv-diagram[data-step={step}]"
        css += f"{on} .lv-title{{display:none}}{on} .lv-when-{step}{{display:inline}}"
    if dim:
        css += ",".join(dim) + "{opacity:.45}"
    x, y, width, height = graph.frame
    bottom = graph.height + (34 if "mask" in texts else 0)
    body = [f'<rect width="{WIDTH}" height="{bottom}" rx="12" fill="{PAPER}"/>', *captions]
    frame = f'width="{width}" height="{height}" rx="24" fill="{CELL_PAPER}" stroke="{MUTED}" stroke-width="2"'
    if graph.moves:
        body.append(
            f'<g transform="translate({x} {y})"><rect data-shift="column" data-by="{graph.moves}" {frame}'
            f' stroke-dasharray="8 5"/></g>'
        )
    else:
        body.append(f'<rect x="{x}" y="{y}" {frame}/>')
    body += [draw_wire(graph, w) for w in graph.wires]
    body += [draw_node(n) for n in graph.nodes]
    for wire in graph.wires:
        if wire.chip:
            of_input = wire.quantity.split("@")[0] == "x"
            text = wire.quantity.replace("x", "label")
            body.append(
                chip(
                    wire,
                    quantities,
                    units=None if of_input else units,
                    text="label" if wire.quantity == "x" and "label" in texts else None,
                )
            )
            if of_input and text != "label" and text in texts:  # too narrow for a word: below
                x, y, *_ = wire.chip
                body.append(
                    f'<text x="{number(x)}" y="{number(y + CHIP / 2 + 24)}" text-anchor="middle" class="lv-word"'
                    f' data-text="{text}"> </text>'
                )
    body += [
        f'<text x="{a}" y="{b}" class="lv-note"{_part(p)}>{_caption(text)}</text>' for a, b, text, p in graph.notes
    ]
    if "mask" in texts:
        body.append(f'<text x="16" y="{bottom - 14}" class="lv-masked" data-text="mask"> </text>')
    if legend and graph.legend:
        body.append(draw_legend(*graph.legend))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom}" width="100%" role="img"'
        f' aria-label="" class="lv-diagram" data-step="" font-family="{escape(FONT)}"'
        f' style="display:block;max-width:760px">'
        f"<title>{escape(graph.kind)} cell</title><style>{css}</style>{''.join(body)}</svg>"
    )


def _caption(text):
    """A sentence with symbols in it; words with a subscript are set as symbols, the others as they are."""
    out, lowered = [], False
    for piece in re.split(r"([^ ]*<sub>[^ ]*)", text):
        if "<sub>" in piece:
            out.append(_tspans(piece))
            lowered = piece.endswith("</sub>")
        elif piece:
            out.append(f'<tspan dy="-6">{escape(piece)}</tspan>' if lowered else escape(piece))
            lowered = False
    return "".join(out)


def draw_legend(x, y):
    """What line, circle, box, merge and fork stand for (the five signs, in two rows)."""
    ink = f'stroke="{MUTED}" stroke-width="3" fill="none"'
    word = f'class="lv-note" fill="{MUTED}"'
    thin = f'fill="none" stroke="{MUTED}" stroke-width="0.8"'
    colours = palette(SEQUENTIAL)
    cells = "".join(
        f'<rect x="{9 * k}" width="9" height="11" fill="{colours[level]}"/>' for k, level in enumerate((6, 26, 14, 30))
    )
    return (
        f'<g class="lv-legend" transform="translate({x} {y})">'
        f'<path d="M0 0H30" {ink}/><text x="38" y="7" {word}>vector</text>'
        f'<circle cx="132" cy="0" r="11" {ink}/><text x="151" y="7" {word}>pointwise</text>'
        f'<rect x="264" y="-11" width="34" height="22" rx="4" {ink}/><text x="306" y="7" {word}>learned layer</text>'
        f'<path d="M0 26H34M6 44Q20 44 24 26" {ink}/><text x="42" y="41" {word}>concatenate</text>'
        f'<path d="M186 26H220M200 26Q204 44 218 44" {ink}/><circle cx="200" cy="26" r="5" fill="{MUTED}"/>'
        f'<text x="228" y="41" {word}>copy</text>'
        f'<g transform="translate(300 28)">{cells}<rect width="36" height="11" {thin}/>'
        f'<rect x="8" y="-2.5" width="11" height="16" rx="1.5" fill="none" stroke="{INK}" stroke-width="2.2"/></g>'
        f'<text x="344" y="41" {word}>all units</text>'
        "</g>"
    )

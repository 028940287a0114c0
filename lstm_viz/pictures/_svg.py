"""How a declared diagram is drawn as SVG: boxes, circles, edges with rounded corners, chips with values.

What is drawn is what is declared: an edge's path begins and ends at the nodes it names, and its chip shows the
quantity it names. So a test that executes the declaration tests the picture.
"""

from __future__ import annotations

import math
import re
from html import escape
from itertools import pairwise

import numpy as np

from lstm_viz.pictures._notation import SIGNS, runs, symbol
from lstm_viz.pictures._svg_colours import choosing, colour, palette, strip_range, tint
from lstm_viz.pictures._svg_legend import draw_legend
from lstm_viz.pictures.style import CELL_PAPER, FONT, INK, MUTED, PAPER, colour_scale
from lstm_viz.pictures.text_width import text_width

BASE, SMALL = 28, 27  # sizes of text and of subscripts; 27 is 11 px where a diagram is 326 px wide, 16 px at 480
CHIP, FLAT = 92, 62  # height of a chip, and of one whose number stands beside the symbol
PAD = 8  # inside a chip, left and right
CELLS = 64  # most cells that a strip is divided into


# --- symbols ----------------------------------------------------------------------------------------------


def tspans(text, small=SMALL):
    out, lowered = [], False
    for word, sub, slanted in runs(text):
        shift = "" if sub == lowered else f' dy="{6 if sub else -6}"'
        size = f' font-size="{small}"' if sub else ""
        slant = ' font-style="italic"' if slanted else ""
        live, word = (f' data-text="{word[1:-1]}"', " ") if word.startswith("{") else ("", escape(word))
        out.append(f"<tspan{shift}{size}{slant}{live}>{word}</tspan>")
        lowered = sub
    return "".join(out)


# --- drawing ----------------------------------------------------------------------------------------------


def number(value):
    return f"{value:g}" if value == round(value) else f"{value:.2f}"


def _part(parts):
    return f' data-part="{parts}"' if parts else ""


def _strip(quantity, quantities, x, y, width, height=11):
    n = quantities[quantity].shape[1]
    group = -(-n // CELLS)
    cells = -(-n // group)
    low, high = strip_range(quantity, quantities)
    cell = width / cells
    colours = " ".join(palette(colour_scale(colour(quantity), low)))
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


def room_of_label(graph, numbers):
    """The width that a word has on the chip of the input, beside symbol and number; unrolled it stands below.

    numbers: of how many the input consists; only one is written out.
    """
    chip = next(e.chip for e in graph.edges if e.quantity in ("x", "x@0") and e.chip)
    if "flat" not in chip:
        return graph.moves - 2 * PAD
    widest = text_width(" -12.30", BASE, bold=True) if numbers == 1 else 0
    return chip[2] - 2 * PAD - text_width("xt", BASE) - 14 - widest


def draw_chip(edge, quantities, units=None, text=None):
    """A white card on an edge: the symbol, the chosen unit's number in bold, the strip of all units.

    `units`: how many units the chooser has, or None if the quantity has nothing to do with it (the input); then the
    number is shown only where there is but one. text: name of a text to be shown before it.
    """
    x, y, width, *flat = edge.chip
    height = FLAT if flat else CHIP
    left, right, top, bottom = x - width / 2, x + width / 2, y - height / 2, y + height / 2
    quantity = escape(edge.quantity)
    known = edge.quantity in quantities  # else only its name is told
    if not known:
        value = ""
    elif units is not None:
        value = f'<tspan data-value="{quantity}">0.00</tspan>'
    elif quantities[edge.quantity].shape[1] == 1:
        value = f'<tspan data-value="{quantity}" data-index="0">0.00</tspan>'
    else:
        value = ""
    if text and not flat:  # too narrow for both
        value = ""
    words = f'<tspan data-text="{text}" font-weight="400"> </tspan>' if text else ""
    words += "<tspan> </tspan>" if words and value else ""
    card = (
        f'<rect x="{number(left)}" y="{number(top)}" width="{number(width)}" height="{height}" rx="9"'
        f' fill="{PAPER}" stroke="{{}}" stroke-width="2.5"/>'
    )
    symbol_y = top + 29 if known else y + 9
    symbol_at = f'x="{number(left + PAD)}"' if flat else f'x="{number(x)}" text-anchor="middle"'
    number_at = f'x="{number(right - PAD)}" text-anchor="end"' if flat else f'x="{number(x)}" text-anchor="middle"'
    return (
        # the card lies outside what is dimmed, so that no edge shines through a dimmed chip
        f'{card.format(PAPER)}<g class="lv-chip"{_part(edge.parts)}{choosing(edge.quantity)}>'
        f"{card.format(colour(edge.quantity))}"
        f'<text {symbol_at} y="{number(symbol_y)}" class="lv-symbol" data-label="{quantity}">'
        f"{tspans(edge.label or symbol(edge.quantity))}</text>"
        f'<text {number_at} y="{number(top + (30 if flat else 69))}" class="lv-number">{words}{value}</text>'
        + (_strip(edge.quantity, quantities, left + PAD, bottom - 17, width - 2 * PAD) if known else "")
        + ("" if units is None or not known else _unit_mark(left + PAD, bottom - 17, width - 2 * PAD, units))
        + "</g>"
    )


#: half the width and height of a node as it is drawn
_HALF = {"layer": (58, 38), "pointwise": (18, 18), "function": (46, 19), "delay": (106, 22), "readout": (60, 24)}


def shape(node):
    """Half the width and height of a node as it is drawn; 0 for a point."""
    kind = "function" if node.kind == "pointwise" and node.operation not in ("*", "+", "1-") else node.kind
    width, height = _HALF.get(kind, (0, 0))
    if kind == "layer":
        words = (node.title, SMALL), (SIGNS.get(node.operation, node.operation), BASE)
        width = max([width, *(text_width(word, size, bold=size == BASE) / 2 + 4 for word, size in words)])
    elif kind == "function" or node.operation == "1-":
        width = max(width if kind == "function" else 0, text_width(_sign(node), BASE, bold=True) / 2 + 8)
    return width, height


def _sign(node):
    return SIGNS.get(node.operation, node.operation)


def path_of(graph, edge):
    """The corners of an edge, from the edge of its source to the edge of its target."""
    source, target = graph.node(edge.source), graph.node(edge.target)
    points = [source.at, *edge.via, target.at]
    return [_border(source, points[1]), *edge.via, _border(target, points[-2])]


def _border(node, towards):
    """Where a straight piece from `towards` meets the node; it may come in beside the node's middle."""
    half_width, half_height = shape(node)
    (x, y), (to_x, to_y) = node.at, towards
    if abs(to_x - x) < half_width and abs(to_y - y) > half_height:
        return to_x, y + np.sign(to_y - y) * half_height
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


def draw_edge(graph, edge):
    points = path_of(graph, edge)
    target = graph.node(edge.target)
    pointed = target.kind in ("layer", "pointwise", "delay", "readout", "output")
    line = list(points)
    if pointed:  # the line ends inside its arrowhead, not at the tip, which would look blunt
        (x0, y0), (x1, y1) = points[-2:]
        line[-1] = (x1 - 6 * np.sign(x1 - x0), y1 - 6 * np.sign(y1 - y0))
    ink = colour(edge.quantity)
    head = f'<polygon points="{_arrow(points)}" fill="{ink}"/>' if pointed else ""
    bridge = ""
    if edge.over:  # a gap in what lies under the straight pieces
        for (x0, y0), (x1, y1) in pairwise(line):
            dx, dy = np.clip(x1 - x0, -16, 16), np.clip(y1 - y0, -16, 16)
            ends = f"M{number(x0 + dx)} {number(y0 + dy)}L{number(x1 - dx)} {number(y1 - dy)}"
            bridge += f'<path d="{ends}" stroke="{CELL_PAPER}" stroke-width="14"/>'
    return (
        f'{bridge}<g class="lv-edge" data-edge="{escape(edge.quantity)}"{_part(edge.parts)}'
        f"{choosing(edge.quantity)}>"
        f'<path d="{rounded(line)}" fill="none" stroke="{ink}"'
        f' stroke-width="{6 if edge.thick else 4}"/>{head}</g>'
    )


def draw_node(node):
    x, y = node.at
    half_width, half_height = shape(node)
    ink = colour(node.output)
    part = _part(node.parts) + choosing(node.output)
    sign = escape(_sign(node))
    sign_y, title_y = (y - 7, y + 28) if node.title else (y + 10, y)
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
            f' stroke-width="3"/><text x="{number(x)}" y="{number(y + 10)}"'
            f' text-anchor="middle" class="lv-sign">{sign}</text></g>'
        )
    if node.kind in ("delay", "readout"):
        ink, round_, fill = (MUTED, half_height, PAPER) if node.kind == "delay" else (ink, 7, tint(ink, 0.16))
        return (
            f'<g class="lv-node"{part}><rect x="{number(x - half_width)}" y="{number(y - half_height)}"'
            f' width="{2 * half_width}" height="{2 * half_height}" rx="{round_}" fill="{fill}" stroke="{ink}"'
            f' stroke-width="2.5" stroke-dasharray="7 5"/><text x="{number(x)}" y="{number(y + 9)}"'
            f' text-anchor="middle" class="lv-word">{escape(node.title)}</text></g>'
        )
    if node.kind == "copy":
        return f'<g class="lv-node"{part}><circle cx="{x}" cy="{y}" r="6" fill="{ink}"/></g>'
    return ""


def draw(graph, quantities, units, texts=(), legend=True, title=""):
    """The graph as an SVG string, with the `data-` attributes that `live_markup` describes."""
    inner, bottom = drawn(graph, quantities, units, texts, legend, title)
    tall = math.ceil(bottom * 16 / SMALL)  # so high that no text is under 16 px
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {graph.width} {bottom}" width="100%" role="img"'
        f' aria-label="" class="lv-diagram" data-step="" font-family="{escape(FONT)}"'
        f' style="display:block;max-width:760px;--lv-tall:{tall}px">'
        f"<title>{escape(graph.kind)} cell</title><style>{style_of(graph.steps)}</style>{inner}</svg>"
    )


def style_of(steps):
    """The style sheet of diagrams that are told in these steps; `data-step` stands on the picture's root."""
    css = (
        f".lv-diagram text{{fill:{INK};font-size:{BASE}px}}"
        ".lv-diagram .lv-symbol{white-space:pre}"
        ".lv-diagram .lv-number{font-weight:700;font-variant-numeric:tabular-nums}"
        f".lv-diagram :is(.lv-word,.lv-note,.lv-title,.lv-caption){{font-size:{SMALL}px}}"
        ".lv-diagram :is(.lv-sign,.lv-masked){font-weight:600}"
        f".lv-diagram .lv-note{{fill:{MUTED}}}"
        f".lv-diagram .lv-caption{{display:none}}.lv-diagram .lv-token text{{fill:{PAPER};font-weight:700}}"
        ".lv-diagram[data-chosen] :is(.lv-edge,.lv-node,.lv-chip):not([data-on]){opacity:.5}"
        ".lv-diagram .lv-edge[data-on] path{stroke-width:9}"
        ".lv-diagram :is(.lv-chip[data-on] rect[rx='9'],.lv-node[data-on] rect){stroke-width:5.5}"
    )
    for step in steps:
        on = f".lv-diagram[data-step={step}]"
        css += f"{on} .lv-title{{display:none}}{on} .lv-when-{step}{{display:inline}}"
    dim = [f".lv-diagram[data-step={step}] [data-part]:not([data-part~={step}])" for step in steps]
    return css + (",".join(dim) + "{opacity:.45}" if dim else "")


def drawn(graph, quantities, units, texts=(), legend=True, title=""):
    """What stands inside the SVG of a graph, and its height."""
    captions = [f'<text x="16" y="28" class="lv-title">{title}</text>'] if title else []
    for step, sentence in graph.steps.items():
        captions.append(f'<text x="16" y="28" class="lv-caption lv-when-{step}">{_caption(sentence)}</text>')
    x, y, width, height = graph.frame
    bottom = graph.height + (34 if "mask" in texts else 0)
    body = [f'<rect width="{graph.width}" height="{bottom}" rx="12" fill="{PAPER}"/>', *captions]
    frame = f'width="{width}" height="{height}" rx="24" fill="{CELL_PAPER}" stroke="{MUTED}" stroke-width="2"'
    if graph.moves:
        body.append(
            f'<g transform="translate({x} {y})"><rect data-shift="column" data-by="{graph.moves}" {frame}'
            f' stroke-dasharray="8 5"/></g>'
        )
    else:
        body.append(f'<rect x="{x}" y="{y}" {frame}/>')
    body += [draw_edge(graph, e) for e in graph.edges]
    body += [draw_node(n) for n in graph.nodes]
    for edge in graph.edges:
        if edge.chip:
            base = edge.quantity.split("@")[0]
            label = edge.quantity.replace("x", "label")
            label = label if base == "x" and label in texts else None
            below = label and graph.moves  # too narrow for a word: below
            body.append(
                draw_chip(
                    edge,
                    quantities,
                    units=None if base in ("x", "y") else units,
                    text=None if below else label,
                )
            )
            if below:
                x, y, *_ = edge.chip
                body.append(
                    f'<text x="{number(x)}" y="{number(y + CHIP / 2 + 32)}" text-anchor="middle" class="lv-word"'
                    f' data-text="{label}"> </text>'
                )
    body += [
        f'<text x="{a}" y="{b}" class="lv-note"{_part(p)}>{_caption(text)}</text>' for a, b, text, p in graph.notes
    ]
    if "mask" in texts:
        body.append(f'<text x="16" y="{bottom - 14}" class="lv-masked" data-text="mask"> </text>')
    if legend and graph.legend:
        body.append(draw_legend(*graph.legend))
    return "".join(body), bottom


def _caption(text):
    """A sentence with symbols in it; words with a subscript are set as symbols, the others as they are."""
    out, lowered = [], False
    for piece in re.split(r"([^ ]*<sub>[^ ]*)", text):
        if "<sub>" in piece:
            out.append(tspans(piece))
            lowered = piece.endswith("</sub>")
        elif piece:
            out.append(f'<tspan dy="-6">{escape(piece)}</tspan>' if lowered else escape(piece))
            lowered = False
    return "".join(out)

"""The chain of modules: one timestep's cell opened, between those of the timestep before and of the one after."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstm_viz.cells import checks
from lstm_viz.cells.declarations import Diagram, Edge, Node
from lstm_viz.pictures._notation import MASKED, activation_of, check_labels, pictured, symbol, value
from lstm_viz.pictures._svg import BASE, CHIP, PAD, drawn, number, room_of_label, style_of
from lstm_viz.pictures.live_markup import LiveMarkup
from lstm_viz.pictures.style import FONT, INK, MUTED, PAPER

__all__ = ["chain"]

_CARD = 130  # width of a card beside a closed module
_BEFORE, _AFTER = 220, 330  # widths of the closed modules, with their lines
_NARROW = 640  # pixels below which the modules stand below each other


def chain(trace, *, labels=None, legend=True):
    """Three modules of the unrolled cell: timestep t opened, as `diagram` draws it, t-1 and t+1 closed, one line each.

    The lines between the modules carry what the cell hands on to its next timestep: c and h of an LSTM, h of the
    others. trace: of one sequence, values (timesteps, units). labels, legend, result and errors as in `lstm_diagram`.
    """
    declared = pictured(trace)
    legend = checks.flag(legend, "legend")
    graph = declared.module or declared.diagram
    graph = replace(graph, nodes=tuple(_in_a_chain(trace, n, graph.width) for n in graph.nodes))
    carried = [(node.output, node.at[1]) for node in graph.nodes if node.kind == "input" and node.at[0] == 0]
    quantities = {e.quantity: value(trace, e.quantity) for e in graph.edges if e.chip}
    texts = {"mask": ["" if used else MASKED for used in trace.mask]} if trace.mask is not None else {}
    now = np.arange(len(trace))
    for way, name in ((-1, "before"), (1, "after")):
        at = np.clip(now + way, 0, len(trace) - 1)
        quantities[name] = (at != now).astype(float)[:, None]
        quantities[f"nothing {name}"] = 1 - quantities[name]
        quantities |= {f"{q}@{way}": getattr(trace, q)[at] for q in ("x", *(_state(q) for q, _ in carried))}
        texts[name] = [f"t = {t}" for t in at]
        if labels is not None:
            words = check_labels(labels, trace, _CARD - 2 * PAD, BASE)
            texts[f"label@{way}"] = [words[t] for t in at]
    if labels is not None:
        texts["label"] = check_labels(labels, trace, room_of_label(graph, trace.input_dim), BASE)
    shown = {"quantities": quantities, "units": trace.units, "texts": texts, "legend": legend}
    title = f'{trace.kind} as a chain, t = <tspan data-now="t">0</tspan>, unit <tspan data-now="unit">0</tspan>'
    inner, bottom = drawn(graph, **shown, title=title)
    shown["texts"] = {name: words for name, words in texts.items() if name != "mask"}
    before, after = (_closed(graph, carried, way, shown) + _banner(carried, way, shown) for way in (-1, 1))
    return LiveMarkup(
        markup=_html(before, _svg(inner, graph.width, bottom, "lv-now"), after, graph.steps),
        quantities=quantities,
        texts=texts,
        timesteps=len(trace),
        units=trace.units,
        alt=f"Chain of modules around timestep {{t}}. {graph.alt}",
        steps=tuple(graph.steps),
    )


def _in_a_chain(trace, node, width):
    """The node with the activation it has in this cell; what leaves to the right goes on into the next module."""
    goes_on = node.kind == "output" and node.at[0] == width
    return replace(node, operation=activation_of(trace, node), kind="end" if goes_on else node.kind)


def _state(quantity):
    return quantity.removesuffix("_tm1")


def _symbol(quantity, way):
    return symbol(quantity).replace("<sub>t</sub>", f"<sub>t{'−' if way < 0 else '+'}1</sub>")


# --- closed modules -----------------------------------------------------------------------------------------


def _closed(graph, carried, way, shown):
    """The module of the timestep before (way -1) or after (1): a box with the lines of the opened one beside it."""
    width = _BEFORE if way < 0 else _AFTER
    left, right, middle = 30, 182, 106
    _, top, _, height = graph.frame
    below = graph.height - CHIP / 2
    nodes = [Node("x_in", "input", (middle, below), output="x"), Node("x", "output", (middle, top + height), ("x",))]
    edges = [Edge(f"x@{way}", "x_in", "x", chip=(middle, below, _CARD), label=_symbol("x", way))]
    for quantity, y in carried:
        name = _state(quantity)
        nodes += [
            Node(f"{name}_in", "input", (0, y), output=name),
            Node(f"{name}_enters", "output", (left, y), (name,)),
            Node(f"{name}_leaves", "input", (right, y), output=name),
            Node(f"{name}_out", "end" if way < 0 else "output", (width, y), (name,)),
        ]
        card = (right + 66, y, 122) if way > 0 else None
        edges += [
            Edge(f"{name}@{way - 1}", f"{name}_in", f"{name}_enters", thick=name == "c"),
            Edge(f"{name}@{way}", f"{name}_leaves", f"{name}_out", chip=card, label=_symbol(name, way),
                 thick=name == "c"),
        ]  # fmt: skip
    frame = (left, top, right - left, height)
    module = Diagram(graph.kind, graph.height, frame, tuple(nodes), tuple(edges), "", width=width)
    return _module(module, way, (middle, top + height / 2), shown, "")


def _banner(carried, way, shown):
    """The same closed module for a narrow screen: its box, and its cards beside it."""
    names = ["x"] + [_state(q) for q, _ in carried] * (way > 0)
    apart = min(160, 430 / max(1, len(names) - 1))
    nodes = [Node(name, "input", (300 + apart * k, 70), output=name) for k, name in enumerate(names)]
    edges = [
        Edge(f"{node.name}@{way}", node.name, node.name, chip=(*node.at, _CARD), label=_symbol(node.name, way))
        for node in nodes
    ]
    module = Diagram("", 140, (20, 16, 190, 108), tuple(nodes), tuple(edges), "")
    return _module(module, way, (115, 66), shown, " lv-banner")


def _module(module, way, at, shown, css_class):
    """An SVG of a closed module, with its name and timestep; where there is no such timestep, with words for that."""
    name, (x, y) = "before" if way < 0 else "after", at
    inner, bottom = drawn(module, **shown)
    words = [(y, "lv-module", "A", ""), (y + 42, "lv-word", " ", f' data-text="{name}"')]
    said = "".join(
        f'<text x="{number(x)}" y="{number(at_y)}" text-anchor="middle" class="{c}"{live}>{text}</text>'
        for at_y, c, text, live in words
    )
    none = "".join(
        f'<text x="{number(x)}" y="{number(y + 34 * k)}" text-anchor="middle" class="lv-note">{text}</text>'
        for k, text in enumerate(("nothing", name))
    )
    return _svg(
        f'<g data-show="{name}">{inner}{said}</g><g data-show="nothing {name}">{none}</g>',
        module.width,
        bottom,
        f"lv-{name}{css_class}",
    )


def _svg(inner, width, height, css_class):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="100%" role="presentation"'
        f' class="{css_class}">{inner}</svg>'
    )


def _html(before, middle, after, steps):
    css = (
        f".lv-chain{{container-type:inline-size;background:{PAPER};color:{INK};font-family:{FONT};max-width:1180px;"
        "border-radius:12px;overflow:hidden}.lv-modules{display:flex;align-items:flex-start}"
        f".lv-modules svg{{display:block;min-width:0;flex:800 1 0}}.lv-modules .lv-before{{flex-grow:{_BEFORE}}}"
        f".lv-modules .lv-after{{flex-grow:{_AFTER}}}.lv-modules .lv-banner{{display:none}}"
        f".lv-chain .lv-module{{font-size:52px;font-weight:600;fill:{MUTED}}}"
        f"@container (max-width:{_NARROW}px){{.lv-modules{{display:block}}"
        ".lv-modules :is(.lv-before,.lv-after){display:none}.lv-modules .lv-banner{display:block}}"
    )
    return (
        f'<div class="lv-chain lv-diagram" role="img" aria-label="" data-step=""><style>{style_of(steps)}{css}</style>'
        f'<div class="lv-modules">{before}{middle}{after}</div></div>'
    )

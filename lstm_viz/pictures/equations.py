"""A cell's equations with one timestep's numbers written in: f_t = σ(z) = σ(1.19) = 0.77.

`equations(trace)` returns a `LiveMarkup` (HTML); show it with `widgets.MarkupView`, or take one timestep's text with
`.at(t, unit, step)`. Every number is the trace's, rounded for reading only. So the arithmetic on the page can be off in
its last digit, and that is said: a "=" becomes "≈" where the numbers as shown do not give the next number as shown, and
"≠" where the equation does not hold at all, as at a masked timestep.
"""

from __future__ import annotations

import re
from html import escape

import numpy as np

from lstm_viz.cells import ACTIVATIONS, KINDS, checks
from lstm_viz.cells.cell import Cell
from lstm_viz.cells.declarations import Layer, Line, Side
from lstm_viz.cells.made_by import made_by
from lstm_viz.pictures._notation import MASKED, SIGNS, activation_between, pictured, runs, symbol
from lstm_viz.pictures._svg_colours import choosing, colour
from lstm_viz.pictures.live_markup import LiveMarkup, format_number
from lstm_viz.pictures.style import CHOSEN, FONT, INK, MUTED, PAPER

__all__ = ["equations"]

RELATIONS = ("=", "≈", "≠")


def equations(trace, *, cell=None, digits=2):
    """The equations of the trace's cell, with the numbers of timestep t for one unit, highlighted step by step.

    trace: of one sequence, values (timesteps, units). cell: the cell that made it; with it the pre-activations are
    shown as their parts, x W + h U + b. digits: decimals shown, 1 to 6. Returns a LiveMarkup. ValueError if the trace
    has leading axes, the cell is another one, or digits are out of range; TypeError if it is no trace.
    """
    declared = pictured(trace)
    if isinstance(digits, bool) or not isinstance(digits, (int, np.integer)) or not 1 <= digits <= 6:
        raise ValueError(f"digits must be a whole number from 1 to 6; got {checks.short(digits)}")
    before = {f"{name}_tm1": getattr(trace, f"{name}_tm1") for name in KINDS[trace.kind].state_names}
    values = {name: getattr(trace, name) for name in trace.names} | before
    if cell is not None:
        values |= _parts(trace, cell, declared)
    values |= {name: work_out(trace) for name, work_out in declared.derived.items()}
    lines = [(_layer if isinstance(line, Layer) else _line)(trace, line, cell) for line in declared.equations]
    used = set(re.findall(r"\{(.*?)!?\}", "".join(s.template for line in lines for s in line.sides)))
    quantities = {name: values[name] for name in sorted(used | {line.left for line in lines})}
    gives = {side.gives for line in lines for side in line.sides}
    shown = {name: as_shown(values[name], digits) for name in used | gives | {line.left for line in lines}}
    for line in lines:
        for k, side in enumerate(line.sides):
            quantities[f"{line.left}.{k}"] = _relation(side, values, shown, digits)
    texts = {}
    if trace.mask is not None:
        texts["mask"] = ["" if used_here else MASKED for used_here in trace.mask]
    return LiveMarkup(
        markup=_html(trace, lines, digits, texts, {name: _beyond(values[name], digits) for name in shown}),
        quantities=quantities,
        texts=texts,
        timesteps=len(trace),
        units=trace.units,
        alt=f"Equations of the {trace.kind} cell at timestep {{t}}, unit {{unit}}",
        steps=tuple(dict.fromkeys(line.part for line in lines if line.part)),
    )


# --- the declared lines, for one cell ---------------------------------------------------------------------


def _layer(trace, layer, cell):
    """A learned layer: name = activation(x W + h U + b)."""
    name, z, block = layer.name, layer.z, layer.block
    activation = "linear" if layer.role == "linear" else activation_between(trace, layer.role, z, name)
    if activation == "set":
        return Line(name, "set by hand", (), layer.part)
    sign = "" if layer.role == "linear" else SIGNS.get(activation, activation)
    wrap = (lambda text: f"{sign}({text})") if sign else (lambda text: text)
    sub = f"<sub>{block}</sub>" if block else ""
    sides = [Side(wrap(f"{{{z}}}"), name, lambda v: ACTIVATIONS[activation](v[z]))] if sign else []
    if cell is not None:
        parts = [f"x@W_{block}", *([f"h_tm1@U_{block}"] if layer.recurrent else []), f"b_{block}"]
        parts += [f"{layer.peephole}@p_{block}"] if layer.peephole else []
        numbers = " + ".join([f"{{{parts[0]}}}", *(f"{{{p}!}}" for p in parts[1:])])
        sides.insert(0, Side(wrap(numbers), z if sign else name, lambda v: sum(v[p] for p in parts)))
    from_state = f" + h<sub>t−1</sub> U{sub}" if layer.recurrent else ""
    seen = f" + p{sub} × {symbol(layer.peephole)}" if layer.peephole else ""
    return Line(name, wrap(f"x<sub>t</sub> W{sub}{from_state} + b{sub}{seen}"), tuple(sides), layer.part)


def _line(trace, line, cell):
    """A declared line as this trace has it: its activation by its sign, or left out where it is set by hand."""
    activation = activation_between(trace, *line.activation) if line.activation else ""
    sign = SIGNS.get(activation, activation)
    sides = []
    for side in line.sides:
        if (side.with_cell and cell is None) or (activation == "set" and "§" in side.template):
            continue
        rule = side.rule
        if isinstance(rule, str):
            rule = lambda v, of=rule: ACTIVATIONS[activation](v[of])  # noqa: E731
        sides.append(Side(side.template.replace("§", sign), side.gives, rule))
    return Line(line.left, line.symbols.replace("§", sign), tuple(sides), line.part)


def _parts(trace, cell, declared):
    """What input, hidden state and bias each add to the pre-activations, (timesteps, units) or (1, units)."""
    if not isinstance(cell, Cell) or cell.kind != trace.kind or cell.stacked:
        raise ValueError(f"cell must be the {trace.kind} cell that made the trace; got {checks.short(cell)}")
    if (cell.input_dim, cell.units) != (trace.input_dim, trace.units):
        wanted = f"{trace.input_dim} inputs and {trace.units} units"
        raise ValueError(f"cell must have {wanted}, as the trace has; got {checks.short(cell)}")
    if not made_by(cell, trace):
        raise ValueError("cell must be the one that made the trace; got one with other weights or settings")
    values = {}
    split = lambda w: np.split(w, len(cell.gates), axis=-1)  # noqa: E731
    layers = [line for line in declared.equations if isinstance(line, Layer)]
    added = {layer.block for layer in layers}
    blocks = zip(cell.gates, split(cell.kernel), split(cell.recurrent_kernel), split(cell.biases), strict=True)
    for gate, kernel, recurrent_kernel, b in blocks:
        name = gate if len(cell.gates) > 1 else ""
        values[f"x@W_{name}"] = trace.x @ kernel
        values[f"h_tm1@U_{name}"] = trace.h_tm1 @ recurrent_kernel
        # a second row of biases goes with the hidden state: in a layer both just add up
        values[f"b_{name}"] = b.sum(0, keepdims=True) if name in added else b[-1:]
    values |= {
        f"{layer.peephole}@p_{layer.block}": getattr(trace, layer.peephole) * cell.peepholes[layer.block]
        for layer in layers
        if layer.peephole
    }
    return values


# --- is the arithmetic on the page exact? -----------------------------------------------------------------


def as_shown(values, digits):
    """The numbers as `format_number` writes them, as numbers."""
    scaled = np.asarray(values, np.float64) * 10.0**digits
    shown = np.round(scaled) / 10.0**digits
    # near a half, or where another notation is used, only the written number tells
    for index in np.argwhere((np.abs(scaled - np.floor(scaled) - 0.5) < 1e-6) | (np.abs(shown) >= 1000)):
        shown[tuple(index)] = float(format_number(values[tuple(index)], digits))
    return shown


def _relation(side, values, shown, digits):
    """Which of RELATIONS holds between a side as shown and the next, uint8 (timesteps, units)."""
    names = set(re.findall(r"\{(.*?)!?\}", side.template))
    target = shown[side.gives]
    with np.errstate(over="ignore", invalid="ignore"):
        off = np.abs(side.rule(shown) - target)
        coarse = np.abs(target) >= 1000
        step = np.where(coarse, 10.0 ** (np.floor(np.log10(np.maximum(np.abs(target), 1))) - 1), 10.0**-digits)
        agree = off <= step / 2 + 1e-9
        exact = np.asarray(values[side.gives], np.float64)
        true = {name: np.asarray(values[name], np.float64) for name in names}
        holds = np.abs(side.rule(true) - exact) <= 1e-3 * (1 + np.abs(exact))
    return np.where(~holds, 2, np.where(agree, 0, 1)).astype(np.uint8)


# --- HTML -------------------------------------------------------------------------------------------------


def typeset(text):
    """A symbol or formula with <sub> in it, as HTML: variables slanted, names of functions upright."""
    out = []
    for word, sub, slanted in runs(text):
        word = f"<i>{escape(word)}</i>" if slanted else escape(word)
        out.append(f"<sub>{word}</sub>" if sub else word)
    return "".join(out).replace("</sub><sub>", "")


def _chosen_by(name):
    """A number chooses its quantity, a pre-activation or one of its parts nothing of its own."""
    return "" if name.startswith("z_") or name == "z" or set(name) & set("@+") or name[:2] == "b_" else choosing(name)


def _beyond(values, digits):
    """How many characters more than -0.88 the longest of the numbers may take."""
    largest = float(np.max(np.abs(values), initial=0.0))
    return max(len(format_number(-v, digits)) for v in (largest, min(largest, 999.0))) - len("-0.88")


def _numbers(template, digits, beyond):
    def number(match):
        name, brackets = match[1], bool(match[2])
        signed = ' data-brackets=""' if brackets else ""
        if beyond[name] > 0:
            signed += f' style="min-width:{(3.7 if brackets else 2.9) + 0.65 * beyond[name]:.2f}em"'
        return f'<b data-value="{escape(name)}" data-digits="{digits}"{signed}{_chosen_by(name)}>0</b>'

    return re.sub(r"\{(.*?)(!?)\}", number, template)


def _html(trace, lines, digits, texts, beyond):
    rows, last = [], None
    # room for the longest line, so that the results stay where they are when the numbers change
    longest = max(
        sum(len(re.sub(r"\{.*?!\}", "(-0.)", re.sub(r"\{[^!]*?\}", "-0.", s.template))) for s in line.sides)
        + sum(digits * s.template.count("{") + 3 for s in line.sides)
        for line in lines
    )
    for line in lines:
        relation = [
            f'<span class="lv-relation" data-pick="{line.left}.{k}" data-words="{" ".join(RELATIONS)}">=</span>'
            for k in range(len(line.sides))
        ]
        sides = [_numbers(side.template, digits, beyond) for side in line.sides]
        middle = "".join(
            f'<span class="lv-side">{relation[k - 1] if k else "="} {side}</span> ' for k, side in enumerate(sides)
        )
        ink, result = colour(line.left), _numbers(f"{{{line.left}}}", digits, beyond)
        rows.append(
            f'<div class="lv-line"{f" data-part={chr(34)}{line.part}{chr(34)}" if line.part else ""}'
            f"{choosing(line.left)}>"
            f'<span class="lv-step">{line.part if line.part != last else ""}</span>'
            f'<span class="lv-left" style="border-color:{ink}">{typeset(symbol(line.left))}</span>'
            f'<span class="lv-symbols">= {typeset(line.symbols)}</span>'
            f'<span class="lv-middle" style="min-width:{0.43 * longest:.1f}em">{middle.strip()}</span>'
            f'<span class="lv-result">{relation[-1] if relation else "="} {result}</span>'
            "</div>"
        )
        last = line.part
    steps = dict.fromkeys(line.part for line in lines if line.part)
    dim = ",".join(f".lv-equations[data-step={s}] [data-part]:not([data-part~={s}])" for s in steps)
    css = _CSS + (dim + "{opacity:.45}" if dim else "")
    mask = '<p class="lv-note" data-text="mask"></p>' if texts else ""
    return (
        f'<div class="lv-equations" role="group" aria-label="" data-step=""><style>{css}</style>{mask}'
        f'<div class="lv-lines">{"".join(rows)}</div>'
        '<p class="lv-note lv-rounded">≈ means: worked out from the rounded numbers that stand here, '
        "the last digit would be another.</p></div>"
    )


_CSS = (
    f".lv-equations{{container-type:inline-size;background:{PAPER};color:{INK};font:18px/1.45 {FONT};"
    "border-radius:10px;padding:8px 14px;box-sizing:border-box}"
    ".lv-lines{display:grid;grid-template-columns:repeat(4,max-content) 1fr;gap:3px 12px;overflow-x:auto;"
    "white-space:nowrap}"
    ".lv-line{display:grid;grid-template-columns:subgrid;grid-column:1/-1;align-items:baseline}"
    ".lv-equations sub{font-size:14px;line-height:0}"
    f".lv-step{{color:{MUTED};font-size:15px}}"
    ".lv-left{border-left:6px solid;padding-left:8px;font-size:20px}"
    # room for "-0.88" and for "(-0.88)", so that nothing moves or wraps otherwise when a sign changes
    ".lv-equations b{font-weight:700;font-variant-numeric:tabular-nums;display:inline-block;min-width:2.9em;"
    "text-align:center}.lv-equations b[data-brackets]{min-width:3.7em}"
    f".lv-line[data-on],.lv-equations b[data-on]{{background:{CHOSEN}}}.lv-line[data-on]{{outline:2px solid}}"
    ".lv-side{display:inline-block;white-space:nowrap}"
    ".lv-relation{display:inline-block;min-width:.7em;text-align:center}"
    f".lv-equations .lv-note{{color:{MUTED};font-size:14px;margin:4px 0 0}}"
    ".lv-equations .lv-note:empty{display:none}"
    # what ≈ means is said where one stands; its place stays free, so that nothing below moves
    "@supports selector(:has(*)){.lv-equations:not(:has(.lv-relation[data-picked='1'])) .lv-rounded{visibility:hidden}}"
    "@container (max-width:820px){.lv-lines{grid-template-columns:repeat(3,max-content) 1fr}"
    ".lv-symbols{grid-column:3/-1}.lv-middle{grid-column:3}.lv-line{row-gap:0;padding-bottom:4px}}"
    "@container (max-width:560px){.lv-lines{grid-template-columns:repeat(2,max-content) 1fr;font-size:16px;"
    "column-gap:8px}.lv-step{display:none}.lv-symbols{grid-column:2/-1;white-space:normal}"
    ".lv-middle{grid-column:2;min-width:0!important}.lv-side{display:block;white-space:normal}}"
)

"""A cell's equations with one timestep's numbers written in: f_t = σ(z) = σ(1.19) = 0.77.

`equations(trace)` returns a `LiveMarkup` (HTML); show it with `widgets.MarkupView`, or take one timestep's text with
`.at(t, unit, step)`. Every number is the trace's, rounded for reading only. So the arithmetic on the page can be off in
its last digit, and that is said: a "=" becomes "≈" where the numbers as shown do not give the next number as shown, and
"≠" where the equation does not hold at all, as at a masked timestep.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import numpy as np

from lstm_viz.cells import ACTIVATIONS, checks
from lstm_viz.pictures._notation import MASKED, SIGNS, activation_between, check_one_sequence, runs, symbol
from lstm_viz.pictures._svg_colours import choosing, colour
from lstm_viz.pictures.live_markup import LiveMarkup, format_number
from lstm_viz.pictures.style import FONT, INK, MUTED, PAPER

__all__ = ["equations"]

RELATIONS = ("=", "≈", "≠")


@dataclass(frozen=True)
class Side:
    """One side of a chain of equalities, in numbers.

    template: text with {quantity} for a number and {quantity!} for one in brackets if negative. gives: the quantity
    that the next side shows in its place, and rule: how it follows from this side's quantities, by name.
    """

    template: str
    gives: str
    rule: Callable


@dataclass(frozen=True)
class Line:
    """left = symbols = side = side ... = left's number; `part` is the step to which it belongs."""

    left: str
    symbols: str
    sides: tuple[Side, ...]
    part: str = ""


def equations(trace, *, cell=None, digits=2):
    """The equations of the trace's cell, with the numbers of timestep t for one unit, highlighted step by step.

    trace: of one sequence, values (timesteps, units). cell: the cell that made it; with it the pre-activations are
    shown as their parts, x W + h U + b. digits: decimals shown, 1 to 6. Returns a LiveMarkup. ValueError if the trace
    has leading axes, the cell is another one, or digits are out of range; TypeError if it is no trace.
    """
    check_one_sequence(trace, list(_LINES))
    if isinstance(digits, bool) or not isinstance(digits, (int, np.integer)) or not 1 <= digits <= 6:
        raise ValueError(f"digits must be a whole number from 1 to 6; got {checks.short(digits)}")
    values = {name: getattr(trace, name) for name in trace.names} | {"h_tm1": trace.h_tm1}
    if trace.kind == "LSTM":
        values["c_tm1"] = trace.c_tm1
    if cell is not None:
        values |= _parts(trace, cell)
    lines = _LINES[trace.kind](trace, values, cell)
    used = set(re.findall(r"\{(.*?)!?\}", "".join(s.template for line in lines for s in line.sides)))
    quantities = {name: values[name] for name in sorted(used | {line.left for line in lines})}
    for line in lines:
        for k, side in enumerate(line.sides):
            quantities[f"{line.left}.{k}"] = _relation(side, values, digits)
    texts = {}
    if trace.mask is not None:
        texts["mask"] = ["" if used_here else MASKED for used_here in trace.mask]
    return LiveMarkup(
        markup=_html(trace, lines, digits, texts),
        quantities=quantities,
        texts=texts,
        timesteps=len(trace),
        units=trace.units,
        alt=f"Equations of the {trace.kind} cell at timestep {{t}}, unit {{unit}}",
        steps=tuple(dict.fromkeys(line.part for line in lines if line.part)),
    )


# --- the lines of each cell -------------------------------------------------------------------------------


def _layer(trace, values, cell, name, z, block, part="", role="recurrent_activation"):
    """A learned layer: name = activation(x W + h U + b)."""
    activation = activation_between(trace, role, z, name)
    if activation == "set":
        return Line(name, "set by hand", (), part)
    sign = SIGNS.get(activation, activation)
    sub = f"<sub>{block}</sub>" if block else ""
    sides = [Side(f"{sign}({{{z}}})", name, lambda v: ACTIVATIONS[activation](v[z]))]
    if cell is not None:
        parts = [f"x@W_{block}", f"h_tm1@U_{block}", f"b_{block}"]
        numbers = " + ".join([f"{{{parts[0]}}}", *(f"{{{p}!}}" for p in parts[1:])])
        sides.insert(0, Side(f"{sign}({numbers})", z, lambda v: sum(v[p] for p in parts)))
    symbols = f"{sign}(x<sub>t</sub> W{sub} + h<sub>t−1</sub> U{sub} + b{sub})"
    return Line(name, symbols, tuple(sides), part)


def _simple_rnn(trace, values, cell):
    return [_layer(trace, values, cell, "h", "z", "", role="activation")]


def _lstm(trace, values, cell):
    squash = activation_between(trace, "activation", "c", "tanh_c")
    state = Side("{f} × {c_tm1!} + {i!} × {c_tilde!}", "c", lambda v: v["f"] * v["c_tm1"] + v["i"] * v["c_tilde"])
    shown = (Side("{o} × {tanh_c!}", "h", lambda v: v["o"] * v["tanh_c"]),)
    if squash != "set":  # else the squashed cell state is held by hand
        worked_out = Side(
            f"{{o}} × {SIGNS.get(squash, squash)}({{c}})", "tanh_c", lambda v: ACTIVATIONS[squash](v["c"])
        )
        shown = (worked_out, *shown)
    return [
        _layer(trace, values, cell, "f", "z_f", "f", "forget"),
        _layer(trace, values, cell, "i", "z_i", "i", "input"),
        _layer(trace, values, cell, "c_tilde", "z_c", "c", "input", "activation"),
        Line("c", "f<sub>t</sub> × c<sub>t−1</sub> + i<sub>t</sub> × c̃<sub>t</sub>", (state,), "update"),
        _layer(trace, values, cell, "o", "z_o", "o", "output"),
        Line("h", f"o<sub>t</sub> × {SIGNS.get(squash, squash)}(c<sub>t</sub>)", shown, "output"),
    ]


def _gru(trace, values, cell):
    values["x@W_h+b_h"] = trace.z_h - (trace.r if trace.reset_after else 1) * trace.recurrent_h
    activation = activation_between(trace, "activation", "z_h", "h_tilde")
    sign = SIGNS.get(activation, activation)
    recurrent = (
        [Side("{h_tm1@U_h} + {b_h!}", "recurrent_h", lambda v: v["h_tm1@U_h"] + v["b_h"])]
        if cell is not None and trace.reset_after
        else []
    )
    reset = "r<sub>t</sub> × " if trace.reset_after else ""
    factor = "{r!} × " if trace.reset_after else ""
    candidate = (
        Side(
            f"{sign}({{x@W_h+b_h}} + {factor}{{recurrent_h!}})",
            "z_h",
            lambda v: v["x@W_h+b_h"] + (v["r"] if trace.reset_after else 1) * v["recurrent_h"],
        ),
        Side(f"{sign}({{z_h}})", "h_tilde", lambda v: ACTIVATIONS[activation](v["z_h"])),
    )
    mixed = Side(
        "{z} × {h_tm1!} + (1 − {z!}) × {h_tilde!}", "h", lambda v: v["z"] * v["h_tm1"] + (1 - v["z"]) * v["h_tilde"]
    )
    if activation == "set":
        candidate = candidate[:0]
    from_state = (
        "h<sub>t−1</sub> U<sub>h</sub> + b'<sub>h</sub>"
        if trace.reset_after
        else "(r<sub>t</sub> × h<sub>t−1</sub>) U<sub>h</sub>"
    )
    from_input = "x<sub>t</sub> W<sub>h</sub> + b<sub>h</sub>"
    return [
        _layer(trace, values, cell, "r", "z_r", "r", "reset"),
        Line("recurrent_h", from_state, tuple(recurrent), "candidate"),
        Line("h_tilde", f"{sign}({from_input} + {reset}u<sub>t</sub>)", candidate, "candidate"),
        _layer(trace, values, cell, "z", "z_z", "z", "update"),
        Line("h", "z<sub>t</sub> × h<sub>t−1</sub> + (1 − z<sub>t</sub>) × h̃<sub>t</sub>", (mixed,), "update"),
    ]


_LINES = {"SimpleRNN": _simple_rnn, "LSTM": _lstm, "GRU": _gru}


def _parts(trace, cell):
    """What input, hidden state and bias each add to the pre-activations, (timesteps, units) or (1, units)."""
    if getattr(cell, "kind", None) != trace.kind or np.ndim(getattr(cell, "kernel", None)) != 2:
        raise ValueError(f"cell must be the {trace.kind} cell that made the trace; got {checks.short(cell)}")
    if (cell.input_dim, cell.units) != (trace.input_dim, trace.units):
        wanted = f"{trace.input_dim} inputs and {trace.units} units"
        raise ValueError(f"cell must have {wanted}, as the trace has; got {checks.short(cell)}")
    values = {}
    bias = np.atleast_2d(cell.bias)
    split = lambda w: np.split(w, len(cell.gates), axis=-1)  # noqa: E731
    blocks = zip(cell.gates, split(cell.kernel), split(cell.recurrent_kernel), split(bias), strict=True)
    for gate, kernel, recurrent_kernel, b in blocks:
        name = "" if trace.kind == "SimpleRNN" else gate
        values[f"x@W_{name}"] = trace.x @ kernel
        values[f"h_tm1@U_{name}"] = trace.h_tm1 @ recurrent_kernel
        # a GRU's second row of biases goes with its hidden state: in the gates both just add up
        values[f"b_{name}"] = b[-1:] if trace.kind == "GRU" and gate == "h" else b.sum(0, keepdims=True)
    checked, z = {"SimpleRNN": ("", "z"), "LSTM": ("f", "z_f"), "GRU": ("r", "z_r")}[trace.kind]
    made = values[f"x@W_{checked}"] + values[f"h_tm1@U_{checked}"] + values[f"b_{checked}"]
    if not np.allclose(made, getattr(trace, z), rtol=1e-3, atol=1e-3):
        raise ValueError("cell must be the one that made the trace; its weights give other pre-activations")
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


def _relation(side, values, digits):
    """Which of RELATIONS holds between a side as shown and the next, uint8 (timesteps, units)."""
    names = set(re.findall(r"\{(.*?)!?\}", side.template))
    shown = {name: as_shown(values[name], digits) for name in names}
    target = as_shown(values[side.gives], digits)
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


def _numbers(template, digits):
    def number(match):
        name, brackets = match[1], bool(match[2])
        signed = ' data-brackets=""' if brackets else ""
        return f'<b data-value="{escape(name)}" data-digits="{digits}"{signed}{_chosen_by(name)}>0</b>'

    return re.sub(r"\{(.*?)(!?)\}", number, template)


def _html(trace, lines, digits, texts):
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
        sides = [_numbers(side.template, digits) for side in line.sides]
        middle = "".join(
            f'<span class="lv-side">{relation[k - 1] if k else "="} {side}</span> ' for k, side in enumerate(sides)
        )
        ink = colour(line.left)
        rows.append(
            f'<div class="lv-line"{f" data-part={chr(34)}{line.part}{chr(34)}" if line.part else ""}'
            f"{choosing(line.left)}>"
            f'<span class="lv-step">{line.part if line.part != last else ""}</span>'
            f'<span class="lv-left" style="border-color:{ink}">{typeset(symbol(line.left))}</span>'
            f'<span class="lv-symbols">= {typeset(line.symbols)}</span>'
            f'<span class="lv-middle" style="min-width:{0.43 * longest:.1f}em">{middle.strip()}</span>'
            f'<span class="lv-result">{relation[-1] if relation else "="} {_numbers(f"{{{line.left}}}", digits)}</span>'
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
    ".lv-equations b{font-weight:700;font-variant-numeric:tabular-nums;display:inline-block;min-width:2.75em;"
    "text-align:center}.lv-equations b[data-brackets]{min-width:3.45em}"
    ".lv-line[data-on],.lv-equations b[data-on]{background:#e9ecff}.lv-line[data-on]{outline:2px solid}"
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

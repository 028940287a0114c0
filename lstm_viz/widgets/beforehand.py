"""`Beforehand`: what Python answers to each position of some knobs, worked out while a page is made."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
import os
import re
from pathlib import Path

import anywidget
import ipywidgets
import numpy as np
import traitlets
from plotly.basedatatypes import BaseFigure

from lstm_viz.cells import checks
from lstm_viz.widgets._traits import widget_with

__all__ = ["MAKING_A_PAGE", "Beforehand", "beforehand"]

#: the environment variable that says so to the kernel of a lesson that is run for a page
MAKING_A_PAGE = "LSTM_VIZ_PAGE"
_DIGITS = 4  # of a number in a picture: what is written beside a curve has no more
_MOST = 10_000  # positions of all knobs together


class Beforehand(anywidget.AnyWidget):
    """Answers to the positions of knobs, looked up in the browser; made by `beforehand`.

    knobs: [{"knob": widget, "name": of its value, "positions": [...]}]; the positions of all knobs together, in the
    order of `itertools.product`, are what was asked. `answers` is gzipped JSON, see `_packed`.
    """

    _esm = Path(__file__).with_name("beforehand.js")

    knobs = traitlets.List().tag(sync=True, **ipywidgets.widget_serialization)
    targets = traitlets.List().tag(sync=True, **ipywidgets.widget_serialization)
    answers = traitlets.Bytes().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)

    def __repr__(self):
        return "<Beforehand>"


def beforehand(positions, targets):
    """While a page is made: turn the knobs to all `positions`, keep what Python then sets the `targets` to.

    positions: {knob: values}, each a widget with a `value`; every combination is asked for, and each knob goes back to
    where it was, which must be one of its values. A knob of one position is none, and needs Python. targets: pairs
    (widget, name of its value), such as (FrameView, "figure"). Returns [] in a notebook, where Python itself answers,
    and [Beforehand] for a page: put it among the children of the knobs' box. ValueError for more than 10,000
    combinations or a knob that stands elsewhere.
    """
    if not os.environ.get(MAKING_A_PAGE):
        return []
    knobs = {widget_with(knob, "value", "positions"): _listed(knob, values) for knob, values in positions.items()}
    knobs = {knob: values for knob, values in knobs.items() if len(values) > 1}
    if not knobs:
        return []
    targets = [(widget_with(widget, name, "targets"), name) for widget, name in targets]
    shape = tuple(map(len, knobs.values()))
    if np.prod(shape) > _MOST:
        raise ValueError(f"positions must be at most {_MOST} together; got {np.prod(shape)}")
    born, states = [knob.value for knob in knobs], []
    places = {knob: {} for knob in knobs}  # {position: as the browser has it}, of a choice its place among the options
    for values in itertools.product(*knobs.values()):
        for knob, value in zip(knobs, values, strict=True):
            knob.value = value
            places[knob][value] = getattr(knob, _name(knob))
        states.append([_plain(widget, name) for widget, name in targets])
    for knob, value in zip(knobs, born, strict=True):
        knob.value = value
    packed = [_packed(column, shape) for column in zip(*states, strict=True)]
    text = json.dumps(packed, separators=(",", ":"), allow_nan=False)
    return [
        Beforehand(
            knobs=[{"knob": k, "name": _name(k), "positions": list(at.values())} for k, at in places.items()],
            targets=[{"target": widget, "name": name} for widget, name in targets],
            answers=gzip.compress(text.encode(), 9, mtime=0),
            message=_message(knobs),
        )
    ]


def _listed(knob, values):
    values = checks.listed(values, "positions", _MOST)
    if knob.value not in values:
        raise ValueError(f"positions of {knob.description!r} must have {knob.value!r}, where it stands")
    return values


def _name(knob):
    """The name of the value that the browser knows."""
    return "index" if hasattr(knob, "options") else "value"


def _message(knobs):
    """Which knobs stop at fewer places than in a notebook."""
    fewer = []
    for knob, values in knobs.items():
        there = len(knob.options) if hasattr(knob, "options") else round((knob.max - knob.min) / knob.step) + 1
        stops = sorted(set(np.ravel(np.array(values, object)).tolist())) if len(values) < there else ()
        if stops:
            fewer.append(f"{knob.description}: {', '.join(f'{stop:g}' for stop in stops)}")
    return f"Worked out beforehand, so these stop only here: {'; '.join(fewer)}." if fewer else ""


# --- one target's values at all positions, without what repeats -----------------------------------------------------


def _plain(widget, name):
    value = getattr(widget, name)
    return _Figure(value.to_json(validate=False)) if isinstance(value, BaseFigure) else value


class _Figure(str):
    """A figure as JSON."""


def _packed(states, shape):
    """{"kind": "json" or "text" or "value", "columns": what differs}: see `_column`.

    A figure is told as the places in it that differ, a text as its pieces between tags.
    """
    unique = list(dict.fromkeys(states))
    numbers = {state: number for number, state in enumerate(unique)}
    which = np.array([numbers[state] for state in states]).reshape(shape)
    kind, columns = "value", [((), unique)]
    if isinstance(unique[0], _Figure):
        kind, columns = "json", []
        _differences([json.loads(text) for text in unique], (), columns)
    elif isinstance(unique[0], str):
        pieces = [re.split(r"(?<=>)", text) for text in unique]
        if len({len(each) for each in pieces}) == 1:
            kind, columns = "text", [((), list(part)) for part in zip(*pieces, strict=True)]
    return {"kind": kind, "columns": [_column(path, values, which) for path, values in columns]}


def _differences(nodes, path, into):
    """Adds (path, values at all positions) of each place at which the trees `nodes` differ."""
    first = nodes[0]
    if all(node == first for node in nodes):
        return
    if isinstance(first, dict) and "bdata" not in first and all(_is_like(node, first) for node in nodes):
        for key in first:
            _differences([node[key] for node in nodes], (*path, key), into)
    elif _is_list_of_objects(first) and all(_is_list_of_objects(n) and len(n) == len(first) for n in nodes):
        for k in range(len(first)):
            _differences([node[k] for node in nodes], (*path, k), into)
    else:
        into.append((path, [_rounded(node) for node in nodes]))


def _is_like(node, first):
    return isinstance(node, dict) and node.keys() == first.keys() and "bdata" not in node


def _is_list_of_objects(node):
    return isinstance(node, list) and bool(node) and isinstance(node[0], (dict, list))


def _rounded(node):
    """Arrays as plotly sends them, and lists of numbers, as lists of numbers to a few digits; NaN as null."""
    if isinstance(node, dict) and "bdata" in node:
        array = np.frombuffer(base64.b64decode(node["bdata"]), np.dtype(node["dtype"]))
        shape = node.get("shape")
        node = array.reshape([int(n) for n in shape.split(",")] if shape else -1).tolist()
    if isinstance(node, dict):
        return {key: _rounded(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_rounded(value) for value in node]
    if isinstance(node, float):
        return float(f"{node:.{_DIGITS}g}") if np.isfinite(node) else None
    return node


def _column(path, values, which):
    """{"path", "axes": the knobs that it depends on, "of": which value at each of their positions, "values"}."""
    keys = [json.dumps(value, sort_keys=True) for value in values]
    known = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    of = np.array([known[key] for key in keys])[which]
    axes = []
    for axis in range(of.ndim):
        if (of == of.take([0], axis)).all():
            of = of.take([0], axis)
        else:
            axes.append(axis)
    different = dict(zip(keys, values, strict=True))
    return {"path": path, "axes": axes, "of": of.ravel().tolist(), "values": [different[key] for key in known]}

"""Odd arguments for the fuzzer."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import numpy as np
from fuzz_values import _cell, _figure, _many, _markup, _recipe, _result, _task, trace

# --- odd ones ---------------------------------------------------------------------------------------------


class Odd:
    """An object of somebody's own."""


class Hostile:
    """One whose every use is an error."""

    def _refuse(self, *_arguments, **_options):
        raise ValueError("not with me")

    __len__ = __iter__ = __array__ = __float__ = __index__ = __bool__ = __eq__ = _refuse
    __hash__ = object.__hash__


def _nest(depth):
    nest = []
    for _ in range(depth):
        nest = [nest]
    return nest


def _foreign(name):
    def make(rng):
        if name not in sys.modules and name == "torch":
            try:
                importlib.import_module(name)
            except ImportError:
                return Odd()
        module = sys.modules.get(name)
        if module is None:  # TensorFlow is not loaded for this alone: it takes seconds
            return Odd()
        return (module.constant if name == "tensorflow" else module.tensor)([[1.0, 2.0, 3.0]])

    return make


def _wrong(rng):
    """A thing of this package, in another's place."""
    makers = [trace, _cell, _many, _task, _figure, _markup, _recipe, lambda rng: trace(rng)[1], _result]
    return makers[rng.integers(len(makers))](rng)


ODD = [
    *(lambda rng, v=v: v for v in (
        None, True, False, 0, 1, -1, 2, 7, 10**6, 10**9, 10**30, -(10**9), 0.0, 0.5, 1.5, -0.1, 1e308, float("nan"),
        float("inf"), -float("inf"), 1j, "", "x", "LSTM", "h", "0", "\x00", "é" * 5000, "<script>", b"bytes", (), [],
        {}, set(), [None], ["a", "b"], (1, 2, 3), [1.0, float("nan")], {"a": 1}, {1: 2}, {None: []}, [[1], [1, 2]],
        range(3), slice(None), slice(0, 2), Ellipsis, NotImplemented, int, print, object(), Odd, os, Path("/nowhere"),
        np.float32(3), np.int64(2), np.str_("h"), np.datetime64("2020-01-01"), complex("nan"), range(10**9),
    )),
    lambda rng: Odd(),
    lambda rng: Hostile(),
    lambda rng: _nest(50),
    lambda rng: _nest(5000),
    lambda rng: (n for n in range(3)),
    lambda rng: np.array(5.0),
    lambda rng: np.zeros((0,)),
    lambda rng: np.zeros((0, 3)),
    lambda rng: np.zeros((5, 0)),
    lambda rng: np.zeros((2, 0, 3)),
    lambda rng: np.ones((5, 3)) * np.nan,
    lambda rng: np.full((5, 3), 1e308),
    lambda rng: np.ones((5, 3), complex),
    lambda rng: np.ones((5, 3), bool),
    lambda rng: np.ones((5, 3), "int64"),
    lambda rng: np.ones((5, 3), "float16"),
    lambda rng: np.full((5, 3), "a"),
    lambda rng: np.array([Odd(), None], object),
    lambda rng: np.array([(1, 2.0)], [("a", int), ("b", float)]),
    lambda rng: np.ma.masked_array(np.ones((5, 3)), np.eye(5, 3)),
    lambda rng: np.ones((2, 3, 4, 5)),
    lambda rng: np.ones(tuple(rng.integers(0, 6, rng.integers(0, 7)))),
    lambda rng: np.random.default_rng(0).normal(size=(5, 4)),
    lambda rng: np.broadcast_to(np.float64(1.0), (10**6, 10**6)),
    lambda rng: np.ones((200, 300)).tolist(),
    _foreign("tensorflow"),
    _foreign("torch"),
    _wrong,
    _wrong,
    _wrong,
]  # fmt: skip


def odd(rng):
    return ODD[rng.integers(len(ODD))](rng)

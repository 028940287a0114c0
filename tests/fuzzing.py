"""Odd calls to every public name: each returns, or is refused in one sentence.

The names are found by themselves: every room's `__all__`, and the public methods of the classes among them on valid
instances. A call starts from arguments that are right (by the parameter's name, `RIGHT`) and then gets one, two or all
of them replaced by something odd. Call n of a seed is the same call each time, so a failure can be repeated:

    python tests/fuzzing.py                          every room, 10,000 calls
    python tests/fuzzing.py cells learning -n 2000   these rooms
    python tests/fuzzing.py cells --call 123         one call, with its traceback

The calls run in a process of their own: one that hangs is ended by `faulthandler`, whose clock needs no Python.
"""

from __future__ import annotations

import argparse
import faulthandler
import functools
import importlib
import inspect
import json
import linecache
import os
import pkgutil
import select
import subprocess
import sys
import tempfile
import time
import traceback
import types
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

import lstm_viz
from lstm_viz import _rooms

PACKAGE = str(Path(lstm_viz.__file__).parent)
LONGEST = 300  # characters of a message
SECONDS = 5  # that a call may take
SEED = 7
#: errors that a docstring promises and that are neither ValueError nor TypeError
PROMISED = {
    "load_reuters": FileNotFoundError,
    "load": FileNotFoundError,
    "shipped": FileNotFoundError,
    "__getitem__": IndexError,
    "Training.start": RuntimeError,
    "Sweep.start": RuntimeError,
    "Sweep.wait": RuntimeError,
}


def rooms():
    """The rooms, the lessons one by one."""
    lessons = importlib.import_module("lstm_viz.lessons")
    names = [room for room in _rooms.ROOMS if room != "lessons"]
    return names + [f"lessons.{part.name}" for part in pkgutil.iter_modules(lessons.__path__) if part.ispkg]


# --- right arguments --------------------------------------------------------------------------------------


def _cells():
    from lstm_viz.cells import GRUCell, LSTMCell, SimpleRNNCell

    return [kind.initialise(3, 4, seed=1) for kind in (LSTMCell, GRUCell, SimpleRNNCell)]


def _x(rng):
    return np.random.default_rng(0).normal(size=[(5, 3), (2, 5, 3)][rng.integers(2)])


def _cell(rng):
    return _cells()[rng.integers(3)]


def _trace(rng):
    return _cell(rng).run(_x(rng))


def _single(rng):
    return _cell(rng).run(_x(rng)[..., :5, :] if rng.integers(1) else np.ones((5, 3)))


def _task(rng):
    from lstm_viz.learning import Adding, EmbeddedReber, MarkedRecall, TemporalOrder

    return [MarkedRecall, Adding, TemporalOrder, EmbeddedReber][rng.integers(4)](20)


def _recipe(rng):
    from lstm_viz.learning import Recipe

    return Recipe(kind="LSTM", learning_rate=0.01)


def _sweep(rng):
    from lstm_viz.learning import Sweep

    return Sweep(_task(rng), {"LSTM": _recipe(rng)}, [20], [0], updates=2, units=2)


def _result(rng):
    from lstm_viz.learning import shipped

    return shipped("marked_recall")


def _figure(rng):
    from lstm_viz import pictures

    return pictures.heatmaps(_cells()[0].run(np.ones((5, 3))))


def _markup(rng):
    from lstm_viz import pictures

    return pictures.equations(_cells()[0].run(np.ones((5, 3))))


def _diagram(rng):
    from lstm_viz import pictures

    return pictures.diagram(_cells()[0].run(np.ones((5, 3))))


@functools.cache
def _wires():
    from lstm_viz.datasets import synthetic_newswires

    return synthetic_newswires(wires=60)


@functools.cache
def _model():
    from lstm_viz.keras_models import keras

    return keras.Sequential([keras.Input((5, 3)), keras.layers.LSTM(4, return_sequences=True, name="it")])


@functools.cache
def _reader():
    from lstm_viz.keras_models import keras

    return keras.Sequential([keras.Input((49,)), keras.layers.Embedding(99, 4), keras.layers.LSTM(4),
                             keras.layers.Dense(46, activation="softmax")])  # fmt: skip


#: makers of a right value by a parameter's name; {class: {...}} says it for one class or function alone
RIGHT = {
    "kernel": lambda rng: np.ones((3, 4 * rng.choice([1, 3, 4]))) * 0.1,
    "recurrent_kernel": lambda rng: np.ones((4, 4 * rng.choice([1, 3, 4]))) * 0.1,
    "bias": lambda rng: None,
    "activation": lambda rng: "tanh",
    "cell": _cell,
    "cells": lambda rng: _cells()[:1] * 2,
    "trace": _trace,
    "traces": lambda rng: {"a": _cells()[0].run(np.ones((5, 3)))},
    "x": _x,
    "x_t": lambda rng: np.ones(3),
    "state": lambda rng: _cells()[2].run(np.ones((5, 3))).state,
    "input_dim": lambda rng: 3,
    "units": lambda rng: 4,
    "index": lambda rng: 0,
    "dtype": lambda rng: "float64",
    "z": lambda rng: np.ones(3),
    "dh": lambda rng: np.ones((5, 4)),
    "lag": lambda rng: 20,
    "lags": lambda rng: [10, 20, 40],
    "seeds": lambda rng: [0],
    "rng": lambda rng: np.random.default_rng(0),
    "size": lambda rng: 3,
    "task": _task,
    "kind": lambda rng: "LSTM",
    "learning_rate": lambda rng: 0.01,
    "updates": lambda rng: 2,
    "gradient": lambda rng: np.ones((5, 4)),
    "matrix": lambda rng: np.eye(4),
    "solved": lambda rng: 3,
    "runs": lambda rng: 5,
    "fit": lambda rng: lambda callbacks: None,
    "epochs": lambda rng: 2,
    "layer": lambda rng: _model().layers[0],
    "model": lambda rng: _model(),
    "wires": lambda rng: _wires(),
    "text": lambda rng: "oil prices rose",
    "ids": lambda rng: np.array([1, 5, 6, 0]),
    "topic": lambda rng: "earn",
    "test_split": lambda rng: 0.3,
    "probabilities": lambda rng: np.full((5, 4), 0.25),
    "counts": lambda rng: np.eye(4, dtype=int),
    "curves": lambda rng: {"LSTM": [0.1, 0.5, 0.7]},
    "image": lambda rng: np.eye(8),
    "timesteps": lambda rng: 8,
    "rows": lambda rng: [{"a": 1}],
    "columns": lambda rng: {"a": "A"},
    "markup": _markup,
    "figure": _figure,
    "knobs": lambda rng: [],
    "function": lambda rng: print,
    "name": lambda rng: "q1",
    "labels": lambda rng: None,
    "t": lambda rng: 1,
    "unit": lambda rng: 0,
    "values": lambda rng: np.ones(5),
    "i": lambda rng: 0.5,
    "f": lambda rng: 0.5,
    "o": lambda rng: 0.5,
    "parameters": lambda rng: [np.ones(3)],
    "gradients": lambda rng: [np.ones(3)],
    "steps": lambda rng: 3,
    "result": _result,
    "tuning": _result,
    "models": lambda rng: {"LSTM": _cells()[0]},
    "path": lambda rng: "nowhere.json",
    "y": lambda rng: np.array([0, 1, 2]),
    "lesson": lambda rng: "fuzz",
    "folder": lambda rng: tempfile.gettempdir(),
}
ONLY = {
    "cells": {"Sweep": lambda rng: {"LSTM": _recipe(rng)}, "lag_sweep": lambda rng: {"LSTM": _recipe(rng)},
              "look_inside": lambda rng: ("LSTM",), "train_for_recall": lambda rng: ("LSTM",),
              "sweep_table": lambda rng: None},
    "steps": {"TimeControls": lambda rng: (), "MarkupView": lambda rng: ()},
    "models": {"WireReader": lambda rng: {"a": types.SimpleNamespace(model_=_reader())}},
    "model": {"read_wire": lambda rng: _reader(), "reader_from_model": lambda rng: _model()},
    "test_split": {"load_reuters": lambda rng: 0.3},
    "path": {"load_reuters": lambda rng: tempfile.gettempdir()},
    "n_jobs": {"Sweep": lambda rng: 1},
}  # fmt: skip
#: classes whose right instances need more than their parameters' names
INSTANCES = {
    "LSTMCell": lambda rng: _cells()[0],
    "GRUCell": lambda rng: _cells()[1],
    "SimpleRNNCell": lambda rng: _cells()[2],
    "LSTMTrace": lambda rng: _cells()[0].run(_x(rng)),
    "GRUTrace": lambda rng: _cells()[1].run(_x(rng)),
    "SimpleRNNTrace": lambda rng: _cells()[2].run(_x(rng)),
    "Recipe": _recipe,
    "Sweep": _sweep,
    "SweepResult": _result,
    "Task": _task,
    "LiveMarkup": _diagram,
    "Newswires": lambda rng: _wires(),
}
#: what starts work that is meant to last, or waits for it, and what is no function of this package
LEFT_OUT = {"Sweep.start", "Sweep.wait", "Sweep.wait_for_end", "Training.finished", "Training.wait", "Training.start",
            "SweepResult.save", "lag_sweep", "keras"}  # fmt: skip


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
    makers = [_trace, _cell, _task, _figure, _markup, _recipe, lambda rng: _trace(rng)[1], _result]
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


# --- calls ------------------------------------------------------------------------------------------------


def targets(room):
    """[(name, owner class or None)] of all that can be called in a room."""
    module = importlib.import_module(f"lstm_viz.{room}")
    found = []
    for name in sorted(module.__all__):
        thing = getattr(module, name)
        if not callable(thing) or isinstance(thing, types.ModuleType):
            continue
        found.append((name, None))
        if inspect.isclass(thing) and not issubclass(thing, BaseException):
            for method in dir(thing):
                if inspect.isdatadescriptor(inspect.getattr_static(thing, method, None)):
                    continue  # a property, or a widget's trait
                ours = str(getattr(getattr(thing, method, None), "__module__", "")).startswith("lstm_viz")
                indexing = method == "__getitem__" and "__getitem__" in dir(thing) and name.endswith("Trace")
                if indexing or (ours and not method.startswith("_") and inspect.isroutine(getattr(thing, method))):
                    found.append((method, name))
    return [(name, owner) for name, owner in found if f"{owner}.{name}" not in LEFT_OUT and name not in LEFT_OUT]


def _right(parameter, of, rng):
    makers = ONLY.get(parameter.name, {})
    if of in makers:
        return makers[of](rng)
    if parameter.default is not parameter.empty and (rng.random() < 0.7 or parameter.name not in RIGHT):
        return parameter.default
    return RIGHT[parameter.name](rng) if parameter.name in RIGHT else odd(rng)


def _arguments(function, of, rng):
    """(positional, keyword) arguments: right ones, of which some (or all) are replaced by odd ones."""
    parameters = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
    plain = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    chance = rng.choice([0.0, 0.15, 0.4, 1.0], p=[0.1, 0.4, 0.4, 0.1])
    forced = rng.integers(len(plain)) if plain and chance else -1
    positional, keyword = [], {}
    for n, parameter in enumerate(plain):
        value = odd(rng) if n == forced or rng.random() < chance else _right(parameter, of, rng)
        if parameter.kind is parameter.KEYWORD_ONLY:
            if value is not parameter.default:
                keyword[parameter.name] = value
        else:
            positional.append(value)
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        positional += [odd(rng) if rng.random() < 0.5 else _trace(rng) for _ in range(rng.integers(3))]
    return positional, keyword


def call(room, number, seed=SEED):
    """(name, a function that makes the call, its arguments) of call `number`."""
    rng = np.random.default_rng([seed, rooms().index(room), number])
    found = targets(room)
    name, owner = found[number % len(found)]
    module = importlib.import_module(f"lstm_viz.{room}")
    function, shown = getattr(module, owner or name), name
    if owner:
        shown = f"{owner}.{name}"
        if owner in INSTANCES:
            function = getattr(INSTANCES[owner](rng), name)
        else:
            needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
            instance = function(
                *[_right(p, owner, rng) for p in needed if p.kind is p.POSITIONAL_OR_KEYWORD],
                **{p.name: _right(p, owner, rng) for p in needed if p.kind is p.KEYWORD_ONLY},
            )
            function = getattr(instance, name)
    positional, keyword = _arguments(function, owner or name, rng)
    return shown, functools.partial(function, *positional, **keyword), (positional, keyword)


def _words(arguments):
    def word(value):
        try:
            text = " ".join(f"{type(value).__name__} {value!r}".split())
        except Exception:
            text = type(value).__name__
        return text[:70]

    positional, keyword = arguments
    return ", ".join([*map(word, positional), *(f"{k}={word(v)}" for k, v in keyword.items())])


def fault(error, name):
    """None if this is a refusal in one sentence, otherwise what is wrong with it."""
    short = f"{type(error).__name__}: {' '.join(str(error)[:160].split())}"
    frames = traceback.extract_tb(error.__traceback__)
    innermost = next((f for f in reversed(frames)), None)
    where = f"{Path(innermost.filename).name}:{innermost.lineno}" if innermost else "?"
    ours = [f for f in frames if f.filename.startswith(PACKAGE)]
    if ours:
        where += f" from {Path(ours[-1].filename).relative_to(PACKAGE)}:{ours[-1].lineno}"
    if innermost and innermost.filename == __file__:
        return None  # the odd object's own error, passed on
    promised = PROMISED.get(name) or PROMISED.get(name.rpartition(".")[2])
    kinds = (ValueError, TypeError, *([promised] if promised else []))
    if not isinstance(error, kinds):
        return f"raw {short} at {where}"
    if not innermost.filename.startswith(PACKAGE):
        return f"raw {short} at {where}"
    if not linecache.getline(innermost.filename, innermost.lineno).lstrip().startswith("raise"):
        return f"raw {short} at {where}"
    message = str(error)
    if not message.strip() or "\n" in message or len(message) > LONGEST:
        return f"message of {len(message)} characters: {short} at {where}"
    return None


# --- the process that makes the calls ---------------------------------------------------------------------


def _no_network(*_arguments, **_options):
    raise OSError("there is no network in this test")


def work(room, numbers, seed):
    """Make the calls, one line of JSON each before and after."""
    import urllib.request

    urllib.request.urlopen = _no_network
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    out, sys.stdout = os.fdopen(os.dup(1), "w"), open(os.devnull, "w")  # noqa: SIM115
    if sys.platform == "linux":  # what asks for too much memory gets MemoryError instead of the machine's end
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (8 << 30, 8 << 30))

    def say(**fields):
        print(json.dumps(fields), file=out, flush=True)

    if room == "keras_models" or room.endswith(("04", "07", "08")):
        from lstm_viz.keras_models import trace_model

        trace_model(_model(), np.ones((1, 5, 3), "float32"))
    for number in numbers:
        say(begin=number)
        try:
            name, made, arguments = call(room, number, seed)
        except Exception as error:  # the fuzzer's own right instance is wrong
            say(end=number, name="?", fault=f"no valid instance: {type(error).__name__}: {error}", arguments="")
            continue
        say(name=name, arguments=_words(arguments))
        begun, cpu, problem = time.monotonic(), time.process_time(), None
        faulthandler.dump_traceback_later(6 * SECONDS, exit=True)
        try:
            made()
        except Exception as error:
            problem = fault(error, name)
        faulthandler.cancel_dump_traceback_later()
        took = min(time.monotonic() - begun, time.process_time() - cpu)  # a busy machine is nobody's fault
        if took > SECONDS:
            problem = f"took {took:.0f} seconds"
        say(end=number, fault=problem)


def fuzz(room, count, seed=SEED, first=0):
    """[(number, name, arguments, fault)] of the calls that failed."""
    faults, number, last = [], first, first + count
    while number < last:
        with tempfile.TemporaryFile("w+") as told:
            command = [sys.executable, __file__, room, "--work", str(number), str(last), "--seed", str(seed)]
            with tempfile.TemporaryDirectory() as folder:
                process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=told, cwd=folder, text=True)
                now, name, arguments = None, "?", ""
                while True:
                    ready, _, _ = select.select([process.stdout], [], [], 24 * SECONDS)
                    line = process.stdout.readline() if ready else ""
                    if not line:
                        break
                    said = json.loads(line)
                    now = said.get("begin", now)
                    name, arguments = said.get("name", name), said.get("arguments", arguments)
                    if "end" in said:
                        if said["fault"]:
                            faults.append((said["end"], name, arguments, said["fault"]))
                        number, now = said["end"] + 1, None
                process.kill()
                process.wait()
            if number < last:
                told.seek(0)
                trail = [line for line in told.read().splitlines() if PACKAGE in line]
                where = " ".join(trail[0].split()).replace(PACKAGE, "") if trail else f"exit {process.returncode}"
                faults.append((number if now is None else now, name, arguments, f"hung, or ended the process: {where}"))
                number += 1
    return faults


def main():
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rooms", nargs="*", default=[])
    parser.add_argument("-n", type=int, default=10_000, help="calls over all rooms (default 10,000)")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--call", type=int, help="make this call alone and show its traceback")
    parser.add_argument("--work", type=int, nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    chosen = arguments.rooms or rooms()
    if arguments.work:
        return work(chosen[0], range(*arguments.work), arguments.seed)
    if arguments.call is not None:
        name, made, given = call(chosen[0], arguments.call, arguments.seed)
        print(f"{name}({_words(given)})", flush=True)
        print(made())
        return None
    shares = Counter({room: len(targets(room)) for room in chosen})
    found = 0
    for room, share in shares.items():
        count = -(-arguments.n * share // shares.total())
        faults = fuzz(room, count, arguments.seed)
        found += len(faults)
        print(f"## {room}: {len(faults)} of {count} calls failed", flush=True)
        for number, name, given, problem in sorted(faults, key=lambda f: (f[1], f[0])):
            print(f"{number:6d} {name}({given})\n       {problem}")
    return found > 0


if __name__ == "__main__":
    sys.exit(main())

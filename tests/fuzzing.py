"""Odd calls to every public name: each returns, or is refused in one sentence.

The names are found by themselves: every room's `__all__`, and the public methods of the classes among them on valid
instances. A call starts from arguments that are right (by the parameter's name, `fuzz_values.RIGHT`) and then gets
some or all of them replaced by something odd. Call n of a seed is always the same one, so a failure can be repeated:

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

import fuzz_models
import fuzz_odd
import fuzz_values
import numpy as np

import lstm_viz
from lstm_viz import _rooms
from lstm_viz.cells.kinds import Later

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
    "select": IndexError,
    "Training.start": RuntimeError,
    "Sweep.start": RuntimeError,
    "Sweep.wait": RuntimeError,
}


#: what starts work that is meant to last, or waits for it, and what is no function of this package
LEFT_OUT = {"Sweep.start", "Sweep.wait", "Sweep.wait_for_end", "Training.wait", "Training.start",
            "SweepResult.save", "lag_sweep", "keras"}  # fmt: skip


def rooms():
    """The rooms, the variants of the cells and the lessons one by one."""
    lessons = importlib.import_module("lstm_viz.lessons")
    names = [room for room in _rooms.ROOMS if room != "lessons"] + ["cells.variants"]
    return names + [f"lessons.{part.name}" for part in pkgutil.iter_modules(lessons.__path__) if part.ispkg]


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
                static = inspect.getattr_static(thing, method, None)
                if inspect.isdatadescriptor(static):
                    continue  # a property, or a widget's trait
                ours = str(getattr(static, "__module__", "")).startswith("lstm_viz")
                indexing = method == "__getitem__" and "__getitem__" in dir(thing) and name.endswith("Trace")
                routine = inspect.isroutine(static) and not isinstance(static, Later)
                if indexing or (ours and not method.startswith("_") and routine):
                    found.append((method, name))
    found += fuzz_values.HANDED_OUT.get(room, {})
    return [(name, owner) for name, owner in found if f"{owner}.{name}" not in LEFT_OUT and name not in LEFT_OUT]


def _right(parameter, of, rng):
    makers = fuzz_values.ONLY.get(parameter.name, {})
    if of in makers:
        return makers[of](rng)
    if parameter.default is not parameter.empty and (rng.random() < 0.7 or parameter.name not in fuzz_values.RIGHT):
        return parameter.default
    return fuzz_values.RIGHT[parameter.name](rng) if parameter.name in fuzz_values.RIGHT else fuzz_odd.odd(rng)


def _arguments(function, of, rng):
    """(positional, keyword) arguments: right ones, of which some (or all) are replaced by odd ones."""
    parameters = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
    plain = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    chance = rng.choice([0.0, 0.15, 0.4, 1.0], p=[0.1, 0.4, 0.4, 0.1])
    forced = rng.integers(len(plain)) if plain and chance else -1
    positional, keyword = [], {}
    for n, parameter in enumerate(plain):
        value = fuzz_odd.odd(rng) if n == forced or rng.random() < chance else _right(parameter, of, rng)
        if parameter.kind is parameter.KEYWORD_ONLY:
            if value is not parameter.default:
                keyword[parameter.name] = value
        else:
            positional.append(value)
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            right = fuzz_values.MANY[parameter.name]
            positional += [fuzz_odd.odd(rng) if rng.random() < 0.5 else right(rng) for _ in range(rng.integers(3))]
    return positional, keyword


def call(room, number, seed=SEED):
    """(name, a function that makes the call, its arguments) of call `number`."""
    rng = np.random.default_rng([seed, rooms().index(room), number])
    found = targets(room)
    name, owner = found[number % len(found)]
    shown = f"{owner}.{name}" if owner else name
    handed_out = fuzz_values.HANDED_OUT.get(room, {}).get((name, owner))
    if handed_out or owner in fuzz_values.INSTANCES:
        function = getattr((handed_out or fuzz_values.INSTANCES[owner])(rng), name)
    else:
        module = importlib.import_module(f"lstm_viz.{room}")
        function = getattr(module, owner or name)
        if owner:
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
    bare = innermost and innermost.filename == __file__ and innermost.name == "work"  # raised by what has no frame: C
    if innermost and innermost.filename == __file__ and not bare:
        return None  # the odd object's own error, passed on
    promised = PROMISED.get(name) or PROMISED.get(name.rpartition(".")[2])
    kinds = (ValueError, TypeError, *([promised] if promised else []))
    if not isinstance(error, kinds):
        return f"raw {short} at {where}"
    if not (bare or innermost.filename.startswith(PACKAGE)):
        return f"raw {short} at {where}"
    if not bare and not linecache.getline(innermost.filename, innermost.lineno).lstrip().startswith("raise"):
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

        trace_model(fuzz_models.model(), np.ones((1, 5, 3), "float32"))
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

"""Numbers on their way to the browser: two bytes each, or one, where that is enough for every digit that is shown.

`packed(values, digits)` returns a dict with the bytes; `load_values.js` unpacks them as `unpacked` does. What the
browser then shows with 2 to `digits` decimals is, character for character, what Python shows of the number itself: a
code that would round to another last digit is moved by one, and the few numbers that even this does not save travel
beside the others.
"""

from __future__ import annotations

import numpy as np

__all__ = ["FUNCTIONS", "RULES", "SMALL", "packed", "shifted", "unpacked", "worked_out"]

SMALL = 512  # numbers; so few travel as they are
LARGEST_CODE = 65535


def packed(values, digits=3, *, coarse=False):
    """{"kind", "width", "data", ...} of an array (timesteps, n) or (1, n).

    kind "<f8", "<f4", "|u1": the numbers themselves. "codes": low + step * code, code in uint16, with one low and step
    for all, or one for each column where one is too coarse. "hundredths": int8, only where `coarse` allows it and all
    are within 1.27 of 0. "bits": 0 to 3, four in a byte. "changed" and "exact" are the places and values of numbers
    that do not follow from their codes. digits: None for the numbers themselves, whatever their count.
    """
    values = np.asarray(values)
    how = {"width": values.shape[1]}
    if values.dtype == np.uint8:
        if values.size <= SMALL or values.max() > 3:
            return how | {"kind": "|u1", "data": values.tobytes()}
        return how | {"kind": "bits", "count": values.size, "data": _four_in_a_byte(values.ravel())}
    if values.size <= SMALL or digits is None:
        kind = "<f4" if values.dtype == np.float32 else "<f8"
        return how | {"kind": kind, "data": np.ascontiguousarray(values, kind).tobytes()}
    low, high = float(values.min()), float(values.max())
    if not np.isfinite(high - low) or max(-low, high) >= 1000:
        return how | {"kind": "<f4", "data": np.ascontiguousarray(values, "<f4").tobytes()}
    exact = values.astype(np.float64).ravel()
    if coarse and max(-low, high) <= 1.27:
        codes = np.rint(exact * 100)
        wrong = _places_shown_wrongly(codes / 100, exact, 2)
        return how | {"kind": "hundredths", "data": codes.astype(np.int8).tobytes()} | _exceptions(wrong, exact)
    if (high - low) / LARGEST_CODE <= 10.0**-digits / 4:
        return how | _coded(exact, low, (high - low) / LARGEST_CODE or 1.0, digits)
    lows, ranges = values.min(axis=0).astype(float), np.ptp(values, axis=0).astype(float)
    steps = np.where(ranges > 0, ranges, 1.0) / LARGEST_CODE
    rows = len(values)
    coded = _coded(exact, np.tile(lows, rows), np.tile(steps, rows), digits)
    if len(coded["changed"]) + len(coded["exact"]) > 2 * exact.size:
        return how | {"kind": "<f4", "data": np.ascontiguousarray(values, "<f4").tobytes()}
    return how | coded | {"low": lows.tolist(), "step": steps.tolist()}


def _coded(exact, low, step, digits):
    """Codes, each moved by one where it would round to another last digit, and what even this does not save."""
    codes = np.rint((exact - low) / step)
    wrong = _places_shown_wrongly(low + step * codes, exact, digits)
    codes[wrong] += np.sign(exact - (low + step * codes))[wrong]
    codes = np.clip(codes, 0, LARGEST_CODE).astype("<u2")
    still = wrong[_shown_wrongly((low + step * codes)[wrong], exact[wrong], digits)]
    return {"kind": "codes", "low": low, "step": step, "data": codes.tobytes()} | _exceptions(still, exact)


def worked_out(rule, names, guess, values, digits=3):
    """The same for values that the browser works out from others, by one of RULES.

    guess: what the rule gives for the numbers as `unpacked` makes them.
    """
    exact = np.asarray(values, np.float64).ravel()
    wrong = _places_shown_wrongly(guess.ravel(), exact, digits)
    return {"width": values.shape[1], "kind": rule, "of": list(names)} | _exceptions(wrong, exact)


def _rest(total, *parts):
    """What is left of a sum (rows, width) without these parts of it, each (rows, width) or one row for all."""
    for part in parts:
        total = total - part
    return total


def _matmul(x, kernel, bias=0.0):
    return x @ kernel + bias


#: activations; as they stand in load_values.js
FUNCTIONS = {"tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "linear": np.copy}
#: how one quantity is worked out from others, each (rows, width), or one row where a part is the same in all
RULES = FUNCTIONS | {"1-": lambda v: 1 - v, "product": np.multiply, "rest": _rest, "matmul": _matmul}


def shifted(name, values):
    """The same for values that are those of `name`, one timestep earlier."""
    first = np.ascontiguousarray(values[:1], "<f8").tobytes()
    return {"width": values.shape[1], "kind": "shifted", "of": name, "data": first}


def unpacked(how, others):
    """What the browser makes of it, as float64 (rows, width): the same arithmetic on the same numbers.

    others: what it refers to, {name: unpacked}.
    """
    kind, width = how["kind"], how["width"]
    if kind == "shifted":
        return np.concatenate([np.frombuffer(how["data"], "<f8").reshape(1, width), others[how["of"]][:-1]])
    if kind == "bits":
        flat = (np.frombuffer(how["data"], np.uint8)[:, None] >> np.array([0, 2, 4, 6]) & 3).ravel()[: how["count"]]
    elif kind == "codes":
        flat = (how["low"] + np.multiply(how["step"], np.frombuffer(how["data"], "<u2").reshape(-1, width))).ravel()
    elif kind == "hundredths":
        flat = np.frombuffer(how["data"], np.int8) / 100
    elif kind in RULES:
        flat = RULES[kind](*(others[name] for name in how["of"])).ravel()
    else:
        flat = np.frombuffer(how["data"], kind)
    if "changed" in how:
        flat[np.frombuffer(how["changed"], "<u4")] = np.frombuffer(how["exact"], "<f8")
    return flat.astype(np.float64).reshape(-1, width)


def _four_in_a_byte(values):
    padded = np.zeros(-(-len(values) // 4) * 4, np.uint8)
    padded[: len(values)] = values
    return (padded.reshape(-1, 4) << np.array([0, 2, 4, 6], np.uint8)).sum(axis=1, dtype=np.uint8).tobytes()


def _exceptions(places, exact):
    return {"changed": places.astype("<u4").tobytes(), "exact": exact[places].astype("<f8").tobytes()}


def _places_shown_wrongly(guess, exact, digits):
    return np.flatnonzero(_shown_wrongly(guess, exact, digits))


def _shown_wrongly(guess, exact, digits):
    """Where a number and its guess could be written differently with 2 to `digits` decimals."""
    wrong = np.zeros(exact.shape, bool)
    for d in range(2, digits + 1):
        scaled, shown = guess * 10.0**d, exact * 10.0**d
        wrong |= np.rint(scaled) != np.rint(shown)
        wrong |= np.abs(np.abs(shown - np.floor(shown)) - 0.5) < 1e-6  # what is written hangs on its last bits
        wrong |= np.abs(np.abs(scaled - np.floor(scaled)) - 0.5) < 1e-6
    return wrong

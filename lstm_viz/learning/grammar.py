"""The Reber grammar and the embedded Reber grammar: drawing strings, and saying what may come next.

Sources: Reber (1967) for the grammar; Cleeremans, Servan-Schreiber & McClelland (1989) for next-symbol prediction;
Fahlman (1991) and Hochreiter & Schmidhuber (1997, experiment 1) for the embedded form.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lstm_viz.cells import checks

__all__ = ["SYMBOLS", "draw_embedded", "legal_next", "spell"]

#: the seven symbols, in the order in which they are coded 0 to 6
SYMBOLS = "BTPSXVE"

#: state -> the arrows that leave it, (symbol, next state); each arrow of a state is equally probable
REBER = {
    0: (("B", 1),),
    1: (("T", 2), ("P", 3)),
    2: (("S", 2), ("X", 4)),
    3: (("T", 3), ("V", 5)),
    4: (("X", 3), ("S", 6)),
    5: (("P", 4), ("V", 6)),
    6: (("E", 7),),
}
_END = 7
#: symbols of the shortest Reber strings, BTXSE and BPVVE
SHORTEST = 5
#: more symbols, or more strings, than anybody will draw at once
_MOST = 1_000_000


def spell(symbols):
    """The string of an array of symbol codes; -1, where a string has ended, is left out. ValueError for other codes."""
    try:
        codes = checks.as_array(symbols)
    except (ValueError, TypeError, RuntimeError, MemoryError):
        codes = np.empty(0, object)
    if (codes.dtype.kind not in "iu" and codes.size) or codes.dtype.kind == "O" or (codes >= len(SYMBOLS)).any():
        raise ValueError(
            f"symbols must be an array of whole numbers, {len(SYMBOLS) - 1} at most, or text such as 'BTE'"
        )
    return "".join(SYMBOLS[s] for s in codes.ravel() if s >= 0)


@lru_cache(maxsize=64)
def _tables(shortest, longest):
    """Arrows of the automaton, and their probability given that the string ends within its limits.

    `first[k, s]` is the probability of state s's first arrow after k symbols. Drawing with it is the same as drawing
    strings from the grammar and throwing away those outside the limits, without the throwing away.
    """
    symbol, target = np.zeros((_END, 2), np.int64), np.zeros((_END, 2), np.int64)
    for state, arrows in REBER.items():
        for a in (0, 1):
            letter, target[state, a] = arrows[min(a, len(arrows) - 1)]
            symbol[state, a] = SYMBOLS.index(letter)
    in_time = np.zeros((longest + 2, _END + 1))  # probability of ending within the limits, after k symbols in state s
    in_time[shortest : longest + 1, _END] = 1.0
    first = np.ones((longest + 1, _END))
    for k in range(longest, -1, -1):
        ways = in_time[k + 1, target]
        both = ways.sum(-1)
        in_time[k, :_END] = both / 2
        first[k] = np.divide(ways[:, 0], both, out=np.ones(_END), where=both > 0)
    return symbol, target, first


def _draw_inner(rng, count, shortest, longest):
    """(count, longest) symbol codes of Reber strings of `shortest` to `longest` symbols, -1 past the end; lengths."""
    symbol, target, first = _tables(shortest, longest)
    strings = np.full((count, longest), -1)
    lengths = np.zeros(count, np.int64)
    rows, state = np.arange(count), np.zeros(count, np.int64)
    for k, u in enumerate(rng.random((longest, count))):
        arrow = (u[rows] >= first[k, state]).astype(np.int64)
        strings[rows, k] = symbol[state, arrow]
        state = target[state, arrow]
        ended = state == _END
        lengths[rows[ended]] = k + 1
        rows, state = rows[~ended], state[~ended]
        if not len(rows):
            break
    return strings, lengths


def draw_embedded(rng, count, shortest=SHORTEST, longest=50):
    """Embedded Reber strings: B, a T or P, a Reber string, the same T or P again, E.

    Returns symbol codes (count, longest + 4), -1 past a string's end, and the lengths (count,). The inner strings are
    drawn from the Reber grammar, given that they have `shortest` to `longest` symbols.
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy random Generator, such as default_rng(0); got {type(rng).__name__}")
    limits = {"count": (count, 0), "shortest": (shortest, SHORTEST), "longest": (longest, SHORTEST)}
    for name, (value, least) in limits.items():
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not least <= value <= _MOST:
            raise ValueError(f"{name} must be a whole number from {least} to {_MOST:,}; got {str(value)[:60]!r}")
    if longest < shortest:
        raise ValueError(f"longest must be at least shortest, {shortest}; got {longest}")
    inner, inner_length = _draw_inner(rng, count, shortest, longest)
    cue = rng.choice([SYMBOLS.index("T"), SYMBOLS.index("P")], count)
    strings = np.full((count, longest + 4), -1)
    strings[:, 0] = SYMBOLS.index("B")
    strings[:, 1] = cue
    strings[:, 2:-2] = inner
    rows = np.arange(count)
    strings[rows, inner_length + 2] = cue
    strings[rows, inner_length + 3] = SYMBOLS.index("E")
    return strings, inner_length + 4


def legal_next(string):
    """Which symbols may follow each prefix of an embedded Reber string: (len(string), 7) booleans.

    `string` is text such as "BTBTXSETE" or an array of codes, and may be several strings one after another, as in the
    continual task. ValueError when a symbol is not one that the grammar allows there.
    """
    text = string if isinstance(string, str) else spell(string)
    legal = np.zeros((len(text), len(SYMBOLS)), bool)
    place, state, cue = "begin", 0, ""
    for k, letter in enumerate(text):
        allowed = _allowed(place, state, cue)
        if letter not in allowed:
            raise ValueError(
                f"symbol {k} of {checks.short(text[: k + 1])} must be one of {', '.join(allowed)}; got {letter!r}"
            )
        if place == "begin":
            place = "cue"
        elif place == "cue":
            place, state, cue = "inner", 0, letter
        elif place == "inner":
            state = dict(REBER[state])[letter]
            place = "recall" if state == _END else "inner"
        elif place == "recall":
            place = "end"
        else:
            place = "begin"
        legal[k, [SYMBOLS.index(s) for s in _allowed(place, state, cue)]] = True
    return legal


def _allowed(place, state, cue):
    if place == "inner":
        return [letter for letter, _ in REBER[state]]
    return {"begin": ["B"], "cue": ["T", "P"], "recall": [cue], "end": ["E"]}[place]

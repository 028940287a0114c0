"""What was measured on held-out files with the shipped weights: `tools/run_character_model.py` wrote all of it.

Each sentence about a unit is written here from its score, with what chance gives beside it.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files

from lstm_viz.cells import checks
from lstm_viz.lessons.lesson_09.scores import strength
from lstm_viz.lessons.lesson_09.truths import TRUTHS, YES_NO
from lstm_viz.pictures import figures, table

__all__ = [
    "best_unit",
    "bits_table",
    "context_figure",
    "cuts_table",
    "gates_table",
    "gradient_figure",
    "measured",
    "other_seeds",
    "seeds_table",
    "sentence",
    "units_table",
]


@lru_cache
def measured():
    """All numbers: "library", "training", "bits", "units", "gates", "cuts", "context", "gradient"; "made" by what.

    A triple is a mean over all characters and its 95 % interval, files drawn again 500 times (bootstrap).
    """
    return json.loads(files("lstm_viz.lessons.lesson_09").joinpath("characters.json").read_text(encoding="utf-8"))


def bits_table():
    """Bits per character on the held-out files: three networks of 128 units, and counting."""
    bits = measured()["bits"]
    names = ["LSTM", "GRU", "SimpleRNN", *(name for name in bits if name.endswith("-gram"))]
    rows = {name: [f"{bits[name][0]:.2f}", f"{bits[name][1]:.2f} to {bits[name][2]:.2f}"] for name in names}
    return table(rows, ["bits", "95 % of files"], corner="bits per character, held-out files")


def best_unit(truth):
    """(quantity, unit) that was chosen for a truth on the tuning files. ValueError for an unknown truth."""
    return tuple(measured()["units"][checks.one_of(truth, {name: name for name in TRUTHS}, "truth")]["units"][0][:2])


def sentence(truth):
    """What the best unit for a truth can be said to know, with what chance and an untrained network give."""
    checks.one_of(truth, TRUTHS, "truth")
    found = measured()["units"][truth]
    quantity, unit, _, score, low, high = found["units"][0]
    chance = {name: max(runs) for name, runs in found["controls"].items()}
    measure = "AUC" if truth in YES_NO else "|r|"
    low, high = sorted(float(strength(v, truth in YES_NO)) for v in (low, high))
    sign = "low" if (score < 0.5 if truth in YES_NO else score < 0) else "high"
    what = f"is {sign} {TRUTHS[truth]}" if truth in YES_NO else f"says {TRUTHS[truth]}"
    clear = low > max(chance.values())
    verdict = "" if clear else " That is not clear of chance."
    return (
        f"Unit {unit}'s {quantity} {what}: {measure} {float(strength(score, truth in YES_NO)):.2f} "
        f"({low:.2f} to {high:.2f}); the best of an untrained network's units {chance['untrained']:.2f}, of shuffled "
        f"weights {chance['shuffled weights']:.2f}, with the labels moved {chance['shuffled labels']:.2f}; a linear "
        f"probe on all units {found['probe']:.2f}.{verdict}"
    )


def units_table():
    """For each truth the unit that was best on the tuning files, scored on the held-out ones, beside its controls."""
    rows = {}
    for name, found in measured()["units"].items():
        quantity, unit, _, score, low, high = found["units"][0]
        yes_no = name in YES_NO
        low, high = sorted(float(strength(v, yes_no)) for v in (low, high))
        controls = [f"{max(found['controls'][c]):.2f}" for c in ("untrained", "shuffled weights", "shuffled labels")]
        score = f"{float(strength(score, yes_no)):.2f} ({low:.2f} to {high:.2f})"
        rows[TRUTHS[name]] = [
            "AUC" if yes_no else "|r|",
            f"{quantity}, unit {unit}",
            score,
            *controls,
            f"{found['probe']:.2f}",
        ]
    columns = ["measure", "best unit", "held-out score", "untrained", "weights shuffled", "labels moved", "all units"]
    return table(rows, columns, corner="truth")


def gates_table():
    """Bits per character with one gate of all units held, and what that adds."""
    gates = measured()["gates"]
    rows = {"untouched": [f"{gates['untouched'][0]:.2f}", None]}
    for name in (name for name in gates if " = " in name and not name.endswith(": more")):
        more = gates[f"{name}: more"]
        rows[name.replace("c_tilde", "c̃")] = [
            f"{gates[name][0]:.2f}",
            f"+{more[0]:.2f} ({more[1]:.2f} to {more[2]:.2f})",
        ]
    return table(rows, ["bits", "added (95 % of files)"], corner="one gate of all units held")


def cuts_table():
    """What cutting the best unit for each truth (o = 0) adds where the truth holds and where it does not.

    The difference has its interval over files; the rank is that among all units, each cut once.
    """
    rows, again = {}, other_seeds()["seeds"]["0"]["cuts"]
    for name, cut in measured()["cuts"]["by truth"].items():
        found, low, high = again[name]["difference"]
        rows[TRUTHS[name]] = [
            f"unit {cut['unit']}",
            f"{again[name]['inside']:+.3f}",
            f"{again[name]['outside']:+.3f}",
            f"{found:+.3f} ({low:+.3f} to {high:+.3f})",
            f"{cut['rank of the difference']} of {len(cut['all inside'])}",
        ]
    columns = ["cut", "added inside", "added outside", "inside - outside (95 % of files)", "its rank"]
    return table(rows, columns, corner="bits per character")


@lru_cache
def other_seeds():
    """LSTMs from other seeds, trained on a fifth of the text, and the shipped one: {"seeds": {seed: ...}}."""
    return json.loads(files("lstm_viz.lessons.lesson_09").joinpath("other_seeds.json").read_text(encoding="utf-8"))


def seeds_table():
    """For each truth the best unit and the linear probe of the shipped LSTM and of those trained from other seeds."""
    seeds, rows = other_seeds()["seeds"], {}
    for name, what in TRUTHS.items():
        rows[f"{what} ({'AUC' if name in YES_NO else '|r|'})"] = row = []
        for found in seeds.values():
            (quantity, unit), (score, *_) = found["units"][name]["unit"], found["units"][name]["score"]
            row += [f"{quantity}, unit {unit}", f"{float(strength(score, name in YES_NO)):.2f}"]
            row += [f"{found['units'][name]['probe']:.2f}"]
    columns = [
        words for seed in seeds for words in ("shipped" if seed == "0" else f"seed {seed}", "best unit", "all units")
    ]
    return table(rows, columns, corner="held-out score")


def context_figure():
    """Bits per character against the number of characters that may be read before, for the three networks."""
    context = measured()["context"]
    lags = [int(n) for n in context["LSTM"]]
    curves = {kind: [found[str(n)][0] for n in lags] for kind, found in context.items()}
    return figures.curves_by_lag(
        lags,
        curves,
        x_title="characters read before",
        y_title="bits per character",
        log_x=True,
        title="The same characters, predicted from the last few before them",
    )


def gradient_figure():
    """The gradient by a character, relative to that by the last one read, against how long ago it was read.

    Up to 100 characters; 128 before the end each network began to read, where the curves bend.
    """
    found = {kind: median[:101] for kind, median in measured()["gradient"].items()}
    return figures.curves_by_lag(
        range(101),
        found,
        x_title="characters before the last one read",
        y_title="gradient",
        log_y=True,
        y_range=(1e-6, 1.5),
        title="How the dependence on a character dies",
    )

"""How well a unit goes with a truth: the area under the ROC curve, or the correlation."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from lstm_viz.cells import checks
from lstm_viz.lessons.lesson_09.character_model import Reading

__all__ = ["auc", "correlation", "strength", "unit_scores"]


def auc(values, truth):
    """The probability that a unit is higher at a place where it is so than at one where it is not, (units,).

    values (places, units) or (places,), truth (places,) booleans. 0.5 is chance, 1 and 0 are perfect (0: low means
    yes). Ties count half. nan where it is never, or always, so. Source: Hanley & McNeil (1982), from ranks.
    """
    values, truth = _pair(values, truth)
    return auc_of_ranks(rankdata(values, axis=0), truth.astype(bool))


def auc_of_ranks(ranks, truth):
    """`auc` from values that have been ranked before, so that several truths share the sorting."""
    yes = int(truth.sum())
    no = len(truth) - yes
    if not yes or not no:
        return np.full(ranks.shape[1:], np.nan)
    return (ranks[truth].sum(0) - yes * (yes + 1) / 2) / (yes * no)


def correlation(values, truth):
    """Pearson's correlation of a unit's value with a number, (units,), from -1 to 1; nan where either is constant."""
    values, truth = _pair(values, truth)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        values, truth = values - values.mean(0), truth - truth.mean()
        return truth @ values / np.sqrt((truth @ truth) * (values * values).sum(0))


def strength(scores, yes_no):
    """Scores that can be compared whatever their sign: an AUC of 0.1 as 0.9, a correlation of -0.7 as 0.7."""
    return np.maximum(scores, 1 - scores) if yes_no else np.abs(scores)


def unit_scores(reading, truth, quantity="c"):
    """One score a unit, (units,), of a `Reading` for a truth of its text: AUC if it is yes or no, else r."""
    trace = checks.same_kind(reading, Reading, "reading", "a Reading, as model.read returns").trace
    values = getattr(trace, checks.one_of(quantity, trace.names, "quantity"))
    return auc(values, truth) if _is_yes_no(truth) else correlation(values, truth)


def _is_yes_no(truth):
    return isinstance(truth, np.ndarray) and truth.dtype.kind == "b"


def _pair(values, truth):
    values, truth = checks.numbers(values, "values"), checks.numbers(truth, "truth")
    if truth.ndim != 1 or values.shape[:1] != truth.shape or values.ndim > 2:
        raise ValueError(f"truth must have shape {values.shape[:1]}, one for each place; got {truth.shape}")
    return values.astype(float), truth

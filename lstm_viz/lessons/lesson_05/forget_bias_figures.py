"""Pictures and table of the forget-bias lab: what the bias alone lets through, and what training makes of it."""

from __future__ import annotations

import html

import numpy as np

from lstm_viz.cells import sigmoid
from lstm_viz.learning.sweeps import success_interval
from lstm_viz.pictures import figures

__all__ = ["BIASES", "CHRONO", "biases_table", "cell_paths", "paths_figure", "scores_figure"]

#: the forget biases that the shipped sweep has, by the names that it gives them
BIASES = {f"LSTM, forget bias {b}": float(b) for b in (0, 1, 3, 5)}
CHRONO = "LSTM (chrono)"
_FLOOR = 1e-8


def cell_paths(lags, biases):
    """{name: sigma(b) ** lag} for {name: b}, and the chrono initialisation's mean over its units: each (lags,).

    At each lag the chrono cell is told that lag: its biases are log U(1, lag), so f is u / (1 + u), u from 1 to lag.
    """
    lags = np.asarray(lags, float)
    paths = {name: sigmoid(np.asarray(b, float)) ** lags for name, b in biases.items()}
    u = 1.0 + np.maximum(lags - 1.0, 0.0)[:, None] * (np.arange(500) + 0.5) / 500
    return paths | {CHRONO: ((u / (1.0 + u)) ** lags[:, None]).mean(axis=1)}


def paths_figure(lags, bias):
    """sigma(b) ** lag over lags (lags,), of the shipped biases and of `bias`, with a cursor over the lags."""
    short = {f"b = {b:g}": b for b in BIASES.values()} | {f"yours, b = {bias:g}": bias}
    return figures.curves_by_lag(
        lags, cell_paths(lags, short), y_title="σ(b) ** lag", log_y=True, y_range=(_FLOOR, 1.6), cursor=True,
        title="Before training: what the bias alone lets through",
    )  # fmt: skip


def scores_figure(result):
    """The accuracy of every run of a sweep over forget biases, with a cursor over its lags."""
    curves = {_short(name): result.scores(name) for name in result.cells}
    curves = {name: values for name, values in curves.items() if not np.isnan(values).all()}
    return figures.curves_by_lag(
        result.lags, curves, log_x=True, chance=result.chance, y_range=(0.35, 1.03), cursor=True,
        title="After training: the accuracy of every run",
    )  # fmt: skip


def biases_table(result, lag, live):
    """HTML: sigma(b) ** lag and the runs solved at this lag: of a sweep, of live runs {bias: (name, SweepResult)}."""
    paths = {name: path[0] for name, path in cell_paths([lag], BIASES).items()}
    rows = [(_short(name), paths[name], *result.solved(name, lag), result.mean(name, lag)) for name in result.cells]
    for bias, (name, found) in live.items():
        path = float(sigmoid(np.float64(bias)) ** lag)
        rows.append((f"your live run, b = {bias:g}", path, *found.solved(name, lag), found.mean(name, lag)))
    cells = "".join(_row(*row) for row in rows)
    return (
        "<div style='overflow-x:auto'><table style='border-collapse:collapse;line-height:1.4;font-size:14px;"
        f"white-space:nowrap;font-variant-numeric:tabular-nums'><tr><th style='text-align:left'>at lag {lag}</th>"
        "<th style='padding:1px 12px'>σ(b) ** lag</th><th style='padding:1px 12px'>runs solved</th>"
        f"<th>mean accuracy</th></tr>{cells}</table></div>"
    )


def _short(name):
    return name.replace("LSTM, forget bias", "b =")


def _row(name, path, solved, runs, mean):
    found = "<td style='text-align:center'>·</td><td></td>"
    if runs:
        low, high = success_interval(solved, runs)
        found = (
            f"<td style='text-align:right;padding:1px 12px;white-space:nowrap'><b>{solved}</b>/{runs} "
            f"<span style='font-size:12px'>{100 * low:.0f}–{100 * high:.0f} %</span></td>"
            f"<td style='text-align:right'>{mean:.2f}</td>"
        )
    return (
        f"<tr><td style='white-space:nowrap'>{html.escape(name)}</td>"
        f"<td style='text-align:right;padding:1px 12px'>{path:.1e}</td>{found}</tr>"
    )

"""The picture and the table of a sweep over lags."""

from __future__ import annotations

import html

from lstm_viz.learning import tasks
from lstm_viz.learning.sweeps import success_interval
from lstm_viz.pictures import figures

__all__ = ["lag_figure", "solved_table", "task_of"]


def task_of(result, lag):
    """The task of a sweep at some lag."""
    settings = {k: v for k, v in result.task.items() if k not in ("kind", "name", "chance")}
    return tasks.TASKS[result.task["kind"]](lag=lag, **settings)


def lag_figure(result, *, title=None):
    """The score of every run against the lag, the chance line with it; None while there is not one score."""
    curves = {cell: result.scores(cell) for cell in result.cells if any(r.score is not None for r in result.of(cell))}
    if not curves:
        return None
    accuracy = task_of(result, result.lags[-1]).higher_is_better
    name, missing = result.task["name"].capitalize(), len(result.missing)
    default = f"{name}: the score of every run against the lag"
    if missing:
        default = f"{name}: {len(result.runs)} of {len(result.runs) + missing} models so far"
    return figures.curves_by_lag(
        result.lags,
        curves,
        y_title="accuracy" if accuracy else "mean squared error",
        chance=result.chance,
        log_x=len(result.lags) > 1,
        y_range=(0.0 if result.chance < 0.5 else 0.35, 1.03) if accuracy else None,
        title=default if title is None else title,
    )


def solved_table(result):
    """HTML: how many runs solved the task, and where the true rate may lie (Wilson's 95 % interval)."""
    head = "".join(f"<th style='text-align:right;padding:1px 7px'>{lag}</th>" for lag in result.lags)
    rows = []
    for cell in result.cells:
        entries = []
        for lag in result.lags:
            solved, runs = result.solved(cell, lag)
            entry = "·"
            if runs:
                low, high = success_interval(solved, runs)
                entry = (
                    f"<b>{solved}</b>/{runs}<br><span style='font-size:12px'>{100 * low:.0f}–{100 * high:.0f} %</span>"
                )
            entries.append(f"<td style='text-align:right;padding:1px 7px;white-space:nowrap'>{entry}</td>")
        rows.append(f"<tr><td style='padding:1px 10px 1px 0'>{html.escape(cell)}</td>{''.join(entries)}</tr>")
    return (
        "<div style='overflow-x:auto'>"
        "<table style='border-collapse:collapse;line-height:1.4;font-size:14px;font-variant-numeric:tabular-nums'>"
        f"<tr><th style='text-align:left;padding:1px 10px 1px 0'>runs solved at lag</th>{head}</tr>"
        f"{''.join(rows)}</table></div>"
    )

"""Results files: whole or not at all, and never silently wrong."""

import json
import os
import stat

import numpy as np
import pytest

from lstm_viz.learning import results_file, sweep_results
from lstm_viz.learning.sweep_results import Run, SweepResult, load, success_interval


def result(runs=()):
    return SweepResult(
        task={"kind": "MarkedRecall", "cue": "anywhere", "name": "marked recall", "chance": 0.5},
        cells={"SimpleRNN": {"kind": "SimpleRNN", "learning_rate": 0.003}, "GRU": {"kind": "GRU"}},
        lags=(5, 20),
        seeds=(0, 1, 2),
        settings={"units": 16, "updates": 800},
        versions={"numpy": "2.4"},
        about="a sentence with 'quotes' and an umlaut: ü",
        runs=tuple(runs),
    )


def seen(folder):
    """What a listing shows: the lock stays, hidden."""
    return [name for name in os.listdir(folder) if not (name.startswith(".") and name.endswith(".lock"))]


RUNS = [
    Run("GRU", 20, 1, 0.75, False, 800, 1.5),
    Run("GRU", 5, 0, 1.0, True, 100, 0.25),
    Run("GRU", 20, 0, 1.0, True, 150, 1.25),
    Run("SimpleRNN", 20, 2, None, False, 37, 0.5, "diverged"),
]


def test_runs_are_ordered_by_cell_lag_and_seed_and_unique():
    found = result(RUNS).add([Run("GRU", 20, 1, 0.8, False, 900, 2.0)])
    assert [run.key for run in found.runs] == [("SimpleRNN", 20, 2), ("GRU", 5, 0), ("GRU", 20, 0), ("GRU", 20, 1)]
    assert found.runs[-1].score == 0.8  # the later one replaces the earlier


def test_questions():
    found = result(RUNS)
    assert found.chance == 0.5
    assert found.solved("GRU", 20) == (1, 2)
    assert found.mean("GRU", 20) == pytest.approx(0.875)
    assert np.isnan(found.mean("SimpleRNN", 20))
    table = found.scores("GRU")
    assert table.shape == (3, 2)
    np.testing.assert_array_equal(table, [[1.0, 1.0], [np.nan, 0.75], [np.nan, np.nan]])
    assert len(found.missing) == 12 - 4
    assert ("SimpleRNN", 20, 2) not in found.missing
    lines = found.table().splitlines()
    assert lines[0].split() == ["lag", "5", "lag", "20"]
    assert lines[1].split() == ["SimpleRNN", "-", "0/1", "-"]
    assert lines[2].split() == ["GRU", "1/1", "1.00", "1/2", "0.88"]
    assert repr(found) == "<sweep of marked recall: 4 of 12 runs, 2 cells, lag 5 to 20>"
    with pytest.raises(ValueError, match="cell must be one of 'SimpleRNN', 'GRU'; got 'LSTM'"):
        found.of("LSTM")


def test_select():
    found = result(RUNS).select(cells=["GRU"], seeds=[0, 1])
    assert found.seeds == (0, 1)
    assert list(found.cells) == ["GRU"]
    assert len(found.runs) == 3
    assert found.select(lags=[5]).runs == (RUNS[1],)


def test_numbers_leave_out_the_times():
    slower = [run._replace(seconds=9.0) for run in RUNS]
    assert result(slower).numbers() == result(RUNS).numbers()
    assert result(slower).numbers() != result(RUNS[:-1]).numbers()


def test_interval_is_wilsons():
    # as tabulated; Brown, Cai & DasGupta (2001)
    assert success_interval(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-3)
    assert success_interval(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-3)
    low, high = success_interval(10, 10)
    assert (low, high) == pytest.approx((0.7225, 1.0), abs=1e-3)
    with pytest.raises(ValueError, match="between 0 and runs"):
        success_interval(3, 2)


def test_there_and_back(tmp_path):
    path = tmp_path / "new" / "sweep.json"
    found = result(RUNS)
    found.save(path)
    again = load(path)
    assert again == found
    assert again.runs == found.runs
    text = path.read_text(encoding="utf-8")
    assert json.loads(text)["about"].endswith("ü")
    assert len([line for line in text.splitlines() if line.startswith('  ["')]) == 4  # one run a line
    assert stat.S_IMODE(path.stat().st_mode) & stat.S_IRUSR
    assert seen(path.parent) == ["sweep.json"]
    result().save(path.with_name("empty.json"))  # no runs yet
    assert load(path.with_name("empty.json")).runs == ()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda text: text[: len(text) // 2], "not whole JSON"),
        (lambda text: "", "not whole JSON"),
        (lambda text: "\x00\x01", "not whole JSON"),
        (lambda text: "[1, 2]", "format must be"),
        (lambda text: text.replace("sweep 2", "sweep 9"), "got 'lstm_viz lag sweep 9'"),
        (lambda text: text.replace('"seeds"', '"sides"'), "no 'seeds'"),
        (lambda text: text.replace('"updates",', '"steps",'), "columns must be"),
        (lambda text: text.replace("0.75, false", "0.75"), "a run must read"),
        (lambda text: text.replace("0.75, false", '"0.75", false'), "a run must read"),
        (lambda text: text.replace("0.75, false", "NaN, false"), "a run must read"),
        (lambda text: text.replace("0.75, false", "0.75, 3"), "a run must read"),
        (lambda text: text.replace('["GRU", 5', '["LSTM", 5'), "be of one of its cells"),
        (lambda text: text.replace('"chance": 0.5', '"chance": "?"'), "chance of its task must be a number"),
    ],
)
def test_a_broken_file_is_named_and_left_alone(tmp_path, spoil, message):
    path = tmp_path / "sweep.json"
    result(RUNS).save(path)
    spoilt = spoil(path.read_text(encoding="utf-8"))
    path.write_text(spoilt, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as error:
        load(path)
    assert str(path) in str(error.value)
    assert "left as it is" in str(error.value)
    assert path.read_text(encoding="utf-8") == spoilt


def test_no_file():
    with pytest.raises(FileNotFoundError):
        load("nowhere/at/all.json")


def test_a_write_that_fails_leaves_the_old_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "sweep.json"
    result(RUNS[:2]).save(path)
    before = path.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(results_file.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        result(RUNS).save(path)
    assert path.read_bytes() == before
    assert seen(tmp_path) == ["sweep.json"]


def test_shipped_names_what_there_is():
    with pytest.raises(ValueError, match=r"name must be one of the sweeps shipped here.*got 'nonesuch'"):
        sweep_results.shipped("nonesuch")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: result().merged(3), "other must be a SweepResult; got int"),
        (lambda: result().add([[1, 2]]), "runs must hold Run alone"),
        (lambda: result().add(range(10**12)), "runs must hold at most 1000000 things; got more"),
        (lambda: result().select(cells=5), "cells must be a list; got int 5"),
        (lambda: result().select(cells="GRU"), "cells must be a list; got 'GRU'"),
        (lambda: result().of(["GRU"]), "cell must be one of 'SimpleRNN', 'GRU'"),
        (lambda: result().save(5), "path must be the name of a file; got 5"),
        (lambda: SweepResult(1, {}, (), (), {}), "task must be a dict; got 1"),
        (lambda: load(None), "path must be the name of a file; got None"),
        (lambda: sweep_results.shipped(["a"]), "name must be one of the sweeps shipped here"),
        (lambda: success_interval("7", 10), "solved must be a whole number of at least 0; got '7'"),
        (lambda: success_interval(7, 10, z=float("nan")), "z must be a positive number"),
    ],
)
def test_odd_arguments_are_refused_in_one_sentence(call, message):
    with pytest.raises((ValueError, TypeError), match=message) as error:
        call()
    assert len(str(error.value)) <= 300

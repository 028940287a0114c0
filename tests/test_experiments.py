"""Sweeps: the same numbers whoever computes them, and nothing that was finished is ever lost."""

import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass

import joblib
import numpy as np
import pytest

from lstm_viz.learning import results_file, sweep_jobs, sweep_results, tasks
from lstm_viz.learning import sweeps as experiments
from lstm_viz.learning.recipes import RECIPES, named_recipes
from lstm_viz.learning.sweeps import Recipe, Sweep, SweepFailed, lag_sweep

TASK = tasks.MarkedRecall(1)
SMALL = dict(task=TASK, cells=["SimpleRNN", "GRU"], lags=[2, 4], seeds=[0, 1, 2], units=4, updates=30)
#: lag 2 is solved in half a second, lag 400 on no machine: a sweep that can be stopped half done
LONG = dict(task=TASK, cells=["SimpleRNN"], lags=[2, 400], seeds=range(10), units=8, updates=100_000, short_first=True)


def small(**changes):
    return lag_sweep(**{**SMALL, "progress": False, **changes})


@pytest.fixture(scope="module")
def reference():
    return small(n_jobs=1)


# --- the numbers ------------------------------------------------------------------------------------------


def test_every_run_is_there(reference):
    assert len(reference.runs) == 2 * 2 * 3
    assert not reference.missing
    assert reference.lags == (2, 4)
    assert reference.seeds == (0, 1, 2)
    for run in reference.runs:
        assert 0.3 <= run.score <= 1.0
        assert run.solved == (run.score > 0.95)
        assert 1 <= run.updates <= 30
        assert run.seconds > 0
        assert run.note == ""
    assert len({run.score for run in reference.runs}) > 6  # each model is another
    assert reference.settings["updates"] == 30
    assert reference.versions["numpy"] == np.__version__
    assert reference.task["chance"] == 0.5


def test_a_cell_learns_and_the_score_says_so():
    found = lag_sweep(TASK, ["GRU"], [3], [0, 1], units=8, updates=400, progress=False)
    assert found.solved("GRU", 3) == (2, 2)
    assert found.mean("GRU", 3) > 0.97
    assert max(run.updates for run in found.runs) < 400  # it stopped early


def test_two_processes_compute_the_same_bits(reference):
    assert small(n_jobs=2).numbers() == reference.numbers()


def test_two_processes_unless_joblib_is_configured():
    assert Sweep(**SMALL)._parallel.n_jobs == min(2, os.cpu_count())
    assert Sweep(**SMALL, n_jobs=3)._parallel.n_jobs == 3
    with joblib.parallel_config(n_jobs=4):
        assert Sweep(**SMALL)._parallel.n_jobs == 4
    with joblib.parallel_config(backend="threading"):
        assert type(Sweep(**SMALL)._parallel._backend).__name__ == "ThreadingBackend"


def test_threads_by_joblibs_own_configuration_compute_the_same_bits(reference):
    with joblib.parallel_config(backend="threading", n_jobs=3):
        assert small().numbers() == reference.numbers()


def test_what_is_trained_beside_a_run_does_not_change_it(reference, monkeypatch):
    alone = small(cells=["GRU"], lags=[4], seeds=[1], n_jobs=1)
    assert alone.numbers() == reference.select(cells=["GRU"], lags=[4], seeds=[1]).numbers()
    monkeypatch.setattr(sweep_jobs, "_TOGETHER", 2)
    assert small(n_jobs=1).numbers() == reference.numbers()


@pytest.mark.slow
def test_a_dask_cluster_computes_the_same_bits(reference):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.ERROR
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        sweep = Sweep(**SMALL)
        assert type(sweep._parallel._backend).__name__ == "DaskDistributedBackend"
        assert sweep.start().wait(600).numbers() == reference.numbers()


# --- what is kept -----------------------------------------------------------------------------------------


def test_resumed_from_its_file(tmp_path, reference):
    path = tmp_path / "sweep.json"
    first = small(path=path, lags=[4], seeds=[0, 2], n_jobs=1)
    before = path.read_text()
    assert sweep_results.load(path).numbers() == first.numbers()
    assert small(path=path, lags=[4], seeds=[0, 2]).runs == first.runs  # nothing is done twice: the times are the same
    assert path.read_text() == before
    whole = small(path=path, n_jobs=1)
    assert whole.numbers() == reference.numbers()
    assert set(first.runs) <= set(whole.runs)
    part = small(path=path, cells=["GRU"], lags=[2])  # less than the file holds: the file keeps the rest
    assert part.numbers() == reference.select(cells=["GRU"], lags=[2]).numbers()
    assert len(sweep_results.load(path).runs) == len(whole.runs)


def test_stopped_in_the_background_and_resumed(tmp_path):
    path = tmp_path / "sweep.json"
    changes = []
    sweep = Sweep(**LONG, path=path, n_jobs=2, on_change=lambda: changes.append(1))
    assert sweep.state == "ready"
    assert sweep.start() is sweep
    deadline = time.monotonic() + 60
    try:
        while not (sweep.result.runs and sweep.progress.done) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert sweep.state == "running"
        assert 0 < sweep.progress.done < 1
    finally:
        sweep.stop()
    found = sweep.wait(20)  # an hour's work is left: it does not wait for that
    assert sweep.state == "stopped"
    assert "are done and kept" in sweep.message
    assert 0 < len(found.runs) < 20
    assert found.missing
    assert sweep_results.load(path).runs == found.runs
    assert changes
    again = Sweep(**LONG, path=path)
    assert again.result.runs == found.runs
    with pytest.raises(RuntimeError, match="starts once"):
        sweep.start()


def test_interrupted_it_returns_what_is_done(tmp_path):
    """Kernel > Interrupt sends SIGINT to the kernel and to its worker processes."""
    path = tmp_path / "sweep.json"
    program = f"""
        from lstm_viz.learning import tasks
        from lstm_viz.learning.sweeps import lag_sweep
        found = lag_sweep(tasks.MarkedRecall(1), ["SimpleRNN"], [2, 400], range(10), units=8, updates=100_000,
                          progress=False, path={str(path)!r}, short_first=True)
        print("kept", len(found.runs), "missing", len(found.missing))
        print(lag_sweep(tasks.MarkedRecall(1), ["LSTM"], [2], range(2), units=8, updates=20, progress=False).solved(
            "LSTM", 2)[1], "more")
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # a test run that was started in the background ignores SIGINT, and would hand that on
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (path.exists() and sweep_results.load(path).runs):
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 0, printed
    assert "Stopped: " in printed
    kept = sweep_results.load(path)
    assert f"kept {len(kept.runs)} missing {20 - len(kept.runs)}" in printed
    assert 0 < len(kept.runs) < 20
    assert "2 more" in printed  # the workers are still good for the next sweep
    assert "Traceback" not in printed


@pytest.mark.parametrize(("asked", "state"), [(True, "stopped"), (False, "failed")])
def test_a_worker_that_an_interrupt_meets_while_it_starts(asked, state, monkeypatch):
    """It dies of it before it can ignore it; where a stop was asked for, that is no error of the sweep."""
    from concurrent.futures.process import BrokenProcessPool

    def broken(_jobs):
        if asked:
            sweep.stop()
        raise BrokenProcessPool("A task has failed to un-serialize.")
        yield

    sweep = Sweep(**SMALL)
    monkeypatch.setattr(sweep, "_parallel", broken)
    sweep.start().wait_for_end(20)
    assert sweep.state == state
    assert sweep.message.startswith("Stopped: 0 of 12 runs" if asked else "The sweep ended by an error")


def test_a_full_disk_loses_nothing(tmp_path, monkeypatch, reference, capsys):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(results_file.os, "fsync", full)
    path = tmp_path / "sweep.json"
    found = small(path=path, n_jobs=1)
    assert found.numbers() == reference.numbers()
    said = capsys.readouterr().out
    assert f"could not be written to {path} (No space left on device)" in said
    assert "kept in memory" in said
    assert not path.exists()
    monkeypatch.undo()
    found.save(path)
    assert sweep_results.load(path).numbers() == reference.numbers()


def test_a_broken_file_stops_the_sweep_before_it_starts(tmp_path):
    path = tmp_path / "sweep.json"
    path.write_text('{"format": "lstm_viz lag sw')
    with pytest.raises(ValueError, match="not whole JSON"):
        small(path=path)
    assert path.read_text() == '{"format": "lstm_viz lag sw'


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": 5}, "units 4 instead of 5"),
        ({"task": tasks.MarkedRecall(1, cue="first")}, "cue 'anywhere' instead of 'first'"),
        ({"cells": {"GRU": Recipe(kind="GRU", learning_rate=0.3)}}, "other settings of 'GRU'"),
    ],
)
def test_another_sweeps_file_is_left_alone(tmp_path, change, message):
    path = tmp_path / "sweep.json"
    small(path=path, lags=[2], seeds=[0], n_jobs=1)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=f"holds another sweep \\({message}\\)"):
        small(path=path, **change)
    assert path.read_bytes() == before


@dataclass(frozen=True)
class Breaking(tasks.MarkedRecall):
    """Works at a short lag only."""

    def _draw(self, rng, n):
        if self.lag > 2:
            raise MemoryError("too much")
        return super()._draw(rng, n)


def test_an_error_on_the_way_is_told_and_the_finished_runs_kept():
    with pytest.raises(SweepFailed, match=r"ended by an error \(MemoryError: too much\)") as error:
        small(task=Breaking(1), cells=["SimpleRNN"], n_jobs=1)
    assert error.value.result.runs == ()
    assert isinstance(error.value.__cause__, MemoryError)


def test_a_run_that_diverges_is_marked():
    wild = {"wild": Recipe(kind="SimpleRNN", learning_rate=1e30), "tame": RECIPES["GRU"]}
    with np.errstate(all="ignore"):
        found = small(cells=wild, lags=[4], n_jobs=1)
    for run in found.of("wild"):
        assert run.note.startswith("diverged") == (run.score is None)
        assert not run.solved
    for run in found.of("tame"):
        assert run.score is not None


# --- progress ---------------------------------------------------------------------------------------------


def test_progress_grows_to_the_end_and_tells_the_time_left():
    sweep = Sweep(**{**SMALL, "updates": 300, "lags": [4, 30]}, n_jobs=1).start()
    seen = []
    while sweep.state == "running":
        seen.append(sweep.progress)
        time.sleep(0.02)
    sweep.wait()
    seen.append(sweep.progress)
    done = [p.done for p in seen]
    assert done == sorted(done)
    assert seen[-1].done == 1.0
    assert seen[-1].runs == seen[-1].asked == 12
    assert any(0 < d < 1 for d in done)
    assert any(p.left is not None and p.left > 0 for p in seen)
    assert str(seen[-1]).startswith("100%, 12 of 12 runs, ")
    assert str(experiments.SweepProgress(0.25, 3, 12, 10.0, 30.0)) == "25%, 3 of 12 runs, 10 s gone, about 30 s left"


def test_the_bar_is_drawn(capsys):
    lag_sweep(TASK, ["GRU"], [30], [0, 1], units=8, updates=150, n_jobs=1)
    assert "of 2 runs" in capsys.readouterr().err


def test_wait_with_a_time_limit():
    sweep = Sweep(**LONG, n_jobs=1)
    with pytest.raises(RuntimeError, match="not been started"):
        sweep.wait()
    sweep.start()
    with pytest.raises(TimeoutError, match=r"still running after 0\.01 s"):
        sweep.wait(0.01)
    sweep.stop()
    sweep.wait(20)


# --- bad settings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"lags": [0, 5]}, ValueError, "lags must be whole numbers of at least 1; got 0"),
        ({"lags": []}, ValueError, "lags must hold at least one whole number; got none"),
        ({"lags": [2.5]}, ValueError, r"at least 1; got 2\.5"),
        ({"lags": 7.0}, ValueError, r"lags must be a list of whole numbers; got 7\.0"),
        ({"task": tasks.TemporalOrder(20), "lags": [10]}, ValueError, "lags must be whole numbers of at least 20"),
        ({"task": tasks.Adding(20), "lags": [10]}, ValueError, "at least 20; got 10"),
        ({"seeds": []}, ValueError, "seeds must hold at least one whole number; got none"),
        ({"seeds": [-1]}, ValueError, "seeds must be whole numbers of at least 0; got -1"),
        ({"seeds": ["a"]}, ValueError, "got 'a'"),
        ({"cells": []}, ValueError, "cells must name at least one cell; got none"),
        ({"cells": ["Transformer"]}, ValueError, "each cell must be one of 'SimpleRNN', 'LSTM'.*got 'Transformer'"),
        ({"cells": {"GRU": 3}}, TypeError, r"cells\['GRU'\] must be a Recipe; got int"),
        ({"task": 5}, TypeError, r"task must be one of lstm_viz\.learning.*got int"),
        ({"units": 0}, ValueError, "units must be a whole number of at least 1; got 0"),
        ({"updates": -5}, ValueError, "updates must be a whole number of at least 1; got -5"),
        ({"batch_size": True}, ValueError, "batch_size must be a whole number"),
        ({"clipnorm": -1.0}, ValueError, r"clipnorm must be a positive number; got -1\.0"),
        ({"n_jobs": 0}, ValueError, "n_jobs must be a whole number other than 0"),
    ],
)
def test_bad_settings_say_what_came_and_what_was_expected(change, error, message):
    with pytest.raises(error, match=message):
        small(**change)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "LSTM", "learning_rate": -0.01}, r"learning_rate must be a positive number; got -0\.01"),
        ({"kind": "LSTM", "learning_rate": float("nan")}, "learning_rate must be a positive number; got nan"),
        ({"kind": "LSTM", "learning_rate": "fast"}, "learning_rate must be a positive number; got 'fast'"),
        ({"kind": "ESN", "learning_rate": 0.1}, "kind must be one of SimpleRNN, LSTM, GRU, .*; got 'ESN'"),
        ({"kind": "GRU", "learning_rate": 0.1, "updates": 0}, "updates must be a whole number of at least 1; got 0"),
        ({"kind": "GRU", "learning_rate": 0.1, "options": {"chrono": 5}}, "chrono"),
        ({"kind": "GRU", "learning_rate": 0.1, "options": {"a": 1}}, "options must be those of GRU.initialise"),
    ],
)
def test_bad_recipes(settings, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Recipe(**settings)


def test_recipes_are_the_cells_they_say():
    assert list(named_recipes("GRU")) == ["GRU"]
    size = dict(input_dim=2, units=50, timesteps=200, seed=0)
    plain, chrono = (RECIPES[name].cell(**size) for name in ("LSTM", "LSTM (chrono)"))
    assert plain.dtype == np.float32
    np.testing.assert_array_equal(plain.bias[50:100], 1.0)
    bias = chrono.bias[50:100]
    assert 0 <= bias.min() < bias.max() <= np.log(199.0)
    np.testing.assert_allclose(chrono.bias[:50], -bias)
    assert bias.max() > 4  # it is told the length
    assert RECIPES["SimpleRNN"].cell(**size).kind == "SimpleRNN"


def test_a_list_that_is_too_deep_to_write_is_no_name_of_a_cell():
    nested = []
    for _ in range(5000):
        nested = [nested]
    with pytest.raises(ValueError, match="each cell must be one of"):
        lag_sweep(TASK, [nested], [3], [0], progress=False)

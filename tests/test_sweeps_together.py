"""Several sweeps with one results file, kills in the middle, and saves that fail: nothing finished is lost."""

import json
import os
import random
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from lstm_viz.learning import results_file, sweeps, tasks
from lstm_viz.learning.sweep_results import Run, load
from lstm_viz.learning.sweeps import Sweep, lag_sweep

#: how often the two processes are killed; 20 for the full test (LSTM_VIZ_KILLS=20, some minutes)
KILLS = int(os.environ.get("LSTM_VIZ_KILLS", "2"))

SMALL = dict(task=tasks.MarkedRecall(1), cells=["SimpleRNN", "GRU"], lags=[2, 4], seeds=[0, 1], units=4, updates=20)

# both do a part of their own and a part that the other does, too; each notes what was reported to it as done
PROGRAM = """
    import sys
    from lstm_viz.learning import tasks
    from lstm_viz.learning.sweeps import Sweep

    path, log, first, last = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    with open(log, "a") as noted:
        seen = set()

        def note():
            for run in sweep.result.runs:
                if run.key not in seen:
                    seen.add(run.key)
                    noted.write(f"{run.cell}|{run.lag}|{run.seed}|{run.score}|{run.seconds}\\n")
            noted.flush()

        sweep = Sweep(tasks.MarkedRecall(1), ["SimpleRNN", "GRU"], range(2, 8), range(first, last), units=4,
                      updates=60, path=path, n_jobs=1, on_change=note)
        sweep.start().wait()
"""


def begin(folder, number, first, last):
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), folder / "sweep.json", folder / f"log{number}"]
    return subprocess.Popen(
        [*map(str, command), str(first), str(last)],
        start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
@pytest.mark.slow
def test_two_processes_and_random_kills_lose_nothing_and_count_nothing_twice(tmp_path):
    rng, path = random.Random(0), tmp_path / "sweep.json"
    sweeping = {1: (0, 12), 2: (8, 20)}
    for _ in range(KILLS):
        running = [begin(tmp_path, number, *seeds) for number, seeds in sweeping.items()]
        time.sleep(rng.uniform(0.6, 2.5))
        for process in rng.sample(running, rng.choice([1, 2, 2])):
            os.killpg(process.pid, signal.SIGKILL)
            time.sleep(rng.uniform(0, 0.3))
        for process in running:
            time.sleep(0)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        nothing_lost(tmp_path)
        if path.exists() and not load(path).missing:
            path.rename(tmp_path / "finished.json")  # and from the beginning
            for number in sweeping:
                (tmp_path / f"log{number}").unlink()
    for process in [begin(tmp_path, number, *seeds) for number, seeds in sweeping.items()]:
        printed, _ = process.communicate(timeout=300)  # nothing that a killed process left behind blocks
        assert process.returncode == 0, printed
    nothing_lost(tmp_path)
    found = load(path)
    assert not found.missing and len(found.runs) == 2 * 6 * 20
    alone = lag_sweep(tasks.MarkedRecall(1), ["GRU"], [5], range(20), units=4, updates=60, progress=False, n_jobs=1)
    assert found.select(cells=["GRU"], lags=[5]).numbers() == alone.numbers()


def nothing_lost(folder):
    """What a process was told is done is in the file, with the same numbers and once."""
    path = folder / "sweep.json"
    logs = [folder / f"log{number}" for number in (1, 2) if (folder / f"log{number}").exists()]
    noted = [line.split("|") for log in logs for line in log.read_text().splitlines() if line.count("|") == 4]
    if not path.exists():
        assert not noted
        return
    rows = json.loads(path.read_text())["runs"]
    assert len(rows) == len({tuple(row[:3]) for row in rows})
    kept = {tuple(map(str, row[:3])): row for row in rows}
    for cell, lag, seed, score, seconds in noted:
        row = kept[cell, lag, seed]
        assert (str(row[3]), str(row[6])) == (score, seconds)  # the very run, not one like it


def test_two_threads_with_one_file_keep_the_work_of_both(tmp_path):
    path = tmp_path / "sweep.json"
    parts = [Sweep(**{**SMALL, "cells": [cell], "seeds": range(6)}, path=path, n_jobs=1) for cell in SMALL["cells"]]
    for part in parts:
        part.start()
    for part in parts:
        part.wait(300)
    found = load(path)
    assert len(found.runs) == 2 * 2 * 6
    assert not found.missing


def test_many_savers_at_once(tmp_path):
    path = tmp_path / "sweep.json"
    whole = lag_sweep(**{**SMALL, "seeds": range(10)}, progress=False, n_jobs=1)
    threads = [threading.Thread(target=whole.select(seeds=[seed]).save, args=(path,)) for seed in whole.seeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert load(path) == whole


def test_a_finished_sweep_is_left_as_it_is(tmp_path, monkeypatch):
    path = tmp_path / "sweep.json"
    first = lag_sweep(**SMALL, path=path, progress=False, n_jobs=1)
    other = {**first.versions, "numpy": "1.0", "machine": "another", "day": "1999-12-31"}
    aged = path.read_text().replace(first.versions["day"], "1999-12-31")
    path.write_text(aged)
    os.utime(path, (1, 1))
    monkeypatch.setattr("lstm_viz.learning.sweep_settings._versions", lambda: other)
    again = lag_sweep(**SMALL, path=path, progress=False, n_jobs=1, about="other words")
    assert again.runs == first.runs
    assert path.read_text() == aged
    assert path.stat().st_mtime == 1
    more = lag_sweep(**{**SMALL, "seeds": [0, 1, 2]}, path=path, progress=False, n_jobs=1)
    assert {made["day"] for made in more.made.values()} == {"1999-12-31"}
    assert {key[-1] for key, made in load(path).made.items() if made["machine"] == "another"} == {2}
    assert {key[-1] for key, made in load(path).made.items() if made["machine"] != "another"} == {0, 1}


@pytest.mark.skipif(os.name == "nt", reason="modes and links of Unix")
def test_a_link_stays_a_link_and_a_mode_a_mode(tmp_path):
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "real.json", tmp_path / "link.json"
    link.symlink_to(target)
    result = lag_sweep(**SMALL, path=link, progress=False, n_jobs=1)
    assert link.is_symlink() and target.is_file()
    target.chmod(0o640)
    result.add([result.runs[0]._replace(seed=7)]).save(link)
    assert link.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert len(load(target).runs) == len(result.runs) + 1


@pytest.mark.skipif(os.name == "nt", reason="modes of Unix")
def test_a_new_file_follows_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        lag_sweep(**SMALL, path=tmp_path / "sweep.json", progress=False, n_jobs=1)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "sweep.json").stat().st_mode) == 0o640


def test_a_save_that_fails_is_told_when_it_fails(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(results_file.os, "fsync", full)
    told, path = [], tmp_path / "sweep.json"
    sweep = Sweep(
        **SMALL, path=path, n_jobs=1,
        on_change=lambda: told.append((sweep.state, sweep.message, len(sweep.result.runs), str(sweep.progress))),
    )  # fmt: skip
    sweep.start().wait(300)
    state, message, runs, progress = told[0]
    assert (state, runs) == ("running", 0)  # before the first model was trained
    assert f"could not be written to {path} (No space left on device)" in message
    assert "No space left" in progress
    assert sum("No space" in now[1] and now[0] == "running" for now in told) >= 1
    assert "All 8 runs are done." in sweep.message and "No space" in sweep.message


def test_a_file_that_becomes_another_sweeps_is_left_alone(tmp_path):
    path = tmp_path / "sweep.json"
    sweep = Sweep(**SMALL, path=path, n_jobs=1)
    lag_sweep(**{**SMALL, "units": 5, "lags": [2]}, path=path, progress=False, n_jobs=1)
    before = path.read_bytes()
    sweep.start().wait(300)
    assert path.read_bytes() == before
    assert "holds another sweep (units 5 instead of 4)" in sweep.message
    assert len(sweep.result.runs) == 8


def test_every_model_is_there_as_it_ends_and_short_lags_come_first(tmp_path, monkeypatch):
    monkeypatch.setattr(sweeps, "_LISTEN", 0.002)  # so that a quick job is heard in its middle, too
    counts, lags = [], []

    def look():
        counts.append(len(sweep.result.runs))
        lags.extend(run.lag for run in sweep.result.runs if run.lag not in lags)

    path = tmp_path / "sweep.json"
    sweep = Sweep(
        tasks.MarkedRecall(1), ["LSTM"], [2, 100, 8], range(6), units=16, updates=800, path=path, n_jobs=1,
        short_first=True, on_change=look,
    )  # fmt: skip
    assert [job.task.lag for job in sweep._jobs] == [2, 2, 8, 8, 100, 100]
    sweep.start().wait(600)
    assert lags == [2, 8, 100]
    assert any(count % 3 for count in counts)  # in the middle of a job
    assert counts == sorted(counts)
    assert len(load(path).runs) == 18


def test_nothing_of_a_sweep_stays_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sweep = Sweep(**{**SMALL, "updates": 100_000, "lags": [30]}, n_jobs=1).start()
    time.sleep(0.3)
    sweep.stop()
    sweep.wait(300)
    assert not [name for name in os.listdir(tmp_path) if name.startswith("lstm_viz")]


def test_what_another_process_has_done_meanwhile_is_not_done_again(tmp_path):
    path = tmp_path / "sweep.json"
    sweep = Sweep(**SMALL, path=path, n_jobs=1)
    theirs = lag_sweep(**SMALL, path=path, progress=False, n_jobs=1)
    assert sweep.start().wait(300).runs == theirs.runs  # the times are the same
    assert load(path) == theirs


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": 10**6}, "units must be a whole number of at most 2,048; got 1000000"),
        ({"lags": [10**6]}, "lag of MarkedRecall must be a whole number of at most 100,000"),
        ({"units": 2000, "lags": [50_000]}, "one model of 2000 units at lag 50000 would need about .* GB"),
        ({"seeds": range(10**12)}, "seeds must hold at most 100,000 whole numbers"),
        ({"seeds": [2**70]}, r"seeds must be whole numbers below 2 \*\* 63"),
        ({"seeds": range(90_000)}, "at most 100,000 runs; got 2 x 2 x 90000"),
        ({"clipnorm": float("nan")}, "clipnorm must be a positive number; got nan"),
        ({"clipnorm": "1"}, "clipnorm must be a positive number; got '1'"),
        ({"about": 5}, "about must be a sentence; got 5"),
        ({"cells": 5}, "cells must be a list of names or a dict of recipes; got 5"),
        ({"on_change": 5}, "on_change must be a function"),
        ({"path": 5}, "path must be the name of a file, or None; got int"),
        ({"path": "."}, "is a folder"),
        ({"n_jobs": 10**6}, "n_jobs must be a whole number other than 0 .* at most 512"),
    ],
)
def test_what_nobody_can_want_is_refused_at_once(change, message):
    started = time.monotonic()
    with pytest.raises((ValueError, TypeError), match=message) as error:
        Sweep(**{**SMALL, **change})
    assert len(str(error.value)) <= 300
    assert time.monotonic() - started < 5


def broken_files():
    """(what is wrong, what makes it so) with the data of a results file."""

    def change(**values):
        return lambda data: data.update(values)

    def task(**values):
        return lambda data: data["task"].update(values)

    yield "a task of another kind", task(kind=["x"])
    yield "a task that cannot be", task(cue="nowhere")
    yield "a task's unknown setting", task(wings=2)
    yield "a task without a name", lambda data: data["task"].pop("name")
    yield "a chance of NaN", task(chance=float("nan"))
    yield "lags that are text", change(lags="2, 4")
    yield "a lag of 0", change(lags=[0])
    yield "a lag that is a list", change(lags=[[1]])
    yield "no lags", change(lags=[])
    yield "a list for the task", change(task=[1])
    yield "a list for the cells", change(cells=[1])
    yield "a number for a cell", change(cells={"GRU": 1, "SimpleRNN": 2})
    yield "a number for the runs", change(runs=3)
    yield "a text for a run", change(runs=["GRU"])
    yield "a run of numbers", change(runs=[[1, 2, 3, 4, 5, 6, 7, 8, 0]])
    yield "a run that nothing made", change(made=[])
    yield "numbers for versions", change(made=[1])
    yield "a number for about", change(about=3)
    yield "a seed of -1", change(seeds=[-1])


@pytest.mark.parametrize(("what", "spoil"), list(broken_files()), ids=[what for what, _ in broken_files()])
def test_a_broken_results_file_is_one_sentence(tmp_path, what, spoil):
    path = tmp_path / "sweep.json"
    lag_sweep(**SMALL, path=path, progress=False, n_jobs=1)
    data = json.loads(path.read_text())
    spoil(data)
    path.write_text(json.dumps(data))
    with pytest.raises(ValueError, match="is not a results file that can be read") as error:
        load(path)
    assert str(path) in str(error.value)
    assert len(str(error.value).replace(str(path), "")) <= 300
    with pytest.raises(ValueError, match="is not a results file that can be read"):
        lag_sweep(**SMALL, path=path, progress=False)
    with pytest.raises(ValueError, match="left as it is"):
        lag_sweep(**SMALL, progress=False, n_jobs=1).save(path)


@pytest.mark.skipif(os.name == "nt", reason="devices and pipes of Unix")
def test_what_is_no_ordinary_file_is_refused_unread(tmp_path):
    """Reading a device filled the memory, and a pipe waited for ever."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file").write_text("")
    for path, why in (
        ("/dev/full", "/dev/full is a device or a pipe"),
        (tmp_path / "pipe", "is a device or a pipe"),
        (tmp_path, "is a folder"),
        (tmp_path / "loop", "symbolic links"),
        (tmp_path / "file" / "sweep.json", "Not a directory"),
        (tmp_path / ("x" * 300), "File name too long"),
        ("a\0b", "null"),
    ):
        for call in (lambda at: load(at), lambda at: Sweep(**SMALL, path=at)):
            with pytest.raises(ValueError, match="path must be the name of a file") as error:
                call(path)
            assert why in str(error.value) and len(str(error.value)) <= 300 + len(str(tmp_path))


def test_deep_nesting(tmp_path):
    path = tmp_path / "sweep.json"
    path.write_text("[" * 200_000)
    with pytest.raises(ValueError, match=r"nested too deeply|not whole JSON"):
        load(path)


def test_a_file_of_the_first_format_is_still_read(tmp_path):
    path = tmp_path / "sweep.json"
    found = lag_sweep(**SMALL, path=path, progress=False, n_jobs=1)
    data = json.loads(path.read_text())
    data |= {"format": "lstm_viz lag sweep 1", "versions": data.pop("made")[0], "columns": data["columns"][:-1]}
    data["runs"] = [row[:-1] for row in data["runs"]]
    path.write_text(json.dumps(data))
    assert load(path) == found
    assert Run(*data["runs"][0]) == found.runs[0]

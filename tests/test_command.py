"""`python -m lstm_viz`, in a clone and from a wheel: the check, and lessons that never cost a reader their work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from lstm_viz import __main__ as command
from lstm_viz.lessons.copies import lesson_files, write_lessons

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}


def test_without_a_command_it_checks_and_says_how_to_go_on(capsys):
    assert command.main([]) == 0
    said = capsys.readouterr().out
    assert "Everything is there" in said and "python -m lstm_viz lessons my_lessons" in said
    assert said.endswith("jupyter lab my_lessons\n")


def test_every_notebook_and_picture_is_written(tmp_path, capsys):
    assert command.main(["lessons", str(tmp_path / "a b" / "mine")]) == 0
    said = capsys.readouterr().out
    assert f'jupyter lab "{tmp_path / "a b" / "mine"}"' in said
    written = {path.name for path in (tmp_path / "a b" / "mine").glob("*.ipynb")}
    assert written == NOTEBOOKS and len(NOTEBOOKS) >= 9
    for name, source in lesson_files().items():
        assert (tmp_path / "a b" / "mine" / name).read_bytes() == source.read_bytes()
    assert not list((tmp_path / "a b").rglob("*.part"))


def test_a_notebook_that_a_reader_changed_is_kept(tmp_path, capsys):
    write_lessons(tmp_path)
    changed = tmp_path / "03_lstm_step_by_step.ipynb"
    changed.write_text("my work")
    (tmp_path / "05_gradient_flow.ipynb").unlink()
    assert command.main(["lessons", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert changed.read_text() == "my work" and "03_lstm_step_by_step.ipynb: kept as you changed it" in said
    assert "05_gradient_flow.ipynb: written" in said and "04_rnn_vs_lstm.ipynb: already there" in said
    assert "name another folder" in said


def test_a_write_that_is_ended_leaves_no_half_notebook(tmp_path, monkeypatch):
    def end(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("lstm_viz.lessons.copies.os.replace", end)
    with pytest.raises(KeyboardInterrupt):
        write_lessons(tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_what_is_no_folder_is_refused_in_a_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert command.main(["lessons", str(tmp_path / "file")]) == 1
    assert command.main(["lessons", str(tmp_path / "file" / "below")]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 2 and "is a file" in said and "Traceback" not in said
    with pytest.raises(ValueError, match="folder must be the name of a folder; got ''"):
        write_lessons("")
    with pytest.raises(TypeError, match="folder must be a path; got 3"):
        write_lessons(3)


def test_a_terminal_that_has_no_tick_shows_the_rest():
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    run = subprocess.run([sys.executable, "-m", "lstm_viz"], capture_output=True, text=True, env=environment, cwd=ROOT)
    assert run.returncode == 0 and "Everything is there" in run.stdout and run.stderr == ""


@pytest.mark.slow
def test_a_wheel_works_without_the_repository(tmp_path):
    source = tmp_path / "source"
    ignored = shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__", "tests", "benchmarks")
    shutil.copytree(ROOT, source, ignore=ignored)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", tmp_path, source], check=True, capture_output=True, text=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    files = {p.relative_to(source).as_posix() for p in (source / "lstm_viz").rglob("*") if p.is_file()}
    assert files <= names, f"not in the wheel: {sorted(files - names)}"
    assert sum(name.endswith(".ipynb") for name in names) == len(NOTEBOOKS)

    clean = tmp_path / "clean"
    venv.create(clean, with_pip=False)
    python = clean / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    subprocess.run([*pip, "--python", python, "install", "--no-deps", wheel], check=True, capture_output=True)
    # numpy and the others as they are here; an editable lstm_viz of this environment is not found that way
    where = subprocess.check_output(
        [python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"], text=True
    ).strip()
    (Path(where) / "others.pth").write_text(sysconfig.get_paths()["purelib"])
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*arguments):
        return subprocess.run(
            [python, *arguments], capture_output=True, text=True, cwd=tmp_path / "clean", env=environment
        )

    found = run("-c", "import lstm_viz; print(lstm_viz.__file__)").stdout
    assert str(clean) in found, found
    checked = run("-m", "lstm_viz")
    assert checked.returncode == 0 and "jupyter lab my_lessons" in checked.stdout, checked.stderr
    written = run("-m", "lstm_viz", "lessons", "mine")
    assert written.returncode == 0, written.stderr
    assert {path.name for path in (clean / "mine").glob("*.ipynb")} == NOTEBOOKS
    drawn = run("-c", "import lstm_viz, numpy as np; print(lstm_viz.explore(lstm_viz.LSTMCell.initialise(2, 3)"
                ".run(np.ones((5, 2)))))")  # fmt: skip
    assert "explore(" in drawn.stdout, drawn.stderr


@pytest.mark.slow
@pytest.mark.long
def test_the_built_wheel_brings_all_it_needs_into_an_empty_environment(tmp_path):
    source, empty = tmp_path / "source", tmp_path / "empty"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__"))
    venv.create(empty, with_pip=True)
    python = empty / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*words):
        done = subprocess.run([python, "-m", *words], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    run("pip", "install", "--quiet", "build")
    run("build", "--outdir", str(tmp_path), str(source))  # the source archive, and the wheel from that
    run("pip", "uninstall", "--quiet", "--yes", "build")
    (wheel,) = tmp_path.glob("*.whl")
    run("pip", "install", "--quiet", str(wheel))
    said = run("lstm_viz")
    assert "○ Most lessons will run. `pip install 'lstm_viz[full]'` adds" in said and "make" not in said
    run("lstm_viz", "lessons", "mine")
    assert {path.name for path in (tmp_path / "mine").glob("*.ipynb")} == NOTEBOOKS

"""Installing says what happens, what is still to come, and what is wrong, in a reader's words."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import install  # noqa: E402


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("NewConnectionError('<pip...>: Failed to establish a new connection", "connect this machine"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "make room"),
        ("ProxyError('Unable to connect to proxy', OSError('407 Proxy Authentication Required'))", "HTTPS_PROXY"),
        ("/somewhere/.venv/bin/python: No module named pip", "half made"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "PIP_CERT"),
        ("lines\nERROR: something new", "pip stopped: something new"),
        ("", "without a word"),
    ],
)
def test_what_went_wrong_is_one_sentence_with_what_to_do(said, words):
    sentence = install.trouble(said)
    assert words in sentence and "\n" not in sentence


def test_progress_tells_what_is_still_to_come():
    tell = install.Progress(700)
    assert tell("Collecting numpy>=2.0") is None
    assert tell("Package wheel would be ignored") is None
    assert tell("Downloading tqdm-4.67-py3-none-any.whl (78 kB)") is None
    assert tell("Downloading tensorflow-2.21.0-cp312-manylinux.whl (600.1 MB)").startswith(
        "  tensorflow: 600 MB; about 700 MB still"
    )
    assert "about 100 MB still" in tell("  Using cached numpy-2.4.0-cp312.whl (21 MB)")
    assert "30 packages" in tell(f"Installing collected packages: {', '.join(30 * 'a')}")
    assert tell("Installing collected packages: lstm_viz") is None, "which takes no time"


def test_while_pip_is_silent_it_tells_how_many_packages_are_there(tmp_path, capsys):
    (tmp_path / "pip-25.dist-info").mkdir()
    unpacking = install.Unpacking(30, tmp_path, seconds=0.01)
    for name in ("numpy", "scipy"):
        (tmp_path / f"{name}-1.dist-info").mkdir()
    unpacking.start()
    while "of" not in (said := capsys.readouterr().out):
        pass
    unpacking.over.set()
    unpacking.join()
    assert said.splitlines()[0] == "  2 of 30"


@pytest.mark.parametrize("version", [(3, 8, 18), (3, 10, 13), (3, 15, 0)])
def test_another_python_is_refused_before_anything_is_downloaded(version):
    assert ".".join(map(str, version)) in install.unfit(version) and "3.11 to 3.14" in install.unfit(version)
    assert install.unfit((3, 11, 0), ("/env", "/usr")) is None and install.unfit((3, 14, 1), ("/env", "/usr")) is None


def test_a_python_that_the_system_keeps_to_itself_is_left_alone(tmp_path):
    assert install.unfit((3, 12, 0), ("/usr", "/usr"), tmp_path) is None, "in a container it may be installed into"
    (tmp_path / "EXTERNALLY-MANAGED").touch()
    assert "make lab" in install.unfit((3, 12, 0), ("/usr", "/usr"), tmp_path)
    assert install.unfit((3, 12, 0), ("/env", "/usr"), tmp_path) is None


def test_what_is_there_already_is_not_announced_again(monkeypatch, capsys):
    monkeypatch.setattr(install, "find_spec", lambda name: name == "jupyterlab" or None)
    monkeypatch.setattr(install, "pip", lambda *args, **options: (False, "ERROR: stopped here"))
    monkeypatch.setattr(install, "no_tensorflow", lambda: None)
    monkeypatch.setattr(install.shutil, "disk_usage", lambda place: type("Usage", (), {"free": 1e12}))
    assert install.install("lab", None) == "pip stopped: stopped here"
    assert "about 625 MB to download, 2.0 GB on disk" in capsys.readouterr().out


@pytest.fixture
def make(tmp_path):
    """make(*arguments) -> what `make` says, in a copy of the clone whose pip only writes down that it was asked."""
    if not shutil.which("make"):
        pytest.skip("there is no make")
    clone = tmp_path / "a clone"
    (clone / "tools").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, clone)
    shutil.copytree(ROOT / "jupyter", clone / "jupyter")
    (clone / "tools" / "install.py").write_text("import sys; print('installs', sys.argv[1])")
    env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "PYTHON")}

    def run(*arguments, folder=clone):
        done = subprocess.run(["make", *arguments], cwd=folder, env=env, capture_output=True, text=True)
        return done.stdout + done.stderr

    run.clone = clone
    return run


def test_a_python_that_is_named_and_does_not_fit_is_not_quietly_replaced(make, tmp_path):
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.18\n[ "$1" = --version ]\n')
    old.chmod(0o755)
    said = make(".venv/.ready-light", f"PYTHON={old}")
    assert "cannot be taken: Python 3.9.18." in said and "3.11 to 3.14" in said and "creating" not in said
    assert not (make.clone / ".venv").exists()


@pytest.mark.slow
def test_a_folder_that_was_moved_tells_its_packages_once(make):
    ready = (".venv/.ready-light", f"PYTHON={sys.executable}")
    assert "installs light" in make(*ready) and "installs" not in make(*ready)
    moved = make.clone.rename(make.clone.with_name("it's elsewhere"))
    assert "installs light" in make(*ready, folder=moved) and "installs" not in make(*ready, folder=moved)


@pytest.mark.slow
def test_an_environment_that_could_not_be_made_leaves_nothing_behind(make, tmp_path):
    half = tmp_path / "python3.12"
    half.write_text('#!/bin/sh\n[ "$2" = venv ] || exit 0\nmkdir -p .venv/bin; touch .venv/bin/python; exit 1\n')
    half.chmod(0o755)
    said = make(".venv/.ready-light", f"PYTHON={half}")
    assert "could not be made" in said and not (make.clone / ".venv").exists()


def test_progress_knows_an_index_on_this_machine(tmp_path):
    wheel = tmp_path / "torch-2.0-py3-none-any.whl"
    wheel.write_bytes(bytes(25_000_000))
    assert install.Progress(50)(f"Processing {wheel} (from x==1)") == "  torch: 25 MB; about 50 MB still to come"


@pytest.mark.parametrize(("there", "words"), [(True, "Bringing up to date"), (False, "GB free, and about")])
def test_a_full_disk_stops_a_first_installation_alone(there, words, monkeypatch, capsys):
    monkeypatch.setattr(install, "find_spec", lambda name: there or None)
    monkeypatch.setattr(install, "pip", lambda *args, **options: (True, ""))
    monkeypatch.setattr(install.shutil, "disk_usage", lambda place: type("Usage", (), {"free": 1e8}))
    sentence = install.install("light", None)
    assert (sentence is None) is there and words in capsys.readouterr().out + (sentence or "")


@pytest.mark.parametrize(
    ("machine", "there"),
    [
        (((3, 12), "linux", "x86_64"), True),
        (((3, 13), "darwin", "arm64"), True),
        (((3, 12), "win32", "AMD64"), True),
        (((3, 14), "linux", "x86_64"), False),
        (((3, 12), "darwin", "x86_64"), False),
        (((3, 12), "win32", "ARM64"), False),
    ],
)
def test_where_no_tensorflow_exists_it_is_neither_asked_for_nor_promised(machine, there):
    assert (install.no_tensorflow(*machine) is None) is there
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    version, system, kind = machine
    place = {"python_version": ".".join(map(str, version)), "sys_platform": system, "platform_machine": kind}
    assert Requirement(extras["full"][0]).marker.evaluate(place) is there


def test_without_a_network_it_ends_in_seconds_with_one_sentence(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "v"], check=True)
    python = tmp_path / "v" / "bin" / "python"
    wheels = Path(install.__file__).parent  # no package lies there
    import pip

    away = {"PYTHONPATH": str(Path(pip.__file__).parents[1]), "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    away |= {"PIP_FIND_LINKS": str(wheels), "PIP_IGNORE_INSTALLED": "1", "PIP_CONFIG_FILE": os.devnull}
    command = [str(python), str(ROOT / "tools" / "install.py"), "light"]
    run = subprocess.run(command, env=os.environ | away, capture_output=True, text=True, timeout=300)
    assert run.returncode == 1 and "connect this machine to the internet" in run.stderr, run.stdout + run.stderr
    assert len(run.stderr.strip().splitlines()) == 2 and "Traceback" not in run.stderr


def test_what_jupyterlab_finds_by_itself_is_put_where_it_looks(tmp_path):
    install.tell_jupyter(tmp_path)
    extension = tmp_path / "share" / "jupyter" / "labextensions" / "lstm_viz"
    entry = json.loads((extension / "package.json").read_text())["jupyterlab"]["_build"]["load"]
    assert "_JUPYTERLAB" in (extension / entry).read_text()
    look = "from jupyterlab_server.settings_utils import _get_overrides; print(_get_overrides('nowhere'))"
    away = {"JUPYTER_CONFIG_PATH": str(tmp_path / "etc" / "jupyter"), "JUPYTER_CONFIG_DIR": str(tmp_path / "mine")}
    said = subprocess.run([sys.executable, "-c", look], env=os.environ | away, capture_output=True, text=True)
    assert "'@jupyter-widgets/jupyterlab-manager:plugin': {'saveState': True}" in said.stdout, said.stderr
    assert "'fetchNews': 'false'" in said.stdout, "no question about Jupyter's news before the lesson"


def test_every_file_for_jupyterlab_is_installed():
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["data-files"]
    there = {str(path.relative_to(ROOT)) for path in (ROOT / "jupyter").rglob("*") if path.is_file()}
    assert {name for names in named.values() for name in names if name.startswith("jupyter/")} == there

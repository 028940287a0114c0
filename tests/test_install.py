"""Installing says what happens, what is still to come, and what is wrong, in a reader's words."""

import json
import os
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
        ("ERROR: Package 'lstm_viz' requires a different Python: 3.10.1 not in '>=3.11'", "3.11 to 3.14"),
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
    assert "3 packages" in tell("Installing collected packages: a, b, c")


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
    run = subprocess.run(command, env=os.environ | away, capture_output=True, text=True, timeout=60)
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


def test_every_file_for_jupyterlab_is_installed():
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["data-files"]
    there = {str(path.relative_to(ROOT)) for path in (ROOT / "jupyter").rglob("*") if path.is_file()}
    assert {name for names in named.values() for name in names if name.startswith("jupyter/")} == there

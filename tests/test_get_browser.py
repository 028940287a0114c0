"""`make test` gets a browser, takes one that is there, or ends red with one sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def bare(tmp_path):
    """An environment with no browser on PATH, none of Playwright's, and no way to the network."""
    hidden = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    hidden.pop("LSTM_VIZ_CHROMIUM", None)
    return hidden | {
        "PATH": str(tmp_path),
        "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "none"),
        "PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:9",
    }


def get(environment):
    command = [sys.executable, str(ROOT / "tools" / "get_browser.py")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


def test_without_any_browser_it_ends_red_with_one_sentence(bare, monkeypatch):
    sys.path.insert(0, str(ROOT / "tools"))
    import browser

    if any(os.path.exists(path) for path in browser.PLACES):
        pytest.skip("a browser lies where its installer puts it and cannot be hidden")
    run = get(bare)
    assert run.returncode == 1
    assert run.stderr.strip() == browser.NO_BROWSER and "Traceback" not in run.stdout + run.stderr
    assert "BROWSER=no" in browser.NO_BROWSER and "install" in browser.NO_BROWSER


def test_a_named_browser_that_does_not_start_is_not_replaced_by_another(bare, tmp_path):
    fake = tmp_path / "chromium"
    fake.write_text("#!/bin/sh\nexit 3\n")
    fake.chmod(0o755)
    assert get(bare).returncode == 1  # found on PATH, but it does not start
    assert get(bare | {"LSTM_VIZ_CHROMIUM": "/nowhere/at/all", "PATH": os.environ["PATH"]}).returncode == 1


def make(*arguments):
    run = subprocess.run(["make", "-n", *arguments], cwd=ROOT, capture_output=True, text=True)
    return run.stdout


def test_the_browser_is_asked_for_before_any_test_and_can_be_left_out(tmp_path):
    ready = tmp_path / "ready"  # newer than every source: make -n would else really make what is out of date
    ready.touch()
    there = (f"PY={sys.executable}", f"TEST_OK={ready}")
    lines = make("test", *there).splitlines()
    first = next(k for k, line in enumerate(lines) if "pytest" in line or "ruff" in line)
    assert any("get_browser.py" in line for line in lines[:first])
    assert any('-m "browser and not long"' in line for line in lines)
    left_out = make("test", *there, "BROWSER=no")
    assert '-m "browser' not in left_out and "get_browser" not in left_out and "left out" in left_out


def test_make_test_all_runs_what_make_test_runs_and_what_is_marked_long(tmp_path):
    ready = tmp_path / "ready"
    ready.touch()
    there = (f"PY={sys.executable}", f"TEST_OK={ready}")
    short, everything = (make(target, *there).splitlines() for target in ("test", "test-all"))
    said = [line for line in short if "ing directory" not in line]  # GNU make's own words when it is called by make
    everything = [line for line in everything if "ing directory" not in line]
    assert everything[: len(said)] == said
    assert [line for line in everything[len(said) :] if "-m long" in line or '-m "long"' in line]
    # what is marked long is left out of every other run of the suite, and is run without a browser where there is none
    marked = [line for line in short if "pytest" in line and "--nbval" not in line]
    assert marked and all("not long" in line for line in marked)
    assert '-m "long and not browser"' in make("test-all", *there, "BROWSER=no")


def test_something_is_marked_long_with_and_without_a_browser():
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "long", "tests"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    files = {line.split("::")[0] for line in found if "::" in line}
    assert {name.startswith("tests/browser/") for name in files} == {True, False}, "pytest fails where it finds no test"

"""A new reader's first hour on a bare machine: `make lab`, the light way and in full; lesson 00 read, run, slid, saved;
the next day."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from lab import TOKEN, LabPage, free_port
from reading import slide_to
from test_coming_back import DIRTY, WITHOUT, told

ROOT = Path(__file__).resolve().parents[2]
LESSON = "00_start_here.ipynb"
MARK = "a picture: run this cell, Shift+Enter, and it moves"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,  # both ask a package index
    pytest.mark.skipif(sys.platform == "win32" or not shutil.which("make"), reason="starts with make"),
]


class Reader:
    """Somebody's machine: a clone without an environment, and settings of their own."""

    def __init__(self, folder):
        self.clone, self.port = folder / "lstm_viz", free_port()
        out = shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__")
        shutil.copytree(ROOT, self.clone, ignore=out)
        settings = {
            # the printed address is followed by the test; the application is shown to it
            "ServerApp": {"open_browser": False, "port": self.port, "port_retries": 0},
            "IdentityProvider": {"token": TOKEN},
            "LabApp": {"expose_app_in_browser": True, "open_browser": False},
        }
        names = [f"JUPYTER_{name}_DIR" for name in ("CONFIG", "DATA", "RUNTIME")]
        names += ["JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR"]
        places = {name: str(folder / "own" / name.lower()) for name in names}
        config = Path(places["JUPYTER_CONFIG_DIR"])
        config.mkdir(parents=True)
        (config / "jupyter_lab_config.json").write_text(json.dumps(settings))
        ours = ("PYTHONPATH", "VIRTUAL_ENV", "LSTM_VIZ_QUICK", "JUPYTER_PATH", "MAKEFLAGS", "MAKELEVEL")
        self.env = {name: value for name, value in os.environ.items() if name not in ours} | places
        self.log = folder / "said.txt"

    def make_lab(self, way):
        """`make lab` and `way`, until an address is printed; returns what was said, and the seconds that it took."""
        began = time.monotonic()
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                ["make", "lab", *way, f"PYTHON={sys.executable}"],
                cwd=self.clone, env=self.env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        while f"token={TOKEN}" not in self.log.read_text() and "token=..." not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() - began < 1800, self.log.read_text()[-3000:]
            time.sleep(0.2)
        return self.log.read_text(), time.monotonic() - began

    def open(self, chromium):
        return LabPage(SimpleNamespace(app="jupyterlab", port=self.port, base_url="/"), chromium, LESSON, (1440, 900))

    def switch_off(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)


@pytest.fixture
def reader(tmp_path):
    reader = Reader(tmp_path)
    yield reader
    reader.switch_off()


@pytest.mark.parametrize("way", [["LIGHT=1"], []], ids=["light", "full"])
def test_the_first_hour_and_the_second_day(way, reader, chromium):
    said, first = reader.make_lab(way)
    address = re.search(rf"http://\S+:{reader.port}/\S+", said)[0]
    assert f"/lab/tree/{LESSON}" in address, "the printed address opens lesson 00"
    assert "creating .venv" in said and "still to come" in said and "Traceback" not in said
    assert "would be ignored" not in said and ("  tensorflow:" in said) is (way == [])

    # read before anything is run
    page = reader.open(chromium)
    stored = nbformat.read(reader.clone / "notebooks" / LESSON, as_version=4)
    pictured = next(k for k, cell in enumerate(stored.cells) if MARK in json.dumps(cell.get("outputs", [])))
    environment = next(k for k, cell in enumerate(stored.cells) if cell.source == "check_environment()")
    assert MARK in page.show_cell(pictured).inner_text()
    assert page.page.evaluate(DIRTY) is False, "a lesson that was only opened is not unsaved"
    assert page.page.get_by_text("Jupyter news").count() == 0, "the lesson asks the first question"
    assert "Everything is there" not in page.page.locator(".jp-Notebook").inner_text(), "nobody has looked yet"

    # run, slid, saved, closed
    page.run_all()
    assert page.errors() == []
    told_there = page.show_cell(environment).inner_text()
    assert ("Everything is there" in told_there) is (way == []), "what this machine has, and no other"
    view = page.show_cell(pictured)
    assert MARK not in view.inner_text()
    slide_to(view, 5)
    assert view.locator(".lstm-viz-readout").first.inner_text().startswith("5 / ")
    page.wait_idle()
    page.save()
    assert page.problems == []
    page.close()
    reader.switch_off()

    # the second day
    said, second = reader.make_lab(way)
    assert second < first and "creating" not in said, "nothing is installed twice"
    page = reader.open(chromium)
    view = page.show_cell(pictured)
    assert page.page.evaluate(DIRTY) is False
    assert [line.startswith(WITHOUT) for line in told(view)] == [True], "one line, and no broken links"
    slide_to(view, 9)
    assert view.locator(".lstm-viz-readout").first.inner_text().startswith("9 / ")
    assert view.locator(".js-plotly-plot .main-svg").first.is_visible()
    page.run_all()
    slide_to(page.show_cell(pictured), 3)
    assert page.errors() == [] and page.problems == []
    page.close()

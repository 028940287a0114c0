"""A lesson as Voila shows it: the page alone, without its code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from lab import Pictures, free_port
from reading import moves, slide_to

pytestmark = pytest.mark.browser


class VoilaPage(Pictures):
    """A notebook's page in Voila."""

    def __init__(self, browser, port):
        self.watch(browser.new_page(viewport={"width": 1440, "height": 900}))
        self.page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
        self.page.locator(".lstm-viz-time").first.wait_for(timeout=120_000)
        self.drawn(self.page.locator("body"))


@pytest.fixture
def voila(lab, chromium, tmp_path):
    """voila(name) -> VoilaPage of one of the lessons."""
    running = []

    def show(name):
        port, log = free_port(), tmp_path / "voila.log"
        command = [sys.executable, "-m", "voila", name, "--no-browser", f"--port={port}"]
        env = lab.env | {"JUPYTER_CONFIG_DIR": str(tmp_path)}
        with open(log, "w") as said:
            options = {"stdout": said, "stderr": subprocess.STDOUT, "start_new_session": True}
            process = subprocess.Popen(command, cwd=lab.folder, env=env, **options)
        running.append(process)
        for _ in range(300):
            if "is running at" in log.read_text():
                return VoilaPage(chromium, port)
            if process.poll() is not None:
                break
            time.sleep(0.2)
        raise RuntimeError(f"Voila did not start: {log.read_text()[-2000:]}")

    yield show
    for process in running:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def test_a_lesson_slides_in_voila(voila):
    page = voila("00_start_here.ipynb")
    view = page.page.locator(".lstm-viz-view").first
    slide_to(view, 3)
    page.refreshed()
    assert view.locator(".lstm-viz-readout").inner_text() == "3 / 73"
    assert "at timestep 3" in view.locator("[aria-label*='LSTM cell']").first.get_attribute("aria-label")
    shown = [handle for handle in page.page.locator(".noUi-handle").all() if handle.is_visible()]
    assert shown and all(moves(handle) for handle in shown)
    assert "Error" not in page.page.locator("body").inner_text() and page.problems == []
    page.close()

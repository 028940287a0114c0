"""A real JupyterLab on a copy of some notebooks, and its pages as a reader uses them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from browser import widget_views

TOKEN = "browsertests"
PATIENCE = 120_000  # ms: a busy machine may need more than Playwright's 30 s
#: what installing the package puts into JupyterLab: an extension and defaults of settings
SHIPPED = Path(__file__).resolve().parents[1] / "jupyter"
#: what JupyterLab, Notebook and the browser report on their own, with any notebook
NOISE = (
    "favicon",
    "Failed to load resource",
    "ResizeObserver loop",
    "WebSocket connection",
    "apod.nasa",
    "reading 'schema'",
    "@jupyter-notebook/lab-extension",
    "[anywidget] Failed to initialize model.",  # its 2 s were not enough; hear.js goes on (test_late_models.py)
)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Lab:
    """A JupyterLab server (or Notebook 7, app="notebook") whose root is `folder`; `env` is added to its environment.

    It has what installing the package puts into JupyterLab, from this repository, and what a reader has set by hand:
    `settings`, {plugin: its settings}. `base_url` is where a hub would have put it, "/user/ada/".
    """

    def __init__(self, folder, private, env=None, app="jupyterlab", settings=None, base_url="/"):
        self.folder, self.app, self.base_url = Path(folder), app, base_url
        places = {f"JUPYTER_{name}_DIR": str(Path(private) / name) for name in ("CONFIG", "DATA", "RUNTIME")}
        places |= {f"JUPYTERLAB_{name}_DIR": str(Path(private) / name) for name in ("SETTINGS", "WORKSPACES")}
        places["IPYTHONDIR"] = str(Path(private) / "ipython")
        places |= {"JUPYTER_PATH": str(SHIPPED), "JUPYTER_CONFIG_PATH": str(SHIPPED)}
        self.env = os.environ | places | (env or {})
        self.env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{self.env['PATH']}"
        quiet = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
        for plugin, values in (quiet | (settings or {})).items():
            package, name = plugin.split(":")
            place = Path(places["JUPYTERLAB_SETTINGS_DIR"]) / package
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{name}.jupyterlab-settings").write_text(json.dumps(values))
        self.private = Path(private)
        self.start()

    def start(self):
        """Start the server, at a port of its own; RuntimeError with its last words if it does not come up."""
        self.port = free_port()
        self.log = open(self.private / "server.log", "a")  # noqa: SIM115 (open as long as the server runs)
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", self.app, "--no-browser", "--allow-root", f"--port={self.port}",
                f"--IdentityProvider.token={TOKEN}", "--ServerApp.port_retries=0",
                "--LabApp.news_url=None", "--expose-app-in-browser", f"--ServerApp.base_url={self.base_url}",
            ],
            cwd=self.folder, env=self.env, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        for _ in range(300):
            try:
                self.api("/api/status")
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.2)
        raise RuntimeError(f"The server did not start: {(self.private / 'server.log').read_text()[-2000:]}")

    def api(self, path, method="GET"):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{self.base_url.rstrip('/')}{path}", method=method
        )
        request.add_header("Authorization", f"token {TOKEN}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def trust(self, name):
        subprocess.run([sys.executable, "-m", "jupyter", "trust", name], cwd=self.folder, env=self.env, check=True)

    def close(self):
        """Shut the server and its kernels down; `start` starts it again."""
        if self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.log.close()

    def open(self, browser, name, viewport=(1440, 900)):
        return LabPage(self, browser, name, viewport)


class Pictures:
    """A page with pictures on it. `problems` are the errors that it reported."""

    def watch(self, page):
        self.page, self.problems = page, []
        page.set_default_timeout(PATIENCE)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._told(f"page error: {error}"))

    def _said(self, message):
        if message.type == "error":
            self._told(message.text)

    def _told(self, text):
        if not any(word in text for word in NOISE):
            self.problems.append(text)

    def drawn(self, place):
        """Wait until no picture in `place` is still to be drawn."""
        self.page.evaluate("() => { window.sizes = []; }")
        self.page.wait_for_function(
            """(cell) => {
              // widgets put their parts in one after another: wait until no more come
              window.sizes.push(cell.querySelectorAll("*").length);
              return new Set(window.sizes.slice(-4)).size === 1 && window.sizes.length >= 4
                && !cell.textContent.includes("Loading widget")
                && [...cell.querySelectorAll(".lstm-viz-frame")].filter((e) => e.offsetParent).every(
                  (e) => e.querySelector(".main-svg") || !e.querySelector("[role=alert]").hidden);
            }""",
            arg=place.element_handle(),
            polling=100,
        )
        self.refreshed()

    def refreshed(self):
        """Wait for two screen refreshes, after which what was asked for is drawn."""
        self.page.evaluate("() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")

    def close(self):
        self.page.close()


class SavedPage(Pictures):
    """A page saved as HTML, opened from the disk, with no network unless asked for."""

    def __init__(self, browser, path, viewport=(1440, 900), network=False):
        self.watch(browser.new_page())
        self.page.set_viewport_size({"width": viewport[0], "height": viewport[1]})
        self.page.context.set_offline(not network)
        self.page.goto(Path(path).resolve().as_uri())

    def views(self):
        """Where each widget view of the page is, in order, once all of them are drawn."""
        found = widget_views(self.page)
        self.drawn(self.page.locator("body"))
        return found


class LabPage(Pictures):
    """One notebook open in one page. `traffic` counts the characters on the page's sockets, `unanswered` are messages
    of its widgets that Python is still working on."""

    def __init__(self, lab, browser, name, viewport):
        self.lab, self.name = lab, name
        self.watch(browser.new_page(viewport={"width": viewport[0], "height": viewport[1]}))
        self.traffic, self.unanswered = {"received": 0, "sent": 0}, set()
        self.page.on("websocket", self._socket)
        place = f"notebooks/{name}?" if lab.app == "notebook" else f"lab/tree/{name}?reset&"
        self.page.goto(f"http://127.0.0.1:{lab.port}{lab.base_url}{place}token={TOKEN}")
        self._ready()

    def leave(self):
        """Close the notebook, whatever of it is not saved; JupyterLab stays, for `turn_to`, and so does its kernel."""
        self.page.evaluate(
            """() => {
              const panel = window.jupyterapp.shell.currentWidget;
              panel.context.model.dirty = false;
              panel.dispose();
            }"""
        )

    def turn_to(self, name, viewport=(1440, 900)):
        """Open another notebook in the JupyterLab that `leave` has left, as a class goes from lesson to lesson."""
        self.name = name
        self.page.set_default_timeout(PATIENCE)
        self.page.set_viewport_size({"width": viewport[0], "height": viewport[1]})
        self.command("docmanager:open", path=name)
        self._ready()
        self.problems.clear()
        self.traffic.update(received=0, sent=0)
        self.unanswered.clear()

    def _socket(self, socket):
        def received(data):
            self.traffic["received"] += len(data)
            text = data if isinstance(data, str) else data.decode("utf-8", "replace")
            if self.unanswered and '"execution_state"' in text and '"idle"' in text:
                self.unanswered -= {message for message in self.unanswered if message in text}

        def sent(data):
            self.traffic["sent"] += len(data)
            text = data if isinstance(data, str) else data.decode("utf-8", "replace")
            if '"comm_msg"' in text:
                self.unanswered.add(re.search(r'"msg_id":\s*"([^"]+)"', text)[1])

        socket.on("framereceived", received)
        socket.on("framesent", sent)

    def _ready(self):
        self.page.wait_for_function(
            "() => window.jupyterapp?.shell?.currentWidget?.content?.widgets?.length", timeout=90_000
        )
        self.page.evaluate(
            """async () => {
              const panel = window.jupyterapp.shell.currentWidget;
              await panel.context.ready; await panel.sessionContext.ready;
              const kernel = panel.sessionContext.session?.kernel;
              if (kernel) await kernel.info;
            }"""
        )

    def command(self, name, **arguments):
        return self.page.evaluate(
            "([n, a]) => window.jupyterapp.commands.execute(n, a).then(() => null)", [name, arguments]
        )

    def collapse_sidebar(self):
        self.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")

    def run_all(self, timeout=300):
        """Run every cell, as the menu does; returns when the last has ended."""
        self.page.set_default_timeout(timeout * 1000)
        self.command("notebook:run-all-cells")
        self.page.set_default_timeout(PATIENCE)

    def save(self):
        self.command("docmanager:save")

    def reload(self):
        self.save()
        self.page.reload()
        self._ready()

    def wait_idle(self):
        """Wait until the kernel has nothing to do."""
        self.page.wait_for_function(
            """async () => {
              const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
              await kernel.requestKernelInfo(); return kernel.status === "idle";
            }""",
            polling=250,
        )

    def wait_answered(self):
        """Wait until Python has answered all that widgets asked, and they ask no more.

        A kernel may answer them beside its cells, so that one that has nothing to do may not have answered yet.
        TimeoutError if an answer does not come.
        """
        quiet, end = 0, time.monotonic() + PATIENCE / 1000
        while quiet < 3:
            if time.monotonic() > end:
                raise TimeoutError(f"Python has not answered {len(self.unanswered)} messages of the page's widgets")
            self.page.wait_for_timeout(50)
            self.refreshed()
            quiet = 0 if self.unanswered else quiet + 1

    def execute(self, source):
        """Run code in the notebook's kernel, beside its cells."""
        self.page.evaluate(
            """async (code) => {
              const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
              const reply = await kernel.requestExecute({code}).done;
              if (reply.content.status !== "ok") throw new Error(reply.content.evalue);
            }""",
            source,
        )

    def stop_kernel(self):
        """Shut the kernel down and wait until the page knows."""
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        self.page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.sessionContext.session")

    def cells(self):
        """[(index, number of its outputs that are views)] of the cells that show a widget."""
        return self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets.map((cell, k) => {
              const outputs = cell.model.type === "code" ? cell.model.outputs.toJSON() : [];
              return [k, outputs.filter((o) => "application/vnd.jupyter.widget-view+json" in (o.data ?? {})).length];
            }).filter(([_, n]) => n)"""
        )

    def errors(self):
        """The error outputs and the lines on stderr of the whole notebook."""
        return self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets.flatMap((cell) =>
              cell.model.type !== "code" ? [] : cell.model.outputs.toJSON()
                .filter((o) => o.output_type === "error" || o.name === "stderr")
                .map((o) => o.evalue ?? [o.text].flat().join("")))"""
        )

    def show_cell(self, index):
        """Scroll to a cell, wait until what it shows is drawn, and return its place on the page."""
        self.page.evaluate(
            "async (k) => { await window.jupyterapp.shell.currentWidget.content.scrollToItem(k, 'start'); }", index
        )
        cell = self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{index}']")
        cell.locator(".jp-OutputArea-output").first.wait_for(state="attached")
        self.drawn(cell)
        return cell


def copy_notebooks(source, target):
    """A copy of the notebooks (and what lies beside them) to run in."""
    return shutil.copytree(source, target, ignore=shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__"))

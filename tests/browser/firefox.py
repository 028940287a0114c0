"""Firefox, headless, as far as reading a page and pressing keys: over WebDriver BiDi, which it speaks by itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import websocket

NAMES = ("firefox", "firefox-esr")
KEYS = {"ArrowRight": "\ue014", "ArrowLeft": "\ue012", "Home": "\ue011"}


def program():
    """The path of the Firefox of this machine (LSTM_VIZ_FIREFOX names another), or None."""
    named = os.environ.get("LSTM_VIZ_FIREFOX")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


class Firefox:
    """One page of a Firefox of its own, with no network beyond this machine."""

    def __init__(self, path):
        self.profile = tempfile.mkdtemp()
        with open(f"{self.profile}/user.js", "w") as settings:
            settings.write('user_pref("network.proxy.type", 1);\nuser_pref("network.proxy.http", "127.0.0.1");\n')
            settings.write('user_pref("network.proxy.ssl", "127.0.0.1");\nuser_pref("network.proxy.http_port", 9);\n')
            settings.write('user_pref("network.proxy.ssl_port", 9);\nuser_pref("remote.active-protocols", 1);\n')
        log = open(f"{self.profile}/log", "w")  # noqa: SIM115 (open as long as the browser runs)
        self.process = subprocess.Popen(
            [path, "--headless", "--no-remote", "--profile", self.profile, "--remote-debugging-port", "0"],
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        for _ in range(300):
            with open(f"{self.profile}/log") as said:
                address = re.search(r"WebDriver BiDi listening on (ws://\S+)", said.read())
            if address:
                break
            time.sleep(0.2)
        else:
            self.close()
            raise RuntimeError("Firefox did not start within a minute")
        self.socket = websocket.create_connection(f"{address[1]}/session", suppress_origin=True, timeout=120)
        self.asked, self.problems = 0, []
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded"])
        self.context = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    def ask(self, method, **params):
        """Send one command and return its result; what the page logs as an error meanwhile is kept in `problems`."""
        self.asked += 1
        self.socket.send(json.dumps({"id": self.asked, "method": method, "params": params}))
        while True:
            said = json.loads(self.socket.recv())
            if said.get("method") == "log.entryAdded" and said["params"]["level"] == "error":
                self.problems.append(said["params"]["text"])
            if said.get("id") == self.asked:
                if said["type"] == "error":
                    raise RuntimeError(f"{method}: {said['message']}")
                return said["result"]

    def size(self, width, height):
        self.ask("browsingContext.setViewport", context=self.context, viewport={"width": width, "height": height})

    def open(self, url):
        self.ask("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def read(self, expression):
        """The value of a JavaScript expression (a promise is awaited), as JSON gives it."""
        found = self.ask(
            "script.evaluate", expression=f"(async () => JSON.stringify(await ({expression})))()",
            target={"context": self.context}, awaitPromise=True,
        )  # fmt: skip
        if found["type"] == "exception":
            raise RuntimeError(found["exceptionDetails"]["text"])
        return json.loads(found["result"].get("value", "null"))

    def wait(self, expression, seconds=90):
        """Wait until the expression is true; AssertionError if it does not become so."""
        end = time.monotonic() + seconds
        while not self.read(expression):
            assert time.monotonic() < end, f"never true in Firefox: {expression}"
            time.sleep(0.1)

    def press(self, key):
        key = KEYS[key]
        keys = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": keys}
        self.ask("input.performActions", context=self.context, actions=[source])

    def picture(self, path):
        import base64

        shot = self.ask("browsingContext.captureScreenshot", context=self.context)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def close(self):
        if hasattr(self, "socket"):
            self.socket.close()
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)
        shutil.rmtree(self.profile, ignore_errors=True)

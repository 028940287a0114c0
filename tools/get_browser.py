#!/usr/bin/env python3
"""Get the browser tests what they need, before any test runs: a browser that starts, and the assets of saved pages.

    python tools/get_browser.py

Playwright's own Chromium where it can be had, else a browser that is there. Ends with one sentence and exit code 1
where there is neither. A browser named in LSTM_VIZ_CHROMIUM is taken as it is.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile

from browser import BrowserMissing, browsers, launch
from html_assets import AssetsMissing, copy_assets

HOST = "cdn.playwright.dev"
SECONDS = 5  # to wait for an answer before the network counts as not there


def reachable():
    """False if Playwright's download host does not answer; a proxy or another host is left to Playwright to ask."""
    others = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "PLAYWRIGHT_DOWNLOAD_HOST")
    if any(os.environ.get(name) for name in others):
        return True
    try:
        socket.create_connection((HOST, 443), SECONDS).close()
    except OSError:
        return False
    return True


def fetch():
    """Install Playwright's own Chromium; True if that worked."""
    if not reachable():
        return False
    print("fetching Playwright's Chromium (some 150 MB, once) ...", flush=True)
    environment = {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": str(1000 * SECONDS)} | os.environ
    command = [sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"]
    return subprocess.run(command, env=environment, capture_output=True).returncode == 0


def main():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        if not os.environ.get("LSTM_VIZ_CHROMIUM") and playwright.chromium.executable_path not in browsers(playwright):
            fetch()
        try:
            running = launch(playwright)
        except BrowserMissing as error:
            return str(error)
        print(f"browser tests run in {running.browser_type.name} {running.version}", flush=True)
        running.close()
    try:
        with tempfile.TemporaryDirectory() as folder:
            copy_assets(folder)
    except AssetsMissing as error:
        return f"The browser tests cannot run: {error}; `make test BROWSER=no` leaves them out on purpose."
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A headless Chromium for the tools and the browser tests."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--allow-file-access-from-files", "--font-render-hinting=none",
]  # fmt: skip


def find_chromium():
    """Path of a Chromium or Chrome: the environment variable LSTM_VIZ_CHROMIUM, else the first on PATH, else None."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("LSTM_VIZ_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@contextmanager
def chromium():
    """A running browser (playwright's `Browser`); RuntimeError if there is none on this machine."""
    from playwright.sync_api import sync_playwright

    path = find_chromium()
    if path is None:
        raise RuntimeError("no Chromium found: install one, or name it in the environment variable LSTM_VIZ_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()

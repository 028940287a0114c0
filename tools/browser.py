"""A headless Chromium for the tools and the browser tests."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--allow-file-access-from-files", "--font-render-hinting=none",
]  # fmt: skip


VIEW = "application/vnd.jupyter.widget-view+json"

# Numbered, because a selector that finds them by what they hold takes a second in a long page.
_NUMBER = """(kind) => {
  const tags = [...document.querySelectorAll(`script[type="${kind}"]`)];
  tags.forEach((tag, k) => { tag.parentElement.dataset.view = k; });
  return tags.length;
}"""
_DRAWN = """() => [...document.querySelectorAll("[data-view]")].every(
    (view) => view.querySelector(".widget-subarea > *"))
  && [...document.querySelectorAll(".lstm-viz-frame")].filter((frame) => frame.offsetParent).every(
    (frame) => frame.querySelector(".main-svg") || !frame.querySelector("[role=alert]").hidden)"""


#: how Chromium and its kin are called on PATH; Chrome and Edge for macOS and Windows where their installers put them
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
NO_BROWSER = (
    "No browser could be started: install Chromium, Chrome or Edge (Debian, Ubuntu: sudo apt install chromium), "
    "or name one in the environment variable LSTM_VIZ_CHROMIUM; "
    "`make test BROWSER=no` leaves the browser tests out on purpose."
)


class BrowserMissing(RuntimeError):
    """No browser of this machine starts; the message says what to do."""


def browsers(playwright):
    """Paths of the browsers to try, best first: LSTM_VIZ_CHROMIUM alone if set, Playwright's own, what is installed."""
    if named := os.environ.get("LSTM_VIZ_CHROMIUM"):
        return [named]
    there = (playwright.chromium.executable_path, *map(shutil.which, NAMES), *PLACES)
    return [path for path in there if path and os.path.exists(path)]


def launch(playwright):
    """The first browser that starts (Playwright's own may lack libraries of the system); BrowserMissing if none."""
    from playwright.sync_api import Error

    for path in browsers(playwright):
        try:
            return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        except Error:
            continue
    raise BrowserMissing(NO_BROWSER)


@contextmanager
def chromium():
    """A running browser (playwright's `Browser`); BrowserMissing if there is none on this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch(playwright)
        try:
            yield browser
        finally:
            browser.close()


def widget_views(page, timeout=60):
    """The places of a saved page's widget views, in order, once all that can be seen of them is drawn."""
    count = page.evaluate(_NUMBER, VIEW)
    page.wait_for_function(_DRAWN, timeout=timeout * 1000)
    page.evaluate("() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    return [page.locator(f"[data-view='{k}']") for k in range(count)]

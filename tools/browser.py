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


def widget_views(page, timeout=60):
    """The places of a saved page's widget views, in order, once all that can be seen of them is drawn."""
    count = page.evaluate(_NUMBER, VIEW)
    page.wait_for_function(_DRAWN, timeout=timeout * 1000)
    page.evaluate("() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    return [page.locator(f"[data-view='{k}']") for k in range(count)]

"""Fixtures of the browser tests. What they need is fetched by `make test`; where it is not there, they fail."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(Path(__file__).parent)]

import browser as tools_browser  # noqa: E402
from firefox import Firefox, program  # noqa: E402
from html_assets import AssetsMissing, copy_assets  # noqa: E402
from lab import Lab, SavedPage, copy_notebooks  # noqa: E402


@pytest.fixture(scope="session")
def chromium():
    try:
        with tools_browser.chromium() as running:
            yield running
    except tools_browser.BrowserMissing as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """JupyterLab on a copy of notebooks/, with short trainings; `lab.folder` can be written to."""
    folder = tmp_path_factory.mktemp("lab") / "notebooks"
    copy_notebooks(ROOT / "notebooks", folder)
    server = Lab(folder, tmp_path_factory.mktemp("private"), {"LSTM_VIZ_QUICK": "1"})
    yield server
    server.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """A folder for saved pages, with their assets in it."""
    folder = tmp_path_factory.mktemp("site")
    try:
        copy_assets(folder / "assets")
    except AssetsMissing as error:
        pytest.fail(str(error), pytrace=False)
    return folder


@pytest.fixture
def open_saved(chromium, site):
    """open_saved(notebook, name) -> SavedPage of an executed notebook."""
    from save_html import save

    pages = []

    def open_(notebook, name):
        pages.append(SavedPage(chromium, save(notebook, site, name)))
        return pages[-1]

    yield open_
    for page in pages:
        page.close()


@pytest.fixture(scope="session")
def desk():
    """The one JupyterLab in which notebooks are opened one after the other; loading it takes longer than most tests."""
    pages = []
    yield pages
    for page in pages:
        page.close()


@pytest.fixture
def open_notebook(lab, chromium, desk, request):
    """open_notebook(name, viewport=..., fresh=False) -> LabPage; its notebook and its kernel are closed after the test.

    `fresh` opens it in a JupyterLab of its own: for a test that closes it, or leaves it otherwise than it was.
    """
    failed, opened = request.session.testsfailed, []

    def open_(name, *, fresh=False, **options):
        if desk and not fresh and not opened:
            desk[0].turn_to(name, **options)
            opened.append(desk[0])
        else:
            opened.append(lab.open(chromium, name, **options))
            if not desk and not fresh:
                desk.append(opened[0])
        return opened[-1]

    yield open_
    broken = request.session.testsfailed > failed  # nobody knows what such a test has left there
    for page in opened:
        if page in desk and not broken:
            page.leave()
        else:
            page.close()
    if broken:
        desk.clear()
    for session in lab.api("/api/sessions"):
        lab.api(f"/api/sessions/{session['id']}", "DELETE")


@pytest.fixture
def firefox():
    path = program()
    if path is None:
        where = pytest.fail if os.environ.get("CI") else pytest.skip
        where("No Firefox on this machine: sudo apt install firefox-esr, or name one in LSTM_VIZ_FIREFOX.")
    browser = Firefox(path)
    yield browser
    browser.close()

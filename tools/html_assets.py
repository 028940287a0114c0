"""What a saved page needs beside it to show its widgets and its mathematics with no kernel and no network.

Each file comes out of a published package: the widget manager and require.js and MathJax through `npm pack`, once,
into a cache directory (LSTM_VIZ_CACHE, else ~/.cache/lstm_viz); anywidget's and plotly's out of the installed
Python packages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

#: npm package -> {file or folder inside it: where it lies beside the page}
PACKAGES = {
    "@jupyter-widgets/html-manager@1.0.15": {"dist/embed-amd.js": "embed-amd.js"},
    "requirejs@2.3.8": {"require.js": "require.js"},
    "mathjax@2.7.9": {
        name: f"mathjax/{name}"
        for name in (
            "MathJax.js", "config/TeX-AMS_CHTML-full.js", "config/Safe.js", "extensions/Safe.js", "extensions/TeX",
            "extensions/MathEvents.js", "extensions/MathMenu.js", "extensions/MathZoom.js", "extensions/tex2jax.js",
            "jax/input/TeX", "jax/element", "jax/output/CommonHTML", "fonts/HTML-CSS/TeX/woff",
        )
    },
}  # fmt: skip

#: what slides need besides
SLIDES = {
    "reveal.js@4.6.1": {
        name: f"reveal.js/{name}"
        for name in ("dist/reveal.js", "dist/reveal.css", "dist/theme/white.css", "dist/theme/fonts", "plugin/notes")
    }
}
#: the mathematics of a page that is one file: one script that loads nothing
MATHEMATICS = ("mathjax@3.2.2", "es5/tex-svg-full.js")


class AssetsMissing(RuntimeError):
    """A package that a saved page needs could not be had; the message says which and why."""


def _cache():
    return Path(os.environ.get("LSTM_VIZ_CACHE", Path.home() / ".cache" / "lstm_viz"))


def _package(spec):
    """Folder with the unpacked npm package, fetched if it is not there yet."""
    folder = _cache() / spec.replace("/", "+")
    if (folder / "package").is_dir():
        return folder / "package"
    npm = shutil.which("npm")
    if npm is None:
        raise AssetsMissing(f"a saved page needs the npm package {spec}, and npm (part of Node.js) is not installed")
    part = folder.with_name(f"{folder.name}.{os.getpid()}")
    part.mkdir(parents=True, exist_ok=True)
    run = subprocess.run([npm, "pack", "--silent", spec], cwd=part, capture_output=True, text=True)
    if run.returncode:
        reason = (run.stderr.strip() or "no reason given").splitlines()[-1]
        shutil.rmtree(part)
        raise AssetsMissing(f"npm could not fetch {spec}, which a saved page needs: {reason}")
    with tarfile.open(next(part.glob("*.tgz"))) as archive:
        archive.extractall(part, filter="data")
    if folder.exists():  # another process was quicker
        shutil.rmtree(part)
    else:
        part.rename(folder)
    return folder / "package"


def mathematics():
    """The path of the script that a page of one file writes its mathematics with; AssetsMissing if it cannot be had."""
    return asset(*MATHEMATICS)


def asset(spec, name):
    """The path of one file of an npm package; AssetsMissing if it cannot be had."""
    return _package(spec) / name


def copy_assets(directory, more=()):
    """Put every asset, and those of `more`, into `directory` (made if need be); AssetsMissing if one cannot be had."""
    import anywidget
    import plotly_part

    sources = {"anywidget.js": Path(anywidget.__file__).parent / "nbextension" / "index.js"} | plotly_part.files()
    for spec, files in (PACKAGES | dict(more)).items():
        package = _package(spec)
        sources |= {target: package / name for name, target in files.items()}
    for target, source in sources.items():
        place = Path(directory) / target
        if place.exists():
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, place)

"""Is everything there that the lessons need? `check_environment()` says so in words, without importing any of it."""

from __future__ import annotations

import html
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from lstm_viz.cells import checks

__all__ = ["EnvironmentReport", "check_environment"]

#: the clone's folder, if there is a clone
_ROOT = Path(__file__).resolve().parents[3]
#: packages that only some lessons need
_ONLY_FOR = {
    "tensorflow": "04, 07 and 08 (and the last sections of 03 and 09)",
    "keras": "04, 07 and 08 (and the last sections of 03 and 09)",
    "scikit-learn": "02, 04, 08 and 09",
    "joblib": "01 and 06",
    "threadpoolctl": "01, 05 and 06",
    "tqdm": "01 and 06",
}


def _fits(version, wanted):
    """True if `version` lies within bounds such as ">=2.0,<3"."""
    return SpecifierSet(wanted).contains(version, prereleases=True)


@dataclass(frozen=True)
class _Row:
    name: str
    wanted: str
    found: str | None

    @property
    def fits(self):
        return self.found is not None and _fits(self.found, self.wanted)

    @property
    def verdict(self):
        # a version that fits is not named, so that the text is the same on every machine where all is well
        if self.fits:
            return "ok"
        needed = f"; lessons {_ONLY_FOR[self.name]} need it" if self.name in _ONLY_FOR else "; every lesson needs it"
        return ("missing" if self.found is None else f"version {self.found} does not fit") + needed


@dataclass(frozen=True, repr=False)
class EnvironmentReport:
    """What was found. `ok`: everything fits; `usable`: what is missing stops only some lessons; `versions` a dict.

    `clone`: the package runs from a clone, where `make lab` is at hand, and not from a wheel.
    """

    rows: tuple[_Row, ...]
    clone: bool = True

    @property
    def ok(self):
        return all(row.fits for row in self.rows)

    @property
    def usable(self):
        return all(row.fits or row.name in _ONLY_FOR for row in self.rows)

    @property
    def versions(self):
        return {row.name: row.found for row in self.rows}

    @property
    def verdict(self):
        if self.ok:
            return "✓ Everything is there: all lessons will run."
        if self.usable:
            way = "`make lab` (without LIGHT=1)" if self.clone else "`pip install 'lstm_viz[full]'`"
            return f"○ Most lessons will run. {way} adds what some of them still need:"
        way = "`make lab` (or environment.yml)" if self.clone else "`pip install lstm_viz`"
        return f"✗ Something that every lesson needs is missing. {way} installs it:"

    def __repr__(self):
        width = max(len(row.name) for row in self.rows)
        wanted = max(len(row.wanted) for row in self.rows)
        rows = [f"  {row.name:<{width}}  {row.wanted:<{wanted}}  {row.verdict}" for row in self.rows]
        return "\n".join([self.verdict, *rows])

    def _repr_html_(self):
        cells = "".join(
            f'<tr><td style="text-align:left">{html.escape(row.name)}</td>'
            f'<td style="text-align:left">{html.escape(row.wanted)}</td>'
            f'<td style="text-align:left">{"✓" if row.fits else "✗"} {html.escape(row.verdict)}</td></tr>'
            for row in self.rows
        )
        head = '<tr><th style="text-align:left">package</th><th style="text-align:left">wanted</th><th></th></tr>'
        opened = "" if self.ok else " open"
        table = f"<details{opened}><summary>what was looked for</summary><table>{head}{cells}</table></details>"
        return f"<strong>{html.escape(self.verdict)}</strong>{table}"


def check_environment(python=None, installed=None):
    """Compare this environment with what the project asks for, and say which lessons a missing package stops.

    `python` (a version such as "3.11.2") and `installed` (dict from package to version) stand in for this
    interpreter and its packages. Returns an EnvironmentReport; imports nothing heavy. TypeError or ValueError for
    what is no version; RuntimeError if lstm_viz itself is not installed, since its own list of requirements is then
    not there to compare with.
    """
    if python is not None:
        python = _known_version(python, "python")
    if installed is not None:
        if not isinstance(installed, Mapping):
            raise TypeError(f"installed must be a dict from package to version; got {checks.short(installed)}")
        installed = {name: _known_version(version, "each version in installed") for name, version in installed.items()}
    try:
        about = metadata.metadata("lstm_viz")
    except metadata.PackageNotFoundError:
        raise RuntimeError(
            "lstm_viz is not installed in this environment, only importable; run `make lab`, "
            "or `pip install -e .` in the project's folder"
        ) from None
    rows = [_Row("Python", _tidy(about["Requires-Python"]), python or ".".join(map(str, sys.version_info[:3])))]
    for requirement in map(Requirement, about.get_all("Requires-Dist") or []):
        # of the extras only the one for lessons: not those for tests, and not JupyterLab, which may be elsewhere
        if requirement.marker is None or 'extra == "full"' in str(requirement.marker):
            found = _version(requirement.name) if installed is None else installed.get(requirement.name)
            rows.append(_Row(requirement.name, _tidy(str(requirement.specifier)), found))
    return EnvironmentReport(tuple(rows), clone=(_ROOT / "Makefile").is_file())


def _known_version(value, name):
    try:
        Version(checks.text(value, name))
    except InvalidVersion:
        raise ValueError(f"{name} must be a version such as '3.11.2'; got {checks.short(value)}") from None
    return value


def _tidy(wanted):
    """Bounds with the lower one first."""
    return ",".join(sorted(wanted.replace(" ", "").split(","), key=lambda bound: not bound.startswith(">")))


def _version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None

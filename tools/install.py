#!/usr/bin/env python3
"""Install lstm_viz into the environment of this interpreter, and say what happens in a reader's words.

    python tools/install.py lab | light | test

lab: JupyterLab and TensorFlow. light: without TensorFlow. test: all that the tests need. Where no TensorFlow exists the
light way is taken. Needs nothing but Python and pip; pip's own words go to install.log in the environment's folder.
Written so that an old Python, too, comes as far as the sentence that names it.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = {"lab": "full,lab", "light": "lab", "test": "full,lab,test,site"}
#: about how much there is to download (MB) and to keep (GB), measured on Linux
SIZES = {"lab": (750, 2.6), "light": (125, 0.6), "test": (850, 3.0)}
WHAT = {
    "lab": "JupyterLab, TensorFlow and what else the lessons need",
    "light": "JupyterLab and what the lessons need, without TensorFlow (lessons 04, 07 and 08 need it)",
    "test": "what the lessons and all their tests need",
}
#: what is there once an environment has been installed this way
SIGNS = {"lab": ("jupyterlab", "tensorflow"), "light": ("jupyterlab",), "test": ("pytest", "tensorflow")}
#: signs in pip's words of what went wrong, and what to do about it
TROUBLES = (
    (
        r"ProxyError|proxy|407 ",
        "The proxy does not let pip through: check HTTPS_PROXY, then run the same command again.",
    ),
    (
        r"NewConnectionError|NameResolutionError|ConnectTimeout|Network is unreachable|Connection refused"
        r"|ConnectionError|Max retries|timed out|Connection broken|IncompleteRead"
        r"|No matching distribution found for setuptools",
        "The package index could not be reached: connect this machine to the internet "
        "(behind a proxy, set HTTPS_PROXY), then run the same command again.",
    ),
    (r"CERTIFICATE_VERIFY_FAILED|SSLError", "The network's certificate is not known to pip: name it in PIP_CERT."),
    (
        r"No space left|Errno 28",
        "A disk is full, the environment's or that of the temporary files (TMPDIR names another folder for them): "
        "make room, then run the same command again.",
    ),
    (r"[Pp]ermission denied|Errno 13", "The environment's folder may not be written to: `make clean`, then again."),
    (r"No module named pip", "The environment was left half made: `make clean`, then run the same command again."),
)
OLD = "lstm_viz needs Python 3.11 to 3.14, and this is {}: `make clean`, then `make lab PYTHON=/path/to/python3.12`."
SYSTEM = (
    "This Python belongs to the system, which keeps its packages to itself: `make lab` makes an environment; "
    "without make, `python3 -m venv .venv` and run this with the Python in there."
)
NO_TENSORFLOW = (
    "TensorFlow has no package for this machine ({}): installing the light way, without it. "
    "Lessons 04, 07 and 08 will say that they need it; all others run."
)


def no_tensorflow(version=sys.version_info[:2], system=sys.platform, machine=None):
    """Why there is no TensorFlow for this machine, or None if there should be one."""
    machine = (machine or platform.machine()).lower()
    if version >= (3, 14):
        return f"Python {version[0]}.{version[1]}"
    if system == "darwin" and machine == "x86_64":
        return "a Mac with an Intel processor"
    if system == "win32" and machine == "arm64":
        return "Windows on ARM"
    return None


def unfit(version=sys.version_info[:3], prefixes=(sys.prefix, sys.base_prefix), stdlib=None):
    """Why nothing can be installed for this Python, in one sentence; None if it can."""
    if not (3, 11) <= version[:2] <= (3, 14):
        return OLD.format(".".join(map(str, version)))
    managed = Path(stdlib or sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED"
    return SYSTEM if prefixes[0] == prefixes[1] and managed.exists() else None


def trouble(said):
    """One sentence on what went wrong, from all that pip said."""
    for sign, sentence in TROUBLES:
        if re.search(sign, said):
            return sentence
    errors = [line for line in said.splitlines() if line.startswith("ERROR: ")] or said.strip().splitlines()[-1:]
    return f"pip stopped: {(errors or ['without a word'])[-1].removeprefix('ERROR: ')}"


class Progress:
    """Tells from pip's lines how much has come and how much is still to come."""

    def __init__(self, total):
        self.total, self.come, self.told = total, 0.0, 0.0

    def __call__(self, line):
        """What to print after this line of pip's; None for most lines."""
        if found := re.match(r"Processing (\S+\.whl)", line):  # an index that lies on this machine
            line = f"Using cached {Path(found.group(1)).name} ({Path(found.group(1)).stat().st_size / 1e6} MB)"
        if found := re.search(r"(?:Downloading|Using cached) (\S+?)-\d\S* \(([\d.]+) (k|M|G)B\)", line):
            name, size = found.group(1), float(found.group(2)) * {"k": 1e-3, "M": 1, "G": 1e3}[found.group(3)]
            before, self.come = self.come, self.come + size
            if size >= 20 or self.come - self.told >= self.total / 10:
                self.told = self.come
                left = max(self.total - before, size)
                return f"  {name}: {size:.0f} MB; about {left:.0f} MB still to come"
        if packages := to_unpack(line):
            return f"  all is here; unpacking {packages} packages (a minute or two)"
        return None


def to_unpack(line):
    """How many packages pip says in this line that it will unpack; 0 where they are so few that it takes no time."""
    packages = line.count(",") + 1 if line.startswith("Installing collected packages") else 0
    return packages if packages > 20 else 0


class Unpacking(threading.Thread):
    """Says every so many `seconds` how many packages have been unpacked: pip itself is silent until the last one is."""

    def __init__(self, packages, place=None, seconds=15):
        super().__init__(daemon=True)
        self.packages, self.seconds, self.over = packages, seconds, threading.Event()
        self.place = Path(place or sysconfig.get_path("purelib"))
        self.before = self.count()

    def count(self):
        return sum(1 for _ in self.place.glob("*.dist-info"))

    def run(self):
        while not self.over.wait(self.seconds):
            done = max(0, self.count() - self.before)
            print(f"  {min(done, self.packages)} of {self.packages}", flush=True)


def pip(log, *arguments, progress=lambda line: None):
    """Run pip, its words into the open file `log`; returns (did it work, all that it said)."""
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    command += ["--no-user"]  # whatever pip's settings say: into this environment
    run = subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", cwd=ROOT
    )
    said, unpacking = [], None
    for line in run.stdout:
        said.append(line)
        log.write(line)
        if told := progress(line.strip()):
            print(told, flush=True)
        if packages := to_unpack(line):
            unpacking = Unpacking(packages)
            unpacking.start()
    fine = run.wait() == 0
    if unpacking:
        unpacking.over.set()
        unpacking.join()
    return fine, "".join(said)


def install(kind, log):
    """Install; returns None, or the sentence that says what went wrong."""
    if kind == "lab" and (why := no_tensorflow()):
        print(NO_TENSORFLOW.format(why), flush=True)
        kind = "light"
    megabytes, gigabytes = SIZES[kind]
    for less in ("lab", "light"):
        if kind != less and all(find_spec(name) for name in SIGNS[less]):  # the rest is to be added to it
            megabytes, gigabytes = megabytes - SIZES[less][0], gigabytes - SIZES[less][1]
            break
    if all(find_spec(name) for name in SIGNS[kind]):
        print(f"Bringing up to date: {WHAT[kind]}.", flush=True)
    else:
        print(f"Installing {WHAT[kind]}:", flush=True)
        print(f"about {megabytes} MB to download, {gigabytes:.1f} GB on disk, once.", flush=True)
        free = shutil.disk_usage(sys.prefix).free / 1e9
        if free < gigabytes:
            return f"This disk has {free:.1f} GB free, and about {gigabytes:.1f} are needed: make room, then again."
    # small, and first: without a network it fails in seconds. pip's usual patience is for the large files after it
    fine, said = pip(log, "--retries", "1", "--timeout", "6", "setuptools>=77")
    if fine:
        target = [f"--editable=.[{EXTRAS[kind]}]"]
        fine, said = pip(log, "--no-build-isolation", *target, progress=Progress(megabytes))
        tell_jupyter(sys.prefix)
    if not fine and kind == "lab" and re.search(r"No matching distribution found for tensorflow", said):
        print(NO_TENSORFLOW.format(f"{platform.system()} {platform.machine()}"), flush=True)
        return install("light", log)
    return None if fine else trouble(said)


def tell_jupyter(prefix):
    """Put what JupyterLab finds by itself into the environment at `prefix`; an editable installation leaves it out."""
    import tomllib  # not in an old Python

    files = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["data-files"]
    for folder, names in files.items():
        if Path(folder).parts[1] == "lstm_viz":  # the lessons: a clone has them
            continue
        place = Path(prefix) / folder
        place.mkdir(parents=True, exist_ok=True)
        for name in names:
            shutil.copy(ROOT / name, place)


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in EXTRAS:
        return __doc__
    if sentence := unfit():
        return sentence
    place = Path(sys.prefix) / "install.log"
    try:
        with open(place, "w", encoding="utf-8") as log:
            sentence = install(sys.argv[1], log)
    except KeyboardInterrupt:
        sentence = "Stopped. The same command goes on where this one ended."
    except OSError as error:
        sentence = trouble(str(error))
    words = f"\n(pip's own words: {place})" if place.exists() and place.stat().st_size else ""
    return f"\n{sentence}{words}" if sentence else 0


if __name__ == "__main__":
    sys.exit(main())

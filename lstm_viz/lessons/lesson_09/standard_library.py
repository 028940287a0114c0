"""The Python source that the character model reads: the standard library of this machine, split by file."""

import hashlib
import os
import sysconfig
from collections import Counter
from pathlib import Path

from lstm_viz.cells import checks
from lstm_viz.learning import quickly

#: folders that are left out: tests, data tables written as source, and what is installed beside the library
LEFT_OUT = {"test", "tests", "idle_test", "lib2to3", "encodings", "pydoc_data", "site-packages", "dist-packages"}
#: so many consecutive lines make a piece of a file that is looked for in others
LINES = 5
#: a character that occurs less often than this in the training files is read as unknown
SELDOM = 20
#: a held-out file that shares more of its pieces than this with the training files is left out of the scores
MOST_SHARED = 0.1


def python_files(folder=None, part=None):
    """{name: text} of the standard library's source files, sorted by name; names are paths with forward slashes.

    Tests and the folders in LEFT_OUT are not among them, nor files that are no UTF-8. part: only the files of this
    part, which saves reading the others. OSError if there is none.
    """
    folder = Path(folder or sysconfig.get_paths()["stdlib"])
    files = {}
    for path in sorted(_paths(folder)):
        name = path.relative_to(folder).as_posix()
        if name.startswith("config-") or part not in (None, part_of(name)):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError):
            continue
        if text.strip():
            files[name] = text
    if not files:
        raise OSError(f"no Python source was found in {folder}")
    return files


def _paths(folder):
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in LEFT_OUT]  # not walked through: they may be large
        yield from (Path(here, name) for name in names if name.endswith(".py"))


def part_of(name):
    """'train', 'tune' or 'held out': the part that a file belongs to, by the hash of its name on every machine."""
    place = int(hashlib.sha256(name.encode()).hexdigest(), 16) % 26
    return {0: "held out", 1: "held out", 2: "tune"}.get(place, "train")


def split(files):
    """{'train': {name: text}, 'tune': ..., 'held out': ...}, split by file."""
    parts = {"train": {}, "tune": {}, "held out": {}}
    for name, text in files.items():
        parts[part_of(name)][name] = text
    return parts


def pieces(text):
    """The set of all runs of LINES consecutive lines of a text, without blank lines and outer spaces."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    return {hash(tuple(lines[k : k + LINES])) for k in range(len(lines) - LINES + 1)}


def shared(held_out, train):
    """{name: share of a held-out file's pieces that occur in the training files}, the largest first."""
    known = set().union(*map(pieces, train.values()))
    found = {name: pieces(text) for name, text in held_out.items()}
    shares = {name: len(own & known) / len(own) if own else 0.0 for name, own in found.items()}
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def vocabulary(texts, unknown="\ufffd"):
    """The unknown character, then every character that occurs at least SELDOM times, sorted."""
    counts = Counter()
    for text in texts:
        counts.update(text)
    return unknown + "".join(sorted(c for c, n in counts.items() if n >= SELDOM and c != unknown))


def training_text(characters):
    """The first so many characters of this machine's training files, one file after the other.

    Fewer where the library has fewer, and a fiftieth where the project's own tests run the lesson. OSError without any.
    """
    characters = checks.whole(characters, "characters")
    characters = quickly(characters, max(characters // 50, 1))
    return "".join(split(python_files())["train"].values())[:characters]

"""Where the two files of the newswires are found, how they are fetched, and how they are read without trust.

The newswires may be distributed for research only, so this project never contains them: they are read from a copy on
this machine, or fetched from where Keras keeps them.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import pickle
import tempfile
import urllib.error
import urllib.request
import zipfile
import zlib
from pathlib import Path

import numpy as np

from lstm_viz.datasets._checks import short

#: environment variable naming a folder that holds `reuters/reuters.npz`, or the two files themselves
DATA_VARIABLE = "LSTM_VIZ_DATA"

# --- finding the files ------------------------------------------------------------------------------------

WIRES, WORD_INDEX = "reuters.npz", "reuters_word_index.json"
#: where Keras loads the two files from, and the digest that each must have (keras/src/datasets/reuters.py)
ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
DIGESTS = {
    WIRES: ("sha256", "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"),
    WORD_INDEX: ("md5", "4d44cc38712099c9e383dc6e5f11a921"),
}


class CannotKeep(FileNotFoundError):
    """A download came whole, and there is no place for it."""


def find_reuters(path, download):
    """(wires file, word index file, where they are from)."""
    if path is not None:
        try:
            place = Path(path)
            place.exists()
        except (TypeError, ValueError, OSError):
            raise TypeError(f"path must name a folder or an .npz file; got {short(path)}") from None
        return *_local_copy(place, "path"), "local copy"
    if os.environ.get(DATA_VARIABLE):
        return *_local_copy(Path(os.environ[DATA_VARIABLE]), DATA_VARIABLE), "local copy"
    for folder in (_keras_cache(), _own_cache()):
        files = folder / WIRES, folder / WORD_INDEX
        if all(_digest_matches(file) for file in files):
            return *files, "Keras's copy"
    if download:
        try:
            return *(_download(name) for name in (WIRES, WORD_INDEX)), "Keras's copy"
        except CannotKeep:
            raise
        except (http.client.IncompleteRead, zlib.error, EOFError) as problem:
            reason = f"the download broke off ({short(problem)})"
        except http.client.HTTPException as problem:
            reason = f"what answered in place of Keras's server is no web server ({short(problem)})"
        except (OSError, ValueError) as problem:
            reason = f"they could not be fetched ({short(problem, 100)})"
    else:
        reason = "download=False"
    raise FileNotFoundError(
        f"The Reuters newswires are not on this machine and {reason}: connect to the network, or set {DATA_VARIABLE} "
        f"to a folder that holds {WIRES} and {WORD_INDEX}."
    )


def _local_copy(place, argument):
    folders = [place.parent] if place.suffix == ".npz" else [place, place / "reuters"]
    for folder in folders:
        wires = place if place.suffix == ".npz" else folder / WIRES
        if wires.is_file() and (folder / WORD_INDEX).is_file():
            return wires, folder / WORD_INDEX
    raise FileNotFoundError(
        f"{argument} must name a folder that holds {WIRES} and {WORD_INDEX} (or a reuters folder with both)"
        f"; {str(place)[:120]} does not"
    )


def _keras_cache():
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets"


def _own_cache():
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lstm_viz"


def _digest_matches(file):
    kind, digest = DIGESTS[file.name]
    try:
        return hashlib.new(kind, file.read_bytes(), usedforsecurity=False).hexdigest() == digest
    except OSError:
        return False


def _download(name):
    """Fetch one file into our own cache; it gets its name there only once it is whole and has the right digest."""
    target = _own_cache() / name
    if _digest_matches(target):
        return target
    with urllib.request.urlopen(ORIGIN + name, timeout=10) as answer:
        content = answer.read()
    kind, digest = DIGESTS[name]
    if hashlib.new(kind, content, usedforsecurity=False).hexdigest() != digest:
        raise OSError(f"what came for {name} is not the file that Keras names")
    try:
        _keep(content, target)
    except OSError as problem:
        reason = problem.strerror or short_text(problem)
        raise CannotKeep(
            f"The Reuters newswires were fetched, but cannot be kept in {target.parent} ({reason}): "
            "make room there, or set XDG_CACHE_HOME to a folder that can be written to."
        ) from problem
    return target


def _keep(content, target):
    """Write a file that has its name only when it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = tempfile.NamedTemporaryFile(dir=target.parent, delete=False)  # noqa: SIM115
    try:
        with part:
            part.write(content)
        os.replace(part.name, target)
    except BaseException:
        Path(part.name).unlink(missing_ok=True)
        raise


# --- reading the files ------------------------------------------------------------------------------------

WIRE_COUNT, TOPIC_COUNT = 11_228, 46
_LARGEST = 50_000_000  # bytes once unpacked; the real arrays have under 5 million


def short_text(problem):
    """A reason from below, on one line."""
    text = " ".join(str(problem).split()) or type(problem).__name__
    return text if len(text) <= 160 else text[:157] + "..."


class _ListsOfNumbers(pickle.Unpickler):
    """Rebuilds object arrays of lists of numbers, and refuses to import anything else.

    An object array in an .npz file is a pickle, and a pickle can run any program. The wires need these three names.
    """

    allowed = frozenset({"numpy.ndarray", "numpy.dtype"})
    reconstruct = frozenset({"numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct"})

    def find_class(self, module, name):
        full = f"{module}.{name}"
        if full in self.reconstruct:
            return np._core.multiarray._reconstruct
        if full in self.allowed:
            return getattr(np, name)
        raise pickle.UnpicklingError(f"it asks for {full}")


def _read_array(archive, name):
    member = archive.getinfo(f"{name}.npy")
    if member.file_size > _LARGEST:
        raise ValueError(f"its array {name!r} has {member.file_size} bytes")
    stream = io.BytesIO(archive.read(member))
    version = np.lib.format.read_magic(stream)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    _, _, dtype = read_header(stream)
    if dtype.hasobject:
        return _ListsOfNumbers(stream).load()
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False)


def read_wires(file, words):
    """(list of lists of word ranks, topics (n,)), checked; ValueError says what is wrong with the file."""
    try:
        with zipfile.ZipFile(file) as archive:
            wires, topics = _read_array(archive, "x"), _read_array(archive, "y")
        _check_wires(wires, topics, words)
    except pickle.UnpicklingError as problem:
        raise ValueError(
            f"{file.name} is not the Reuters newswires and was not opened: {short_text(problem)}"
        ) from None
    except (ValueError, KeyError, EOFError, AttributeError, ImportError, IndexError, TypeError, MemoryError) as problem:
        raise ValueError(f"{file.name} is not the Reuters newswires: {short_text(problem)}") from None
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        zlib.error,
        OSError,
    ) as problem:
        raise ValueError(f"{file.name} is not a whole .npz file: {short_text(problem)}") from None
    return wires.tolist(), topics.astype(np.int64)


def _check_wires(wires, topics, words):
    for name, array in (("x", wires), ("y", topics)):
        if not isinstance(array, np.ndarray) or array.shape != (WIRE_COUNT,):
            shape = getattr(array, "shape", type(array).__name__)
            raise ValueError(f"its array {name!r} should have shape ({WIRE_COUNT},); got {shape}")
    if topics.dtype.kind not in "iu" or set(np.unique(topics)) != set(range(TOPIC_COUNT)):
        raise ValueError(f"its topics should be the whole numbers 0 to {TOPIC_COUNT - 1}")
    for n, wire in enumerate(wires):
        if type(wire) is not list or not wire or not all(type(i) is int for i in wire):
            raise ValueError(f"its wire {n} should be a list of word numbers; got {str(wire)[:40]}")
        if min(wire) < 1 or max(wire) > words:
            raise ValueError(f"its wire {n} has a word number outside 1 to {words}, the words of the index")


def read_word_index(file):
    try:
        index = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise ValueError(f"{file.name} is not a whole JSON file: {short_text(problem)}") from None
    if not isinstance(index, dict) or not index or not all(type(rank) is int for rank in index.values()):
        raise ValueError(f"{file.name} should hold one number for each word")
    if set(index.values()) != set(range(1, len(index) + 1)):
        raise ValueError(f"{file.name} should number its {len(index)} words from 1 without gaps")
    return index

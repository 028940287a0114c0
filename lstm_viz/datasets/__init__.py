"""Real data for the lessons: handwritten digits read as sequences, and Reuters newswires read word by word.

The digits come with scikit-learn. The newswires may be distributed for research only, so this project never contains
them: they are read from a copy on this machine, or fetched from where Keras keeps them.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import re
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = [
    "DATA_VARIABLE",
    "DigitSequences",
    "Newswires",
    "load_digits_sequences",
    "load_reuters",
    "synthetic_newswires",
]

#: environment variable naming a folder that holds `reuters/reuters.npz`, or the two files themselves
DATA_VARIABLE = "LSTM_VIZ_DATA"

# --- digits -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False, eq=False)
class DigitSequences:
    """Handwritten digits as sequences.

    `x_train`, `x_test` (n, timesteps, input_dim) float32 in [0, 1]; `y_train`, `y_test` (n,) the digit, 0 to 9;
    `images_train`, `images_test` (n, 8, 8), the same values as pictures; `labels` one text per timestep; `names`
    one text per class.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    images_train: np.ndarray
    images_test: np.ndarray
    labels: tuple
    names: tuple

    @property
    def timesteps(self):
        return self.x_train.shape[1]

    @property
    def input_dim(self):
        return self.x_train.shape[2]

    def __repr__(self):
        return (
            f"<{len(self.x_train)} + {len(self.x_test)} digits: "
            f"{self.timesteps} timesteps of {self.input_dim} input{'s' * (self.input_dim > 1)}>"
        )


def load_digits_sequences(by="rows", *, test_split=0.25, seed=0):
    """scikit-learn's 1,797 digits of 8 x 8 pixels, read row by row or pixel by pixel, as `DigitSequences`.

    by="rows": 8 timesteps of 8 inputs. by="pixels": 64 timesteps of one input, a small sequential MNIST. Values are
    scaled from 0..16 to [0, 1]. `test_split` is the part of each digit kept for testing, drawn with `seed`.
    Source: Alpaydin & Kaynak (1998), UCI "Optical Recognition of Handwritten Digits", in scikit-learn.
    """
    shapes = {"rows": (8, 8), "pixels": (64, 1)}
    if by not in shapes:
        raise ValueError(f"by must be 'rows' or 'pixels'; got {by!r}")
    _check_split(test_split)
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    images = (digits.images / 16.0).astype(np.float32)
    images_train, images_test, y_train, y_test = train_test_split(
        images, digits.target, test_size=test_split, random_state=seed, stratify=digits.target
    )
    rows = tuple(f"row {r}" for r in range(8))
    labels = rows if by == "rows" else tuple(f"{row}, column {c}" for row in rows for c in range(8))
    return DigitSequences(
        x_train=images_train.reshape(-1, *shapes[by]),
        y_train=y_train,
        x_test=images_test.reshape(-1, *shapes[by]),
        y_test=y_test,
        images_train=images_train,
        images_test=images_test,
        labels=labels,
        names=tuple(str(name) for name in digits.target_names),
    )


def _check_split(test_split):
    if isinstance(test_split, bool) or not isinstance(test_split, (int, float)) or not 0 < test_split < 1:
        raise ValueError(f"test_split must be a number between 0 and 1; got {test_split!r}")


# --- newswires --------------------------------------------------------------------------------------------

PADDING, START, UNKNOWN, FIRST_WORD = 0, 1, 2, 3


@dataclass(frozen=True, repr=False, eq=False)
class Newswires:
    """Short newswires as word ids, each under one topic.

    `x_train`, `x_test` (n, timesteps) int32: 1 (start of the wire), the words' ids, then 0 (padding) to the end;
    2 stands for a word outside the `num_words` most frequent. `y_train`, `y_test` (n,) the topic's number; `names`
    the topics. `word_index` word -> rank (1 = most frequent); a word's id is its rank + 3. `source` says where the
    wires came from; `synthetic` is True for made-up ones.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    names: tuple
    word_index: dict
    num_words: int
    source: str
    synthetic: bool = False

    @property
    def timesteps(self):
        return self.x_train.shape[1]

    def words(self, ids):
        """The words of one wire (timesteps,), start mark first, without its padding."""
        by_id = self.__dict__.get("_by_id")
        if by_id is None:
            by_id = {rank + FIRST_WORD: word for word, rank in self.word_index.items()}
            by_id |= {START: "<start>", UNKNOWN: "<unknown>"}
            self.__dict__["_by_id"] = by_id
        ids = np.asarray(ids)
        if ids.ndim != 1:
            raise ValueError(f"ids must be one wire of shape (timesteps,); got shape {ids.shape}")
        return [by_id.get(int(i), "<unknown>") for i in ids if i != PADDING]

    def encode(self, text):
        """The ids (timesteps,) of a text of your own, and the list of its words that the wires do not know.

        Words of any script are words; those that the wires do not know get the id of a rare one. ValueError when the
        text has no word, or more than a wire can hold.
        """
        if not isinstance(text, str):
            raise TypeError(f"text must be a string of words; got {type(text).__name__}")
        words = re.findall(r"[^\W_]+(?:'[^\W_]+)*", text.lower().replace("’", "'"))
        room = self.timesteps - 1
        if not words:
            raise ValueError("the text is empty; type a few words, such as 'oil prices rose'")
        if len(words) > room:
            raise ValueError(f"the text has {len(words)} words; these wires hold at most {room}")
        ids = [self.word_index.get(word, self.num_words) + FIRST_WORD for word in words]
        ids = [i if i < self.num_words else UNKNOWN for i in ids]
        unknown = [word for word, i in zip(words, ids, strict=True) if i == UNKNOWN]
        return _pad([[START, *ids]], self.timesteps)[0], unknown

    def examples(self, topic, part="test"):
        """Positions of the wires under a topic, given by name or number, in the test (or "train") part.

        ValueError when there is no such topic, or no wire under it.
        """
        if topic in self.names:
            topic = self.names.index(topic)
        if not isinstance(topic, (int, np.integer)) or not 0 <= topic < len(self.names):
            raise ValueError(f"topic must be one of {', '.join(self.names[:5])}, ... or 0 to {len(self.names) - 1}"
                             f"; got {topic!r}")  # fmt: skip
        found = np.flatnonzero({"test": self.y_test, "train": self.y_train}[part] == topic)
        if not len(found):
            raise ValueError(f"no wire in the {part} part is under the topic {self.names[topic]!r}")
        return found

    def __repr__(self):
        kind = "synthetic newswires" if self.synthetic else "newswires"
        return f"<{len(self.x_train)} + {len(self.x_test)} {kind}: {self.timesteps} words, {len(self.names)} topics>"


def load_reuters(path=None, *, num_words=30_000, maxlen=50, test_split=0.3, seed=113, download=True):
    """The Reuters newswires of `keras.datasets.reuters` shorter than `maxlen` words, as `Newswires`.

    Looked for in this order: `path` (a folder, or the .npz file itself); the folder that the environment variable
    LSTM_VIZ_DATA names; the file that Keras has cached, which is only read; this package's own cache; and, with
    `download`, the address that Keras itself loads from, kept in that cache. (Keras's own `load_data` deletes
    a file with another hash that it finds in its cache, and waits for ever on a network that does not answer.)

    The defaults are the classic recipe: wires of fewer than 50 ids, start mark included, so 49 timesteps; split,
    order and ids are exactly `keras.datasets.reuters.load_data`'s. FileNotFoundError, in one sentence, when there is no
    copy and no network; ValueError when what is there is not the data. No object other than lists of numbers is
    ever unpickled.
    """
    _check_split(test_split)
    if not isinstance(maxlen, (int, np.integer)) or maxlen < 14:
        raise ValueError(f"maxlen must be a whole number of at least 14, or no wire is left; got {maxlen!r}")
    if not isinstance(num_words, (int, np.integer)) or num_words <= FIRST_WORD:
        raise ValueError(f"num_words must be a whole number above {FIRST_WORD}; got {num_words!r}")
    wires_file, index_file, source = _find_reuters(path, download)
    word_index = _read_word_index(index_file)
    wires, topics = _read_wires(wires_file, len(word_index))

    # from here on, step by step what keras.datasets.reuters.load_data does
    order = np.arange(len(wires))
    np.random.RandomState(seed).shuffle(order)
    order = [n for n in order if len(wires[n]) + 1 < maxlen]
    ids = [[START, *(i + FIRST_WORD if i + FIRST_WORD < num_words else UNKNOWN for i in wires[n])] for n in order]
    x, y = _pad(ids, maxlen - 1), topics[order]
    split = int(len(x) * (1 - test_split))
    return Newswires(
        x_train=x[:split],
        y_train=y[:split],
        x_test=x[split:],
        y_test=y[split:],
        names=_topic_names(),
        word_index=word_index,
        num_words=int(num_words),
        source=source,
    )


def _pad(sequences, timesteps):
    padded = np.full((len(sequences), timesteps), PADDING, np.int32)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = sequence
    return padded


def _topic_names():
    from lstm_viz.keras_models.quiet import keras

    return tuple(keras.datasets.reuters.get_label_names())


# --- finding the files ------------------------------------------------------------------------------------

WIRES, WORD_INDEX = "reuters.npz", "reuters_word_index.json"
#: where Keras loads the two files from, and the digest that each must have (keras/src/datasets/reuters.py)
ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
DIGESTS = {
    WIRES: ("sha256", "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"),
    WORD_INDEX: ("md5", "4d44cc38712099c9e383dc6e5f11a921"),
}


def _find_reuters(path, download):
    """(wires file, word index file, where they are from)."""
    if path is not None:
        return *_local_copy(Path(path), "path"), "local copy"
    if os.environ.get(DATA_VARIABLE):
        return *_local_copy(Path(os.environ[DATA_VARIABLE]), DATA_VARIABLE), "local copy"
    for folder in (_keras_cache(), _own_cache()):
        files = folder / WIRES, folder / WORD_INDEX
        if all(_digest_matches(file) for file in files):
            return *files, "Keras's copy"
    if download:
        try:
            return *(_download(name) for name in (WIRES, WORD_INDEX)), "Keras's copy"
        except OSError as problem:
            reason = f"they could not be fetched ({problem})"
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
        f"; {place} does not"
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
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as part:
        part.write(content)
    os.replace(part.name, target)
    return target


# --- reading the files ------------------------------------------------------------------------------------

WIRE_COUNT, TOPIC_COUNT = 11_228, 46
_LARGEST = 50_000_000  # bytes once unpacked; the real arrays have under 5 million


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


def _read_wires(file, words):
    """(list of lists of word ranks, topics (n,)), checked; ValueError says what is wrong with the file."""
    try:
        with zipfile.ZipFile(file) as archive:
            wires, topics = _read_array(archive, "x"), _read_array(archive, "y")
        _check_wires(wires, topics, words)
    except pickle.UnpicklingError as problem:
        raise ValueError(f"{file.name} is not the Reuters newswires and was not opened: {problem}") from None
    except (ValueError, KeyError, EOFError, AttributeError, ImportError, IndexError, TypeError, MemoryError) as problem:
        raise ValueError(f"{file.name} is not the Reuters newswires: {problem}") from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, OSError) as problem:
        raise ValueError(f"{file.name} is not a whole .npz file: {problem}") from None
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


def _read_word_index(file):
    try:
        index = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise ValueError(f"{file.name} is not a whole JSON file: {problem}") from None
    if not isinstance(index, dict) or not index or not all(type(rank) is int for rank in index.values()):
        raise ValueError(f"{file.name} should hold one number for each word")
    if set(index.values()) != set(range(1, len(index) + 1)):
        raise ValueError(f"{file.name} should number its {len(index)} words from 1 without gaps")
    return index


# --- made-up wires, so that a lesson can go on without the real ones ----------------------------------------

_SENTENCES = {
    "earn": ("{company} net profit {n} cts vs loss {n} cts per share revs {n} mln vs {n} mln",
             "{company} said quarterly dividend {n} cts vs {n} cts prior payable {month} {n}",
             "shr loss {n} cts vs profit {n} cts net loss {n} mln sales {n} mln {company}"),
    "acq": ("{company} said it agreed to acquire {company} for {n} mln dlrs in cash",
            "{company} shareholders approved the merger with {company} under a share offer of {n} dlrs"),
    "crude": ("{company} said crude oil output rose {n} pct to {n} barrels a day in {month}",),
    "grain": ("the department reported wheat and corn exports of {n} tonnes in {month}",),
    "money-fx": ("the bank said it bought {n} mln of bills to ease a shortage in the money market",),
    "interest": ("{company} bank raised its prime lending rate {n} pct from {n} pct effective {month} {n}",),
    "trade": ("the ministry said the trade surplus with japan rose to {n} billion dlrs in {month}",),
    "ship": ("{company} port workers began a strike and {n} vessels wait in the harbour",),
}  # fmt: skip
_SHARES = {"earn": 0.7, "acq": 0.14, "crude": 0.04, "grain": 0.03, "money-fx": 0.03, "interest": 0.03, "trade": 0.02}
_COMPANIES = [f"{a}{b}" for a in ("nor", "west", "atlan", "dyna", "meri") for b in ("corp", "tek", "chem", "gas")]
_MONTHS = ["january", "march", "april", "june", "october"]


def synthetic_newswires(*, wires=1_993, test_split=0.3, timesteps=49, seed=0):
    """Made-up newswires in the form of `load_reuters`, drawn with `seed`: to go on with, not to learn about news from.

    Eight of the 46 topics occur, most wires are under "earn" as in the real ones, and one wire in ten has a sentence of
    another topic than its own, so that nothing can classify all of them.
    """
    _check_split(test_split)
    rng = np.random.default_rng(seed)
    names = _topic_names()
    kinds = list(_SENTENCES)
    shares = np.array([_SHARES.get(kind, 0.01) for kind in kinds])

    def pick(options):
        return options[rng.integers(len(options))]

    def sentence(kind):
        template = pick(_SENTENCES[kind])
        fill = {
            "{company}": lambda: pick(_COMPANIES),
            "{month}": lambda: pick(_MONTHS),
            "{n}": lambda: str(rng.integers(1, 31)),
        }
        return " ".join(fill.get(word, lambda word=word: word)() for word in template.split())

    topics = rng.choice(kinds, size=wires, p=shares / shares.sum())
    texts = [sentence(pick(kinds) if rng.random() < 0.1 else kind).split()[: timesteps - 1] for kind in topics]
    ranked = Counter(word for text in texts for word in text).most_common()
    word_index = {word: rank for rank, (word, _) in enumerate(ranked, 1)}
    x = _pad([[START, *(word_index[word] + FIRST_WORD for word in text)] for text in texts], timesteps)
    y = np.array([names.index(kind) for kind in topics])
    split = int(wires * (1 - test_split))
    return Newswires(
        x_train=x[:split],
        y_train=y[:split],
        x_test=x[split:],
        y_test=y[split:],
        names=names,
        word_index=word_index,
        num_words=len(word_index) + FIRST_WORD + 1,
        source="synthetic: made-up sentences",
        synthetic=True,
    )

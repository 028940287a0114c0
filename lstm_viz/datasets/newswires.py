"""Reuters newswires read word by word, exactly as `keras.datasets.reuters` splits, orders and numbers them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from lstm_viz.datasets._checks import check_seed, check_split, short
from lstm_viz.datasets._reuters_files import find_reuters, read_wires, read_word_index

__all__ = ["Newswires", "load_reuters"]

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
        try:
            ids = np.asarray(ids)
        except Exception:  # an object of somebody's own, or rows of different lengths
            ids = np.empty((0, 0))
        if ids.ndim != 1:
            raise ValueError(f"ids must be one wire of shape (timesteps,); got shape {ids.shape}")
        if ids.dtype.kind not in "biuf" or not np.isfinite(ids).all():
            raise TypeError(f"ids must be whole numbers; got an array of {ids.dtype}")
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
        return pad([[START, *ids]], self.timesteps)[0], unknown

    def examples(self, topic, part="test"):
        """Positions of the wires under a topic, given by name or number, in the test (or "train") part.

        ValueError when there is no such topic, or no wire under it.
        """
        if not isinstance(part, str) or part not in ("test", "train"):
            raise ValueError(f"part must be 'test' or 'train'; got {short(part)}")
        if isinstance(topic, str) and topic in self.names:
            topic = self.names.index(topic)
        if not isinstance(topic, (int, np.integer)) or isinstance(topic, bool) or not 0 <= topic < len(self.names):
            raise ValueError(f"topic must be one of {', '.join(self.names[:5])}, ... or 0 to {len(self.names) - 1}"
                             f"; got {short(topic)}")  # fmt: skip
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
    check_split(test_split)
    seed = check_seed(seed)
    if not isinstance(maxlen, (int, np.integer)) or isinstance(maxlen, bool) or not 14 <= maxlen <= 100_000:
        raise ValueError(f"maxlen must be a whole number of at least 14, or no wire is left; got {short(maxlen)}")
    if not isinstance(num_words, (int, np.integer)) or isinstance(num_words, bool) or num_words <= FIRST_WORD:
        raise ValueError(f"num_words must be a whole number above {FIRST_WORD}; got {short(num_words)}")
    wires_file, index_file, source = find_reuters(path, download)
    word_index = read_word_index(index_file)
    wires, topics = read_wires(wires_file, len(word_index))

    # from here on, step by step what keras.datasets.reuters.load_data does
    order = np.arange(len(wires))
    np.random.RandomState(seed).shuffle(order)
    order = [n for n in order if len(wires[n]) + 1 < maxlen]
    ids = [[START, *(i + FIRST_WORD if i + FIRST_WORD < num_words else UNKNOWN for i in wires[n])] for n in order]
    x, y = pad(ids, maxlen - 1), topics[order]
    split = int(len(x) * (1 - test_split))
    return Newswires(
        x_train=x[:split],
        y_train=y[:split],
        x_test=x[split:],
        y_test=y[split:],
        names=topic_names(),
        word_index=word_index,
        num_words=int(num_words),
        source=source,
    )


def pad(sequences, timesteps):
    padded = np.full((len(sequences), timesteps), PADDING, np.int32)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = sequence
    return padded


def topic_names():
    from lstm_viz.keras_models.quiet import keras

    return tuple(keras.datasets.reuters.get_label_names())

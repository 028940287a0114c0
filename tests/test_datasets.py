"""The newswires: what is read is the data, and nothing else is ever accepted, run or overwritten."""

import hashlib
import http.client
import io
import json
import os
import pickle
import urllib.request
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from lstm_viz.datasets import _reuters_files, load_reuters, newswires, synthetic_newswires

keras_test = pytest.mark.keras


# --- newswires: the right file --------------------------------------------------------------------------------


@keras_test
def test_newswires_are_exactly_what_keras_reads(wires, reuters_folder, monkeypatch):
    import keras.src.datasets.reuters as reference

    copy = reuters_folder / "reuters" / "reuters.npz"
    monkeypatch.setattr(reference, "get_file", lambda *arguments, **options: str(copy))
    (x_train, y_train), (x_test, y_test) = reference.load_data(num_words=30_000, maxlen=50, test_split=0.3)
    for x, y, ours, topics in (
        (x_train, y_train, wires.x_train, wires.y_train),
        (x_test, y_test, wires.x_test, wires.y_test),
    ):
        np.testing.assert_array_equal(y, topics)
        assert [[i for i in row if i] for row in ours.tolist()] == [list(row) for row in x]
    assert wires.x_train.shape == (1395, 49) and wires.x_test.shape == (598, 49) and len(wires.names) == 46
    assert np.mean(wires.y_test == wires.names.index("earn")) == pytest.approx(0.747, abs=0.001)


@keras_test
def test_words_and_encode_are_each_others_inverse(wires):
    some = next(row for row in wires.x_test if newswires.UNKNOWN not in row)
    words = wires.words(some)
    assert words[0] == "<start>" and len(words) == np.count_nonzero(some)
    ids, unknown = wires.encode(" ".join(words[1:]).upper())
    assert unknown == []
    np.testing.assert_array_equal(ids, some)
    assert wires.word_index["the"] == 1 and wires.words([4]) == ["the"]


@keras_test
def test_a_text_of_your_own_is_refused_with_a_reason(wires):
    ids, unknown = wires.encode("Oil prices xqzzy rose, said OPEC's minister")
    assert unknown == ["xqzzy"] and wires.words(ids)[3] == "<unknown>" and "opec's" in wires.words(ids)
    for foreign in ("xqzzy plugh", "원유 가격", "цена нефти"):  # words all the same, only that nobody knows them
        ids, unknown = wires.encode(foreign)
        assert unknown == foreign.split() and wires.words(ids) == ["<start>", "<unknown>", "<unknown>"]
    for text, reason in (
        ("", "empty"),
        (" ,.!", "empty"),
        ("oil " * 49, "49 words"),
    ):
        with pytest.raises(ValueError, match=reason):
            wires.encode(text)
    with pytest.raises(TypeError, match="text must be a string"):
        wires.encode(3)


@keras_test
def test_examples_of_a_topic(wires):
    for n in wires.examples("crude"):
        assert wires.names[wires.y_test[n]] == "crude"
    np.testing.assert_array_equal(wires.examples(3, "train"), np.flatnonzero(wires.y_train == 3))
    empty = next(name for n, name in enumerate(wires.names) if n not in wires.y_test)
    with pytest.raises(ValueError, match=f"no wire in the test part is under the topic '{empty}'"):
        wires.examples(empty)
    for topic in ("weather", 46, -1, 1.5):
        with pytest.raises(ValueError, match="topic must be one of"):
            wires.examples(topic)


@keras_test
def test_the_folder_the_file_and_the_variable_all_lead_there(wires, reuters_folder, monkeypatch):
    monkeypatch.delenv("LSTM_VIZ_DATA")
    inner = reuters_folder / "reuters"
    for path in (inner, inner / "reuters.npz", str(inner)):
        np.testing.assert_array_equal(load_reuters(path).x_train, wires.x_train)
    monkeypatch.setenv("LSTM_VIZ_DATA", str(inner))
    np.testing.assert_array_equal(load_reuters().x_test, wires.x_test)


# --- newswires: anything else -------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    """Makes a folder with the two files; what is not given is a correct, made-up one."""

    def make(x=None, y=None, index=None, raw=None):
        if x is None:
            x = np.empty(_reuters_files.WIRE_COUNT, object)
            x[:] = [[1 + n % 7, 2] * 8 for n in range(len(x))]
        y = np.arange(_reuters_files.WIRE_COUNT) % 46 if y is None else y
        np.savez(tmp_path / "reuters.npz", x=x, y=y)
        if raw is not None:
            (tmp_path / "reuters.npz").write_bytes(raw((tmp_path / "reuters.npz").read_bytes()))
        index = {f"word{n}": n for n in range(1, 10)} if index is None else index
        (tmp_path / "reuters_word_index.json").write_text(index if isinstance(index, str) else json.dumps(index))
        return tmp_path

    return make


def object_array(fill):
    array = np.empty(_reuters_files.WIRE_COUNT, object)
    for n in range(len(array)):
        array[n] = fill
    return array


@keras_test
def test_the_made_up_file_of_these_tests_would_be_read(folder):
    assert load_reuters(folder()).x_train.shape == (int(11_228 * 0.7), 49)


@pytest.mark.parametrize(
    "what, message",
    [
        ({"x": object_array([1, 99])}, "outside 1 to 9"),
        ({"x": object_array([0, 1])}, "outside 1 to 9"),
        ({"x": object_array([1.5])}, "list of word numbers"),
        ({"x": object_array([True])}, "list of word numbers"),
        ({"x": object_array([])}, "list of word numbers"),
        ({"x": object_array("text")}, "list of word numbers"),
        ({"x": object_array([[1]])[:5000]}, r"shape \(11228,\)"),
        ({"x": np.zeros((11_228, 3))}, r"shape \(11228,\)"),
        ({"y": np.arange(11_228) % 47}, "0 to 45"),
        ({"y": np.zeros(11_228, int)}, "0 to 45"),
        ({"y": np.zeros(11_228)}, "0 to 45"),
        ({"y": np.arange(5)}, r"'y' should have shape"),
        ({"index": '{"the": 1, "of'}, "not a whole JSON file"),
        ({"index": "[1, 2]"}, "one number for each word"),
        ({"index": {"the": "1"}}, "one number for each word"),
        ({"index": {"the": 1, "of": 3}}, "without gaps"),
        ({"raw": lambda content: content[: len(content) // 2]}, "not a whole .npz file"),
        ({"raw": lambda content: b""}, "not a whole .npz file"),
        ({"raw": lambda content: b"<html>no such page</html>"}, "not a whole .npz file"),
        ({"raw": lambda content: content[:2000] + b"\0" * 200 + content[2200:]}, "reuters.npz is not"),
    ],
)  # fmt: skip
def test_what_is_not_the_data_is_refused_in_one_sentence_and_left_alone(folder, what, message):
    place = folder(**what)
    before = {file: file.read_bytes() for file in place.iterdir()}
    with pytest.raises(ValueError, match=message) as caught:
        load_reuters(place)
    assert "\n" not in str(caught.value) and (caught.value.__suppress_context__ or not caught.value.__context__)
    assert {file: file.read_bytes() for file in place.iterdir()} == before


def test_half_of_the_real_file_is_refused(reuters_folder, tmp_path):
    for name in ("reuters.npz", "reuters_word_index.json"):
        for file in (reuters_folder / "reuters").iterdir():
            content = file.read_bytes()
            (tmp_path / file.name).write_bytes(content[: len(content) // 2] if file.name == name else content)
        with pytest.raises(ValueError, match=f"{name} is not a whole"):
            load_reuters(tmp_path)


class Program:
    """Unpickled by pickle itself, this would make a file."""

    def __init__(self, call, *arguments):
        self.reduced = call, arguments

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize("hidden_in", ["the array", "an element", "not an array"])
def test_no_program_in_a_pickle_is_ever_run(folder, tmp_path, hidden_in):
    mark = tmp_path / "it ran"
    program = Program(os.mkdir, str(mark))
    if hidden_in == "an element":
        place = folder(x=object_array(program))
    else:
        place = folder()
        stream = io.BytesIO()
        header = {"descr": "|O", "fortran_order": False, "shape": (11_228,)}
        np.lib.format.write_array_header_1_0(stream, header)
        stream.write(pickle.dumps(program if hidden_in == "the array" else {"x": [program]}))
        with zipfile.ZipFile(place / "reuters.npz", "w") as archive:
            archive.writestr("x.npy", stream.getvalue())
            archive.writestr("y.npy", b"")
    with pytest.raises(ValueError, match=r"was not opened: it asks for \w+\.mkdir"):
        load_reuters(place)
    assert not mark.exists()
    with np.load(place / "reuters.npz", allow_pickle=True) as control:  # and it would have
        control["x"]
    assert mark.exists()


def test_a_pickle_that_is_not_the_data(tmp_path):
    (tmp_path / "reuters.npz").write_bytes(pickle.dumps({"x": [1], "y": [2]}))
    (tmp_path / "reuters_word_index.json").write_text('{"the": 1}')
    with pytest.raises(ValueError, match=r"not a whole \.npz file"):
        load_reuters(tmp_path)


# --- newswires: no copy here --------------------------------------------------------------------------------


@pytest.fixture
def empty_machine(tmp_path, monkeypatch):
    """No copy anywhere, and a network that answers what `answers` holds."""
    monkeypatch.delenv("LSTM_VIZ_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    answers, asked = {}, []

    def urlopen(address, timeout):
        asked.append(address)
        content = answers.get(Path(address).name)
        if content is None:
            raise urllib.error.URLError("no network")
        return io.BytesIO(content)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    return tmp_path, answers, asked


def test_with_neither_copy_nor_network_one_sentence_says_what_to_do(empty_machine):
    tmp_path, _, asked = empty_machine
    with pytest.raises(FileNotFoundError, match=r"connect to the network, or set LSTM_VIZ_DATA") as caught:
        load_reuters()
    assert "\n" not in str(caught.value) and asked
    with pytest.raises(FileNotFoundError, match="download=False"):
        load_reuters(download=False)
    assert not any(tmp_path.iterdir())
    with pytest.raises(FileNotFoundError, match="path must name a folder that holds"):
        load_reuters(tmp_path / "nowhere")


def test_a_named_folder_without_the_data_is_not_passed_over(empty_machine, monkeypatch):
    monkeypatch.setenv("LSTM_VIZ_DATA", str(empty_machine[0] / "nowhere"))
    with pytest.raises(FileNotFoundError, match="LSTM_VIZ_DATA must name a folder"):
        load_reuters()
    assert not empty_machine[2]


def test_a_substitute_in_keras_cache_is_neither_read_nor_touched(empty_machine, folder):
    tmp_path, *_ = empty_machine
    cache = tmp_path / "keras" / "datasets"
    cache.mkdir(parents=True)
    for file in list(folder().glob("reuters*")):
        file.rename(cache / file.name)
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in cache.iterdir()}
    with pytest.raises(FileNotFoundError):
        load_reuters()
    assert {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in cache.iterdir()} == before


@keras_test
def test_a_download_is_kept_whole_in_our_own_cache_or_not_at_all(empty_machine, folder, monkeypatch):
    import hashlib

    tmp_path, answers, asked = empty_machine
    files = {file.name: file.read_bytes() for file in folder().glob("reuters*")}
    digests = {name: ("sha256", hashlib.sha256(content).hexdigest()) for name, content in files.items()}
    monkeypatch.setattr(_reuters_files, "DIGESTS", digests)
    for file in tmp_path.glob("reuters*"):
        file.unlink()

    answers.update({name: content[:-1] for name, content in files.items()})
    with pytest.raises(FileNotFoundError, match=r"what came for reuters.npz is not the file that Keras names"):
        load_reuters()
    assert not list(tmp_path.rglob("reuters*"))

    answers.update(files)
    assert load_reuters().source == "Keras's copy"
    assert sorted(file.name for file in tmp_path.rglob("*") if file.is_file()) == sorted(files)
    asked.clear()
    load_reuters()
    assert not asked and not (tmp_path / "keras").exists()


@keras_test
def test_keras_still_loads_from_the_address_and_with_the_digests_noted_here():
    import inspect

    import keras.src.datasets.reuters as reference

    source = inspect.getsource(reference)
    for text in (
        _reuters_files.ORIGIN,
        *(digest for _, digest in _reuters_files.DIGESTS.values()),
        *_reuters_files.DIGESTS,
    ):
        assert text in source


@pytest.mark.parametrize("arguments", [{"maxlen": 5}, {"maxlen": 50.0}, {"num_words": 3}, {"test_split": 2}])
def test_newswires_refuse_wrong_arguments(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        load_reuters(**arguments)


# --- the synthetic default ------------------------------------------------------------------------------------


@keras_test
def test_synthetic_wires_say_so_and_have_the_same_form(wires):
    made_up = synthetic_newswires()
    assert made_up.synthetic and "synthetic" in repr(made_up) and "synthetic" in made_up.source
    assert not wires.synthetic and "synthetic" not in repr(wires)
    for part in ("x_train", "y_train", "x_test", "y_test"):
        ours, real = getattr(made_up, part), getattr(wires, part)
        assert ours.shape == real.shape and ours.dtype == real.dtype
    assert made_up.names == wires.names and made_up.x_train.max() < made_up.num_words
    assert newswires.UNKNOWN not in made_up.x_train
    np.testing.assert_array_equal(made_up.encode(" ".join(made_up.words(made_up.x_test[0])[1:]))[0], made_up.x_test[0])
    np.testing.assert_array_equal(made_up.x_train, synthetic_newswires().x_train)
    assert not np.array_equal(made_up.x_train, synthetic_newswires(seed=1).x_train)
    assert np.bincount(made_up.y_train).argmax() == made_up.names.index("earn")


# --- downloads that go wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (http.client.IncompleteRead(b"half", 9), "the download broke off"),
        (http.client.BadStatusLine("nonsense"), "no web server"),
        (http.client.RemoteDisconnected("gone"), "newswires are not on this machine"),
        (zlib.error("Error -3"), "the download broke off"),
        (ConnectionResetError("reset"), "could not be fetched"),
    ],
)
def test_a_download_that_breaks_off_is_one_true_sentence(empty_machine, monkeypatch, fault, says):
    class Answer(io.BytesIO):
        def read(self):
            raise fault

    monkeypatch.setattr(urllib.request, "urlopen", lambda *arguments, **options: Answer())
    with pytest.raises(FileNotFoundError, match=says) as caught:
        load_reuters()
    assert "\n" not in str(caught.value) and len(str(caught.value)) <= 300


def test_a_download_that_cannot_be_kept_does_not_blame_the_network(empty_machine, folder, monkeypatch):
    folder = folder()
    digests = {
        name: ("sha256", hashlib.sha256((folder / name).read_bytes()).hexdigest()) for name in _reuters_files.DIGESTS
    }
    monkeypatch.setattr(_reuters_files, "DIGESTS", digests)
    monkeypatch.setattr(
        urllib.request, "urlopen", lambda url, **o: io.BytesIO((folder / url.rpartition("/")[2]).read_bytes())
    )
    (Path(os.environ["XDG_CACHE_HOME"])).write_text("a file where a folder should be")
    with pytest.raises(FileNotFoundError, match="were fetched, but cannot be kept in") as caught:
        load_reuters()
    assert "connect to the network" not in str(caught.value) and len(str(caught.value)) <= 400


def test_a_damaged_file_is_always_a_value_error(folder):
    """Bytes changed anywhere in the archive: zlib, zipfile and pickle each have errors of their own."""
    rng, file = np.random.default_rng(0), folder() / "reuters.npz"
    whole = file.read_bytes()
    for n in range(60):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 1 + n % 20):
            damaged[place] = rng.integers(256)
        file.write_bytes(damaged)
        try:
            _reuters_files.read_wires(file, 9)
        except ValueError as error:
            assert len(str(error)) <= 300 and "\n" not in str(error)
    for part in range(1, 10):
        file.write_bytes(whole[: len(whole) * part // 10])
        with pytest.raises(ValueError, match="not a whole"):
            _reuters_files.read_wires(file, 9)


@keras_test
def test_lesson_08_goes_on_without_its_file():
    source = json.loads((Path(__file__).parent.parent / "notebooks" / "08_newswires.ipynb").read_text("utf-8"))
    data = next("".join(cell["source"]) for cell in source["cells"] if cell.get("id") == "data")
    for error in (FileNotFoundError("gone"), ValueError("damaged")):

        def missing(error=error):
            raise error

        names = {"load_reuters": missing, "synthetic_newswires": lambda: synthetic_newswires(wires=40)}
        exec(data, names)
        assert names["wires"].synthetic

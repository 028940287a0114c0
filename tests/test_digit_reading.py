"""Readers of digits: what lesson 04 trains, measures and shows."""

import numpy as np
import pytest

from lstm_viz import GRUCell, LSTMCell, SimpleRNNCell
from lstm_viz.datasets import load_digits_sequences
from lstm_viz.learning.models import Readout
from lstm_viz.lessons.lesson_04.digit_reader import read_digits, verdict
from lstm_viz.lessons.lesson_04.digit_reading import (
    ASKED,
    CELLS,
    WIDER,
    DigitTask,
    Reader,
    Results,
    accuracy_by_step,
    carried,
    epochs,
    lost_and_kept,
    probe_accuracy,
    reader_from_model,
    then_blank,
    train_readers,
    with_blank_steps,
)

EVERY, ONCE = ASKED


@pytest.fixture(scope="module")
def rows():
    return load_digits_sequences("rows")


@pytest.fixture(scope="module")
def readers(rows):
    return {
        "SimpleRNN": train_readers("SimpleRNN", DigitTask(rows, EVERY), [0], learning_rate=0.01, updates=150)[0],
        "LSTM": Reader(LSTMCell.initialise(8, 6, seed=0), Readout.initialise(6, 10)),
    }


# --- the task ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ASKED)
def test_batches_are_training_digits_with_their_labels(rows, asked):
    task = DigitTask(rows, asked)
    x, y = task.batch(np.random.default_rng(0), 5)
    assert x.shape == (5, 8, 8) and y.shape == ((5, 8) if asked == EVERY else (5,))
    for sequence, label in zip(x, y, strict=True):
        (found,) = np.flatnonzero((rows.x_train == sequence).all(axis=(1, 2)))[:1]
        assert np.all(label == rows.y_train[found])


def test_the_score_is_the_share_of_right_answers_for_every_model_of_a_stack(rows):
    y = np.array([[1, 2], [1, 2]])  # (models, batch)
    logits = np.zeros((2, 2, 10))
    logits[0, [0, 1], [1, 2]] = 1.0
    logits[1, [0, 1], [1, 5]] = 1.0
    np.testing.assert_array_equal(DigitTask(rows, ONCE).score(logits, y), [1.0, 0.5])
    by_step = np.repeat(logits[:, :, None], 8, axis=2)
    by_step[1, :, 4:] = 0.0  # class 0 from here on
    np.testing.assert_array_equal(DigitTask(rows, EVERY).score(by_step, np.repeat(y[..., None], 8, 2)), [1.0, 0.25])


def test_asked_is_one_of_two(rows):
    with pytest.raises(ValueError, match=r"asked must be one of .*got 'never'"):
        DigitTask(rows, "never")


def test_training_teaches_to_read(rows):
    (reader,) = train_readers("SimpleRNN", DigitTask(rows, ONCE), [0], learning_rate=0.01, updates=200)
    _, probabilities = reader.read(rows.x_test)
    assert accuracy_by_step(probabilities, rows.y_test)[-1] > 0.85  # chance 0.1


# --- readers and measures ---------------------------------------------------------------------------------


def test_a_reader_answers_with_the_softmax_of_its_readout(rows):
    cell, readout = GRUCell.initialise(8, 4, seed=1), Readout.initialise(4, 10, seed=2)
    trace, probabilities = Reader(cell, readout).read(rows.x_test[:3])
    logits = cell.run(rows.x_test[:3]).h @ readout.kernel + readout.bias
    np.testing.assert_allclose(probabilities, np.exp(logits) / np.exp(logits).sum(-1, keepdims=True), atol=1e-6)
    assert trace.h.shape == (3, 8, 4)


@pytest.mark.keras
@pytest.mark.parametrize("kind", CELLS)
def test_a_reader_from_a_model_answers_as_the_model(kind, rows):
    from lstm_viz.keras_models.quiet import keras

    layer = getattr(keras.layers, kind)(5, return_sequences=True)
    model = keras.Sequential([keras.Input((None, 8)), layer, keras.layers.Dense(10, activation="softmax")])
    _, probabilities = reader_from_model(model).read(rows.x_test[:4])
    np.testing.assert_allclose(probabilities, model.predict(rows.x_test[:4], verbose=0), atol=1e-5)


@pytest.mark.keras
def test_only_a_recurrent_and_a_dense_layer_make_a_reader():
    from lstm_viz.keras_models.quiet import keras

    deep = keras.Sequential([keras.Input((3, 2)), keras.layers.LSTM(2), keras.layers.Dense(3), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="one recurrent and one Dense layer with softmax and bias; got 'sequential"):
        reader_from_model(deep)
    with pytest.raises(ValueError, match="one recurrent and one Dense layer with softmax and bias; got 3"):
        reader_from_model(3)
    squashed = keras.Sequential([keras.Input((3, 2)), keras.layers.LSTM(2), keras.layers.Dense(3, activation="relu")])
    with pytest.raises(ValueError, match="with softmax and bias"):
        reader_from_model(squashed)


def test_accuracy_by_step():
    probabilities = np.zeros((2, 3, 10))
    probabilities[0, [0, 1, 2], [4, 4, 5]] = 1.0
    probabilities[1, [0, 1, 2], [7, 0, 0]] = 1.0
    np.testing.assert_array_equal(accuracy_by_step(probabilities, [4, 7]), [1.0, 0.5, 0.0])


def test_blank_steps_come_after_the_sequence():
    x = np.ones((2, 3, 4), np.float32)
    longer = with_blank_steps(x, 5)
    assert longer.shape == (2, 8, 4) and longer.dtype == np.float32
    assert (longer[:, :3] == 1).all() and (longer[:, 3:] == 0).all()


def test_a_probe_finds_what_h_holds_and_only_there():
    rng = np.random.default_rng(0)
    y_train, y_test = rng.integers(10, size=400), rng.integers(10, size=300)

    def hidden(y):
        h = rng.normal(size=(len(y), 2, 12))
        h[:, 1, :10] += 8 * np.eye(10)[y]  # the class is there at t=1 alone
        return h

    nothing, everything = probe_accuracy(hidden(y_train), y_train, hidden(y_test), y_test)
    assert nothing < 0.25 and everything > 0.98


# --- the shipped runs -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def results():
    return Results()


QUESTIONS = [("rows", EVERY), ("rows", ONCE), ("pixels", ONCE)]


def test_the_shipped_runs_are_complete_and_tuned_on_other_seeds(results):
    tuning, test = ({run["seed"] for run in results.select(part)} for part in ("tuning", "test"))
    assert len(tuning) == 5 and len(test) == 10 and not tuning & test
    for by, asked in QUESTIONS:
        for values in results.tried(by, asked).values():
            assert values.shape == (5, len(results.learning_rates()))
            assert (values >= 0).all() and (values <= 1).all()
        by_step = results.tested(by, asked, "by_step")
        for cell, values in results.tested(by, asked).items():
            assert by_step[cell].shape == (10, 8 if by == "rows" else 64)
            np.testing.assert_array_equal(by_step[cell][:, -1], values)
    assert results.gates("rows", EVERY, "GRU")["z"].shape == (10, 8)


def test_the_tested_rate_is_the_best_of_the_tuning_runs_and_lies_inside_the_grid(results):
    rates = results.learning_rates()
    for by, asked in QUESTIONS:
        for cell, rate in results.chosen_rates(by, asked).items():
            runs = results.select("tuning", by=by, asked=asked, cell=cell)
            means = {r: np.mean([run["accuracy"] for run in runs if run["learning_rate"] == r]) for r in rates}
            assert means[rate] == max(means.values())
            assert rates[0] < rate < rates[-1]
            assert {run["learning_rate"] for run in results.select("test", by=by, asked=asked, cell=cell)} == {rate}


def test_a_shipped_run_comes_out_again(results, rows):
    rate = results.chosen_rates("rows", ONCE)["SimpleRNN"]
    updates = results.settings["updates"]["rows"]
    again = train_readers("SimpleRNN", DigitTask(rows, ONCE), [5, 6, 7], learning_rate=rate, updates=updates)
    accuracy = [accuracy_by_step(reader.read(rows.x_test)[1], rows.y_test)[-1] for reader in again]
    np.testing.assert_allclose(accuracy, results.tested("rows", ONCE)["SimpleRNN"][:3], atol=0.03)  # rounding differs


def test_the_wider_control_was_tuned_as_the_others(results):
    name = f"SimpleRNN, {WIDER} units"
    rates, chosen = results.learning_rates(), results.chosen_rates("rows", EVERY)[name]
    assert results.tried("rows", EVERY)[name].shape == (5, len(rates)) and rates[0] < chosen < rates[-1]
    assert {run["learning_rate"] for run in results.select("test", cell=name)} == {chosen}
    assert results.wider().shape == (10,)


def test_blank_rows_belong_to_the_pictures_too(rows):
    longer = then_blank(rows, 3)
    assert longer.timesteps == 11 and longer.images_test.shape[1:] == (11, 8) and len(longer.labels) == 11
    np.testing.assert_array_equal(longer.x_test[:, :8], rows.x_test)
    assert not longer.x_test[:, 8:].any() and not longer.images_test[:, 8:].any()
    with pytest.raises(ValueError, match="read by rows; these are read pixel by pixel"):
        then_blank(load_digits_sequences("pixels"), 3)


def test_the_digit_to_open_with_is_one_that_the_second_reader_keeps(rows):
    trained = train_readers("SimpleRNN", DigitTask(rows, EVERY), [0, 1], learning_rate=0.01, updates=300)
    readers, waiting = dict(zip("ab", trained, strict=True)), then_blank(rows, 12)
    index = lost_and_kept(readers, waiting, after=12)
    truth = rows.y_test[index]
    first, second = (reader.read(waiting.x_test[index])[1][:, truth] for reader in trained)
    assert first[7] > 0.5 and second[7] > 0.5 and second[12] > 0.5 > first[12]
    view = read_digits(readers, waiting, index=index)
    assert view.index == index and view.views["image"].timesteps == 20


# --- the widget -------------------------------------------------------------------------------------------


def test_choosing_a_digit_shows_that_digit(readers, rows):
    view = read_digits(readers, rows)
    view.digit.index = 3
    view.example.value = 4
    assert rows.y_test[view.index] == 3 and view.index == view.candidates[4]
    x = rows.x_test[view.index]
    for position, (name, reader) in enumerate(readers.items()):
        trace, probabilities = reader.read(x)
        np.testing.assert_allclose(view.probabilities[name], probabilities)
        np.testing.assert_allclose(view.views["answers"].figure.data[position].z, probabilities.T, atol=1e-6)
        np.testing.assert_allclose(view.traces[name].h, trace.h)
    np.testing.assert_allclose(view.views["image"].figure.data[0].z, rows.images_test[view.index], atol=1e-6)
    drawn = [plot.name for plot in view.views["values"].figure.data]
    assert drawn == ["hidden state", "input gate", "forget gate", "output gate", "cell state", "hidden state"]
    assert "▶ 3" in str(view.views["answers"].figure.layout.yaxis.ticktext)


def test_every_view_follows_the_slider(readers, rows):
    view = read_digits(readers, rows, t=2)
    assert {v.t for v in view.views.values()} == {2}
    assert {v.timesteps for v in view.views.values()} == {8}
    assert repr(view) == "read_digits(SimpleRNN, LSTM: 8 timesteps)"


def test_examples_go_as_far_as_there_are_test_digits(readers, rows):
    view = read_digits(readers, rows)
    for digit in (0, 4, 9):
        view.digit.index = digit
        assert view.example.max == np.sum(rows.y_test == digit) - 1
        view.example.value = view.example.max
        assert rows.y_test[view.index] == digit
    assert not view.changes.errors


def test_the_verdict_says_what_the_answers_say(rows):
    p = np.full((4, 10), 0.05)
    p[0, 3] = p[1, 8] = p[2, 3] = p[3, 3] = 0.55
    assert verdict(p, 3, rows.names) == "says 3 at the end (55%): right, from t = 2 on."
    assert verdict(p[[0, 2, 3]], 3, rows.names).endswith("right, from t = 0 on.")
    assert verdict(p, 8, rows.names) == "says 3 at the end (55%): wrong."


def test_readers_must_fit_the_data(readers, rows):
    wrong = Reader(SimpleRNNCell.initialise(1, 4), Readout.initialise(4, 10))
    with pytest.raises(ValueError, match="reader 'a' must take 8 inputs per timestep, as the data; it takes 1"):
        read_digits({"a": wrong}, rows)
    with pytest.raises(ValueError, match="at least one name and Reader"):
        read_digits({}, rows)


# --- what does not fit ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (
            lambda d, r: accuracy_by_step(np.ones((2, 3)), [1, 2]),
            ValueError,
            r"must have shape \(n, timesteps, classes\)",
        ),
        (lambda d, r: accuracy_by_step(np.ones((2, 3, 10)), [1.0, 2.0]), TypeError, "y must be an array of whole"),
        (lambda d, r: accuracy_by_step(np.ones((2, 3, 10)), [1]), ValueError, r"y must have shape \(2,\); got \(1,\)"),
        (lambda d, r: then_blank("digits", 3), TypeError, "data must be DigitSequences"),
        (lambda d, r: then_blank(d, -1), ValueError, "steps must be a whole number of at least 0; got -1"),
        (lambda d, r: carried(d), TypeError, r"trace must be a trace that cell\.run\(x\) returns; got DigitSequences"),
        (lambda d, r: epochs("all"), ValueError, "full must be a whole number of at least 1; got 'all'"),
        (lambda d, r: lost_and_kept({"LSTM": r["LSTM"]}, d, after=3), ValueError, "two readers.*got 1 readers"),
        (lambda d, r: lost_and_kept(r, d, after=8), ValueError, "after must be a whole number of at most 7; got 8"),
        (
            lambda d, r: read_digits({"LSTM": r["LSTM"].cell}, d),
            TypeError,
            "reader 'LSTM' must be a Reader; got LSTMCell",
        ),
        (lambda d, r: read_digits(r, d, index=10**6), ValueError, "index must be a whole number of at most"),
        (
            lambda d, r: read_digits({"a": Reader(r["LSTM"].cell, Readout.initialise(6, 4))}, d),
            ValueError,
            r"the readout of reader 'a' must have shape \(6, 10\); got \(6, 4\)",
        ),
        (
            lambda d, r: probe_accuracy(np.ones((4, 2, 3)), [0, 1, 2, 3], np.ones((4, 2, 5)), [0, 1, 2, 3]),
            ValueError,
            r"h_test must have shape \(n, 2, 3\); got \(4, 2, 5\)",
        ),
        (
            lambda d, r: probe_accuracy(np.ones((2, 2, 3)), [0, 10], np.ones((2, 2, 3)), [0, 1]),
            ValueError,
            "y_train must lie in 0 to 9; got values from 0 to 10",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, error, match, rows, readers):
    with pytest.raises(error, match=match):
        call(rows, readers)


def test_results_that_no_run_has_are_refused(results):
    for call, match in (
        (lambda: results.select("training"), "part must be one of tuning, test; got 'training'"),
        (lambda: results.select(colour="red"), "what is wanted must be one of part, by, .*; got 'colour'"),
        (lambda: results.tested("columns", EVERY), "by must be one of rows, pixels; got 'columns'"),
        (lambda: results.tested("rows", EVERY, "speed"), "value must be one of .*accuracy.*; got 'speed'"),
        (lambda: results.gates("rows", "never", "LSTM"), "asked must be one of .*; got 'never'"),
    ):
        with pytest.raises(ValueError, match=match):
            call()
    assert results.gates("rows", EVERY, "SimpleRNN") == {}


@pytest.mark.parametrize(
    ("text", "match"),
    [(None, "No such file"), ("{", "cannot be read as such: JSONDecodeError"), ("[]", "cannot be read as such"),
     ('{"settings": {}, "runs": [{}]}', "KeyError"),
     ('{"settings": {}, "runs": [{"part": "test", "by": [], "asked": "", "cell": "", "learning_rate": 1, "seed": 1}]}',
      "must name its part, by, asked, cell, learning_rate, seed; one does not")],
)  # fmt: skip
def test_a_file_that_holds_no_results_is_refused(tmp_path, text, match):
    file = tmp_path / "digits.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ValueError, match=match):
        Results(file)

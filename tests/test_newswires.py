"""Topic classifiers through scikit-learn's interface, and what is seen when a wire is opened."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.metrics import accuracy_score, f1_score

pytestmark = pytest.mark.keras

from lstm_viz.keras_models.quiet import keras  # noqa: E402
from lstm_viz.lessons.lesson_08 import comparison, newswires  # noqa: E402
from lstm_viz.lessons.lesson_08.newswires import MODELS, TopicClassifier, build, score  # noqa: E402
from lstm_viz.lessons.lesson_08.wire_markup import wire_markup  # noqa: E402
from lstm_viz.lessons.lesson_08.wire_reader import WireReader  # noqa: E402
from lstm_viz.lessons.lesson_08.wire_reading import read_wire  # noqa: E402

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "notebooks" / "08_newswires.ipynb"


@pytest.fixture(scope="module")
def trained(wires):
    """Two models after a moment of training: {name: classifier}."""
    made = {}
    for name in ("LSTM + LSTM", "Embedding + GRU"):
        keras.utils.set_random_seed(0)
        classifier = TopicClassifier(build, model_kwargs={"name": name, "num_words": wires.num_words})
        made[name] = classifier.fit(wires.x_train[:300], wires.y_train[:300], epochs=2, batch_size=50, verbose=0)
    return made


# --- through scikit-learn's interface -----------------------------------------------------------------------


def test_classifier_has_every_topic_and_the_answers_of_its_model(trained, wires, capfd):
    classifier = trained["Embedding + GRU"]
    p = classifier.predict_proba(wires.x_test)
    assert p.shape == (598, 46) and np.allclose(p.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(p, classifier.model_.predict(wires.x_test, verbose=0), atol=1e-6)
    np.testing.assert_array_equal(classifier.predict(wires.x_test), p.argmax(axis=1))
    assert classifier.score(wires.x_test, wires.y_test) == accuracy_score(wires.y_test, p.argmax(axis=1))
    assert is_classifier(classifier) and isinstance(classifier, keras.wrappers.SKLearnClassifier)
    assert capfd.readouterr() == ("", "")
    # the wrapper alone has an output for each topic that it met
    assert len(np.unique(wires.y_train[:300])) < 46


def test_clone_keeps_every_setting():
    made = TopicClassifier(build, 40, model_kwargs={"name": "GRU"}, fit_kwargs={"epochs": 3})
    copy = clone(made)
    assert copy is not made and copy.get_params() == made.get_params() and copy.fit_kwargs == {"epochs": 3}


@pytest.mark.parametrize("y", [[0, 46, 1], [-1, 0, 1], [0.5, 1.0, 2.0], ["a", "b", "c"]])
def test_wrong_topics_are_refused(y):
    with pytest.raises(ValueError, match="topic numbers 0 to 45"):
        TopicClassifier(build).fit(np.ones((3, 5), int), np.array(y), verbose=0)


def test_one_hot_target_is_that_of_keras(wires):
    classifier = TopicClassifier(build)
    np.testing.assert_array_equal(
        classifier._process_target(wires.y_train, reset=True), keras.utils.to_categorical(wires.y_train, 46)
    )


@pytest.mark.parametrize("name", MODELS)
def test_models_are_what_their_names_say(name):
    model = build(np.ones((2, 49)), np.ones((2, 46)), name=name, num_words=100)
    kinds, width = MODELS[name]
    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.RNN)]
    assert tuple(type(layer).__name__ for layer in layers) == kinds and {layer.units for layer in layers} == {50}
    first = model.layers[0]
    if width is None:
        assert isinstance(first, keras.layers.Reshape)
    else:
        assert (first.input_dim, first.output_dim, first.mask_zero) == (100, 32, True)
    assert type(model.optimizer) is keras.optimizers.Adam and float(model.optimizer.learning_rate) == pytest.approx(
        0.001
    )
    assert model.loss == "categorical_crossentropy" and model.output_shape == (None, 46)


def test_unknown_model_is_refused():
    with pytest.raises(ValueError, match="name must be one of SimpleRNN, GRU"):
        build(np.ones((2, 49)), np.ones((2, 46)), name="Transformer")


def test_majority_line_and_score(wires):
    topic, scores = newswires.majority_line(wires.y_train, wires.y_test)
    assert wires.names[topic] == "earn" and scores["accuracy"] == pytest.approx(0.747, abs=1e-3)
    answers = np.where(np.arange(598) % 3, wires.y_test, 3)
    macro = f1_score(wires.y_test, answers, labels=np.unique(wires.y_test), average="macro", zero_division=0)
    assert score(wires.y_test, answers) == {"accuracy": np.mean(answers == wires.y_test), "macro_f1": macro}


def test_deletion_is_the_difference_of_two_losses(trained, wires):
    for name, classifier in trained.items():
        ids, topic = wires.x_test[5], 3
        effect = comparison.deletion(classifier.model_, ids, topic)
        words = np.count_nonzero(ids)
        assert effect.shape == ids.shape and not effect[words:].any(), name
        for t in (0, 4, words - 1):
            without = ids.copy()
            without[t] = 2
            p, q = classifier.model_.predict(np.stack([ids, without]), verbose=0)[:, topic]
            assert effect[t] == pytest.approx(np.log(p) - np.log(q), abs=1e-4)


# --- one wire -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["LSTM + LSTM", "Embedding + GRU"])
def test_every_probability_is_what_the_model_predicts_up_to_that_word(trained, wires, name):
    model, ids = trained[name].model_, wires.x_test[5]
    reading = read_wire(model, wires, ids)
    assert reading.timesteps == (np.count_nonzero(ids) if "Embedding" in name else 49) == len(reading.probabilities)
    for t in range(reading.timesteps):
        asked = model.predict(ids[None, : t + 1], verbose=0)[0]
        np.testing.assert_allclose(reading.probabilities[t], asked, atol=1e-5)
    np.testing.assert_allclose(reading.probabilities[-1], model.predict(ids[None], verbose=0)[0], atol=1e-5)
    assert reading.answer == reading.topic == model.predict(ids[None], verbose=0)[0].argmax()
    assert list(reading.words[: np.count_nonzero(ids)]) == wires.words(ids)
    assert set(reading.words[np.count_nonzero(ids) :]) <= {"·"}
    assert len(reading.traces) == len(MODELS[name][0])


@pytest.mark.parametrize("name", ["LSTM + LSTM", "Embedding + GRU"])
def test_the_gradient_lens_is_tensorflows_gradient(trained, wires, name):
    import tensorflow as tf

    model, ids, topic = trained[name].model_, wires.x_test[5], 7
    reading = read_wire(model, wires, ids, topic)
    with tf.GradientTape() as tape:
        x = model.layers[0](tf.constant(ids[None, : reading.timesteps], tf.float32))
        tape.watch(x)
        y = x
        for layer in model.layers[1:]:
            y = layer(y)
        loss = -tf.math.log(y[0, topic])
    oracle = np.linalg.norm(tape.gradient(loss, x).numpy()[0], axis=-1)
    np.testing.assert_allclose(reading.gradient, oracle, rtol=1e-3, atol=1e-6 * oracle.max())
    assert oracle.max() > 0


def test_what_cannot_be_read_is_refused(trained, wires):
    model = trained["Embedding + GRU"].model_
    for ids, error, match in (
        (np.zeros(49, int), ValueError, "ids must be the word ids of one wire, not all padding; got an array"),
        (wires.x_test[:2], ValueError, r"ids must have shape \(timesteps,\); got \(2, 49\)"),
        (np.ones(5), TypeError, "ids must be an array of whole numbers"),
        ([1, 5, 10**6], ValueError, "ids must lie in 0 to .*; got values from 1 to"),
    ):
        with pytest.raises(error, match=match):
            read_wire(model, wires, ids)
    with pytest.raises(TypeError, match="wires must be Newswires, as load_reuters returns; got list"):
        read_wire(model, [], wires.x_test[0])
    with pytest.raises(TypeError, match=r"model must be a keras\.Sequential that is built; got 'LSTM'"):
        read_wire("LSTM", wires, wires.x_test[0])
    for topic in (46, -1, "earn", True):
        with pytest.raises(ValueError, match="topic must be a number from 0 to 45"):
            read_wire(model, wires, wires.x_test[0], topic)
    headless = keras.Sequential([keras.Input((None, 1)), keras.layers.LSTM(3)])
    with pytest.raises(ValueError, match=r"model must be a keras\.Sequential that ends with"):
        read_wire(headless, wires, wires.x_test[0])


def test_the_wire_as_text_follows_t(trained, wires):
    reading = read_wire(trained["Embedding + GRU"].model_, wires, wires.x_test[5], 3)
    markup = wire_markup(reading, wires.names, truth=3)
    for t in (0, 7, reading.timesteps - 1):
        shown = markup.at(t)
        assert shown.count('fill="now"') == 2 and shown.count('fill="read"') == 2 * t  # deletion and gradient
        best = int(reading.probabilities[t].argmax())
        assert f"{wires.names[best]} {reading.probabilities[t, best]:.2f}" in shown
        assert f"{t + 1} of {reading.timesteps}" in shown and "The right topic is" in shown
    assert "right topic" not in wire_markup(reading, wires.names).at(0)


def test_reader_opens_wires_of_a_topic_and_ones_own(trained, wires):
    reader = WireReader(trained, wires, topic="grain", wire=2)
    n = wires.examples("grain")[2]
    assert reader.reading.topic == wires.y_test[n] and reader.reading.words[0] == "<start>"
    text, probabilities, gates = reader.pictures.children
    assert gates.timesteps == probabilities.timesteps == reader.controls.timesteps == 49
    assert [value for _, value in reader.layer.options] == [0, 1]

    assert reader.controls.t == reader.reading.timesteps - 1  # it opens at the last word
    upper, lower = probabilities.figure.layout, gates.figure.layout
    assert (upper.margin.l, upper.margin.r) == (lower.margin.l, lower.margin.r)
    on_a_phone = [layout.meta["narrow"]["layout"]["margin"]["l"] for layout in (upper, lower)]
    assert on_a_phone[0] == on_a_phone[1] < upper.margin.l
    assert upper.xaxis.domain == lower.xaxis.domain and upper.xaxis.range == lower.xaxis.range
    before = gates.figure
    reader.layer.value = 0
    assert gates.figure is not before
    reader.model.value = "Embedding + GRU"
    length = np.count_nonzero(wires.x_test[n])
    assert reader.reading.timesteps == length == gates.timesteps == text.markup.timesteps

    reader.topic.value = None
    assert reader.text.layout.display == "" and "press Enter" in reader.note.value
    reader.text.value = "Oil prices xqzzy rose"
    assert reader.reading.words == ("<start>", "oil", "prices", "<unknown>", "rose") and "xqzzy" in reader.note.value
    assert reader.controls.t == 4  # and after typing
    reader.text.value = "원유 가격이 올랐다"
    assert reader.reading.words == ("<start>", *["<unknown>"] * 3) and "know none of these words" in reader.note.value
    kept = reader.reading
    for bad, reason in (("...", "the text is empty"), ("oil " * 60, "at most 48")):
        reader.text.value = bad
        assert reason in reader.note.value and reader.reading is kept


def test_reader_refuses_what_it_cannot_open(trained, wires):
    empty = next(name for n, name in enumerate(wires.names) if n not in wires.y_test)
    with pytest.raises(ValueError, match=f"no wire in the test part is under the topic '{empty}'"):
        WireReader(trained, wires, topic=empty)
    with pytest.raises(ValueError, match="at least one name and trained model; got none"):
        WireReader({}, wires)
    with pytest.raises(ValueError, match="wire must be a whole number of at least 0; got -1"):
        WireReader(trained, wires, wire=-1)


def test_reader_shows_an_error_of_its_own_and_raises_it(trained, wires, monkeypatch):
    reader = WireReader(trained, wires)

    def broken(*_arguments):
        raise RuntimeError("the model is gone")

    monkeypatch.setattr("lstm_viz.lessons.lesson_08.wire_reader.read_wire", broken)
    with pytest.raises(RuntimeError):
        reader.wire.value = 1
    assert "the model is gone" in reader.changes.status.value

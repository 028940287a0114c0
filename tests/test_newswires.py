"""Topic classifiers, their training beside the notebook, and what is seen when a wire is opened."""

import asyncio
import json
import subprocess
import sys
import threading
from pathlib import Path

import nbformat
import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score, f1_score

pytestmark = pytest.mark.keras

from lstm_viz.keras_models.live_fit import Training  # noqa: E402
from lstm_viz.keras_models.quiet import keras  # noqa: E402
from lstm_viz.lessons.lesson_08 import comparison, newswires  # noqa: E402
from lstm_viz.lessons.lesson_08 import exercises as lesson_08  # noqa: E402
from lstm_viz.lessons.lesson_08.confusion import topics_confused  # noqa: E402
from lstm_viz.lessons.lesson_08.newswire_results import over_seeds, shipped_comparison, shipped_results  # noqa: E402
from lstm_viz.lessons.lesson_08.newswires import MODELS, TopicClassifier, build, score  # noqa: E402
from lstm_viz.lessons.lesson_08.wire_markup import wire_markup  # noqa: E402
from lstm_viz.lessons.lesson_08.wire_reader import WireReader  # noqa: E402
from lstm_viz.lessons.lesson_08.wire_reading import read_wire  # noqa: E402
from lstm_viz.widgets.training_view import TrainingView  # noqa: E402

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


# --- the shipped results --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def results():
    return shipped_results()


def test_shipped_results_are_whole_and_name_what_made_them(results):
    assert {"tensorflow", "keras", "numpy", "python"} <= set(results["versions"])
    assert (ROOT / results["made_by"]).is_file() and "1395 training and 598 test" in results["data"]
    seeds = {name: [run["seed"] for run in results["runs"] if run["model"] == name] for name in MODELS}
    assert len({tuple(s) for s in seeds.values()}) == 1 and len(set(seeds["LSTM"])) == len(seeds["LSTM"]) >= 3
    for run in results["runs"]:
        assert run["epochs"] == newswires.EPOCHS[run["model"]] == run["curves"]["epoch"][-1]
        assert run["curves"]["test_accuracy"][-1] == pytest.approx(run["accuracy"], abs=1e-3)
        assert run["best_accuracy"] >= run["accuracy"] >= 0.7 and 0 < run["macro_f1"] < 1


def test_what_the_lesson_says_about_its_table(results):
    """15 epochs with an embedding come as far as the recipe's 200; most topics are still missed by every model."""
    plain, short = (over_seeds(results, name, "accuracy") for name in ("LSTM", "Embedding + LSTM"))
    assert abs(short.mean() - plain.mean()) < max(np.ptp(short), np.ptp(plain))
    assert max(over_seeds(results, name, "macro_f1").max() for name in MODELS) < 0.5
    stacked, single = (over_seeds(results, name, "train_accuracy").mean() for name in ("LSTM + LSTM", "LSTM"))
    assert stacked > single


@pytest.mark.parametrize(
    "model, published",
    [("SimpleRNN", 0.77), ("LSTM", 0.86), ("LSTM + LSTM", 0.85), ("Embedding + LSTM", 0.86)],
)
def test_shipped_results_agree_with_an_earlier_measurement(results, model, published):
    """Measured before this package existed, with one seed; two seeds of one model differ by up to .04."""
    values = over_seeds(results, model, "accuracy")
    assert values.min() - 0.02 <= published <= values.max() + 0.02


def test_the_outcomes_of_the_predictions_are_those_of_the_results(results, compared):
    line = results["majority"]["accuracy"]
    plain = over_seeds(results, "LSTM", "accuracy")
    lstm, bag = over_seeds(compared, "Embedding, mask", "accuracy"), bags(compared)["logistic regression"]["accuracy"]
    order = compared["order"]
    observed = {
        "08.a": line,
        "08.b": (lstm.mean() - bag, np.ptp(lstm)),
        "08.c": (plain - line).mean(),
        "08.d": [over_seeds(compared, name, "macro_f1").mean() for name in TWO_BY_TWO],
        "08.e": [np.mean([row[kind] for row in order]) for kind in ("bag of words", "LSTM")],
    }
    for prediction in lesson_08.PREDICTIONS:
        assert prediction.decide(observed[prediction.name]) == prediction.outcome


# --- what the lesson compares ----------------------------------------------------------------------------------

TWO_BY_TWO = "ids", "ids, mask", "Embedding", "Embedding, mask"


@pytest.fixture(scope="module")
def compared():
    return shipped_comparison()


def bags(compared, fitted_to="without validation"):
    return {bag["model"]: bag for bag in compared["bags"] if bag["fitted_to"] == fitted_to}


def test_the_comparison_is_whole_and_names_what_made_it(compared):
    assert {"tensorflow", "keras", "numpy", "python", "scikit-learn"} <= set(compared["versions"])
    assert (ROOT / compared["made_by"]).is_file() and "1395 training and 598 test" in compared["data"]
    for name in TWO_BY_TWO:
        runs = [run for run in compared["runs"] if run["model"] == name]
        assert sorted(run["seed"] for run in runs) == [0, 1, 2, 3]
        assert {run["epochs"] for run in runs} == {comparison.VARIANTS[name][-1]}
        for run in runs:
            assert 1 <= run["best_epoch"] <= run["epochs"]
            assert "best_accuracy" not in run  # nothing is chosen by the test wires


def test_a_bag_of_words_is_ahead_of_every_lstm(compared, results):
    """The first question of the lesson: regression .91, naive Bayes .89 to .90; the LSTM is below on average."""
    for fitted_to in ("all", "without validation"):
        found = bags(compared, fitted_to)
        assert found["logistic regression"]["accuracy"] == pytest.approx(0.914, abs=2e-3)
        assert found["naive Bayes"]["accuracy"] == pytest.approx(0.895, abs=3e-3)
    regression = bags(compared)["logistic regression"]
    lstm = over_seeds(compared, "Embedding, mask", "accuracy")
    assert lstm.mean() < regression["accuracy"]
    assert over_seeds(compared, "Embedding, mask", "macro_f1").mean() < regression["macro_f1"]
    assert over_seeds(results, "LSTM", "accuracy").max() < regression["accuracy"]
    assert over_seeds(compared, "Embedding, mean", "accuracy").mean() > lstm.mean()


def test_the_bags_score_today_what_is_shipped(compared, wires):
    from sklearn.linear_model import LogisticRegression

    vocabulary = np.setdiff1d(wires.x_train, [0])
    bag = comparison.bag_of_words(wires.x_train, vocabulary)
    assert bag.shape == (1395, len(vocabulary)) and set(np.unique(bag)) == {0, 1}
    model = LogisticRegression(max_iter=2000).fit(bag, wires.y_train)
    now = score(wires.y_test, model.predict(comparison.bag_of_words(wires.x_test, vocabulary)))
    shipped = bags(compared, "all")["logistic regression"]
    assert now["accuracy"] == pytest.approx(shipped["accuracy"], abs=4e-3)
    assert now["macro_f1"] == pytest.approx(shipped["macro_f1"], abs=0.03)


def test_both_repairs_together_bring_more_than_either(compared):
    neither, mask, embedding, both = (over_seeds(compared, name, "macro_f1").mean() for name in TWO_BY_TWO)
    assert both > max(neither, mask, embedding) + 0.02


def test_the_order_of_the_words_is_worth_little_in_the_wires(compared):
    """Trained and tested on shuffled words the same model comes within .02 of itself as written."""
    text = over_seeds(compared, "Embedding, mask", "accuracy").mean()
    assert abs(text - over_seeds(compared, "Embedding, mask", "words_shuffled/accuracy").mean()) < 0.03
    assert abs(text - over_seeds(compared, "Embedding, mask, shuffled", "accuracy").mean()) < 0.02


def test_where_order_decides_the_bag_is_at_chance_and_the_lstm_is_not(compared):
    rows = {key: np.array([row[key] for row in compared["order"]]) for key in compared["order"][0]}
    assert sorted(rows["seed"]) == [0, 1, 2, 3]
    chance = 3 * np.sqrt(0.25 / 1_000)
    for blind in ("bag of words", "Embedding, mean", "LSTM, words shuffled"):
        assert np.abs(rows[blind] - 0.5).max() < chance
    assert rows["LSTM"].min() > 0.99
    assert rows["bag of word pairs"].min() > 0.6 and rows["bag of word pairs"].max() < 0.75  # neighbours only
    assert 0.94 < rows["word at position"].min() <= rows["word at position"].max() < rows["LSTM"].min()


def test_in_the_made_up_wires_the_words_say_nothing_and_their_order_everything():
    x, y = comparison.which_came_last(500, 12, seed=3)
    assert x.shape == (500, 12) and x.min() >= 1 and x.max() < len(comparison.TRADE_WORDS) and y.mean() == 0.5
    assert ((x == 1).sum(axis=1) == 1).all() and ((x == 2).sum(axis=1) == 1).all()
    np.testing.assert_array_equal(np.argmax(x == 2, axis=1) > np.argmax(x == 1, axis=1), y == 1)


def test_shuffled_wires_keep_their_words_their_start_and_their_padding(wires):
    x = wires.x_test[:50]
    mixed = comparison.shuffled(x, seed=1)
    np.testing.assert_array_equal(np.sort(mixed, axis=1), np.sort(x, axis=1))
    np.testing.assert_array_equal(mixed == 0, x == 0)
    assert (mixed[:, 0] == 1).all() and (mixed != x).any(axis=1).all()


def test_the_validation_wires_are_training_wires_that_nothing_is_fitted_to(wires):
    (x, y), (x_validation, y_validation) = comparison.split(wires.x_train, wires.y_train)
    assert (len(x), len(x_validation)) == (1195, 200) == (len(y), len(y_validation))
    np.testing.assert_array_equal(np.concatenate([x, x_validation]), wires.x_train)


@pytest.mark.parametrize("name", comparison.VARIANTS)
def test_variants_are_what_their_names_say(name):
    model = comparison.variant(name, num_words=100)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert ("Embedding" in kinds) == name.startswith("Embedding") and kinds[-1] == "Dense"
    assert ("LSTM" in kinds) != ("GlobalAveragePooling1D" in kinds) == name.endswith("mean")
    mask = "Masking" in kinds or any(getattr(layer, "mask_zero", False) for layer in model.layers)
    assert mask == (name not in ("ids", "Embedding"))
    short, padded = np.array([[1, 5, 6]]), np.array([[1, 5, 6, 0, 0]])
    alike = np.allclose(model.predict(short, verbose=0), model.predict(padded, verbose=0), atol=1e-6)
    assert alike == mask
    with pytest.raises(ValueError, match="name must be one of ids"):
        comparison.variant("Transformer")


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


def test_gradient_and_deletion_answer_different_questions(compared):
    """Their median rank correlation is far from 1 and they rarely name the same word first, with every seed."""
    assert sorted(run["seed"] for run in compared["lens"]) == [0, 1, 2, 3]
    for run in compared["lens"]:
        assert run["wires"] == 40 and run["median_rank_correlation"] < 0.6 and run["same_top_word"] < 20


def test_the_confusion_matrix_names_every_topic_with_its_counts(wires):
    answers = np.where(wires.y_test == 3, 3, 4)
    figure = topics_confused(wires.y_test, answers, wires.names)
    shown = np.union1d(wires.y_test, [3, 4])
    assert figure.layout.xaxis.tickvals == figure.layout.yaxis.tickvals == tuple(range(len(shown)))
    earn = list(shown).index(3)
    assert figure.layout.yaxis.ticktext[earn] == f"earn {np.sum(wires.y_test == 3)}"
    assert figure.layout.xaxis.ticktext[earn] == f"earn {np.sum(answers == 3)}"
    empty = [k for k, text in enumerate(figure.layout.xaxis.ticktext) if text.endswith(" 0")]
    assert [(s.x0 + s.x1) / 2 for s in figure.layout.shapes if s.fillcolor] == empty and len(empty) == len(shown) - 2
    assert figure.layout.title.text.startswith(f"2 of {len(shown)} topics are named")
    one = topics_confused(wires.y_test, np.full_like(wires.y_test, 3), wires.names)
    assert one.layout.title.text.startswith(f"1 of {len(np.unique(wires.y_test))} topics is named")


def test_over_seeds_refuses_an_unknown_model(results):
    with pytest.raises(ValueError, match="model must be one of"):
        over_seeds(results, "CNN", "accuracy")
    for measure in ("speed", "accuracy/test", "curves/speed"):
        with pytest.raises(ValueError, match="measure must be one of model, seed"):
            over_seeds(results, "LSTM", measure)
    with pytest.raises(TypeError, match=r"results must be what shipped_results\(\) returns; got 3"):
        over_seeds(3, "LSTM", "accuracy")


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: topics_confused([0, 1], [0], ["a", "b"]), ValueError, r"answers must have shape \(2,\); got \(1,\)"),
        (
            lambda: topics_confused([0, 2], [0, 1], ["a", "b"]),
            ValueError,
            "truth must lie in 0 to 1; got values",
        ),
        (lambda: comparison.variant("ids", topics=0), ValueError, "topics must be a whole number of at least 1; got 0"),
        (lambda: comparison.shuffled([1, 2]), ValueError, r"x must have shape \(n, timesteps\); got \(2,\)"),
        (lambda: comparison.which_came_last(0), ValueError, "sequences must be a whole number of at least 1; got 0"),
        (lambda: comparison.which_came_last(5, 1), ValueError, "timesteps must be a whole number of at least 2; got 1"),
        (lambda: comparison.which_came_last(5, seed="a"), ValueError, "seed must be a whole number"),
        (lambda: build(None, [0, 1], name="LSTM"), ValueError, r"y must have shape \(n, topics\); got \(2,\)"),
        (lambda: build(None, [[0, 1]], name="CNN"), ValueError, "name must be one of SimpleRNN, .*; got 'CNN'"),
        (lambda: TopicClassifier(build).predict([[1]]), NotFittedError, r"call fit\(X, y\) first"),
    ],
)
def test_what_does_not_fit_is_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()


# --- the notebook -------------------------------------------------------------------------------------------


def cell_source(name):
    return next(cell.source for cell in nbformat.read(NOTEBOOK, 4).cells if cell.id == name)


@pytest.mark.parametrize("cell, name", [("one-layer", "LSTM"), ("two-layers", "LSTM + LSTM")])
def test_the_notebook_writes_out_the_models_of_the_full_runs(cell, name):
    namespace = {"keras": keras}
    exec(cell_source(cell).split("\n\n\n")[0], namespace)
    X, y = np.ones((2, 49)), np.ones((2, 46))
    theirs, ours = namespace[cell.replace("-", "_")](X, y), build(X, y, name=name)

    def settings(model):
        configs = [{k: v for k, v in layer.get_config().items() if k != "name"} for layer in model.layers]
        optimizer = {k: v for k, v in model.optimizer.get_config().items() if k != "name"}
        return json.dumps([configs, type(model.optimizer).__name__, optimizer, model.loss], default=str)

    assert settings(theirs) == settings(ours)


def test_the_stored_outputs_are_of_the_full_length():
    outputs = {
        cell.id: "".join(output.get("text", "") for output in cell.outputs)
        for cell in nbformat.read(NOTEBOOK, 4).cells
        if cell.cell_type == "code"
    }
    assert "one layer, 200 epochs, seed 0" in outputs["wait-one"]
    assert "best of 60 epochs on the validation wires, seed 0" in outputs["wait-embedding"]
    assert "1395 + 598 newswires" in outputs["data"] and "MADE-UP" not in outputs["data"]


@pytest.mark.slow
def test_the_notebook_goes_on_without_data(tmp_path):
    """A fresh user without a network: a plain notice, made-up wires, and no traceback to the end."""
    script = f"""
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read({str(NOTEBOOK)!r}, 4)
NotebookClient(notebook, timeout=300, resources={{"metadata": {{"path": {str(NOTEBOOK.parent)!r}}}}}).execute()
nbformat.write(notebook, {str(tmp_path / "ran.ipynb")!r})
"""
    environment = {
        "PATH": str(Path(sys.executable).parent),
        "HOME": str(tmp_path),
        "LSTM_VIZ_QUICK": "1",
        "https_proxy": "http://127.0.0.1:9",  # nobody listens there
    }
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True, timeout=400)
    ran = nbformat.read(tmp_path / "ran.ipynb", 4)
    outputs = [output for cell in ran.cells for output in cell.get("outputs", [])]
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    notice = next(cell for cell in ran.cells if cell.id == "data").outputs[0].text
    assert "connect to the network, or set LSTM_VIZ_DATA" in notice and "MADE-UP" in notice
    assert "synthetic newswires" in notice


def test_nothing_is_printed_that_was_not_asked_for(reuters_folder):
    script = """
import sys
from lstm_viz.datasets import load_reuters
from lstm_viz.lessons.lesson_08.newswires import TopicClassifier, build
from lstm_viz.lessons.lesson_08.wire_reading import read_wire
wires = load_reuters(sys.argv[1])
for name in ("LSTM", "Embedding + LSTM"):
    classifier = TopicClassifier(build, model_kwargs={"name": name})
    classifier.fit(wires.x_train[:100], wires.y_train[:100], epochs=1, verbose=0)
    classifier.predict(wires.x_test[:9])
    read_wire(classifier.model_, wires, wires.x_test[0])
"""
    command = [sys.executable, "-W", "error::DeprecationWarning:lstm_viz", "-W", "error::FutureWarning", "-c", script]
    done = subprocess.run([*command, str(reuters_folder)], capture_output=True, text=True, timeout=200)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# --- training beside the notebook -----------------------------------------------------------------------------


def small_model():
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.5), "categorical_crossentropy", metrics=["accuracy"])
    return model


def small_fit(model, epochs, after_each=None):
    """fit(callbacks) on data whose validation part gets worse in time, calling `after_each(epoch)`."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(60, 4))
    y = np.eye(3)[np.argmax(x[:, :3], axis=1)]
    worse = x, np.eye(3)[rng.integers(0, 3, 60)]

    class After(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            weights.append(self.model.get_weights())
            if after_each:
                after_each(epoch)

    weights = []

    def fit(callbacks):
        model.fit(x, y, epochs=epochs, validation_data=worse, callbacks=[After(), *callbacks], verbose=0)

    return fit, weights


def test_a_finished_training_keeps_its_last_weights():
    model = small_model()
    fit, weights = small_fit(model, 6)
    training = Training(fit, epochs=6)
    assert (training.state, training.seconds_left, training.epochs_done) == ("ready", None, 0)
    assert training.start().wait() is training
    assert training.state == "finished" and training.epochs_done == 6 and not training.running
    assert set(training.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    for now, last in zip(model.get_weights(), weights[-1], strict=True):
        np.testing.assert_array_equal(now, last)
    with pytest.raises(RuntimeError, match="begun before"):
        training.start()


def test_stop_goes_back_to_the_best_weights():
    model = small_model()
    fit, weights = small_fit(model, 50, after_each=lambda epoch: epoch == 9 and training.stop())
    training = Training(fit, epochs=50)
    training.start().wait()
    assert training.state == "stopped" and training.epochs_done == 10
    ranks = list(zip(training.history["val_accuracy"], [-loss for loss in training.history["val_loss"]], strict=True))
    assert training.best_epoch == 1 + ranks.index(max(ranks)) < 10
    for now, best in zip(model.get_weights(), weights[training.best_epoch - 1], strict=True):
        np.testing.assert_array_equal(now, best)


def test_an_interrupt_while_waiting_keeps_what_is_done():
    """As ipykernel does it: Kernel > Interrupt cancels the task of the cell that awaits."""
    go_on = threading.Event()
    fit, _ = small_fit(small_model(), 50, after_each=lambda epoch: epoch == 3 and go_on.wait(20))

    async def cell():
        view = TrainingView(fit, epochs=50)
        task = asyncio.ensure_future(view.finished())
        while view.training.epochs_done < 3:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        return view, await task

    view, training = asyncio.run(cell())
    assert training is view.training
    assert training.state == "stopped" and training.epochs_done == 4 and training.best_epoch


def test_closing_a_training_view_stops_its_training():
    fit, _ = small_fit(small_model(), 10_000)
    view = TrainingView(fit, epochs=10_000)
    view.close()
    assert view.training.wait(300).state == "stopped"
    with pytest.raises(RuntimeError, match="the training has not been started"):
        Training(fit, epochs=3).wait()


def test_an_error_in_fit_is_raised_where_one_waits():
    def fit(callbacks):
        raise ValueError("x and y have different lengths")

    view = TrainingView(fit, epochs=3)
    with pytest.raises(ValueError, match="different lengths"):
        view.wait()
    assert view.training.state == "failed" and "different lengths" in view.live.text.value


@pytest.mark.parametrize("fit, epochs, error", [(3, 5, TypeError), (print, 0, ValueError), (print, 2.0, ValueError)])
def test_wrong_arguments_of_a_training(fit, epochs, error):
    with pytest.raises(error, match=r"fit must be|epochs must be"):
        Training(fit, epochs=epochs)


def test_the_view_shows_epoch_loss_and_curves_and_its_button_stops():
    fit, _ = small_fit(small_model(), 30, after_each=lambda epoch: epoch == 4 and view.live.stop_button.click())
    view = TrainingView(fit, epochs=30, majority=0.4)
    assert view.wait().state == "stopped"
    assert "epoch 5 of 30 · loss" in view.live.text.value and "the best" in view.live.text.value
    assert view.live.bar.value == pytest.approx(5 / 30) and view.live.stop_button.disabled
    accuracy, loss = (view.curves[name].figure for name in ("accuracy", "loss"))
    lines = {line.name: list(line.y) for line in accuracy.data if line.name}
    np.testing.assert_allclose(lines["training"], view.training.history["accuracy"], rtol=1e-6)
    np.testing.assert_allclose(lines["test"], view.training.history["val_accuracy"], rtol=1e-6)
    assert set(lines["majority"]) == {0.4} and {"training", "test"} <= {line.name for line in loss.data}


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

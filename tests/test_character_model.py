"""The character model of lesson 09: equal to Keras, cut to the bit, and told what is true by Python's tokenizer."""

from pathlib import Path

import numpy as np
import pytest

from lstm_viz.learning import backward
from lstm_viz.lessons.lesson_09 import standard_library
from lstm_viz.lessons.lesson_09.character_model import TRAINED, character_model
from lstm_viz.lessons.lesson_09.scores import auc, correlation, unit_scores
from lstm_viz.lessons.lesson_09.surgery import Clamp, clamped_cell
from lstm_viz.lessons.lesson_09.truths import NUMBERS, TRUTHS, YES_NO, truths
from lstm_viz.pictures import equations

CODE = '''from os import path

def total(values, start=0):
    """Add them up."""
    for value in values:  # one by one
        start += value * (2 + [1, 2][0])
    return "sum: " + str(start)
'''
ODD = ["x", "\t\r\n", "한글", "😀", "<script>alert(1)</script>", "\x00", "a" * 2000, "\ud800"]


@pytest.fixture(scope="module")
def model():
    return character_model()


@pytest.mark.parametrize("kind", TRAINED)
def test_what_is_read_is_what_probabilities_add_up_to(kind):
    model = character_model(kind)
    reading = model.read(CODE)
    assert model.kind == kind and reading.trace.units == 128 and len(reading) == len(CODE)
    assert np.allclose(reading.probabilities.sum(-1), 1, atol=1e-5)
    t = CODE.index("total")
    assert reading.surprise[t] == pytest.approx(-np.log2(reading.probabilities[t - 1, model.encode("t")[0]]), rel=1e-4)
    assert np.isnan(reading.surprise[0]) and reading.bits == pytest.approx(float(np.mean(reading.surprise[1:])))
    assert reading.bits < 0.7 * np.log2(len(model.vocabulary))
    guesses = reading.guesses(t, 5)
    assert len(guesses) == 5 and guesses[0][1] == reading.probabilities[t].max()
    assert [p for _, p in guesses] == sorted((p for _, p in guesses), reverse=True)


@pytest.mark.keras
@pytest.mark.parametrize("kind", TRAINED)
def test_it_equals_keras(kind):
    from lstm_viz.keras_models.quiet import keras

    model, characters = character_model(kind), len(character_model(kind).vocabulary)
    layer = getattr(keras.layers, kind)(model.cell.units, return_sequences=True)
    net = keras.Sequential(
        [keras.Input((None,)), keras.layers.Embedding(characters, 32), layer, keras.layers.Dense(characters, "softmax")]
    )
    net.set_weights([model.embedding, *model.cell.weights, model.kernel, model.bias])
    reading = model.read(CODE)
    assert np.abs(net(reading.codes[None]).numpy()[0] - reading.probabilities).max() < 2e-6


def test_a_file_of_weights_is_small_and_nothing_in_it_is_executed():
    file = Path(standard_library.__file__).with_name("character_models.npz")
    assert file.stat().st_size < 2 * 2**20
    with np.load(file, allow_pickle=False) as file:
        assert all(file[name].dtype in (np.float16, np.uint32) for name in file.files)


@pytest.mark.parametrize("text", ODD)
def test_any_text_is_read(model, text):
    reading = model.read(text)
    assert len(reading) == len(text) and np.isfinite(reading.trace.h).all()
    assert (reading.unknown == [c not in model.vocabulary[1:] for c in text]).all()


def test_what_cannot_be_read_says_why(model):
    with pytest.raises(ValueError, match="nothing to read"):
        model.read("")
    with pytest.raises(ValueError, match=r"at most 20,000 characters.*got 20,001"):
        model.read("a" * 20_001)
    for odd in (None, 3, b"def", ["d"]):
        with pytest.raises(TypeError, match="text must be a text"):
            model.read(odd)
    with pytest.raises(ValueError, match="kind must be one of LSTM, GRU, SimpleRNN"):
        character_model("Transformer")
    with pytest.raises(ValueError, match="temperature"):
        model.write("a", 3, temperature=-1)
    with pytest.raises(ValueError, match="length"):
        model.write("a", 0)


def test_what_it_writes_depends_on_seed_and_temperature_alone(model):
    written = model.write("def ", 60, temperature=0.7, seed=3)
    assert written.text == model.write("def ", 60, temperature=0.7, seed=3).text and len(written) == 64
    assert written.text != model.write("def ", 60, temperature=0.7, seed=4).text
    surest = model.write("def ", 40, temperature=0)
    for t in range(3, len(surest) - 1):
        best = int(surest.probabilities[t, 1:].argmax()) + 1
        assert surest.text[t + 1] == model.vocabulary[best]
    assert not written.unknown.any()


# --- surgery ----------------------------------------------------------------------------------------------


def same(a, b, names=None):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in names or a.names)


def test_with_nothing_clamped_every_number_is_the_untouched_models(model):
    plain = model.read(CODE)
    for clamps in ([], Clamp("f", [], 0.0), Clamp("f", 3, 0.0, 50, 50), Clamp("o", None, 0.0, len(CODE))):
        assert same(plain.trace, model.read(CODE, clamps).trace), clamps
    cut = model.read(CODE, Clamp("f", 3, 0.5, 100, 120)).trace
    assert all(np.array_equal(getattr(cut, name)[:100], getattr(plain.trace, name)[:100]) for name in cut.names)
    assert not np.array_equal(cut.c[100:], plain.trace.c[100:])


def test_gradients_and_parts_of_a_cut_reading_are_not_those_of_the_uncut_cell(model):
    """The trace is of two cells, so neither's weights explain it; they were taken for the uncut one's."""
    for clamp in (Clamp("f", 3, 0.5, 100, 120), Clamp("o", None, 0.0)):
        cut = model.read(CODE, clamp).trace
        with pytest.raises(ValueError, match="trace must come from this cell"):
            backward(model.cell, cut, 1.0)
        with pytest.raises(ValueError, match="cell must be the one that made the trace"):
            equations(cut, cell=model.cell)
    for nothing in ((), Clamp("f", 3, 0.0, 50, 50)):
        assert model.read(CODE, nothing).trace.cell is model.cell


def test_held_means_held_to_the_bit(model):
    held = model.read(CODE, Clamp("c", [3, 70], "held", 40, 160)).trace
    assert (held.c[39:160, [3, 70]] == held.c[39, [3, 70]]).all()
    by_gates = model.read(CODE, [Clamp("f", [3, 70], 1, 40, 160), Clamp("i", [3, 70], 0, 40, 160)]).trace
    assert same(held, by_gates)
    assert (model.read(CODE, Clamp("c", None, 0)).trace.c == 0).all()


@pytest.mark.parametrize("gate, value", [("f", 1), ("f", 0), ("i", 0), ("o", 0), ("f", 0.25), ("c_tilde", -0.5)])
def test_a_clamped_gate_has_its_value_and_the_other_units_their_gates(model, gate, value):
    cut = model.read(CODE, Clamp(gate, 5, value)).trace
    exact = value in (0, 1)
    assert np.abs(getattr(cut, gate)[:, 5] - value).max() <= (0 if exact else 1e-6)
    others = np.delete(getattr(cut, gate), 5, axis=1)
    assert others.std(0).min() > 0
    if gate == "o":
        assert (cut.h[:, 5] == 0).all()


def test_the_mean_of_a_gate_is_each_units_own(model):
    cut = model.read(CODE, Clamp("o", None, "mean")).trace
    assert np.abs(cut.o - model.means["o"]).max() < 2e-3
    with pytest.raises(ValueError, match="means of o are not known"):
        clamped_cell(model.cell, [Clamp("o", None, "mean")])


def test_the_last_clamp_has_the_last_word_and_stretches_may_cross(model):
    cut = model.read(CODE, [Clamp("f", None, 0, 10, 100), Clamp("f", 2, 1, 50, 150)]).trace
    assert (cut.f[10:50, 2] == 0).all() and (cut.f[50:150, 2] == 1).all() and (cut.f[50:100, 3] == 0).all()
    assert (cut.f[100:150, 3] > 0).any()


def test_going_on_after_a_reading_is_writing(model):
    clamp = Clamp("f", None, 0.5, 3, 40)
    for clamps in ((), clamp):
        reading = model.read("def f(x):", clamps)
        assert model.go_on(reading, 20, 0.8, 5, clamps) == model.write("def f(x):", 20, 0.8, 5, clamps).text[9:]


def test_what_is_written_is_clamped_too(model):
    written = model.write("def ", 30, 0.5, seed=1, clamps=Clamp("o", None, 0.0, 10, 20))
    assert (written.trace.h[10:20] == 0).all() and (written.trace.h[:10] != 0).any(1).all()


def test_a_wrong_clamp_says_why(model):
    for make, match in [
        (lambda: Clamp("g", 1, 0), "gate must be one of f, i, o, c_tilde, c"),
        (lambda: Clamp("f", 1, 1.5), "from 0 to 1"),
        (lambda: Clamp("f", -1, 0), "units"),
        (lambda: Clamp("f", "all", 0), "units"),
        (lambda: Clamp("f", 1, "held"), "value must be a number"),
        (lambda: Clamp("c", 1, 0.3), '"held" or 0'),
        (lambda: Clamp("f", 1, 0, -3), "start"),
        (lambda: model.read(CODE, Clamp("f", 128, 0)), "units must be from 0 to 127; got 128"),
        (lambda: character_model("GRU").read(CODE, Clamp("f", 1, 0)), "an LSTM cell"),
        (lambda: model.read(CODE, ["f"]), "a Clamp"),
    ]:
        with pytest.raises((ValueError, TypeError), match=match):
            make()


# --- truths and scores ------------------------------------------------------------------------------------


def where(name, text=CODE):
    found = truths(text)[name]
    return "".join(character if here else "." for character, here in zip(text, found, strict=True))


def test_truths_are_the_tokenizers():

    inside = truths(CODE)
    for name in YES_NO:
        assert inside[name].dtype == bool and inside[name].any() and not inside[name].all()
    quote = CODE.index('"""')
    assert not inside["string"][quote - 1] and inside["string"][quote]
    end = CODE.index('up."""') + 5
    assert inside["string"][end - 1] and not inside["string"][end]
    hash_ = CODE.index("#")
    assert not inside["comment"][hash_ - 1] and inside["comment"][hash_ : CODE.index("\n", hash_)].all()
    assert not inside["comment"][CODE.index("\n", hash_)]
    assert inside["depth"][CODE.index("[1, 2]")] == 2 and inside["depth"][CODE.index("str(")] == 0
    assert where("def").strip(".").replace(".", "") == " tota"
    assert inside["import"][CODE.index("path")] and not inside["import"][CODE.index("\n")]
    assert inside["indentation"][CODE.index("start +=")] == 8 and inside["position"][CODE.index("def")] == 0
    assert set(inside) == set(TRUTHS) and set(NUMBERS) == {"depth", "indentation", "position"}


@pytest.mark.parametrize(
    "text", ["", "\n", "x = 'a'\r\n", "한 = '글'\n", "f'{a[1]}' + rb'x'\n", "s = '''\n\n'''\n", "\f\n"]
)
def test_truths_of_odd_texts_have_one_value_a_character(text):
    assert all(len(values) == len(text) for values in truths(text).values())


@pytest.mark.parametrize("text", ["'''", "x = (", "  x\n y\n"])
def test_text_that_is_no_python_is_refused_with_its_line(text):
    with pytest.raises(ValueError, match=r"cannot read this text to its end \(line \d"):
        truths(text)


def test_auc_and_correlation_are_scikit_learns_and_numpys():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    values, truth = rng.normal(size=(300, 4)).round(1), rng.random(300) < 0.3
    values[:, 0] += truth
    assert np.allclose(auc(values, truth), [roc_auc_score(truth, column) for column in values.T])
    assert np.allclose(correlation(values, truth * 1.0), [np.corrcoef(column, truth)[0, 1] for column in values.T])
    assert np.isnan(auc(values, np.zeros(300, bool))).all()
    with pytest.raises(ValueError, match=r"truth must have shape \(300,\)"):
        auc(values, truth[:5])


def test_a_trained_unit_knows_brackets_better_than_any_untrained_one(model):
    files = standard_library.split(standard_library.python_files())["held out"]
    name, text = max(files.items(), key=lambda item: len(item[1]))
    text, inside = text[:8000], truths(text)["brackets"][:8000]
    trained = unit_scores(model.read(text), inside)
    chance = unit_scores(model.untrained().read(text), inside)
    assert np.abs(trained - 0.5).max() > np.abs(chance - 0.5).max() + 0.1, name


# --- the text it was trained on ---------------------------------------------------------------------------


def test_files_are_split_by_name_and_shared_pieces_are_found(tmp_path):
    for name, text in {"a.py": "x = 1\n", "b/c.py": "y = 2\n", "test/d.py": "z\n", "e.txt": "no"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert list(standard_library.python_files(tmp_path)) == ["a.py", "b/c.py"]
    with pytest.raises(OSError, match="no Python source"):
        standard_library.python_files(tmp_path / "test" / "nothing")
    lines = [f"line {k}\n" for k in range(12)]
    found = standard_library.shared({"copy": "".join(lines), "own": "".join(lines[::-1])}, {"first": "".join(lines)})
    assert found == {"copy": 1.0, "own": 0.0}
    parts = [standard_library.part_of(f"{k}.py") for k in range(2600)]
    assert 120 < parts.count("held out") < 280 and 60 < parts.count("tune") < 140
    assert standard_library.vocabulary(["ab" * 20 + "c"]) == "\ufffdab"


# --- how far back -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TRAINED)
def test_how_far_back_is_the_slope_of_the_surprise_itself(kind):
    """Against finite differences: the surprise of one character by the numbers of one read before it."""
    from dataclasses import replace

    from lstm_viz.lessons.lesson_09.how_far_back import how_far_back

    text, t, k = "def f(x):", 6, 2
    model = character_model(kind)
    model = replace(
        model,
        cell=model.cell.astype(np.float64),
        embedding=model.embedding.astype(float),
        kernel=model.kernel.astype(float),
        bias=model.bias.astype(float),
    )
    lens = how_far_back(text, {kind: model})
    memory, by_input = lens.reaches[kind]
    assert memory.shape == by_input.shape == (len(text) - 1, len(text) - 1)
    assert (np.triu(by_input, 1) == 0).all()
    x, slopes = model.embedding[model.encode(text)], []

    def nats(x):
        return -model.log_probabilities(model.cell.run(x[: t + 1]).h[-1])[model.encode(text[t + 1])[0]]

    for n in range(x.shape[1]):
        step = np.zeros_like(x)
        step[k, n] = 1e-5
        slopes.append((nats(x + step) - nats(x - step)) / 2e-5)
    assert np.linalg.norm(slopes) == pytest.approx(by_input[t, k], rel=1e-6)
    assert lens.controls.t == len(text) - 2


def test_how_far_back_refuses_what_it_cannot_show():
    from lstm_viz.lessons.lesson_09.how_far_back import how_far_back

    for text, models, match in [
        ("a", None, "2 to 200 characters; got 1"),
        ("a" * 201, None, "got 201"),
        (None, None, "text must be a text"),
        ("ab", [1], "models"),
        ("ab", {"x": 1}, "must be a CharacterModel"),
    ]:
        with pytest.raises((ValueError, TypeError), match=match):
            how_far_back(text, models)


def test_a_short_text_to_train_on(monkeypatch):
    monkeypatch.delenv("LSTM_VIZ_QUICK", raising=False)
    assert len(standard_library.training_text(5000)) == 5000
    monkeypatch.setenv("LSTM_VIZ_QUICK", "1")
    assert len(standard_library.training_text(5000)) == 100

"""The quantitative sentences of lesson 07, from its own cells."""

import warnings

import numpy as np
import pytest
from lesson_cells import Lesson

from lstm_viz.keras_models import keras

pytestmark = [
    pytest.mark.keras,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

LSTM = keras.layers.LSTM


@pytest.fixture(scope="module")
def lesson():
    lesson = Lesson("07")
    keras.utils.set_random_seed(0)
    lesson.run("to", "rnn")
    return lesson


def test_section_2_padding_is_an_input_and_the_forget_gate_decides_what_it_costs():
    lesson = Lesson("07")
    lesson.run("to", "pre-keeps")
    names, apart = lesson.names, lesson.names["apart"]
    masks = {name: float(text) for name, (text,) in names["away"].items()}
    assert masks["post, mask"] == masks["pre, mask"] == 0
    lesson.says("Without a mask, padding in front cost less here", "f, near 0.7 in this layer")
    assert 0.05 < masks["pre, no mask"] < masks["post, no mask"]
    lesson.says("with a forget bias of 5, f keeps what the zeros wrote")
    assert apart(names["keeps"](names["pre"]), names["keeps"](names["texts"])) > 1.5 * masks["pre, no mask"]
    layer = names["layer"]
    assert 0.65 < names["trace_model"](layer, names["texts"])[layer.name].f.mean() < 0.75


def test_section_3_which_layers_hand_the_mask_on(lesson):
    lesson.says("`Reshape` and `Lambda`; with these Keras warns", "others hand it on (`Dense`, `Dropout`)")
    changes = lesson.names["score_changes"]
    for layer in (keras.layers.Dense(3), keras.layers.Dropout(0.5)):
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            assert changes(layer) < 1e-6
    for layer in (keras.layers.Reshape((-1, 3)), keras.layers.Lambda(lambda x: 1 * x)):
        with pytest.warns(UserWarning, match="mask"):
            assert changes(layer) > 0.1


def test_section_2_a_fresh_layer_fades_and_masking_skips_any_step_of_zeros(lesson):
    lesson.says("A fresh layer, with no bias but the forget gate's, fades instead: below 0.01 after 20 zeros")
    lesson.says("also from such a step in your data")
    texts = lesson.names["texts"]
    layer = LSTM(
        5,
        kernel_initializer=keras.initializers.GlorotUniform(0),
        recurrent_initializer=keras.initializers.Orthogonal(0),
    )
    longer = np.concatenate([texts, np.zeros((20, 20, 3), "float32")], axis=1)
    assert abs(np.array(layer(longer))).max() < 0.01 < abs(np.array(layer(texts))).max()
    holed = texts.copy()
    holed[:, 2] = 0.0
    np.testing.assert_array_equal(keras.layers.Masking().compute_mask(holed)[0], [True, True, False, True, True])


def test_section_3_arithmetic_loses_the_mask_without_a_word(lesson):
    lesson.says("Nor does it when you calculate with the tensor (`x * 1.0`, `keras.ops.tanh(x)`)")
    names, layer = lesson.names, LSTM(5, bias_initializer=keras.initializers.RandomNormal(stddev=0.5, seed=0))
    for between, lost in ((lambda x: x, False), (lambda x: x * 1.0, True), (keras.ops.tanh, True)):
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            x = keras.Input((None, 3))
            model = keras.Model(x, layer(between(keras.layers.Masking()(x))))
            change = names["apart"](model(names["post"]), model(names["texts"]))
        assert (change > 0.05) == lost and (lost or change < 1e-6)


def test_section_7_recurrent_dropout_has_a_draw_for_each_of_the_four_layers(lesson):
    lesson.says("With `recurrent_dropout` each of the four layers has a draw of its own")
    cell = LSTM(64, recurrent_dropout=0.5, seed=0).cell
    masks = np.array(cell.get_recurrent_dropout_mask(np.ones((1, 64), "float32")))
    assert len(masks) == 4 and len({mask.tobytes() for mask in masks}) == 4


def test_section_6_keras_says_one_thing_and_does_another(lesson):
    lesson.says('"setting it to true will also force `bias_initializer` to zeros"')
    said = " ".join(LSTM.__doc__.split())
    assert 'Setting it to `True` will also force `bias_initializer="zeros"`' in said


def test_section_6_a_gate_at_1_carries_everything_and_learns_nothing_until_the_edge(lesson):
    moved = lesson.names["c_after_50"]
    lesson.says("all of a change of c arrives 50 steps later", "the edge, which is 3 for Keras's `hard_sigmoid`")
    assert moved(0.6, 10.0) - moved(0.5, 10.0) == pytest.approx(0.1, abs=1e-6)
    assert moved(0.5, 10.1) == moved(0.5, 10.0)
    lesson.says("at $z_f = 2.9$ it would")
    held = LSTM(1, recurrent_activation="hard_sigmoid", return_state=True)
    held.build((None, None, 1))

    def c_50(c_0, z_f):
        held.set_weights([np.zeros((1, 4)), np.zeros((1, 4)), np.array([-10.0, z_f, 0.0, 0.0])])
        start = [np.zeros((1, 1), "float32"), np.full((1, 1), c_0, "float32")]
        return float(held(np.zeros((1, 50, 1), "float32"), initial_state=start)[2][0, 0])

    assert c_50(0.5, 3.0) == c_50(0.5, 3.1) == 0.5
    assert c_50(0.5, 2.95) - c_50(0.5, 2.9) > 0.05
    assert c_50(0.6, 2.9) - c_50(0.5, 2.9) < 0.05  # and there the cell path is no longer perfect


def test_section_6_an_orthogonal_kernel_keeps_the_length_over_its_blocks_together(lesson):
    lesson.says(
        "over its four blocks *together*; each gate gets half of it on average, and in a single case more or less"
    )
    recurrent = LSTM(5)
    recurrent.build((None, None, 3))
    kernel = np.array(recurrent.get_weights()[1])
    h = np.random.default_rng(1).normal(size=(2000, 5))
    blocks = np.linalg.norm((h @ kernel).reshape(2000, 4, 5), axis=-1) / np.linalg.norm(h, axis=-1)[:, None]
    np.testing.assert_allclose((blocks**2).sum(axis=1), 1, rtol=1e-4)
    assert abs(blocks.mean() - 0.5) < 0.05 and blocks.min() < 0.35 and blocks.max() > 0.65


def test_section_6_what_is_left_and_what_the_bias_does(lesson):
    lesson.says("f would be sigmoid(1) = 0.73 or sigmoid(0) = 0.5 at each step")
    assert [round(1 / (1 + np.exp(-b)), 2) for b in (1.0, 0.0)] == [0.73, 0.5]
    lesson.says("the other gates get what you ask for")
    layer = LSTM(5, bias_initializer="ones")
    layer.build((None, None, 3))
    np.testing.assert_array_equal(layer.get_weights()[2], 1)
    lesson.says("for the long lags of lesson 05 it was still too small")


def test_section_6_only_tanh_keeps_h_below_1_of_the_functions_shown(lesson):
    lesson.says("Of these, tanh keeps |h| below 1", "`hard_sigmoid` reaches 0 and 1 exactly")
    first, x = lesson.names["first"], lesson.names["x"]
    largest, exact = {}, {}
    for choice in ({}, {"activation": "relu"}, {"activation": "linear"}, {"recurrent_activation": "hard_sigmoid"}):
        layer = LSTM(5, **choice)
        layer.build(x.shape)
        layer.set_weights(first.get_weights())
        trace = lesson.names["trace_model"](layer, 5 * x)[layer.name]
        largest[str(choice)], exact[str(choice)] = abs(trace.h).max(), np.isin(trace.f, (0, 1)).any()
    tanh, relu, linear, hard = largest.values()
    assert max(tanh, hard) < 1 < min(relu, linear)
    assert list(exact.values()) == [False, False, False, True]


def test_section_7_dropout_and_recurrent_dropout(lesson):
    lesson.says("what is left counts double", "It never touches c", "Each sequence of a batch has its own draw")
    counter = lesson.names["counter"]
    many = np.ones((50, 6, 3), "float32")
    h = np.array(counter(dropout=0.5, seed=0)(many, training=True))
    assert set(h[:, 0].round(2).ravel()) == {0.0, 2.0} and len(np.unique(h[:, -1].round(2), axis=0)) > 4
    np.testing.assert_allclose(h[:, -1], 6 * h[:, 0], rtol=1e-4)
    np.testing.assert_allclose(counter(recurrent_dropout=0.5, seed=1)(many, training=True), counter()(many), atol=1e-5)

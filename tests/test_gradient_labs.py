"""The labs about gradients, without a kernel: what they draw is what the cells compute."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_viz.cells import GRUCell, LSTMCell, SimpleRNNCell
from lstm_viz.learning.gradients import backward, cell_path, norms_by_lag, reach, spectral_radius
from lstm_viz.learning.models import Readout
from lstm_viz.lessons.lesson_05.forget_bias_figures import BIASES, cell_paths
from lstm_viz.lessons.lesson_05.forget_bias_lab import forget_bias_lab
from lstm_viz.lessons.lesson_05.gradient_lens import gradient_lens
from lstm_viz.lessons.lesson_05.spectral_radius_lab import spectral_radius_lab
from lstm_viz.pictures.reach import reach_figure

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 2))
MODELS = {"SimpleRNN": SimpleRNNCell.initialise(2, 5), "LSTM": LSTMCell.initialise(2, 5)}


# --- gradient lens -----------------------------------------------------------------------------------------


def test_each_frame_of_the_lens_is_the_gradient_of_that_reading():
    lens = gradient_lens(MODELS, X)
    figure = lens.view.figure
    assert [frame.name for frame in figure.frames] == [f"t:{t}" for t in range(12)]
    for t in (0, 4, 11):
        *lines, strips = figure.frames[t].data
        for row, (cell, line) in enumerate(zip(MODELS.values(), lines, strict=True)):
            g = backward(cell, cell.run(X[: t + 1]), 1.0)
            norms = np.linalg.norm(g.memory, axis=-1)  # dL/dc of the LSTM
            np.testing.assert_allclose(line.y[: t + 1], norms / norms[t], rtol=1e-5)
            assert np.isnan(line.y[t + 1 :]).all()
            inputs = np.linalg.norm(g.x, axis=-1)
            np.testing.assert_allclose(strips.z[row, : t + 1], inputs / inputs.max(), rtol=1e-4, atol=1e-6)
        assert figure.frames[t].layout.shapes[0].x0 == t - 0.5


def test_the_lens_reads_a_trained_model_through_its_readout():
    class Model:
        cell, readout = MODELS["LSTM"], Readout(RNG.normal(size=(5, 2)), np.zeros(2))

    lens = gradient_lens({"trained": Model()}, X)
    margin = Model.readout.kernel[:, 1] - Model.readout.kernel[:, 0]
    np.testing.assert_array_equal(lens.reaches["trained"][0], reach(Model.cell, X, margin)[0])
    assert len(lens.children) == 2, "no chooser for a single model"


def test_the_lens_draws_a_reading_that_reaches_nothing():
    """A readout of zeros, or a relu unit that is dead: the axis had no end to begin at."""
    dead = SimpleRNNCell([[0.0], [0.0]], [[0.0]], [-1.0], activation="relu")
    for models, direction in ((MODELS, np.zeros(5)), ({"dead": dead}, None)):
        figure = gradient_lens(models, X, direction=direction).view.figure
        *lines, strips = figure.data
        assert all(np.isnan(line.y[:-1]).all() for line in lines) and not np.asarray(strips.z).any()
        assert np.isfinite(figure.layout.yaxis.range).all()


def test_the_lens_shows_chosen_models_and_other_sequences():
    lens = gradient_lens(MODELS, X)
    lens.shown.value = ("LSTM",)
    assert [d.name for d in lens.view.figure.data if d.type == "scatter"] == ["LSTM"]
    lens.show(X[:7], labels="abcdefg")
    assert lens.view.timesteps == lens.controls.timesteps == 7 and lens.view.t <= 6
    assert next(iter(lens.view.figure.layout.xaxis.ticktext)) == "a"
    with pytest.raises(ValueError, match="choose at least one model"):
        lens.shown.value = ()
    assert "choose at least one model" in lens.changes.status.value


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: gradient_lens([MODELS["LSTM"]], X), TypeError, "models must be a dict"),
        (lambda: gradient_lens(MODELS, X[None]), ValueError, "x must be one sequence"),
        (lambda: gradient_lens(MODELS, X, labels=["a"]), ValueError, "labels must be as many as the timesteps, 12"),
        (lambda: gradient_lens(MODELS, X, direction=np.ones(3)), ValueError, r"direction must be a number or .*\(5,\)"),
        (lambda: reach_figure({}), TypeError, "at least one name"),
        (lambda: reach_figure({"a": (np.ones((2, 2)), np.ones((2, 3)))}), ValueError, "two square arrays"),
        (lambda: reach_figure({"a": np.ones((2, 2, 2)), "b": np.ones((2, 3, 3))}), ValueError, "the same number"),
    ],
)
def test_bad_input_of_the_lens(call, error, message):
    with pytest.raises(error, match=message):
        call()


# --- spectral radius ----------------------------------------------------------------------------------------


def test_the_spectral_radius_lab_draws_the_gradients_of_the_scaled_network():
    lab = spectral_radius_lab(timesteps=30, units=8)
    for radius in (0.5, 1.0, 1.5):
        lab.radius.value = radius
        np.testing.assert_allclose(spectral_radius(lab.cell(radius).recurrent_kernel), radius)
        _trace, g = lab.back(radius)
        np.testing.assert_allclose(lab.curves["with tanh"], norms_by_lag(g.h, relative=True), rtol=1e-12)
        # the orthogonal matrix stretches every vector alike: without tanh nothing but the radius is left
        np.testing.assert_allclose(lab.curves["without tanh"], lab.curves["radius ** lag"] * np.ones((8, 1)), rtol=1e-9)
        assert lab.norm == pytest.approx(np.linalg.norm(g.weights[1]))
        drawn = {d.name: d.y for d in lab.views[1].figure.data}
        k = lab.views[1].t
        assert drawn["with tanh"][k] == pytest.approx(lab.norm)
        assert f"Spectral radius {radius:.2f}" in lab.verdict.value
    assert not lab.changes.errors


def test_the_tanh_only_ever_takes_away_and_clipping_only_shortens():
    lab = spectral_radius_lab(timesteps=40, units=8)
    lab.radius.value, lab.size.value, lab.clipnorm.value = 1.4, 1.0, 0.1
    assert (lab.curves["with tanh"][:, 1:] < lab.curves["without tanh"][:, 1:]).all()
    clipped, whole = lab.matrix_norms["with tanh, clipped"], lab.matrix_norms["with tanh"]
    assert (clipped <= 0.1 + 1e-12).all() and (clipped <= whole).all() and (clipped < whole).any()
    assert "scaled down to 0.1" in lab.verdict.value
    lab.clipnorm.value = 1000.0
    assert "left alone" in lab.verdict.value


def test_bad_settings_of_the_spectral_radius_lab():
    with pytest.raises(ValueError, match="timesteps must be a whole number of at least 2; got 1"):
        spectral_radius_lab(timesteps=1)


# --- forget bias ---------------------------------------------------------------------------------------------


def test_cell_paths_are_those_of_a_cell_with_nothing_but_its_biases():
    lags = [1, 7, 30]
    for b in BIASES.values():
        cell = LSTMCell(np.zeros((1, 4)), np.zeros((1, 4)), [0.0, b, 0.0, 0.0])
        path = cell_path(cell.run(np.zeros((31, 1))))[:, 0]
        np.testing.assert_allclose(cell_paths(lags, {"it": b})["it"], [path[30 - lag] for lag in lags], rtol=1e-12)


@pytest.mark.parametrize("lag", [10, 50, 200])
def test_the_chrono_path_is_the_mean_over_the_drawn_biases(lag):
    cells = (LSTMCell.initialise(1, 20, seed=s, chrono=lag + 1) for s in range(100))
    b = np.concatenate([cell.bias[20:40] for cell in cells])
    mean = ((1 / (1 + np.exp(-b))) ** lag).mean()
    np.testing.assert_allclose(cell_paths([lag], {})["LSTM (chrono)"], mean, rtol=0.05)


def test_the_forget_bias_lab_shows_the_shipped_runs_and_trains_yours():
    lab = forget_bias_lab(seeds=2)
    lab.lag.value, lab.bias.value = 10, 2.5
    drawn = {d.name: np.asarray(d.y) for d in lab.paths_view.figure.data}
    np.testing.assert_allclose(drawn["yours, b = 2.5"][:10], (1 / (1 + np.exp(-2.5))) ** np.arange(1, 11), rtol=1e-6)
    assert lab.paths_view.t == 9
    solved, runs = lab.result.solved("LSTM, forget bias 1", 10)
    if runs:
        assert f"<b>{solved}</b>/{runs}" in lab.table.value
    lab.run()
    result = lab.wait(600)
    assert len(result.runs) == 2
    assert "your live run, b = 2.5" in lab.table.value
    lab.lag.value = 50
    assert "your live run" not in lab.table.value, "it was made at another lag"


def test_the_live_run_of_the_forget_bias_lab_can_be_stopped():
    lab = forget_bias_lab(seeds=4)
    lab.lag.value = 200
    with pytest.raises(RuntimeError, match="no live run was started"):
        lab.wait()
    lab.run()
    assert lab.live.run_button.disabled and not lab.live.stop_button.disabled
    lab.stop()
    lab.wait(300)
    assert lab.live.work.state == "stopped" and not lab.live.run_button.disabled and lab.live.stop_button.disabled


def test_bad_settings_of_the_forget_bias_lab():
    with pytest.raises(ValueError, match="seeds must be a whole number of at least 1; got 0"):
        forget_bias_lab(seeds=0)


def test_every_lab_says_what_it_is_in_plain_text():
    assert repr(gradient_lens({"GRU": GRUCell.initialise(2, 3)}, X)) == "gradient_lens(GRU: 12 timesteps)"
    assert repr(spectral_radius_lab(timesteps=5, units=3)) == "spectral_radius_lab(3 units, 5 timesteps)"


def test_the_lens_names_before_and_after_in_full_and_on_a_phone_by_what_tells_them_apart():
    cells = MODELS["LSTM"]
    names = ["LSTM (chrono), before", "LSTM (chrono), after"]
    figure = gradient_lens(dict.fromkeys(names, cells), X).view.figure
    assert all(name in text for name, text in zip(names, figure.layout.yaxis2.ticktext, strict=True))
    assert all(name.split(", ")[1] in str(figure.layout.meta) for name in names)


def test_curves_that_are_no_runs_do_not_say_that_they_are():
    lab = spectral_radius_lab(timesteps=20, units=6)
    by_lag, by_radius = (" ".join(a.text for a in view.figure.layout.annotations) for view in lab.views)
    assert "of 8 runs" in by_lag and "run" not in by_radius
    assert "run" not in " ".join(a.text for a in forget_bias_lab(seeds=1).paths_view.figure.layout.annotations)

"""The labs of lessons 01 and 06: what their knobs do, without a kernel."""

import time

import numpy as np
import pytest

from lstm_viz.learning import sweeps as experiments
from lstm_viz.lessons.lesson_06.be_the_gates import be_the_gates
from lstm_viz.lessons.lesson_06.experiments import in_order, train_for_recall, train_one_unit
from lstm_viz.lessons.lesson_06.lag_figures import lag_figure, solved_table, task_of
from lstm_viz.lessons.lesson_06.lag_lab import EXPERIMENTS, lag_lab
from lstm_viz.lessons.lesson_06.look_inside import look_inside


def line(figure, name):
    """The y of the line of that name."""
    (found,) = [np.asarray(d.y, float) for d in figure.data if name in (d.name or "")]
    return found


# --- be the gates -----------------------------------------------------------------------------------------


def test_gates_by_hand():
    lab = be_the_gates(12, cue=2)
    assert repr(lab) == "be_the_gates(12 timesteps, cue at 2)"
    assert 0.5 < lab.score < 0.8  # everything open: the bits are added up
    lab.sliders["i"].value = (2, 2)
    lab.sliders["f"].value = (3, 11)
    lab.sliders["o"].value = (11, 11)
    assert lab.score == 1.0
    assert "100%" in lab.verdict.value
    np.testing.assert_array_equal(lab.gates["i"], np.eye(12)[2])
    lab.openness.value = 80
    assert lab.gates["f"][0] == pytest.approx(0.2)
    assert lab.gates["f"][5] == pytest.approx(0.8)
    assert lab.score < 0.8  # leaky gates do not carry it
    lab.openness.value = 100
    lab.sliders["o"].value = (0, 3)
    assert 0.4 < lab.score < 0.6
    assert "too quiet to tell" in lab.verdict.value


def test_the_picture_is_the_traces_numbers():
    lab = be_the_gates(12, cue=2)
    lab.sliders["i"].value = (2, 4)
    lab.sequence.value = 3
    drawn = lab.view.figure
    np.testing.assert_allclose(line(drawn, "input gate"), lab.gates["i"], atol=1e-5)
    c, c_tm1 = line(drawn, "cell state"), 0.0
    for t, value in enumerate(lab.values):  # the equation, once more, by hand
        c_tm1 = lab.gates["f"][t] * c_tm1 + lab.gates["i"][t] * np.tanh(2 * value)
        assert c[t] == pytest.approx(c_tm1, abs=1e-4)
    assert lab.labels[2] in "⊕⊖"
    assert drawn.layout.meta["timesteps"] == 12


def test_training_finds_gates_that_write_at_the_cue_alone():
    lab = be_the_gates(24, cue=6)
    lab.show_training()
    assert lab.model.score > 0.97
    drawn = lab.trained_view.figure
    written = line(drawn, "input gate") * np.abs(line(drawn, "candidate"))
    assert written[6] > 3 * np.delete(written, 6).mean()
    assert line(drawn, "forget gate")[7:].mean() > 0.85
    before = lab.trained_view.figure
    lab.sequence.value = 5
    assert lab.trained_view.figure is not before
    assert len(lab.pictures.children) == 2


def test_bad_gates_lab():
    with pytest.raises(ValueError, match="timesteps must be a whole number of at least 3; got 2"):
        be_the_gates(2)
    with pytest.raises(ValueError, match="cue must be a timestep from 0 to 10; got 11"):
        be_the_gates(12, cue=11)
    assert train_one_unit(8).cell.units == 1


# --- the long-lag lab -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_shipped_experiments_are_drawn_at_once(name):
    found = experiments.shipped(name)
    assert not found.missing, "the shipped sweep is whole"
    lab = lag_lab(name)
    assert lab.live.work is None
    assert list(lab.cells.options) == list(found.cells)
    assert lab.result.numbers() == found.numbers()
    figure = lab.view.figure
    drawn = {d.name for d in figure.data if d.name}
    assert set(found.cells) <= drawn
    for cell in found.cells:
        middle = [np.asarray(d.y, float) for d in figure.data if d.name == cell and d.mode and "lines" in d.mode]
        np.testing.assert_allclose(middle[0], np.nanmean(found.scores(cell), axis=0), atol=1e-6)
    assert task_of(found, found.lags[-1]).name == found.task["name"]
    for cell in found.cells:
        solved, runs = found.solved(cell, found.lags[-1])
        assert f"<b>{solved}</b>/{runs}" in solved_table(found)


def test_knobs_choose_what_is_drawn():
    lab = lag_lab()
    lab.cells.value = ("LSTM", "GRU")
    lab.lags.index = (1, 3)
    lab.seeds.value = 4
    found = lab.result
    assert list(found.cells) == ["LSTM", "GRU"]
    assert found.lags == experiments.shipped("marked_recall").lags[1:4]
    assert len(found.seeds) == 4
    assert len(found.runs) == 2 * 3 * 4
    assert "SimpleRNN" not in {d.name for d in lab.view.figure.data}
    lab.cells.value = ()
    assert "Choose at least one cell" in lab.hint.value
    lab.experiment.value = "adding"
    assert lab.result.task["name"] == "adding"
    assert "mean squared error" in str(lab.view.figure.layout.yaxis.title.text)


def test_a_live_run_is_stopped_kept_and_resumed(tmp_path):
    lab = lag_lab(folder=tmp_path)
    lab.cells.value = ("SimpleRNN", "GRU")
    lab.lags.index = (0, 1)
    lab.seeds.value = 2
    with pytest.raises(RuntimeError, match="no live run was started"):
        lab.wait()
    lab.live.run_button.click()
    assert lab.source.value == "your live run"
    lab.live.run_button.click()  # a second click changes nothing
    lab.live.stop_button.click()
    kept = lab.wait(300)
    assert lab.live.work.state in ("stopped", "finished")
    lab.live.run_button.click()
    found = lab.wait(600)
    assert lab.live.work.state == "finished"
    assert len(found.runs) == 2 * 2 * 2
    assert set(kept.runs) <= set(found.runs)
    assert lab.result.numbers() == found.numbers()
    assert "All 8 runs are done" in lab.live.text.value
    assert {"SimpleRNN", "GRU"} <= {d.name for d in lab.view.figure.data}
    assert (tmp_path / "marked_recall.json").exists()
    assert found.seeds == (0, 1)
    assert not set(found.seeds) & set(experiments.shipped("marked_recall").seeds)


def test_a_live_run_starts_small_and_every_model_is_a_dot_as_it_ends():
    drawn = []
    lab = lag_lab()
    lab.view.observe(lambda change: drawn.append(dots(change["new"])), "figure")
    lab.source.value = "your live run"
    assert "trains 45 models" in lab.hint.value
    assert lab.cells.value == ("SimpleRNN", "LSTM", "GRU") and lab.seeds.value == 3
    assert lab.lags.index == (0, 4)
    lab.lags.index = (0, 1)
    lab.cells.value, lab.seeds.value = ("SimpleRNN", "GRU"), 10
    assert "trains 40 models" in lab.hint.value  # enough that a busy machine, too, looks before all have ended
    lab.live.run()
    while lab.live.running:
        lab.live.look()
        time.sleep(0.01)
    found = lab.wait(300)
    assert drawn[-1] == len(found.runs) == 40
    assert drawn == sorted(drawn) and drawn[0] < 40  # before all have ended
    assert "so far" not in lab.view.figure.layout.title.text
    lab.source.value = "shipped results"
    assert lab.seeds.value == 10 and len(lab.cells.value) == 4
    lab.source.value = "your live run"  # where it was left
    assert lab.seeds.value == 10 and lab.result.numbers() == found.numbers()
    lab.cells.value = ("LSTM",)
    lab.live.run()
    lab.wait(300)
    lab.cells.value = ("SimpleRNN", "LSTM", "GRU")  # what was done before is still there
    assert set(lab.result.cells) == {"SimpleRNN", "LSTM", "GRU"} and len(lab.result.runs) == 60


def test_short_lags_come_first_and_the_text_says_so():
    lab = lag_lab()
    lab.source.value = "your live run"
    lab.cells.value, lab.lags.index = ("SimpleRNN",), (0, 6)
    lab.live.run()
    assert "The short lags come first" in lab.hint.value
    for _ in range(2000):  # a run may end between a look and the question what has ended
        lab.live.look()
        runs = lab.result.runs
        if runs and f"{len(runs)} of 21 models so far" in lab.view.figure.layout.title.text:
            break
        time.sleep(0.01)
    assert runs and f"{len(runs)} of 21 models so far" in lab.view.figure.layout.title.text
    lags = {run.lag for run in runs}
    assert lags <= set((5, 10, 20, 30, 50, 100, 200)[: len(lags) + 1])  # two workers: one may be a lag ahead
    assert "mean of up to 3 runs" in lab.view.figure.layout.annotations[0].text
    lab.close()
    lab.live.work.wait(300)


def dots(figure):
    """How many runs a figure shows as dots."""
    return sum(np.isfinite(np.asarray(d.y, float)).sum() for d in figure.data if d.mode == "markers")


def test_a_lab_leaves_no_folder_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    lab = lag_lab()
    assert not list(tmp_path.iterdir())  # nothing is made before a live run
    lab.cells.value, lab.lags.index, lab.seeds.value = ("SimpleRNN",), (0, 0), 1
    lab.run()
    lab.wait(300)
    (made,) = tmp_path.iterdir()
    assert made.name.startswith("lstm_viz-lag-lab-")
    assert (made / "marked_recall.json").exists()
    lab.close()
    assert not list(tmp_path.iterdir())
    lab = lag_lab()
    lab.run()
    lab.close()  # in the middle of a run, which saves once more as it stops
    lab.wait(300)
    assert not list(tmp_path.iterdir())


def test_what_goes_wrong_is_shown(tmp_path):
    (tmp_path / "marked_recall.json").write_text("{")
    lab = lag_lab(folder=tmp_path)
    lab.live.run_button.click()  # ipywidgets logs what a button raises and goes on
    assert "not whole JSON" in lab.live.problem.value
    assert "left as it is" in lab.live.problem.value
    assert 'role="alert"' in lab.live.problem.value
    with pytest.raises(ValueError, match=r"experiment must be one of marked_recall,.*got 'weather'"):
        lag_lab("weather")


def test_a_sweep_without_scores_has_no_figure():
    nothing = experiments.shipped("marked_recall").select(seeds=[])
    assert lag_figure(nothing) is None


# --- look inside the winner -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def models():
    return train_for_recall(12, ("SimpleRNN", "LSTM", "GRU"))


def test_units_in_another_order_are_the_same_model(models):
    x = np.random.default_rng(0).standard_normal((5, 9, 2)).astype(np.float32)
    for model in models.values():
        other = in_order(model, np.random.default_rng(1).permutation(16))
        one, two = (m.readout(m.cell.run(x).h[:, -1]) for m in (model, other))
        np.testing.assert_allclose(one, two, atol=2e-6)
        assert not np.allclose(model.cell.kernel, other.cell.kernel)


def test_look_inside_shows_the_chosen_sequence(models):
    lab = look_inside(12, models=models)
    assert repr(lab) == "look_inside(lag 12: SimpleRNN, LSTM, GRU)"
    lab.cue.value, lab.bit.value = 5, -1.0
    assert lab.x[5].tolist() == [-1.0, 1.0]
    assert lab.x[:, 1].sum() == 1
    assert lab.labels[5] == "⊖"
    for name, probability in lab.answers().items():
        h = models[name].cell.run(lab.x).h[-1]
        assert probability == pytest.approx(models[name].readout.probabilities(h)[0])
        assert f"<b>{probability:.2f}</b>" in lab.verdict.value
    assert lab.comparison.controls.timesteps == 13
    with pytest.raises(ValueError, match="lag must be a whole number of at least 1; got 0"):
        look_inside(0)
    with pytest.raises(ValueError, match="got 'Transformer'"):
        look_inside(5, ("Transformer",))

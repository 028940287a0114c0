"""The quantitative sentences of lesson 09, from the shipped measurements and from its own cells."""

import numpy as np
import pytest
from lesson_cells import Lesson

from lstm_viz.lessons.lesson_09 import results
from lstm_viz.lessons.lesson_09.truths import TRUTHS, YES_NO

FOUND = results.measured()


def says(*phrases):
    Lesson("09").says(*phrases)


def test_what_was_read_and_what_was_kept_back():
    library, training = FOUND["library"], FOUND["training"]
    assert {round(kind["characters"] / 1e6) for kind in training.values()} == {60}
    assert 6.5 < 60e6 / library["characters"]["train"] < 7 and round(library["characters"]["train"] / 1e6, 1) == 8.8
    assert library["scored files"] == 45 and len(library["left out"]) == 3 and library["files"]["tune"] == 19
    assert 200 < training["LSTM"]["seconds"] < 270  # four minutes
    assert FOUND["made"]["python"].startswith("3.11.")
    says("60 million characters", "almost seven times over", "45 files of Python 3.11's", "chosen on 19 other files")


def test_section_1_counting_and_the_three_networks():
    bits = FOUND["bits"]
    grams = {name: bits[name][0] for name in bits if name.endswith("-gram")}
    assert min(grams, key=grams.get) == "6-gram"
    assert bits["GRU"][0] < bits["LSTM"][0] < grams["6-gram"] < bits["SimpleRNN"][0]
    assert round(grams["6-gram"] - bits["LSTM"][0], 2) == 0.12
    assert [round(v, 2) for v in bits["compared"]["LSTM - GRU"]] == [0.05, 0.03, 0.09]
    assert round(bits["compared"]["LSTM - SimpleRNN"][0], 2) == -0.26
    assert round(np.log2(97), 1) == 6.6
    says("would cost 6.6", "best at six characters", "by .05 bits (.03 to .09")


def test_section_4_every_unit_is_clear_of_chance_and_behind_the_probe():
    assert not any("not clear of chance" in results.sentence(truth) for truth in TRUTHS)
    assert {results.best_unit(truth) for truth in ("string", "comment", "def")} == {("c", 94)}
    assert results.best_unit("indentation") == ("c", 117)
    for found in FOUND["units"].values():
        score = found["units"][0][3]
        assert found["probe"] > (max(score, 1 - score) if found["measure"] == "AUC" else abs(score))
        assert all(len(found["controls"][name]) == 3 for name in ("untrained", "shuffled weights"))


def test_what_other_seeds_say():
    seeds = results.other_seeds()["seeds"]
    assert list(seeds) == ["0", "1", "2"] and {seeds[s]["characters"] for s in "12"} == {11_993_088}
    score = {s: {n: max(v := of["units"][n]["score"][0], 1 - v) for n in YES_NO} for s, of in seeds.items()}
    assert [round(score[s]["string"], 2) for s in "012"] == [0.75, 0.75, 0.78]
    assert [round(score[s]["brackets"], 2) for s in "012"] == [0.86, 0.97, 0.98]
    assert all(abs(score[s]["brackets"] - seeds[s]["units"]["brackets"]["probe"]) < 0.005 for s in "12")
    shared = {s: {tuple(seeds[s]["units"][n]["unit"]) for n in ("string", "comment", "def")} for s in "012"}
    assert [len(shared[s]) for s in "012"] == [1, 3, 2]
    says("a tendency, .75 to .78", ".97 and .98, where the best of this one has .86")
    differs = [seeds[s]["cuts"]["string"]["difference"] for s in "012"]
    assert differs[0][1] < 0 < differs[0][2] and differs[1][1] > 0 and differs[2][2] < 0
    says("three networks, three answers")
    assert results.seeds_table().rows["in brackets (AUC)"][4] == "0.97"


def test_section_6_gates_and_cuts():
    gates, cuts = FOUND["gates"], FOUND["cuts"]["by truth"]
    added = {gate: gates[f"{gate} = mean: more"][0] for gate in ("f", "i", "o", "c_tilde")}
    assert list(added) == sorted(added, key=added.get) and round(added["f"], 2) == 0.93
    assert 2.9 < added["o"] / added["f"] < 3.1
    assert gates["f = 1"][0] > np.log2(97)
    assert [cuts[name]["rank of the difference"] for name in ("comment", "string", "def")] == [10, 106, 119]
    says("costs .93 bits, and the output gate three times that", "For comments it is 10, but for strings 106")


def test_section_7_how_far_back():
    context, gradient = FOUND["context"], FOUND["gradient"]
    assert context["SimpleRNN"]["32"][0] - context["SimpleRNN"]["256"][0] < 0.002
    for kind in ("LSTM", "GRU"):
        assert context[kind]["32"][0] - context[kind]["128"][0] > 0.03
        assert context[kind]["128"][0] - context[kind]["256"][0] < 0.02
    assert [float(f"{gradient[kind][50]:.1e}") for kind in ("LSTM", "GRU", "SimpleRNN")] == [1.4e-3, 2.0e-3, 1.7e-9]
    dies = {kind: next(k for k, v in enumerate(gradient[kind]) if v < 0.01) for kind in gradient}
    assert dies == {"LSTM": 21, "GRU": 23, "SimpleRNN": 12}
    says("after 21 characters in the LSTM, 23 in the GRU and 12 in the SimpleRNN")
    drawn = {curve.name: curve.y for curve in results.gradient_figure().data if curve.name in gradient}
    assert all(np.allclose(np.asarray(drawn[kind], float), gradient[kind][:101]) for kind in gradient)
    says("1.4 thousandths", "2 thousandths in the GRU, and 2 billionths in the SimpleRNN", "at some thirty characters")


@pytest.fixture(scope="module")
def lesson():
    lesson = Lesson("09")
    lesson.run("to", "clamp")
    return lesson


def test_the_page_shows_what_the_text_says_of_it(lesson):
    names = lesson.names
    first, inside, blank = names["cost"]
    assert first > 2 * inside > 2 * blank
    indentation, depth, position = names["r"]
    assert indentation > 0.9 and max(abs(depth), abs(position)) < 0.2
    assert not names["reading"].unknown.any()

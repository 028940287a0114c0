"""The quantitative sentences of lesson 03, from its own cells, and the cases just outside them."""

import inspect
import re

import numpy as np
import pytest
from lesson_cells import Lesson

from lstm_viz import LSTMCell


@pytest.fixture(scope="module")
def lesson():
    lesson = Lesson("03")
    lesson.run("to", "package-step")
    return lesson


@pytest.fixture
def at_the_bracket():
    """The numbers of sections 2 to 6: the moment at which the bracket ends."""
    lesson = Lesson("03")
    lesson.run("to", "output-step")
    return lesson


def test_section_2_the_weights_say_what_the_table_says(lesson):
    soft, encode = lesson.names["cell"], lesson.names["encode"]
    inside = ([0.6], [0.9])
    step = {letter: soft.step(encode(letter)[0], inside) for letter in "()x"}
    lesson.says("Yes, until a `)` comes")
    assert step["x"].f > 0.9 and step["("].f > 0.9 and step[")"].f < 0.25
    lesson.says("Only a `(` is")
    assert step["("].i > 0.85 and step["x"].i == step[")"].i < 0.15
    lesson.says("`(` says *inside* (above 0), `)` says *outside* (below 0)")
    assert step["("].c_tilde > 0.9 and step[")"].c_tilde < -0.7 and step["x"].c_tilde == 0
    lesson.says("Yes, most of the time")
    assert min(value.o[0] for value in step.values()) > 0.8


def test_sections_3_to_6_the_step_by_hand(at_the_bracket):
    says, names = at_the_bracket.says, at_the_bracket.names
    np.testing.assert_allclose(names["z"], [-2.0, -1.4, -1.0, 1.6])
    says("Its weight of -4 outvotes the bias of 2 and the 0.6 that $h_{t-1}$ adds")
    assert names["z_f"] == pytest.approx(2 - 4 + 0.6)
    says('A fifth of "inside" is left')
    assert names["f"] == pytest.approx(0.2, abs=5e-3) and names["kept"] / names["c_tm1"] == names["f"]
    assert names["held"] == pytest.approx(0.99, abs=1e-3)
    says("Here it speaks clearly (-0.76), and the input gate lets an eighth of it through")
    assert names["c_tilde"] == pytest.approx(-0.76, abs=5e-3) and names["i"] == pytest.approx(1 / 8, abs=0.006)
    says("with 0.09 the unit is as good as outside")
    assert names["c"] == pytest.approx(0.09, abs=3e-3) and names["written"] < 0 < names["kept"]
    assert names["h"] == pytest.approx(0.07, abs=3e-3)
    changes = names["change"]
    assert min(changes, key=changes.get) == (1, 0) and changes[1, 0] == 0 and sorted(changes.values())[1] > 0.5


def test_section_7_the_soft_unit_leaks_and_the_firm_one_holds(lesson):
    soft, brackets, encode, sentence = (lesson.names[name] for name in ("cell", "brackets", "encode", "sentence"))
    trace = soft.run(encode(sentence))
    opened, closed = sentence.index("("), sentence.index(")")
    lesson.says("it falls with every letter, from 0.85 to 0.05 at the full stop")
    within = trace.c[opened:closed, 0]
    assert (np.diff(within) < 0).all() and within[[0, -1]] == pytest.approx([0.85, 0.05], abs=5e-3)
    lesson.says("the forget gate stands at 0.9 and not at 1", "it falls, too, although no letter says anything")
    gates = trace.f[opened + 1 : closed, 0]
    np.testing.assert_allclose(gates, 0.9, atol=0.03)
    assert (np.diff(gates[1:]) < 0).all()

    lesson.says("Make all weights four times as large, and let no gate read $h$")
    np.testing.assert_array_equal(brackets.kernel, 4 * soft.kernel)
    np.testing.assert_array_equal(brackets.bias, 4 * soft.bias)
    assert not brackets.recurrent_kernel.any()
    firm = brackets.run(encode(sentence)).c[:, 0]
    said = [opened <= t < closed for t in range(len(sentence))]
    np.testing.assert_array_equal(firm > 0.5, said)
    assert np.abs(firm - said).max() < 0.01
    lesson.says(r"the forget gate is $\sigma(8) = 0.9997$, so it would take some 2,000 characters to lose half of it")
    f = brackets.run(encode("x")).f[0, 0]
    assert round(f, 4) == 0.9997 and np.log(0.5) / np.log(f) == pytest.approx(2000, rel=0.05)


def test_exercise_1_is_about_the_cell_of_section_7(lesson):
    from lstm_viz.exercises import check

    c = lesson.names["brackets"].run(lesson.names["encode"]("((a)b)")).c[:, 0]
    np.testing.assert_array_equal(np.round(c), [1, 2, 2, 0, 0, 0])
    assert check("03.1", np.round(c)) and check("03.1", c)


def test_section_8_a_memory_and_how_it_breaks(lesson):
    kept, lost, hidden = (lesson.names[name].c[:, 0] for name in ("kept", "lost", "hidden"))
    memory, x = lesson.names["memory"], lesson.names["x"]
    lesson.says("bias $10$, so $f = 0.99995$", r"\tanh(\pm 10) \approx \pm 1")
    np.testing.assert_allclose(memory.run(x).f, 0.99995, atol=5e-6)
    np.testing.assert_allclose(np.abs(memory.run(x).c_tilde), 1, atol=1e-8)
    lesson.says("The input gate opens once", "it loses less than two thousandths in 34 steps")
    assert (memory.run(x).i[:, 0] > 0.5).sum() == 1 and 0 < kept[5] - kept[39] < 0.002
    assert np.abs(np.diff(kept, prepend=0)).argmax() == 5
    assert 0.5**34 < 1e-9  # of the bit; what c still holds leaked in from later bits:
    without = x.copy()
    without[5] = 0.0
    later = memory.replace(bias=[-10, 0, 0, 10]).run(without).c[39, 0]
    assert f"{abs(lost[39]):.6f}" == "0.000004" and lost[39] == pytest.approx(later, rel=1e-3)
    np.testing.assert_array_equal(hidden, kept)
    assert not lesson.names["hidden"].h.any()


def test_section_8_a_gate_that_reads_h_feels_the_shut_output_gate(lesson):
    lesson.says("at the full stop of its sentence $c$ is 0.03 in place of 0.05")
    soft, encode, sentence = (lesson.names[name] for name in ("cell", "encode", "sentence"))
    shut = soft.replace(bias=[-2.0, 2.0, 0.0, -1000.0]).run(encode(sentence))
    at = sentence.index(".)")
    assert not shut.h.any() and shut.c[at, 0] == pytest.approx(0.03, abs=5e-3)


def test_section_9_the_table_names_every_line_of_the_step(lesson):
    source = inspect.getsource(LSTMCell._step)
    (table,) = [cell.source for cell in lesson.cells if cell.id == "package-step-look"]
    told = [call for line in table.splitlines() if line.startswith("| `") for call in re.findall(r"`([^`]+)`", line)]
    calls = [line.split("#")[0].strip() for line in source.splitlines() if re.match(r"\s+(np|self)\.", line)]
    assert [call for call in told if call.startswith(("np.m", "np.a", "self."))] == calls


def test_the_four_steps_by_hand_are_told_before_their_numbers(lesson):
    """Each gate's sentence of meaning stands before the cell that calculates it."""
    order = [cell.id for cell in lesson.cells]
    for question, numbers in (("forget", "forget-step"), ("input", "input-step"), ("output", "output-step")):
        (text,) = [cell.source for cell in lesson.cells if cell.id == question]
        assert re.search(r"\*[A-Z][^*]+\?\*", text) and order.index(question) < order.index(numbers)

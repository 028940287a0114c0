"""Work in the background as labs show it, on sweeps that no machine finishes in time, and on short ones."""

import asyncio

import pytest

from lstm_viz.learning.sweeps import Sweep
from lstm_viz.learning.tasks import MarkedRecall
from lstm_viz.widgets.live_run import LiveRun, of_a_sweep


def endless():
    """One model that ends within a second or so, and one that trains for hours."""
    return Sweep(MarkedRecall(1), ["SimpleRNN"], [2, 900], [0], updates=100_000, n_jobs=1, short_first=True)


def short():
    return Sweep(MarkedRecall(1), ["SimpleRNN"], [2], [0, 1], updates=20, n_jobs=1)


def live_run(make, **options):
    return LiveRun(make, of_a_sweep, run=("Run", "run it"), **options)


def test_buttons_bar_and_text_follow_the_work():
    looks = []
    live = live_run(short, on_look=lambda: looks.append(live.work.state))
    assert not live.running and live.stop_button.disabled
    with pytest.raises(RuntimeError, match="no live run was started"):
        live.wait()
    live.run_button.click()
    first = live.work
    assert live.run_button.disabled or first.state == "finished"
    live.wait(300)
    assert (live.bar.value, live.bar.bar_style) == (1.0, "success")
    assert "All 2 runs are done" in live.text.value
    assert live.stop_button.disabled and not live.run_button.disabled
    assert looks[-1] == "finished"
    live.run()  # new work
    assert live.work is not first
    live.wait(300)


def test_stop_keeps_what_is_done_and_run_does_not_begin_twice():
    live = live_run(endless)
    live.run()
    work = live.work
    live.run()
    assert live.work is work
    live.stop_button.click()
    assert "stopping" in live.text.value or work.state == "stopped"
    result = live.wait(300)
    assert work.state == "stopped" and result.missing
    assert "are done and kept" in live.text.value


@pytest.mark.parametrize("presses", [1, 2])
def test_an_interrupt_of_the_waiting_cell_stops_and_keeps(presses):
    """As ipykernel does it: Kernel > Interrupt cancels the task of the cell that awaits."""

    async def cell():
        live = live_run(endless)
        live.run()
        task = asyncio.ensure_future(live.finished())
        while not live.work.result.runs:
            await asyncio.sleep(0.02)
        for _ in range(presses):
            task.cancel()
            await asyncio.sleep(0)
        return live, await task

    live, result = asyncio.run(cell())
    assert live.work.state == "stopped" and len(result.runs) == 1 and len(result.missing) == 1


def test_ctrl_c_in_a_script_stops_and_keeps(monkeypatch):
    live = live_run(endless)
    live.run()
    wait, presses = live.work.wait, iter([True])

    def interrupted(timeout=None):
        if next(presses, False):
            raise KeyboardInterrupt
        return wait(timeout)

    monkeypatch.setattr(live.work, "wait", interrupted)
    assert live.wait(300).missing
    assert live.work.state == "stopped" and not live.run_button.disabled


def test_closed_it_stops():
    live = live_run(endless)
    live.run()
    live.close()
    live.work.wait(300)
    assert live.work.state == "stopped"


def test_work_that_cannot_begin_says_why():
    def make():
        raise ValueError("choose at least one <cell>")

    live = live_run(make)
    with pytest.raises(ValueError, match="choose at least one"):
        live.run()
    assert "choose at least one &lt;cell&gt;" in live.problem.value and 'role="alert"' in live.problem.value
    assert not live.running and live.work is None
    live._make = short
    live.run()
    assert live.problem.value == ""
    live.wait(300)

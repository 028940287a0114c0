"""Odd calls to every public name: each returns or is refused in a sentence of at most 300 characters; none hangs.

LSTM_VIZ_FUZZ is the number of calls over all rooms (here 1,500; by hand 10,000 and more: `python tests/fuzzing.py`).
"""

import os
import sys

import fuzzing
import pytest

CALLS = int(os.environ.get("LSTM_VIZ_FUZZ", "1500"))


@pytest.mark.slow
@pytest.mark.keras
@pytest.mark.skipif(sys.platform == "win32", reason="the watchdog waits on a pipe with select")
@pytest.mark.parametrize("room", fuzzing.rooms())
def test_every_call_returns_or_is_refused_in_a_sentence(room):
    shares = {each: len(fuzzing.targets(each)) for each in fuzzing.rooms()}
    faults = fuzzing.fuzz(room, -(-CALLS * shares[room] // sum(shares.values())))
    assert not faults, "\n".join(f"{number} {name}({given}): {fault}" for number, name, given, fault in faults)


def test_a_raw_error_and_a_long_message_are_noticed():
    """The judge itself: what the package raises by hand passes, what comes from below does not."""
    from lstm_viz.cells import LSTMCell

    def judged(function):
        try:
            function()
        except Exception as error:
            return fuzzing.fault(error, "x")

    assert judged(lambda: LSTMCell.initialise("a", 3)) is None
    assert "raw KeyError" in judged(lambda: __import__("os").environ["no such name"])
    assert "raw JSONDecodeError" in judged(lambda: __import__("json").loads("{"))


def test_call_n_is_the_same_call_every_time():
    names = [fuzzing.call("cells", n)[0] for n in range(40)]
    assert names == [fuzzing.call("cells", n)[0] for n in range(40)] and len(set(names)) > 10

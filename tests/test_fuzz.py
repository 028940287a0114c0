"""Odd calls to every public name: each returns or is refused in a sentence of at most 300 characters; none hangs.

LSTM_VIZ_FUZZ is the number of calls over all rooms (here 1,500; by hand 10,000 and more: `python tests/fuzzing.py`).
"""

import json
import os
import subprocess
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


JUDGED_IN_ITS_PROCESS = """
import functools, sys
sys.path.insert(0, {folder!r})
import fuzzing
made = [functools.partial({{}}.__getitem__, "no such key"), functools.partial(int, "seven")]
fuzzing.call = lambda room, number, seed: ("x", made[number], ((), {{}}))
fuzzing.work("cells", range(2), 1)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the watchdog waits on a pipe with select")
def test_what_a_callable_in_c_raises_is_judged_too():
    source = JUDGED_IN_ITS_PROCESS.format(folder=os.path.dirname(fuzzing.__file__))
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    faults = [said["fault"] for said in map(json.loads, done.stdout.splitlines()) if "end" in said]
    assert faults[0].startswith("raw KeyError") and faults[1] is None


def test_call_n_is_the_same_call_every_time():
    names = [fuzzing.call("cells", n)[0] for n in range(40)]
    assert names == [fuzzing.call("cells", n)[0] for n in range(40)] and len(set(names)) > 10

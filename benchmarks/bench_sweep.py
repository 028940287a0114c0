"""How long does the long-lag lab take? Sweeps as a reader runs them, from the call to the result.

    python benchmarks/bench_sweep.py [--rounds 1] [--only NAME]

The targets, on two cores and with two processes, their start included: the full sweep of 4 cells x 7 lags (5 to
200) x 10 seeds on marked recall within 30 s; the classroom's 3 cells x 5 lags x 5 seeds within 6 s; the chrono LSTM
at lag 500 within 15 s and at lag 1000 within 45 s, three seeds each. Each sweep runs in a fresh Python, as nothing of
the one before may help it. Ends with status 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

from common import machine

SWEEPS = {
    "full": (["SimpleRNN", "LSTM", "LSTM (chrono)", "GRU"], (5, 10, 20, 30, 50, 100, 200), range(200, 210), 30.0),
    "classroom": (["SimpleRNN", "LSTM", "GRU"], (5, 10, 20, 50, 100), range(200, 205), 6.0),
    "lag 500": (["LSTM (chrono)"], (500,), range(200, 203), 15.0),
    "lag 1000": (["LSTM (chrono)"], (1000,), range(200, 203), 45.0),
}
PROGRAM = """
import json, sys
from time import perf_counter
from lstm_viz.learning.sweeps import lag_sweep
from lstm_viz.learning.tasks import MarkedRecall

cells, lags, seeds = json.loads(sys.argv[1])
started = perf_counter()
found = lag_sweep(MarkedRecall(1), cells, lags, seeds, progress=False)
seconds = perf_counter() - started
print(json.dumps({"seconds": seconds, "models": len(found.runs), "solved": sum(run.solved for run in found.runs),
                  "in_training": sum(run.seconds for run in found.runs), "table": found.table()}))
"""


def measure(cells, lags, seeds):
    arguments = json.dumps([cells, list(lags), list(seeds)])
    done = subprocess.run([sys.executable, "-c", PROGRAM, arguments], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1, help="how often each sweep runs; the fastest counts")
    parser.add_argument("--only", choices=SWEEPS, action="append", help="measure this sweep alone")
    chosen = parser.parse_args()
    machine("numpy", "joblib")
    lines, met = [], True
    for name in chosen.only or SWEEPS:
        cells, lags, seeds, limit = SWEEPS[name]
        best = min((measure(cells, lags, seeds) for _ in range(chosen.rounds)), key=lambda found: found["seconds"])
        print(f"\n{name}, solved of {len(seeds)} and mean score:\n{best['table']}")
        within = best["seconds"] <= limit
        met &= within
        lines.append(
            f"{name:12} {best['models']:>7} {best['seconds']:>9.1f} {best['in_training']:>12.1f} {limit:>9.0f}"
            f"  {'met' if within else 'NOT MET'}"
        )
    print(f"\n{'sweep':12} {'models':>7} {'seconds':>9} {'in training':>12} {'target':>9}")
    print("\n".join(lines))
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()

"""What does `import lstm_viz` cost beside `import numpy`? Each in a fresh process, taking turns.

    python benchmarks/bench_import.py [--rounds 25]

The target: at most 1.3 times `import numpy`. The time is that of the import statement alone, measured inside the new
process. Ends with status 1 if the target is missed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from common import machine, show

OURS = "import lstm_viz"
NUMPY = "import numpy"
TARGETS = {NUMPY: 1.3}


def seconds_to(statement):
    """Seconds that a statement takes in a process of its own."""
    code = f"from time import perf_counter as now; begin = now(); {statement}; print(now() - begin)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=25)
    options = parser.parse_args()
    machine("numpy", "lstm_viz")
    for statement in (OURS, NUMPY):
        seconds_to(statement)  # the first time reads the files from disk
    seconds = {OURS: [], NUMPY: []}
    for _ in range(options.rounds):
        for statement, times in seconds.items():
            times.append(seconds_to(statement))
    sys.exit(0 if show(f"{options.rounds} new processes each", seconds, OURS, TARGETS) else 1)


if __name__ == "__main__":
    main()

"""What the benchmarks share: interleaved runs, a table of medians and ratios, and the machine it was measured on."""

from __future__ import annotations

import os
import platform
import statistics
import sys
from importlib import metadata
from time import perf_counter


def interleaved(contestants, rounds, warm_up=2):
    """{name: seconds per run}: each round runs every contestant once, so that a busy moment hits all alike."""
    for run in contestants.values():
        for _ in range(warm_up):
            run()
    seconds = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            begin = perf_counter()
            run()
            seconds[name].append(perf_counter() - begin)
    return seconds


def show(title, seconds, ours, targets):
    """Print the medians and what `ours` takes of each; True if every target (other's name: largest ratio) is met."""
    print(f"\n{title}")
    print(f"{'':34} {'median ms':>10} {'quartiles ms':>16} {'ours / it':>10} {'target':>8}")
    median = {name: statistics.median(times) for name, times in seconds.items()}
    met = True
    for name, times in seconds.items():
        low, _, high = (1e3 * q for q in statistics.quantiles(times, n=4))
        line = f"{name:34} {1e3 * median[name]:10.2f} {low:7.2f} to {high:5.2f}"
        if name != ours:
            ratio = median[ours] / median[name]
            line += f" {ratio:10.2f}"
            if name in targets:
                met &= ratio <= targets[name]
                line += f" {'<=':>3} {targets[name]:.2f} {'met' if ratio <= targets[name] else 'NOT MET'}"
        print(line)
    return met


def machine(*packages):
    """Print processor, load and versions: a ratio without them says little."""
    try:
        with open("/proc/cpuinfo") as lines:
            processor = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.processor() or platform.machine()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{processor}, {os.cpu_count()} CPUs{load}, Python {platform.python_version()} on {sys.platform}")
    print(", ".join(f"{name} {metadata.version(name)}" for name in packages))

"""How soon does a page of the site show its first picture? Opened from its file, in a new browser context each time.

    python benchmarks/bench_site.py [SITE] [--rounds 5]

SITE is what `make site` wrote (build/site). Of every lesson: until the first slider, the first picture of any kind and
the first plot stand on the page (milliseconds after opening it, medians); the same with the whole of plotly.js in
place of its part for straight axes, in turn with it. Ends with status 1 if a first picture takes more than 1.5 s.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from common import machine

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import browser  # noqa: E402
import plotly_part  # noqa: E402

MOST = 1500
WATCH = """(() => {
  const first = window.first = {};
  const kinds = {slider: ".noUi-handle", picture: "[class*=lstm-viz] svg", plot: ".js-plotly-plot .main-svg"};
  const seen = (selector) => [...document.querySelectorAll(selector)].some((e) => e.getClientRects().length);
  const look = () => {
    for (const [name, selector] of Object.entries(kinds)) {
      if (!(name in first) && seen(selector)) first[name] = performance.now();
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""


def times(chromium, page):
    """{"slider", "picture", "plot"}: milliseconds; those that the page has."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.add_init_script(WATCH)
    opened.goto(page.resolve().as_uri(), wait_until="load")
    opened.wait_for_function("() => 'picture' in window.first", timeout=30_000)
    opened.wait_for_timeout(1500)
    found = opened.evaluate("() => window.first")
    context.close()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", nargs="?", type=Path, default=ROOT / "build" / "site")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    lessons = sorted(options.site.glob("[0-9]*.html"))
    if not lessons:
        sys.exit(f"{options.site} has no lessons: make site writes them")
    machine("plotly", "anywidget")
    met = True
    with tempfile.TemporaryDirectory() as folder, browser.chromium() as chromium:
        whole = Path(folder) / "site"
        shutil.copytree(options.site, whole)
        shutil.copy(whole / "_static" / plotly_part.WHOLE, whole / "_static" / plotly_part.PART)
        print(f"\n{'':32} {'slider':>8} {'picture':>8} {'plot':>8} {'plot, with the whole plotly.js':>32}")
        for lesson in lessons:
            found = {path: [] for path in (lesson, whole / lesson.name)}
            for _ in range(options.rounds):
                for path, seen in found.items():
                    seen.append(times(chromium, path))
            median = [
                {name: statistics.median(seen[name] for seen in rounds) for name in set.intersection(*map(set, rounds))}
                for rounds in found.values()
            ]
            ours, theirs = median
            met &= ours["picture"] <= MOST
            row = [f"{ours[name]:8.0f}" if name in ours else f"{'-':>8}" for name in ("slider", "picture", "plot")]
            print(f"{lesson.stem:32} {' '.join(row)} {theirs.get('plot', float('nan')):32.0f}")
    print(f"the first picture within {MOST} ms: {'met' if met else 'NOT MET'}")
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()

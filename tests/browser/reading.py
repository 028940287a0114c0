"""What a reader does with a view (keyboard only), and what they then read off it."""

from __future__ import annotations

from lstm_viz.pictures.live_markup import format_number

# A picture's cursor in data coordinates, found from its place among the ticks of the time axis and their labels alone.
_CURSOR = """(plot) => {
  const middle = (e) => { const box = e.getBoundingClientRect(); return (box.left + box.right) / 2; };
  const number = (e) => Number(e.textContent.replace("word", ""));
  const marks = [...plot.querySelectorAll("path.xtick")].map(middle);
  const ticks = [...plot.querySelectorAll(".xtick text")].map((e, k) => [number(e), marks[k]]);
  const [[t0, x0], [t1, x1]] = [ticks[0], ticks.at(-1)];
  return t0 + (middle(plot.querySelector(".shapelayer path")) - x0) / (x1 - x0) * (t1 - t0);
}"""


def slide_to(view, t):
    """Move the view's slider of t with the arrow keys, from wherever it is."""
    handle = view.locator(".lstm-viz-time .noUi-handle")
    handle.focus()
    now = int(float(handle.get_attribute("aria-valuenow")))
    for _ in range(abs(t - now)):
        handle.press("ArrowRight" if t > now else "ArrowLeft")


def moves(handle):
    """Does this slider follow the arrow keys?"""
    _make_room(handle)
    handle.focus()
    before = handle.get_attribute("aria-valuenow")
    for key in ("ArrowRight", "ArrowLeft"):  # at one end only one of them can
        handle.press(key)
        if handle.get_attribute("aria-valuenow") != before:
            return True
    return False


def _make_room(handle):
    """An end of an empty stretch at one of its ends has nowhere to go until the other one has moved."""
    if handle.get_attribute("aria-valuemin") == handle.get_attribute("aria-valuemax"):
        for side, key in (("following", "ArrowRight"), ("preceding", "ArrowLeft")):
            other = handle.locator(f"xpath=../{side}-sibling::*[contains(@class, 'noUi-origin')]/*").first
            if other.count():
                other.press(key)


def cursors(view):
    """Where the cursors stand, of the pictures that say their timesteps."""
    plots = [plot for plot in view.locator(".js-plotly-plot").all() if plot.locator(".xtick text").count()]
    return [plot.evaluate(_CURSOR) for plot in plots]


def numbers(view):
    """{(quantity, digits): texts} of what the view writes for the chosen unit, where it can be seen."""
    found = {}
    shown = view.locator("[data-value]:not([data-index]):visible").evaluate_all(
        "(all) => all.map((e) => [e.dataset.value, Number(e.dataset.digits ?? 2), e.textContent])"
    )
    for name, digits, text in shown:
        found.setdefault((name, digits), set()).add(text.strip("()"))
    return found


def disagreement(shown, values, t, unit):
    """The first of the `numbers` that is not that of `values` (name -> (timesteps, units)), or None.

    What the trace does not hold (a product on a wire) is left to the tests of the diagram. ValueError if nothing
    of the trace is shown.
    """
    known = {key: texts for key, texts in shown.items() if key[0] in values}
    if not known:
        raise ValueError("the view shows no value of the trace")
    for (name, digits), texts in known.items():
        expected = format_number(values[name][t, unit], digits)
        if texts != {expected}:
            return f"{name} at t={t}, unit {unit} is drawn as {sorted(texts)}; the trace holds {expected}"
    return None

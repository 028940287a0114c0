"""`on_change`: Python work behind knobs, where the last position wins and an error is seen."""

from __future__ import annotations

import contextlib
import html
import threading

import ipywidgets

from lstm_viz.cells import checks
from lstm_viz.pictures.style import WARNING
from lstm_viz.widgets._traits import widget_with

__all__ = ["OnChange", "on_change", "shown"]


class OnChange:
    """What `on_change` returns. `status` shows the last error to the reader, `errors` keeps every one for tests."""

    def __init__(self, knobs, function, status):
        if not callable(function):
            raise TypeError(f"function must be a function of the knobs' values; got {checks.short(function)}")
        self.knobs = tuple(widget_with(knob, "value", "knobs") for knob in checks.listed(knobs, "knobs", 1000))
        self.function = function
        self.status = ipywidgets.HTML() if status is None else widget_with(status, "value", "status")
        self.errors = []
        self._guard = threading.Lock()
        self._running = self._stale = False
        for knob in self.knobs:
            knob.observe(self._changed, "value")

    def run(self):
        """Call the function with the knobs' values now; an error is shown, kept, and raised again."""
        with self._guard:
            self._stale = True
            if self._running:  # by another thread, or because the function itself turned a knob: that run goes on
                return
            self._running = True
        error = None
        while self._take():
            error = self._call()
        if error is not None:
            raise error

    def stop(self):
        """From now on the knobs do nothing."""
        for knob in self.knobs:
            knob.unobserve(self._changed, "value")

    def _take(self):
        with self._guard:
            stale, self._stale = self._stale, False
            self._running = stale
            return stale

    def _call(self):
        try:
            with shown(self.status):
                self.function(*(knob.value for knob in self.knobs))
        except Exception as error:
            self.errors.append(error)
            return error
        return None

    def _changed(self, _change):
        self.run()


def on_change(knobs, function, status=None):
    """Call `function(*values)` with the values of all `knobs` whenever one of them changes.

    knobs: widgets with a `value`. status: an `ipywidgets.HTML` for errors (made if not given; show `.status`). While a
    call runs, further changes lead to one more call, with the values as they are then: the last position of a knob
    always wins. An exception is shown to the reader in one sentence, kept in `.errors`, and raised again. Returns an
    object with `run()` for the first picture. TypeError for what is no widget with a `value`, or no function.
    """
    return OnChange(knobs, function, status)


@contextlib.contextmanager
def shown(status):
    """What goes wrong inside is said in `status`, an `ipywidgets.HTML`, in one sentence, and raised again."""
    try:
        yield
    except Exception as error:
        # its colour is that of the page's text, so that it can be read in the dark, too
        look = f"font-size:15px;line-height:1.4;border-left:4px solid {WARNING};padding-left:8px;overflow-wrap:anywhere"
        status.value = f'<p role="alert" style="{look}">{_sentence(error)}</p>'
        raise
    status.value = ""


def _sentence(error):
    kind = "" if isinstance(error, (ValueError, TypeError)) else f"{type(error).__name__}: "
    text = html.escape(f"{kind}{error}" if str(error) else type(error).__name__).rstrip(".")
    return f"This could not be computed: {text}."

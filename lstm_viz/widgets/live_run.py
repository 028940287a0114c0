"""`LiveRun`: work in the background, as a notebook shows it: Run, Stop, a bar and a text, and how to wait for it."""

from __future__ import annotations

import asyncio
import html

import ipywidgets

from lstm_viz.widgets.callbacks import shown

__all__ = ["LiveRun", "of_a_sweep"]

_LOOK = 0.4  # seconds between two looks at the work
_POLL = 0.1  # seconds between two questions whether it has ended
_STYLES = {"failed": "danger", "finished": "success"}
_STOP = ("■ Stop, keep what is done", "Stop now; what is done is kept")


def of_a_sweep(sweep):
    """(how far a sweep is, from 0 to 1, and the sentence that says so)."""
    progress = sweep.progress
    if sweep.state != "running":
        return progress.done, sweep.message
    return progress.done, "stopping ..." if sweep.stopping else str(progress)


class LiveRun(ipywidgets.VBox):
    """A row of buttons, a bar and a text that follow some work; the cell that starts it is free at once.

    make: a function that returns new work, ready to `start()`: a `Sweep`, or a Keras `Training`. says: a function of
    the work that returns (how far it is, from 0 to 1, and a sentence). on_look: called without arguments whenever the
    work was looked at. run: the text and tooltip of a Run button; without it there is none, and the work begins by
    `run()` alone. stop: the same of the Stop button.

    Stopped, interrupted (Kernel > Interrupt, Ctrl-C) or closed, the work is asked to stop and keeps what is done. A
    click on Stop is heard while a cell awaits `finished` with ipykernel 7.4 or newer; between cells with any version.
    """

    def __init__(self, make, says, *, on_look=None, run=None, stop=_STOP):
        self.work = None
        self._make, self._says, self._on_look = make, says, on_look
        self._pump = None
        wide = {"width": "auto"}
        self.stop_button = ipywidgets.Button(description=stop[0], tooltip=stop[1], disabled=True, layout=wide)
        self.stop_button.on_click(lambda _button: self.stop())
        self.run_button = None
        if run is not None:
            self.run_button = ipywidgets.Button(description=run[0], tooltip=run[1], button_style="primary", layout=wide)
            self.run_button.on_click(lambda _button: self.run())
        self.bar = ipywidgets.FloatProgress(value=0.0, min=0.0, max=1.0, layout={"width": "200px", "display": "none"})
        self.text = ipywidgets.HTML()
        self.problem = ipywidgets.HTML()
        row = [self.run_button] * (run is not None) + [self.stop_button, self.bar, self.text]
        layout = {"flex_flow": "row wrap", "align_items": "center"}
        super().__init__([ipywidgets.HBox(row, layout=layout), self.problem])

    @property
    def running(self):
        """Whether work is under way."""
        return self.work is not None and self.work.state == "running"

    def run(self):
        """Begin new work, unless some is under way. What goes wrong is shown to the reader and raised."""
        if self.running:
            return
        with shown(self.problem):
            self.work = self._make()
            self.work.start()
            self.look()
        try:
            self._pump = asyncio.get_running_loop().create_task(self._follow())
        except RuntimeError:  # no notebook, so nobody looks before `wait` has ended
            self._pump = None

    def stop(self):
        """Ask the work to stop; what is done is kept."""
        if self.running:
            self.work.stop()
            self.look()

    async def finished(self):
        """Wait without blocking the kernel; returns what the work's `wait` does. Interrupted, it stops the work."""
        while self.running:
            try:
                await asyncio.sleep(_POLL)
            except (asyncio.CancelledError, KeyboardInterrupt):
                self.stop()
        try:
            return self.wait()
        finally:  # once more from the cell that waits: what came between cells is in no saved notebook
            for widget in (self.bar, self.text, self.stop_button):
                widget.send_state()

    def wait(self, timeout=None):
        """`finished` outside a notebook: blocks, at most `timeout` seconds. RuntimeError if nothing was started."""
        if self.work is None:
            raise RuntimeError("no live run was started; press the button, or call run()")
        try:
            return self.work.wait(timeout)
        except KeyboardInterrupt:
            self.stop()
            return self.work.wait(timeout)
        finally:
            self.look()

    def look(self):
        """Show where the work is now."""
        running = self.running
        if self.run_button is not None:
            self.run_button.disabled = running
        self.stop_button.disabled = not running or self.work.stopping
        if self.work is not None:
            self.bar.layout.display = None
            self.bar.value, text = self._says(self.work)
            self.bar.bar_style = _STYLES.get(self.work.state, "info")
            self.text.value = f"<span style='font-variant-numeric:tabular-nums'>{html.escape(text)}</span>"
        if self._on_look is not None:
            self._on_look()

    def close(self):
        """Stop the work and take the row away."""
        if self.running:
            self.work.stop()
        if self._pump is not None:
            self._pump.cancel()
        super().close()

    async def _follow(self):
        while self.running:
            await asyncio.sleep(_LOOK)
            self.look()

    def __repr__(self):
        return f"<LiveRun: {'nothing yet' if self.work is None else self.work.state}>"

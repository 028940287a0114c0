"""`from lstm_viz.keras_models.quiet import keras`: Keras, without the notices that TensorFlow prints when it is loaded.

They come from TensorFlow's C++ part (no GPU here, which instructions it was compiled for) and cannot be switched off by
a setting: the first ones are written before any setting is read. Errors and Python warnings are not touched.
"""

import os
import sys
from contextlib import contextmanager

__all__ = ["KerasMissing", "keras"]

NEEDED = (
    "This needs TensorFlow and Keras, which are not installed here (the light way leaves them out). "
    "To add them: `make lab` in the project's folder, or `%pip install 'lstm_viz[full]'` in a notebook; "
    "then restart the kernel. Lessons 00 to 03, 05, 06, 09 and 10 run without; 03 and 09 leave out their look at Keras."
)


class KerasMissing(ImportError):
    """Keras or TensorFlow is not installed; a notebook shows the sentence alone, without a traceback.

    Whoever goes on from cell to cell meets names that the first cell would have brought: one line each, no traceback.
    """

    def _render_traceback_(self):
        _tell_of_missing_names()
        return [str(self)]


def _tell_of_missing_names():
    """From now on, IPython shows a NameError as one line that leads back to what is missing."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None:
        return

    def handler(shell, kind, error, traceback, tb_offset=None):
        line = f"{error}: without TensorFlow, this lesson ends where it first asked for it."
        error._render_traceback_ = lambda: [line]
        shell.showtraceback((kind, error, traceback))

    shell.set_custom_exc((NameError,), handler)


@contextmanager
def _stderr_of_the_process_closed():
    """While this lasts, what the process writes to file descriptor 2 is dropped; `sys.stderr` of a notebook is not."""
    try:
        kept = os.dup(2)
    except OSError:  # a process without stderr has nothing to silence
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


# read when TensorFlow is loaded: 3 leaves out also what it says later about hardware that is not there
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
try:
    with _stderr_of_the_process_closed():
        import keras
except ModuleNotFoundError as missing:
    if missing.name not in {"keras", "tensorflow"}:
        raise
    raise KerasMissing(NEEDED, name=missing.name) from None

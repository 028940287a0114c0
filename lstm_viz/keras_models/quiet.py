"""`from lstm_viz.keras_models.quiet import keras`: Keras, without the notices that TensorFlow prints when it is loaded.

They come from TensorFlow's C++ part (no GPU here, which instructions it was compiled for) and cannot be switched off by
a setting: the first ones are written before any setting is read. Errors and Python warnings are not touched.
"""

import os
from contextlib import contextmanager

__all__ = ["KerasMissing", "keras"]

NEEDED = (
    "This needs TensorFlow and Keras, which are not installed here (the light way leaves them out). "
    "To add them: `make lab` in the project's folder, or `%pip install 'lstm_viz[full]'` in a notebook; "
    "then restart the kernel. Lessons 00 to 02, 05 and 06 run without, and 03 up to its last section."
)


class KerasMissing(ImportError):
    """Keras or TensorFlow is not installed; a notebook shows the sentence alone, without a traceback."""

    def _render_traceback_(self):
        return [str(self)]


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

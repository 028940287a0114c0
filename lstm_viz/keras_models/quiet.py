"""`from lstm_viz.keras_models.quiet import keras`: Keras, without the notices that TensorFlow prints when it is loaded.

They come from TensorFlow's C++ part (no GPU here, which instructions it was compiled for) and cannot be switched off by
a setting: the first ones are written before any setting is read. Errors and Python warnings are not touched.
"""

import os
from contextlib import contextmanager

__all__ = ["keras"]


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
with _stderr_of_the_process_closed():
    import keras

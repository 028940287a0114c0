"""Real data for the lessons: handwritten digits read as sequences, newswires read word by word, and made-up ones.

Loads NumPy; scikit-learn (digits) and Keras (the topics' names) when a loader is called. Holds no data itself.
"""

from lstm_viz.datasets._reuters_files import DATA_VARIABLE
from lstm_viz.datasets.digits import DigitSequences, load_digits_sequences
from lstm_viz.datasets.made_up import synthetic_newswires
from lstm_viz.datasets.newswires import Newswires, load_reuters

__all__ = [
    "DATA_VARIABLE",
    "DigitSequences",
    "Newswires",
    "load_digits_sequences",
    "load_reuters",
    "synthetic_newswires",
]

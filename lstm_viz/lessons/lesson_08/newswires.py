"""Topic classifiers for newswires: the models of lesson 08, their scikit-learn wrapper, and what to measure.

The recipe is the one that many courses teach (Reuters, 46 topics, `LSTM(50)`, `Dense(46)`, Adam 0.001, 200 epochs):
word ids go in as plain numbers. The models with an `Embedding` show what that costs.
"""

from __future__ import annotations

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score, f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from lstm_viz.cells import checks
from lstm_viz.keras_models.quiet import keras
from lstm_viz.learning.budget import quickly
from lstm_viz.lessons.lesson_08.comparison import known_ids

__all__ = ["BATCH_SIZE", "EPOCHS", "MODELS", "TopicClassifier", "build", "epochs", "majority_line", "score"]

UNITS, BATCH_SIZE, LEARNING_RATE = 50, 50, 0.001

#: the models compared, by name: the kinds of their recurrent layers and the width of their embedding (None: plain ids)
MODELS = {
    "SimpleRNN": (("SimpleRNN",), None),
    "GRU": (("GRU",), None),
    "LSTM": (("LSTM",), None),
    "LSTM + LSTM": (("LSTM", "LSTM"), None),
    "Embedding + SimpleRNN": (("SimpleRNN",), 32),
    "Embedding + GRU": (("GRU",), 32),
    "Embedding + LSTM": (("LSTM",), 32),
    "Embedding + LSTM, longer": (("LSTM",), 32),
}

#: epochs of the recipe; with an embedding 15 are enough to come as far, and 60 show what more of them bring
EPOCHS = {name: 200 if width is None else 15 for name, (_, width) in MODELS.items()} | {"Embedding + LSTM, longer": 60}


def epochs(full):
    """How many epochs to train: `full`, but 2 where the project's own tests run the lesson (LSTM_VIZ_QUICK)."""
    return quickly(full, 2)


def build(X, y, *, name="LSTM", num_words=30_000):
    """A compiled model by its name in `MODELS`, for wires X (n, timesteps) and one-hot topics y (n, topics).

    This is the form of function that `keras.wrappers.SKLearnClassifier` calls. num_words: ids that an embedding knows,
    at most a million. ValueError or TypeError if name, y or num_words do not fit.
    """
    kinds, width = checks.one_of(name, MODELS, "name")
    y = checks.shaped(y, "y", ("n", "topics"))
    num_words = checks.whole(num_words, "num_words", 3, 10**6)
    read = keras.layers.Reshape((-1, 1)) if width is None else keras.layers.Embedding(num_words, width, mask_zero=True)
    below = [getattr(keras.layers, kind)(UNITS, return_sequences=True) for kind in kinds[:-1]]
    top = getattr(keras.layers, kinds[-1])(UNITS)
    # no fixed number of timesteps: the trained model can be asked what it answers in the middle of a wire
    head = keras.layers.Dense(y.shape[1], activation="softmax")
    model = keras.Sequential([keras.Input((None,)), read, *below, top, head])
    model.compile(keras.optimizers.Adam(LEARNING_RATE), "categorical_crossentropy", metrics=["accuracy"])
    return model


class TopicClassifier(keras.wrappers.SKLearnClassifier):
    """`keras.wrappers.SKLearnClassifier` whose model has one output per topic, also for topics without a training wire.

    The wrapper alone makes one output per topic that it met in training (31 of the 46 here). This one also keeps its
    settings through `sklearn.base.clone`, prints nothing from `predict`, and has `predict_proba`.
    """

    def __init__(self, model, topics=46, warm_start=False, model_kwargs=None, fit_kwargs=None):
        super().__init__(model, warm_start=warm_start, model_kwargs=model_kwargs, fit_kwargs=fit_kwargs)
        self.topics = topics

    def __sklearn_clone__(self):
        return type(self)(**self.get_params(deep=False))

    def _process_target(self, y, reset=False):
        if reset:
            y = np.asarray(y)
            wrong = y.ndim != 1 or y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= self.topics
            if wrong:
                raise ValueError(f"y must be topic numbers 0 to {self.topics - 1}, shape (n,); got {y.dtype} {y.shape}")
            self.classes_ = np.arange(self.topics)
            column = FunctionTransformer(_column, inverse_func=np.ravel)
            one_hot = OneHotEncoder(categories=[self.classes_], sparse_output=False)
            self._target_encoder = make_pipeline(column, one_hot).fit(y)
        return self._target_encoder.transform(y)

    def predict_proba(self, X):
        """The probability of every topic, (n, topics), each row summing to 1, for wires X (n, timesteps).

        NotFittedError (a ValueError) before `fit`; ValueError or TypeError for what are no ids of words it knows.
        """
        if not hasattr(self, "model_"):
            raise NotFittedError("this classifier has not been trained; call fit(X, y) first")
        return self.model_.predict(known_ids(X, ("n", "timesteps"), self.model_), verbose=0)

    def predict(self, X):
        """The most probable topic of each wire, (n,); errors as in `predict_proba`."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]


def _column(y):
    return np.asarray(y).reshape(-1, 1)


def score(y_true, y_pred):
    """{"accuracy", "macro_f1"}: the share that is right, and F1 averaged over the topics that occur in `y_true`."""
    present = np.unique(y_true)
    return {
        "accuracy": float(accuracy_score(y_true, y_pred)),
        "macro_f1": float(f1_score(y_true, y_pred, labels=present, average="macro", zero_division=0)),
    }


def majority_line(y_train, y_test):
    """(topic, scores) of answering every wire with the topic that is most frequent in training."""
    topic = int(np.bincount(y_train).argmax())
    return topic, score(y_test, np.full_like(y_test, topic))

"""Models and data for the fuzzer, made once."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np


@functools.cache
def wires():
    from lstm_viz.datasets import synthetic_newswires

    return synthetic_newswires(wires=60)


@functools.cache
def model():
    from lstm_viz.keras_models import keras

    return keras.Sequential([keras.Input((5, 3)), keras.layers.LSTM(4, return_sequences=True, name="it")])


@functools.cache
def digits():
    from lstm_viz.datasets import load_digits_sequences

    data = load_digits_sequences()
    few = {name: getattr(data, name)[:20] for name in ("x_train", "y_train", "x_test", "y_test")}
    return dataclasses.replace(data, **few, images_train=data.images_train[:20], images_test=data.images_test[:20])


def digit_readers(rng):
    from lstm_viz.cells import LSTMCell, SimpleRNNCell
    from lstm_viz.learning.models import Readout
    from lstm_viz.lessons.lesson_04.digit_reading import Reader

    kinds = {"SimpleRNN": SimpleRNNCell, "LSTM": LSTMCell}
    return {name: Reader(kind.initialise(8, 4), Readout.initialise(4, 10)) for name, kind in kinds.items()}


@functools.cache
def digit_model():
    from lstm_viz.keras_models import keras

    return keras.Sequential([keras.Input((8, 8)), keras.layers.LSTM(4), keras.layers.Dense(10, activation="softmax")])


@functools.cache
def reader():
    from lstm_viz.keras_models import keras

    return keras.Sequential([keras.Input((49,)), keras.layers.Embedding(99, 4), keras.layers.LSTM(4),
                             keras.layers.Dense(46, activation="softmax")])  # fmt: skip


@functools.cache
def classifier():
    """As if it had been trained: fitting takes seconds."""
    from lstm_viz.lessons.lesson_08 import TopicClassifier, build

    classifier = TopicClassifier(build)
    classifier.model_, classifier.classes_ = reader(), np.arange(46)
    return classifier


def kind_of_results(name):
    def make(rng):
        from lstm_viz.lessons import lesson_08

        return getattr(lesson_08, name)()

    return make

"""What a model is trained to make small: the mean over the targets that there are, and its derivative."""

from __future__ import annotations

import numpy as np


def _softmax_cross_entropy(logits, y):
    """Loss (models,) and dL/dlogits of classes y (models, batch, ...), -1 where there is no target."""
    counted = y >= 0
    share = _share(counted, logits.dtype)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    exponentials = np.exp(shifted)
    sums = exponentials.sum(axis=-1, keepdims=True)
    index = np.where(counted, y, 0)[..., None]
    log_p = np.take_along_axis(shifted, index, axis=-1)[..., 0] - np.log(sums[..., 0])
    d_logits = exponentials / sums
    np.put_along_axis(d_logits, index, np.take_along_axis(d_logits, index, axis=-1) - 1.0, axis=-1)
    d_logits *= share[..., None]
    return -_sum_per_model(log_p * share), d_logits


def _binary_cross_entropy(logits, y):
    """Loss (models,) and dL/dlogits of targets y (models, batch, ..., outputs) in [0, 1], NaN where there is none."""
    counted = np.isfinite(y).all(axis=-1)
    share = _share(counted, logits.dtype) / logits.shape[-1]
    target = np.where(counted[..., None], y, 0.0).astype(logits.dtype)
    each = np.maximum(logits, 0.0) - logits * target + np.log1p(np.exp(-np.abs(logits)))
    d_logits = (np.tanh(logits * 0.5) * 0.5 + 0.5 - target) * share[..., None]
    return _sum_per_model(each * share[..., None]), d_logits


def _mean_squared_error(outputs, y):
    """Loss (models,) and dL/doutputs of numbers y (models, batch, ..., outputs), NaN where there is none."""
    counted = np.isfinite(y).all(axis=-1)
    share = _share(counted, outputs.dtype) / outputs.shape[-1]
    error = outputs - np.where(counted[..., None], y, 0.0).astype(outputs.dtype)
    return _sum_per_model(error * error * share[..., None]), 2.0 * error * share[..., None]


def _share(counted, dtype):
    """1 / number of targets of its model for each target, 0 where there is none."""
    total = counted.sum(axis=tuple(range(1, counted.ndim)), keepdims=True)
    return (counted / np.maximum(total, 1)).astype(dtype)


def _sum_per_model(values):
    return values.reshape(len(values), -1).sum(axis=1)


#: (outputs, y) -> loss per model and its derivative, by Keras's names; classes and probabilities from logits
LOSSES = {
    "sparse_categorical_crossentropy": _softmax_cross_entropy,
    "binary_crossentropy": _binary_cross_entropy,
    "mean_squared_error": _mean_squared_error,
}

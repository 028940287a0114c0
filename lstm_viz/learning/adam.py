"""Adam and clipping by norm for a stack of models, with exactly Keras's formulas.

Sources: Kingma & Ba (2015) for Adam, Pascanu et al. (2013) for clipping, `keras.optimizers`.
"""

from __future__ import annotations

import numpy as np

from lstm_viz.cells import checks


class Parameters:
    """All weights of all models in one array (models, total), with a view per variable.

    So one call of Adam updates everything, and dropping a finished model is dropping a row.
    """

    def __init__(self, variables):
        self.shapes = [v.shape[1:] for v in variables]
        self.flat = np.concatenate([v.reshape(len(v), -1) for v in variables], axis=1)
        stops = np.cumsum([int(np.prod(s)) for s in self.shapes])
        self.parts = [slice(int(stop - np.prod(s)), int(stop)) for stop, s in zip(stops, self.shapes, strict=True)]

    @property
    def variables(self):
        """One view per variable, each with the models axis first."""
        return [self.flat[:, p].reshape(len(self.flat), *s) for p, s in zip(self.parts, self.shapes, strict=True)]

    def keep(self, rows):
        """Go on with these models only."""
        self.flat = self.flat[rows]


class Adam:
    """Adam for a stack of models (Kingma & Ba 2015, in the order of its section 2, as `keras.optimizers.Adam`).

    `learning_rate` (models, 1); beta_1 0.9, beta_2 0.999, epsilon 1e-7 are Keras's defaults.
    """

    beta_1, beta_2, epsilon = 0.9, 0.999, 1e-7

    def __init__(self, parameters, learning_rate):
        parameters = checks.shaped(parameters, "parameters", ("models", "total"))
        self.learning_rate = checks.shaped(learning_rate, "learning_rate", (len(parameters), 1), 0)
        self.m, self.v = np.zeros_like(parameters), np.zeros_like(parameters)
        self.updates = 0

    def step(self, gradient):
        """What to subtract from the parameters for this gradient (models, total)."""
        gradient = checks.shaped(gradient, "gradient", self.m.shape, finite=False)
        self.updates += 1
        t = self.updates
        # Keras rounds the betas to float32 before it takes their powers, whatever the dtype of the weights
        power_1, power_2 = (float(np.float32(beta)) ** t for beta in (self.beta_1, self.beta_2))
        alpha = self.learning_rate * (np.sqrt(1.0 - power_2) / (1.0 - power_1))
        self.m += (gradient - self.m) * (1.0 - self.beta_1)
        self.v += (gradient * gradient - self.v) * (1.0 - self.beta_2)
        return self.m * alpha.astype(gradient.dtype) / (np.sqrt(self.v) + self.epsilon)

    def keep(self, rows):
        """Go on with these models only, given by their numbers."""
        rows = [checks.whole(row, "row", 0, len(self.m) - 1) for row in checks.listed(rows, "rows")]
        self.learning_rate, self.m, self.v = self.learning_rate[rows], self.m[rows], self.v[rows]


def clip(gradient, parts, clipnorm=None, global_clipnorm=None):
    """Scale gradients (models, total) in place so that no norm is above a limit.

    `clipnorm` limits the norm of each variable (of each slice in `parts`), `global_clipnorm` that of all of them
    together, as the arguments of a Keras optimizer do. Source: Pascanu et al. (2013), algorithm 1.
    """
    squares = np.stack([np.vecdot(gradient[:, p], gradient[:, p]) for p in parts], axis=1)
    if clipnorm is not None:
        factors = clipnorm / np.maximum(np.sqrt(squares), clipnorm)
        for p, factor in zip(parts, factors.T, strict=True):
            gradient[:, p] *= factor[:, None].astype(gradient.dtype)
    elif global_clipnorm is not None:
        factor = global_clipnorm / np.maximum(np.sqrt(squares.sum(axis=1)), global_clipnorm)
        gradient *= factor[:, None].astype(gradient.dtype)

"""What training does to cells: gradients in closed form, losses, tasks, training many models at once, sweeps over lags.

Loads NumPy alone; joblib, filelock, tqdm and threadpoolctl when a sweep runs. Stands on `cells`.
"""

from lstm_viz.learning.adam import Adam
from lstm_viz.learning.budget import quickly
from lstm_viz.learning.gradients import (
    Gradients,
    backward,
    cell_path,
    norms_by_lag,
    reach,
    spectral_norm,
    spectral_radius,
    step_jacobians,
)
from lstm_viz.learning.models import Readout
from lstm_viz.learning.recipes import RECIPES, Recipe
from lstm_viz.learning.sweep_results import SweepResult, load, shipped, success_interval
from lstm_viz.learning.sweeps import Sweep, SweepFailed, lag_sweep
from lstm_viz.learning.tasks import (
    CLASSES,
    TASKS,
    Adding,
    ContinualEmbeddedReber,
    CopyMemory,
    EmbeddedReber,
    MarkedRecall,
    Multiplication,
    Task,
    TemporalOrder,
    TwoSequence,
)
from lstm_viz.learning.training import Trainer, train

__all__ = [
    "CLASSES",
    "RECIPES",
    "TASKS",
    "Adam",
    "Adding",
    "ContinualEmbeddedReber",
    "CopyMemory",
    "EmbeddedReber",
    "Gradients",
    "MarkedRecall",
    "Multiplication",
    "Readout",
    "Recipe",
    "Sweep",
    "SweepFailed",
    "SweepResult",
    "Task",
    "TemporalOrder",
    "Trainer",
    "TwoSequence",
    "backward",
    "cell_path",
    "lag_sweep",
    "load",
    "norms_by_lag",
    "quickly",
    "reach",
    "shipped",
    "spectral_norm",
    "spectral_radius",
    "step_jacobians",
    "success_interval",
    "train",
]

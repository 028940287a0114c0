"""Tasks that can only be solved by remembering: seeded generators, each with its chance level and its source.

A task is an immutable value: `MarkedRecall(lag=50)`. `task.batch(rng, batch_size)` draws examples

    x (batch, timesteps, input_dim) float32      y, what is to be said about them

`y` is (batch,) where the answer is given after the last step, and (batch, timesteps) where `task.per_step` says so:
a class number, or -1 where a step has no target. For a regression (`loss` "mean_squared_error") y is float32 with one
more axis for the outputs, and NaN where a step has no target. Sequences of several lengths are padded at their end
with zeros, which come after the last target and so change nothing.

`lag` is the number of steps between a cue and its recall, or the paper's own T, which measures the same up to a
factor; each task says exactly what it means. "Exact" below means that the inputs and targets are drawn as in the
paper; everything here is trained with cross-entropy or the mean squared error and judged by one number, `score`.

    H&S 1997        Hochreiter & Schmidhuber, Long short-term memory, Neural Computation 9(8)
    Bengio 1994     Bengio, Simard & Frasconi, Learning long-term dependencies with gradient descent is difficult
    Gers 2000       Gers, Schmidhuber & Cummins, Learning to forget, Neural Computation 12(10)
    Arjovsky 2016   Arjovsky, Shah & Bengio, Unitary evolution recurrent neural networks
"""

from lstm_viz.learning.tasks.arithmetic import Adding, Multiplication
from lstm_viz.learning.tasks.base import CLASSES, NUMBERS, Task
from lstm_viz.learning.tasks.copying import CopyMemory
from lstm_viz.learning.tasks.order import TemporalOrder
from lstm_viz.learning.tasks.reber import ContinualEmbeddedReber, EmbeddedReber
from lstm_viz.learning.tasks.recall import MarkedRecall, TwoSequence

__all__ = [
    "CLASSES",
    "NUMBERS",
    "TASKS",
    "Adding",
    "ContinualEmbeddedReber",
    "CopyMemory",
    "EmbeddedReber",
    "MarkedRecall",
    "Multiplication",
    "Task",
    "TemporalOrder",
    "TwoSequence",
]

#: the tasks by the name of their class, as a results file writes them
TASKS = {
    task.__name__: task
    for task in (
        MarkedRecall,
        TwoSequence,
        TemporalOrder,
        Adding,
        Multiplication,
        CopyMemory,
        EmbeddedReber,
        ContinualEmbeddedReber,
    )
}

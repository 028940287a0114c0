"""Variants of the three cells, one short file each: what is changed, its step, its way back, its picture.

They are kinds of cells as the others are: `KINDS` has them by name, and views, gradients, training and sweeps take them
without a special case. A room of `cells`; it may use what `cells` may.
"""

from lstm_viz.cells.variants.coupled_gates import CoupledGatesCell
from lstm_viz.cells.variants.irnn import IRNNCell
from lstm_viz.cells.variants.min_gru import MinGRUCell
from lstm_viz.cells.variants.min_lstm import MinLSTMCell
from lstm_viz.cells.variants.minimal_gated_unit import MinimalGatedUnitCell
from lstm_viz.cells.variants.no_forget_gate import NoForgetGateCell
from lstm_viz.cells.variants.no_input_activation import NoInputActivationCell
from lstm_viz.cells.variants.no_output_gate import NoOutputGateCell
from lstm_viz.cells.variants.peephole import PeepholeCell
from lstm_viz.cells.variants.slstm import SLSTMCell

__all__ = [
    "CoupledGatesCell",
    "IRNNCell",
    "MinGRUCell",
    "MinLSTMCell",
    "MinimalGatedUnitCell",
    "NoForgetGateCell",
    "NoInputActivationCell",
    "NoOutputGateCell",
    "PeepholeCell",
    "SLSTMCell",
]

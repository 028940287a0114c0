"""Controls: widgets that slide through pictures in the browser."""

from lstm_viz.widgets.be_the_gates import be_the_gates
from lstm_viz.widgets.callbacks import on_change
from lstm_viz.widgets.controls import TimeControls
from lstm_viz.widgets.explore import Comparison, Explorer, compare, explore
from lstm_viz.widgets.forget_bias_lab import forget_bias_lab
from lstm_viz.widgets.frame_view import FrameView
from lstm_viz.widgets.gradient_lens import gradient_lens
from lstm_viz.widgets.lag_lab import lag_lab
from lstm_viz.widgets.links import Links
from lstm_viz.widgets.look_inside import look_inside
from lstm_viz.widgets.markup_view import MarkupView
from lstm_viz.widgets.player import player
from lstm_viz.widgets.spectral_radius_lab import spectral_radius_lab

__all__ = [
    "Comparison",
    "Explorer",
    "FrameView",
    "Links",
    "MarkupView",
    "TimeControls",
    "be_the_gates",
    "compare",
    "explore",
    "forget_bias_lab",
    "gradient_lens",
    "lag_lab",
    "look_inside",
    "on_change",
    "player",
    "spectral_radius_lab",
]

"""What moves: views that slide through pictures in the browser, the time bar, links, explore, player, callbacks.

Loads ipywidgets, anywidget and plotly. Stands on `pictures` and `cells`.
"""

from lstm_viz.widgets import _colab
from lstm_viz.widgets.callbacks import on_change
from lstm_viz.widgets.controls import TimeControls
from lstm_viz.widgets.explore import Comparison, Explorer, compare, explore
from lstm_viz.widgets.frame_view import FrameView
from lstm_viz.widgets.layers import Layers, explore_layers
from lstm_viz.widgets.links import Links
from lstm_viz.widgets.markup_view import MarkupView
from lstm_viz.widgets.player import player
from lstm_viz.widgets.read_text import TextReader, read_text
from lstm_viz.widgets.text_view import TextView
from lstm_viz.widgets.unit_table import UnitTable

__all__ = [
    "Comparison",
    "Explorer",
    "FrameView",
    "Layers",
    "Links",
    "MarkupView",
    "TextReader",
    "TextView",
    "TimeControls",
    "UnitTable",
    "compare",
    "explore",
    "explore_layers",
    "on_change",
    "player",
    "read_text",
]

_colab.switch_on()

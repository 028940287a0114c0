"""What moves: views that slide through pictures in the browser, the time bar, links, explore, player, callbacks.

Loads ipywidgets, anywidget and plotly. Stands on `pictures` and `cells`.
"""

from lstm_viz.widgets.callbacks import on_change
from lstm_viz.widgets.controls import TimeControls
from lstm_viz.widgets.explore import Comparison, Explorer, compare, explore
from lstm_viz.widgets.frame_view import FrameView
from lstm_viz.widgets.links import Links
from lstm_viz.widgets.markup_view import MarkupView
from lstm_viz.widgets.player import player
from lstm_viz.widgets.read_text import TextReader, read_text

__all__ = [
    "Comparison",
    "Explorer",
    "FrameView",
    "Links",
    "MarkupView",
    "TextReader",
    "TimeControls",
    "compare",
    "explore",
    "on_change",
    "player",
    "read_text",
]

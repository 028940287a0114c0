"""Controls: widgets that slide through pictures in the browser."""

from lstm_viz.widgets.frame_view import FrameView

__all__ = ["FrameView"]

"""An image that is read as a sequence, row by row or pixel by pixel."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from lstm_viz.cells import checks
from lstm_viz.pictures import _figure_parts as parts
from lstm_viz.pictures.style import INK, PAPER


def sequence_on_image(image, *, timesteps, title=None, size=230):
    """An image that is read as a sequence: what has been read by timestep t is clear, the rest is veiled.

    image: (rows, columns), of any range from 0. timesteps: rows (one row per timestep) or rows * columns (one
    pixel, row by row); ValueError for any other number. size: height of the image in pixels of the screen.
    """
    image = parts.check_array(image, "image", ("rows", "columns"), 0)
    height, width = image.shape
    if not isinstance(timesteps, (int, np.integer)) or timesteps not in (height, height * width):
        raise ValueError(
            f"timesteps must be {height} (rows) or {height * width} (pixels) for an image of shape {image.shape}"
            f"; got {parts.short(timesteps)}"
        )
    by_row = timesteps == height

    def boxes(t):
        row, column = (t, 0) if by_row else divmod(t, width)
        end = width if by_row else column + 1
        now = {"x0": column - 0.5, "x1": end - 0.5, "y0": row - 0.5, "y1": row + 0.5}
        beside = {"x0": end - 0.5, "x1": width - 0.5, "y0": row - 0.5, "y1": row + 0.5}
        below = {"x0": -0.5, "x1": width - 0.5, "y0": row + 0.5, "y1": height - 0.5}
        return [beside, below, now]

    default = f"What has been read so far: one {'row' if by_row else 'pixel'} per timestep"
    size = checks.whole(size, "size", 1, 2000)
    room = max(size, 200)  # it may stand beside something else
    rows = parts.Rows([size], title=parts.check_title(title, default), bottom=16, left=14, right=14, room=room)
    plain = {"visible": False, "range": [-0.5, width - 0.5], "constrain": "domain", "constraintoward": "left"}
    rows.layout |= {
        "xaxis": plain,
        "yaxis": plain | {"range": [height - 0.5, -0.5], "scaleanchor": "x", "constraintoward": "top"},
        "shapes": [parts.veil(), parts.veil(), parts.cursor() | {"yref": "y"}],
        "meta": rows.meta(timesteps, None),
    }
    for shape, box in zip(rows.layout["shapes"], boxes(0), strict=True):
        shape |= box
    data = {
        "type": "heatmap",
        "z": parts.small(image),
        "zmin": 0,
        "zmax": float(image.max()) or 1.0,
        "colorscale": [[0, PAPER], [1, INK]],
        "showscale": False,
        "hovertemplate": "row %{y}, column %{x}: %{z:.3g}<extra></extra>",
    }
    frames = parts.time_frames(timesteps, shapes=boxes)
    return go.Figure({"data": [data], "layout": rows.layout, "frames": frames})

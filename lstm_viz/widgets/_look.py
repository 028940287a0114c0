"""Scripts and style sheets of the widgets, as they are sent: scripts without comments, the colours written in."""

from __future__ import annotations

from pathlib import Path
from string import Template

from lstm_viz.pictures.style import (
    ACCENT,
    DARK_ACCENT,
    EDGE,
    FONT,
    HOVER,
    INK,
    LIGHT_ACCENT,
    MUTED,
    PAPER,
    TOLD,
    TRACK,
    WARNING,
    WARNING_PAPER,
)

__all__ = ["VIEW", "script", "style_sheet"]

_NAMES = {
    "font": FONT,
    "ink": INK,
    "muted": MUTED,
    "paper": PAPER,
    "accent": ACCENT,
    "dark_accent": DARK_ACCENT,
    "light_accent": LIGHT_ACCENT,
    "told": TOLD,
    "warning": WARNING,
    "warning_paper": WARNING_PAPER,
    # JupyterLab's own, which follow its theme; elsewhere ours
    "page": f"var(--jp-layout-color0, {PAPER})",
    "text": f"var(--jp-ui-font-color0, {INK})",
    "button": f"var(--jp-layout-color1, {PAPER})",
    "hover": f"var(--jp-layout-color2, {HOVER})",
    "edge": f"var(--jp-border-color0, {EDGE})",
    "track": f"var(--jp-border-color2, {TRACK})",
}


#: the scripts of every view that writes numbers of a trace
VIEW = ("hear", "load_font", "load_values", "care", "format_number")


def script(*names):
    """The text of these .js files beside this file, one after the other, without indentation and lines of comment."""
    here = Path(__file__)
    lines = [line.strip() for name in names for line in here.with_name(f"{name}.js").read_text("utf-8").splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def style_sheet(name):
    """The text of `name`.css beside this file; `$ink` and the like in it are the colours of all pictures."""
    return Template(Path(__file__).with_name(f"{name}.css").read_text(encoding="utf-8")).substitute(_NAMES)

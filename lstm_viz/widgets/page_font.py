"""`PageFont`: the font of all pictures, sent to a page once and shared by every view on it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import anywidget
import traitlets

from lstm_viz import pictures

__all__ = ["PageFont", "page_font"]


class PageFont(anywidget.AnyWidget):
    """The package's subset of Inter as woff2; its name on the page is the first family of `style.FONT`.

    An AnyWidget, because JupyterLab forgets the bytes of other widgets when it saves their state.
    """

    _esm = "export default {};"
    _is_page_font = traitlets.Bool(True).tag(sync=True)
    source = traitlets.Bytes().tag(sync=True)


@cache
def font_bytes():
    return Path(pictures.__file__).with_name("inter.woff2").read_bytes()


_font = None


def page_font():
    """The one `PageFont` of this kernel."""
    global _font
    if _font is None or _font.comm is None:  # closed by Widget.close_all
        _font = PageFont(source=font_bytes())
    return _font

"""The widgets' state of a page, deflated: it is most of a page, and a third of its size is enough for it.

It is inflated where it stands while the page is read, before the widget manager looks for it.
"""

from __future__ import annotations

import base64
import re
import zlib

from html_assets import asset

#: the inflating in a browser, in one call (DecompressionStream has it only as a promise, and nobody waits for one)
FFLATE = ("fflate@0.8.2", "umd/index.js")
SCRIPT = "inflate_state.js"
_STATE = re.compile(r'(<script type="application/vnd\.jupyter\.widget-state\+json")>(.*?)</script>', re.DOTALL)
_INFLATE = """
  const state = document.currentScript.previousElementSibling;
  const bytes = Uint8Array.from(atob(state.textContent), (c) => c.charCodeAt(0));
  state.textContent = fflate.strFromU8(fflate.inflateSync(bytes));
"""


def write_script(folder):
    """Write what inflates into a folder of assets; AssetsMissing if it cannot be had."""
    library = asset(*FFLATE).read_text(encoding="utf-8")
    # require.js, where a page has it, would take the library for a module of its own
    (folder / SCRIPT).write_text(
        f"(() => {{\n  let define, module, exports;\n{library}\n{_INFLATE}}})();\n", encoding="utf-8"
    )


def deflate(page, script):
    """The text of a page with its widgets' state deflated; `script` is where the page finds SCRIPT."""

    def packed(found):
        squeeze = zlib.compressobj(9, wbits=-15)
        data = base64.b64encode(squeeze.compress(found[2].encode()) + squeeze.flush()).decode()
        return f'{found[1]} data-deflated>{data}</script><script src="{script}"></script>'

    return _STATE.sub(packed, page)

"""The widgets' state of a page, deflated: it is most of a page, and a third of its size is enough for it.

Every view brings its module, too far from that of the next for deflating to find it again: what several models hold is
written once. All is put back where it stands while the page is read, before the widget manager looks for it.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections import Counter

from html_assets import asset

#: the inflating in a browser, in one call (DecompressionStream has it only as a promise, and nobody waits for one)
FFLATE = ("fflate@0.8.2", "umd/index.js")
SCRIPT = "inflate_state.js"
#: characters from which on a text that several models hold is written once
_LONG = 200
_STATE = re.compile(r'(<script type="application/vnd\.jupyter\.widget-state\+json")>(.*?)</script>', re.DOTALL)
_INFLATE = """
  const state = document.currentScript.previousElementSibling;
  const bytes = Uint8Array.from(atob(state.textContent), (c) => c.charCodeAt(0));
  const text = fflate.strFromU8(fflate.inflateSync(bytes));
  const end = text.indexOf("\\n");
  const shared = JSON.parse(text.slice(0, end)).map((each) => JSON.stringify(each));
  state.textContent = text.slice(end + 1).replace(/"\\\\u0000(\\d+)"/g, (_, place) => shared[place]);
"""


def write_script(folder):
    """Write what inflates into a folder of assets; AssetsMissing if it cannot be had."""
    library = asset(*FFLATE).read_text(encoding="utf-8")
    # require.js, where a page has it, would take the library for a module of its own
    (folder / SCRIPT).write_text(
        f"(() => {{\n  let define, module, exports;\n{library}\n{_INFLATE}}})();\n", encoding="utf-8"
    )


def shared(state):
    """The long texts that several models of a state hold, as JSON on one line; and the state, with places for them.

    A place is its number after a character that no text of a widget has; a state that has it anyway is left as it is.
    """
    found = json.loads(state)
    models = [model["state"] for model in found["state"].values()]
    held = Counter(text for model in models for text in model.values() if isinstance(text, str) and len(text) >= _LONG)
    often = [text for text, times in held.items() if times > 1] if "\\u0000" not in state else []
    place = {text: f"\0{k}" for k, text in enumerate(often)}
    for model in models:
        model.update({name: place[text] for name, text in model.items() if isinstance(text, str) and text in place})
    return "\n".join(json.dumps(part, separators=(",", ":")) for part in (often, found))


def deflate(page, script):
    """The text of a page with its widgets' state deflated; `script` is where the page finds SCRIPT."""

    def packed(found):
        squeeze = zlib.compressobj(9, wbits=-15)
        data = base64.b64encode(squeeze.compress(shared(found[2]).encode()) + squeeze.flush()).decode()
        return f'{found[1]} data-deflated>{data}</script><script src="{script}"></script>'

    return _STATE.sub(packed, page)

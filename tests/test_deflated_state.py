"""A page's state is written shorter, and nothing of it is lost. (That browsers put it back: browser/test_site.py.)"""

import base64
import json
import re
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from deflated_state import deflate, shared

MODULE = "export default {render({model, el}) { el.textContent = `$& $1 </p> 한 ${model.get('text')}`; }}\n" * 4
STATE = {
    "version_major": 2,
    "state": {
        "a": {"model_name": "AnyModel", "state": {"_esm": MODULE, "text": "short", "k": 0.1, "many": [1.5e-7, None]}},
        "b": {"model_name": "AnyModel", "state": {"_esm": MODULE, "text": MODULE + "but once", "k": 3}},
        "c": {"model_name": "AnyModel", "state": {"text": "short"}, "buffers": [{"path": ["x"], "data": "AAAA"}]},
    },
}
PLACE = re.compile(r'"\\u0000(\d+)"')


def whole(text):
    """The state again, as the script in the page makes it."""
    often, state = text.split("\n")
    return json.loads(PLACE.sub(lambda found: json.dumps(json.loads(often)[int(found[1])]), state))


def test_what_several_models_hold_is_written_once():
    text = shared(json.dumps(STATE))
    assert json.loads(text.split("\n")[0]) == [MODULE]
    assert len(PLACE.findall(text)) == 2
    assert whole(text) == STATE


def test_a_text_that_looks_like_a_place_is_left_alone():
    odd = json.loads(json.dumps(STATE))
    odd["state"]["c"]["state"]["text"] = "\x000"
    often, state = shared(json.dumps(odd)).split("\n")
    assert json.loads(often) == [] and json.loads(state) == odd


def test_a_page_holds_its_state_deflated_and_nothing_else_of_it_changes():
    start, end = "<html><p>before</p>", "<p>after</p></html>"
    script = f'<script type="application/vnd.jupyter.widget-state+json">{json.dumps(STATE)}</script>'
    page = deflate(start + script + end, "_static/inflate_state.js")
    assert page.startswith(start) and page.endswith('<script src="_static/inflate_state.js"></script>' + end)
    data = re.search("data-deflated>(.*?)</script>", page)[1]
    assert whole(zlib.decompress(base64.b64decode(data), -15).decode()) == STATE
    assert deflate(start + end, "_static/inflate_state.js") == start + end

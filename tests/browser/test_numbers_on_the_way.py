"""What the browser makes of packed numbers (`load_values.js`) is what Python makes of them, for every kind of cell."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from lstm_viz import explore
from lstm_viz.cells import KINDS
from lstm_viz.pictures.live_markup import format_number
from lstm_viz.widgets import TextView
from lstm_viz.widgets._look import script
from lstm_viz.widgets._packing import RULES
from lstm_viz.widgets.trace_buffers import TraceBuffers

pytestmark = pytest.mark.browser

# the numbers of each quantity as Float64 in base64, one row where it is the same at every timestep
UNPACK = """(quantities) => {
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  for (const how of Object.values(quantities)) {
    for (const name of ["data", "changed", "exact"]) if (name in how) how[name] = bytes(how[name]);
  }
  const get = lstmVizValues.reader(quantities);
  return Object.fromEntries(Object.keys(quantities).map((name) => [name, Array.from(get(name).values)]));
}"""


@pytest.fixture(scope="module")
def page(chromium):
    page = chromium.new_page()
    page.add_script_tag(content=script("load_values"))
    yield page
    page.close()


def unpacked_there(page, buffers):
    sent = {
        name: {k: base64.b64encode(v).decode() if isinstance(v, bytes) else v for k, v in how.items()}
        for name, how in buffers.quantities.items()
    }
    return page.evaluate(UNPACK, sent)


def test_every_kind_of_cell_is_unpacked_as_python_unpacks_it(page):
    rules, several = set(), False
    for kind, cell_class in KINDS.items():
        cell = cell_class.initialise(3, 24, seed=1)
        x = np.random.default_rng(2).normal(size=(270, 3)) * 2
        x[:, 0] *= 60 if kind == "LSTM" else 1  # its code has a low and a step of its own
        trace = cell.run(x)
        text = TextView("a" * 270, trace)
        explore(trace, cell=cell)
        for buffers in (text._buffers, TraceBuffers.of(trace)):
            rules |= {how["kind"] for how in buffers.quantities.values()}
            for name, numbers in unpacked_there(page, buffers).items():
                here = buffers.read(name).ravel()
                assert np.allclose(numbers, here, rtol=1e-12, atol=1e-12), (kind, name)
                if "@" in name:  # worked out from others, and still written with the digits of the trace
                    written = [format_number(v) for v in numbers]
                    assert written == [format_number(v) for v in here], (kind, name)
        several |= any(isinstance(how.get("low"), list) for how in buffers.quantities.values())
    assert several and rules >= {*RULES, "codes", "hundredths", "shifted", "bits", "<f8"}

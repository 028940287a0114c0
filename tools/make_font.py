#!/usr/bin/env python3
"""The font of all pictures: a subset of Inter (SIL Open Font License 1.1), and how wide its characters are.

    pip install fonttools brotli
    python tools/make_font.py [--dejavu /usr/share/fonts/truetype/dejavu]

Fetches the npm package `inter-ui` (npm must be there), keeps the characters below in weights 400 to 700, and writes
`inter.woff2`, its licence `inter_license.txt` and `text_widths.json` into lstm_viz/pictures/. The widths are the larger
of Inter's and DejaVu Sans's, the widest font that a reader is likely to see instead: what has room for them fits.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "inter-ui@4.1.1"
HERE = Path(__file__).parents[1] / "lstm_viz" / "pictures"
SIGNS = "σΣ×−·→←↑↓…–—‘’“”≈≠≤≥∞√Δδαβεθλμπφ\u0302\u0303\u2009\u2032■▶✓✗○●"
CHARACTERS = [*map(chr, range(0x20, 0x7F)), *map(chr, range(0xA0, 0x180)), *SIGNS]


def subset(source, target):
    from fontTools import subset as tools
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    font = TTFont(source)
    options = tools.Options()
    options.hinting = False
    options.notdef_outline = True  # a box, where no font of the reader has a character
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "tnum"]  # c with a tilde, figures of one width
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]  # names, copyright and licence
    cut = tools.Subsetter(options)
    cut.populate(unicodes=map(ord, CHARACTERS))
    cut.subset(font)
    font = instancer.instantiateVariableFont(font, {"opsz": 14, "wght": (400, 700)})
    font.flavor = "woff2"
    font.save(target)


def advances(path, weight=None):
    """Character -> width in em."""
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    font = TTFont(path)
    if weight:
        font = instancer.instantiateVariableFont(font, {"wght": weight})
    names, metrics, em = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm
    return {c: metrics[names[ord(c)]][0] / em for c in CHARACTERS if ord(c) in names}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dejavu", type=Path, default=Path("/usr/share/fonts/truetype/dejavu"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=place, check=True)
        with tarfile.open(next(Path(place).glob("*.tgz"))) as archive:
            archive.extractall(place, filter="data")
        package = Path(place) / "package"
        subset(package / "variable" / "InterVariable.woff2", HERE / "inter.woff2")
        shutil.copyfile(package / "LICENSE.txt", HERE / "inter_license.txt")
    widths = {}
    for name, weight, wide in (("regular", 400, "DejaVuSans.ttf"), ("bold", 700, "DejaVuSans-Bold.ttf")):
        own, other = advances(HERE / "inter.woff2", weight), advances(options.dejavu / wide)
        widths[name] = {c: round(max(own.get(c, 0.0), other.get(c, 0.0)), 3) for c in CHARACTERS}
    text = json.dumps(widths, ensure_ascii=True, separators=(",", ":"))
    (HERE / "text_widths.json").write_text(text + "\n", encoding="utf-8")
    print(f"{(HERE / 'inter.woff2').stat().st_size / 1e3:.0f} kB, {len(CHARACTERS)} characters")


if __name__ == "__main__":
    main()

"""Characters of any text, as something that can be seen and named."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["glyphs", "label_of", "sendable"]

_LINE = {"\n": "↵\n", "\t": "→\t", " ": " "}


def label_of(character):
    """A character as the label of its timestep: something that can be seen."""
    if character.isspace():
        return "␣"
    return _seen(character)


def glyphs(text):
    """{place: what is shown there} of those characters of a text that cannot be shown as they are.

    Line ends and tabs have a sign beside their effect; other control characters their sign in Unicode, if it has
    one, or their number.
    """
    shown = {c: _LINE.get(c) or _control(c) or _seen(c) for c in set(text)}
    return {k: shown[c] for k, c in enumerate(text) if shown[c] != c}


def sendable(text):
    """The text with a sign in place of what no message can carry: half of a pair of surrogates."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def _control(character):
    code = ord(character)
    return chr(0x2400 + code) if code < 32 else "␡" if code == 127 else None


def _seen(character):
    if unicodedata.category(character).startswith("M"):  # an accent and the like, which needs something to stand on
        return f"◌{character}"
    return character if character.isprintable() else f"U+{ord(character):04X}"

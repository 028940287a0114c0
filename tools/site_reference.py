"""The reference of the package for the site: a page per room, from the docstrings, each with an example that runs."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

from lstm_viz._rooms import ROOMS

#: an example of each room, in the form of doctest; the tests run them
EXAMPLES = Path(__file__).parent / "site_examples"
HEAD = """# Reference

The package stands in rooms; each stands on those above it in this list. `lstm_viz` itself has the names used most:
`{names}`.

"""


def write(source):
    """Write the pages into the folder `source`; {name of a page: its room}."""
    import lstm_viz

    pages = {f"reference_{room}": room for room in ROOMS}
    for name, room in pages.items():
        (source / f"{name}.rst").write_text(page(room), encoding="utf-8")
    tree = "\n".join(["```{toctree}", ":maxdepth: 1", "", *(f"{room} <{name}>" for name, room in pages.items()), "```"])
    head = HEAD.format(names="`, `".join(name for name in lstm_viz.__all__ if name[0] != "_" and name not in ROOMS))
    (source / "reference.md").write_text(f"{head}{tree}\n", encoding="utf-8")
    return pages


def page(room):
    """What Sphinx reads for the page of a room: what it is for, an example, and all its public names."""
    title = f"lstm_viz.{room}"
    example = (EXAMPLES / f"{room}.txt").read_text(encoding="utf-8").strip()
    shown = "\n".join(f"   {line}".rstrip() for line in example.splitlines())
    text = f"{title}\n{'=' * len(title)}\n\n.. automodule:: {title}\n\n.. code-block:: pycon\n\n{shown}\n\n"
    if room != "lessons":
        return text + "".join(_documented(title, name) for name in _public(title))
    for path in sorted(Path(import_module(title).__file__).parent.glob("lesson_*")):
        inner = f"{title}.{path.name}"
        text += f"{inner}\n{'-' * len(inner)}\n\n.. automodule:: {inner}\n\n"
        own = [name for name in _public(inner) if name not in _public("lstm_viz.exercises")]
        text += "".join(_documented(inner, name) for name in own)
    return text


def _public(module):
    return [name for name in getattr(import_module(module), "__all__", ()) if name[0] != "_"]


def _own(member):
    """Whether a member of a class is the package's, with words about it."""
    made = getattr(member, "fget", None) or getattr(member, "__func__", member)
    return bool(getattr(made, "__doc__", None)) and getattr(made, "__module__", "").startswith("lstm_viz")


def _documented(module, name):
    """The directive for a public name; what is neither function nor class is shown with its value."""
    value = getattr(import_module(module), name)
    if isinstance(value, type):
        members = [own for own, what in vars(value).items() if own[0] != "_" and _own(what)]
        listed = f"   :members: {', '.join(members)}\n" if members else ""
        return f".. autoclass:: {module}.{name}\n{listed}\n"
    if callable(value):
        return f".. autofunction:: {module}.{name}\n\n"
    if isinstance(value, ModuleType):
        inner = _public(value.__name__) if value.__name__.startswith("lstm_viz") else []
        text = f".. py:module:: {value.__name__}\n\n   {(value.__doc__ or '').strip().splitlines()[0]}\n\n"
        return text + "".join(_documented(value.__name__, each) for each in inner)
    return f".. py:data:: {module}.{name}\n\n   {type(value).__name__}\n\n"


def as_it_stands(_app, _what, _name, _object, _options, lines):
    """For autodoc: equations and lists in columns, indented or not, keep their line breaks and their columns."""
    paragraphs, text = [[]], []
    for line in lines:
        paragraphs[-1].append(line) if line.strip() else paragraphs.append([])
    for paragraph in paragraphs:
        in_columns = any(re.match(r"\s{4,}\S|\S+( \S+)*\s{2,}\S", line) for line in paragraph)
        text += ["::", "", *(f"    {line}" for line in paragraph), ""] if in_columns else [*paragraph, ""]
    lines[:] = text

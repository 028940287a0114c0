"""The kinds of cells by name, loaded no earlier than they are asked for."""

from __future__ import annotations

from collections.abc import MutableMapping
from importlib import import_module


class Kinds(MutableMapping):
    """Every kind of cell by its name. The variants are loaded when listed, or when a name is none of the others."""

    def __init__(self):
        self._entered = {}

    def __getitem__(self, kind):
        return self._entered[kind] if kind in self._entered else self._with_variants()[kind]

    def __iter__(self):
        return iter(self._with_variants())

    def __len__(self):
        return len(self._with_variants())

    def __repr__(self):
        return f"{{{', '.join(self)}}}"

    def __setitem__(self, kind, cls):
        """ValueError if another class has its name."""
        ours = cls.__module__.startswith("lstm_viz.cells.")
        taken = (self._entered if ours else self).get(kind)
        if taken is not None and (taken.__module__, taken.__qualname__) != (cls.__module__, cls.__qualname__):
            raise ValueError(f"a kind of cell named {kind!r} exists already: {taken.__qualname__}")
        self._entered[kind] = cls

    def __delitem__(self, kind):
        del self._entered[kind]

    def _with_variants(self):
        import_module("lstm_viz.cells.variants")
        return self._entered


#: a class with a `kind` of its own enters itself
KINDS = Kinds()


class Later:
    """A value of a class that is loaded from its module when it is first asked for."""

    def __init__(self, module, name):
        self.module, self.name = module, name

    def __get__(self, instance, owner=None):
        return getattr(import_module(self.module), self.name)

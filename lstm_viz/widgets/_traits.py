"""Traits that say in a sentence what does not fit them, when a view is made and when one is assigned to."""

from __future__ import annotations

import operator

import ipywidgets
import traitlets

from lstm_viz.cells import checks

__all__ = ["Index", "Text", "widget_with"]


class Index(traitlets.Int):
    """A whole number of any integer type."""

    def validate(self, obj, value):
        try:
            return operator.index(value)
        except Exception:  # a stranger's __index__ may do anything
            raise TypeError(f"{self.name} must be a whole number; got {checks.short(value)}") from None


class Text(traitlets.Unicode):
    """A str."""

    def validate(self, obj, value):
        return checks.text(value, self.name)


def widget_with(value, trait, name):
    """A widget that has this trait."""
    if not isinstance(value, ipywidgets.Widget) or not value.has_trait(trait):
        raise TypeError(f"{name} must be a widget with {trait!r}; got {type(value).__name__} {checks.short(value)}")
    return value

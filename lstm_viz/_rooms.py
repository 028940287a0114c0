"""The rooms of the package, lowest first, and how a room's public names are found when they are first used."""

from importlib import import_module

#: each room, and what it may load beside the standard library; it imports itself and the rooms above it in this list
ROOMS = {
    "cells": {"numpy"},
    "learning": {"numpy", "filelock", "joblib", "threadpoolctl", "tqdm"},
    "keras_models": {"numpy", "keras"},
    "datasets": {"numpy", "keras", "sklearn"},
    "pictures": {"numpy", "plotly"},
    "widgets": {"numpy", "plotly", "ipywidgets", "anywidget", "traitlets", "IPython"},
    "exercises": {"numpy", "IPython"},
    "lessons": {
        "packaging",
        "numpy",
        "scipy",
        "keras",
        "sklearn",
        "plotly",
        "ipywidgets",
        "anywidget",
        "traitlets",
        "IPython",
    },
}


def on_first_use(package, names):
    """(__getattr__, __dir__, __all__) of a package whose public names are loaded when first used.

    `names` says where each stands: {"explore": "widgets"} is `explore` of `package.widgets`, and "" the module itself.
    """

    def getattr_(name):
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f"{package}.{names[name] or name}")
        return getattr(module, name) if names[name] else module

    public = sorted(names)
    return getattr_, lambda: public, public

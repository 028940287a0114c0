"""The recurrent layers inside a Keras model, each under the shortest name that tells it apart."""

from __future__ import annotations

from lstm_viz.cells.checks import short
from lstm_viz.keras_models._cells_from_layers import _keras, kind_of


def listed(names, most=3):
    """Names in a message: the first few."""
    names = list(names)
    return ", ".join(short(name) for name in names[:most]) + (", ..." if len(names) > most else "")


def recurrent_layers(model):
    """{name: layer} of every recurrent layer inside, by the shortest name that tells them apart."""
    entries, seen = [], set()

    def visit(layer, path):
        if id(layer) in seen:
            return
        seen.add(id(layer))
        keras = _keras()
        if isinstance(layer, keras.layers.Bidirectional):
            for direction in ("forward", "backward"):
                inner = getattr(layer, f"{direction}_layer")
                seen.add(id(inner))
                entries.append((inner, f"{layer.name}/{direction}", path))
        elif isinstance(layer, keras.layers.RNN) or kind_of(layer):
            entries.append((layer, layer.name, path))
        else:
            for inner in layer._flatten_layers(include_self=False, recursive=False):
                visit(inner, (*path, layer.name))

    visit(model, ())
    found = {}
    for layer, name, path in entries:
        if sum(other == name for _, other, _ in entries) > 1:
            name = "/".join((*path[1:], name))
        if name in found:
            raise ValueError(f"model {model.name!r} has two recurrent layers called {name!r}; give each its own name")
        found[name] = layer
    return found


def check_is_layer(layer):
    """ValueError for what was found in a model and looks recurrent, but has no loop that can be watched."""
    if isinstance(layer, _keras().layers.RNN):
        return
    if kind_of(layer):
        raise ValueError(
            f"cell {layer.name!r} is called step by step by the model's own code, where its steps cannot be followed; "
            "put it into keras.layers.RNN, or leave it out with layers=[...]"
        )
    raise ValueError(
        f"layer {layer.name!r} is a {type(layer).__name__} inside a Bidirectional, which cannot be opened; "
        "expected SimpleRNN, LSTM, GRU or RNN"
    )


def picked(found, layers):
    """Those of {name: layer} that `layers`, a name or some names, asks for."""
    names = [layers] if isinstance(layers, str) else layers
    if not isinstance(names, (list, tuple, set, frozenset, dict)) or not names:
        raise ValueError(f"layers must be a name or a list of names, {listed(found)}; got {short(layers)}")
    for name in names:
        if not isinstance(name, str) or name not in found:
            raise ValueError(f"layers must be names of recurrent layers, {listed(found)}; got {short(name)}")
    return {name: found[name] for name in names}

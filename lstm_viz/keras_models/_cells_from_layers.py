"""NumPy cells with the weights and settings of Keras's recurrent layers."""

from __future__ import annotations

from lstm_viz.cells import ACTIVATIONS, GRUCell, LSTMCell, SimpleRNNCell

#: largest difference between a trace and its layer that is put down to rounding alone
TOLERANCE = {"float32": 1e-4, "float64": 1e-10}


def _keras():
    from lstm_viz.keras_models.quiet import keras

    return keras


def cell_from_layer(layer):
    """The NumPy cell with the weights and settings of a built Keras recurrent layer.

    `layer` is a `SimpleRNN`, `LSTM`, `GRU`, an `RNN` around one of their cells, or such a cell itself. A
    `StackedRNNCells` (or an `RNN` of one) gives a tuple of cells, lowest first, and a `Bidirectional` the pair
    (forward, backward). The cell is a copy: training the layer further does not change it.

    TypeError if it is no recurrent Keras layer; ValueError, naming layer and option, if it is not built or has
    something that the cells here do not (a custom cell, another activation, half precision).
    """
    keras = _keras()
    if not isinstance(layer, keras.Layer):
        raise TypeError(f"layer must be a Keras recurrent layer; got {type(layer).__name__}")
    if isinstance(layer, keras.layers.Bidirectional):
        return cell_from_layer(layer.forward_layer), cell_from_layer(layer.backward_layer)
    if not isinstance(layer, (keras.layers.RNN, keras.layers.StackedRNNCells)) and not kind_of(layer):
        raise TypeError(
            f"layer {layer.name!r} is a {type(layer).__name__}, not a recurrent layer; expected SimpleRNN, LSTM, GRU, "
            "RNN, Bidirectional or one of their cells"
        )
    stacked = isinstance(getattr(layer, "cell", layer), keras.layers.StackedRNNCells)
    cells = layer_cells(layer)
    return tuple(cells) if stacked else cells[0]


def _keras_cells(layer):
    """The Keras cells of a recurrent layer, lowest first."""
    keras = _keras()
    cell = layer.cell if isinstance(layer, keras.layers.RNN) else layer
    if isinstance(cell, keras.layers.StackedRNNCells):
        return list(cell.cells)
    return [cell]


def kind_of(cell):
    """The Keras class whose equations this cell computes, or None."""
    keras = _keras()
    for known in (keras.layers.LSTMCell, keras.layers.GRUCell, keras.layers.SimpleRNNCell):
        # a subclass with a call of its own computes something else
        if isinstance(cell, known) and type(cell).call is known.call:
            return known
    return None


def _numpy_cell(cell, name):
    keras = _keras()
    known = kind_of(cell)
    if known is None:
        raise ValueError(
            f"layer {name!r} has a cell of type {type(cell).__name__}, which cannot be opened; "
            "expected keras.layers.SimpleRNNCell, LSTMCell or GRUCell with their own call"
        )
    if not cell.built:
        raise ValueError(f"layer {name!r} is not built, so it has no weights yet; call it once on data")
    if cell.compute_dtype not in TOLERANCE:
        raise ValueError(
            f"layer {name!r} computes in {cell.compute_dtype} (dtype policy {cell.dtype_policy.name!r}); "
            "expected float32 or float64"
        )
    variables = (cell.kernel, cell.recurrent_kernel, *([cell.bias] if cell.use_bias else []))
    weights = [keras.ops.convert_to_numpy(variable) for variable in variables]
    options = {"activation": _activation(cell, "activation", name)}
    if known is not keras.layers.SimpleRNNCell:
        options["recurrent_activation"] = _activation(cell, "recurrent_activation", name)
    if known is keras.layers.GRUCell:
        options["reset_after"] = cell.reset_after
    ours = {keras.layers.LSTMCell: LSTMCell, keras.layers.GRUCell: GRUCell, keras.layers.SimpleRNNCell: SimpleRNNCell}
    try:
        return ours[known](*weights, **options).astype(cell.compute_dtype)
    except ValueError as error:
        raise ValueError(f"layer {name!r} cannot be opened: {error}") from error


def _activation(cell, option, name):
    keras = _keras()
    function = getattr(cell, option)
    for activation in ACTIVATIONS:
        same = (getattr(keras.activations, activation, None), getattr(keras.ops, activation, None))
        if function is not None and any(function is candidate for candidate in same):
            return activation
    raise ValueError(
        f"layer {name!r} has {option} {getattr(function, '__name__', type(function).__name__)!r}, which cannot be "
        f"opened; expected one of {', '.join(ACTIVATIONS)}"
    )


def layer_cells(layer):
    """The NumPy cells of a recurrent layer, lowest first."""
    return [_numpy_cell(cell, layer.name) for cell in _keras_cells(layer)]

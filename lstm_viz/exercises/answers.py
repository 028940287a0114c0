"""Reading what a reader hands in: any right form is accepted, and a wrong form is answered in one sentence.

Each function here makes a *reader*: a callable that takes the raw answer and returns it in one clean form (a
float, a float64 array, a function that cannot raise anything but a `Finding`), or raises `Finding` with the
sentence to show. Readers serve as the `answer=` of an `exercises.Exercise`.
"""

from __future__ import annotations

import inspect
import warnings

import numpy as np

__all__ = [
    "Finding",
    "Unanswered",
    "array",
    "cell",
    "choice",
    "close",
    "describe",
    "function",
    "number",
    "several",
    "text",
    "truth",
    "whole_number",
]

#: numbers of an answer that are still read at once
_MOST = 1_000_000


class Finding(Exception):
    """What is wrong with an answer, as one sentence for its author."""


class Unanswered(Finding):
    """There is no answer yet."""


def describe(value, limit=60):
    """A short, safe description of any object, even one whose repr raises: `'list [0.1, 0.2]'`."""
    kind = type(value).__name__
    if callable(value):
        return f"the {'class' if isinstance(value, type) else 'function'} {getattr(value, '__name__', kind)}"
    try:
        text = " ".join(repr(value).split())
        shape = getattr(value, "shape", None)
    except Exception:
        return f"an object of type {kind}"
    if isinstance(shape, tuple) and shape:
        return f"{kind} of shape {shape}"
    if len(text) > limit:
        text = text[: limit - 3] + "..."
    return f"{kind} {text}"


def close(value, expected, tolerance=1e-3):
    """True if both have the same shape and differ nowhere by more than `tolerance` (absolute)."""
    value, expected = np.asarray(value), np.asarray(expected)
    return value.shape == expected.shape and bool(np.all(np.abs(value - expected) <= tolerance))


def _numbers(value, what):
    """`value` as a float64 array of any shape, or a Finding that begins with `what`."""
    if value is None or value is Ellipsis:
        raise Unanswered(f"{what} is still empty.")
    if isinstance(value, (str, bytes)):
        raise Finding(f"{what} is text, {describe(value)}; give numbers, without quotation marks.")
    if callable(value) and not hasattr(value, "__array__"):
        raise Finding(f"{what} is {describe(value)}; call it and hand over what it returns.")
    if isinstance(value, (dict, set, frozenset)) or inspect.isgenerator(value):
        raise Finding(f"{what} is a {type(value).__name__}; give a number, a list or an array.")
    if isinstance(value, range) and value[_MOST:]:
        raise Finding(f"{what} is {describe(value)}, more than {_MOST:,} numbers.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            array = _as_array(value)
    except Exception as error:
        if "inhomogeneous" in str(error):
            raise Finding(f"{what} cannot become one array, because its rows differ in length.") from None
        raise Finding(f"{what} cannot be read as numbers: {describe(value)}.") from None
    if array.dtype.kind == "O" and any(item is None or item is Ellipsis for item in array.ravel()):
        raise Unanswered(f"a part of {what[0].lower() + what[1:]} is still empty.")
    if array.dtype.kind == "c":
        raise Finding(f"{what} holds complex numbers; real ones are expected.")
    if array.dtype.kind not in "biuf":
        raise Finding(f"{what} cannot be read as numbers: {describe(value)}.")
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise Finding(f"{what} holds NaN or infinity; somewhere a number was divided by zero or grew without end.")
    return array


def _as_array(value):
    try:
        return np.asarray(value)
    except Exception:
        # a PyTorch tensor that carries gradients refuses np.asarray
        return np.asarray(value.detach().cpu())


def number(low=None, high=None):
    """Reader of one number (an array that holds one number will do), from `low` to `high` if given. Gives a float."""

    def read(value, what="Your answer"):
        if isinstance(value, (bool, np.bool_)):
            raise Finding(f"{what} is {value}; give a number.")
        array = _numbers(value, what)
        if array.size != 1:
            raise Finding(f"{what} has shape {array.shape}; give one number.")
        result = float(array.ravel()[0])
        if (low is not None and result < low) or (high is not None and result > high):
            bounds = {(True, False): f"at most {high}", (False, True): f"at least {low}"}
            wanted = bounds.get((low is None, high is None), f"from {low} to {high}")
            raise Finding(f"{what} is {result:g}; it must be {wanted}.")
        return result

    return read


def whole_number(low=None, high=None):
    """Reader of one whole number (3, 3.0 and an array holding 3 are the same). Gives an int."""
    inner = number(low, high)

    def read(value, what="Your answer"):
        result = inner(value, what)
        if result != int(result):
            raise Finding(f"{what} is {result:g}; a whole number is expected.")
        return int(result)

    return read


def array(*shape):
    """Reader of an array of this shape, from any nesting of lists, tuples, arrays or tensors. Gives float64.

    A None in `shape` stands for any length; `array()` takes any shape.
    """

    def read(value, what="Your answer"):
        result = _numbers(value, what)
        fits = len(result.shape) == len(shape) and all(
            want in (None, got) for want, got in zip(shape, result.shape, strict=True)
        )
        if shape and not fits:
            wanted = "(" + ", ".join("any" if n is None else str(n) for n in shape) + ("," * (len(shape) == 1)) + ")"
            message = f"{what} has shape {result.shape}; shape {wanted} is expected."
            if len(shape) > 1 and result.shape == tuple(reversed(shape)):
                message += " Are its axes swapped?"
            raise Finding(message)
        return result

    return read


def truth():
    """Reader of True or False. Gives a bool."""

    def read(value, what="Your answer"):
        if value is None or value is Ellipsis:
            raise Unanswered(f"{what} is still empty.")
        try:
            if np.ndim(value) == 0 and np.asarray(value).dtype.kind == "b":
                return bool(value)
        except Exception:
            pass
        raise Finding(f"{what} is {describe(value)}; give True or False.")

    return read


def text(least=1):
    """Reader of a text of at least `least` characters. Gives the str."""

    def read(value, what="Your answer"):
        if value is None or value is Ellipsis:
            raise Unanswered(f"{what} is still empty.")
        if not isinstance(value, str):
            raise Finding(f"{what} is {describe(value)}; give a text, in quotation marks.")
        if len(value) < least:
            raise Finding(f"{what} has {len(value)} characters; at least {least} are expected.")
        return value

    return read


def choice(*options):
    """Reader of one of these words, whatever its case and spacing. Gives the option as written here."""

    def read(value, what="Your answer"):
        if value is None or value is Ellipsis:
            raise Unanswered(f"{what} is still empty.")
        listed = ", ".join(f'"{option}"' for option in options)
        if not isinstance(value, str):
            raise Finding(f"{what} is {describe(value)}; give one of {listed}.")
        for option in options:
            if " ".join(value.split()).casefold() == option.casefold():
                return option
        raise Finding(f"{what} is {describe(value)}; give one of {listed}.")

    return read


def cell(kind, input_dim=None, units=None):
    """Reader of a cell of class `kind` (`LSTMCell`, ...), of these sizes if given. Gives the cell."""

    def read(value, what="Your answer"):
        if value is None or value is Ellipsis:
            raise Unanswered(f"{what} is still empty.")
        if not isinstance(value, kind):
            raise Finding(f"{what} is {describe(value)}; make a cell with {kind.__name__}(...).")
        for name, wanted in (("input_dim", input_dim), ("units", units)):
            if wanted is not None and getattr(value, name) != wanted:
                raise Finding(f"{what} is a cell with {name} {getattr(value, name)}; it must be {wanted}.")
        return value

    return read


def several(**readers):
    """Reader of several answers at once, handed in as a tuple or list in this order, or a dict. Gives a dict."""
    names = ", ".join(readers)

    def read(value, what="Your answer"):
        if value is None or value is Ellipsis:
            raise Unanswered(f"{what} is still empty.")
        if isinstance(value, dict):
            if set(value) != set(readers):
                raise Finding(f"{what} is a dict with the keys {', '.join(map(str, value))}; it must have {names}.")
            values = [value[name] for name in readers]
        else:
            try:
                values = list(value) if not isinstance(value, (str, bytes)) else None
            except Exception:
                values = None
            if values is None or len(values) != len(readers):
                raise Finding(f"{what} is {describe(value)}; give {len(readers)} values: ({names}).")
        return {name: reader(v, name) for (name, reader), v in zip(readers.items(), values, strict=True)}

    return read


def function(parameters, returns=None):
    """Reader of a function of these parameters (`function("x_t, h_tm1", returns=array(3))`).

    Gives a function that may be called with any arguments: the reader's own code gets copies, and whatever goes
    wrong in it comes out as a Finding. `returns` is the reader of the returned value (any array if left out).
    """
    names = [name.strip() for name in parameters.split(",")]
    returns = array() if returns is None else returns

    def read(value, what="Your answer"):
        if value is None or value is Ellipsis:
            raise Unanswered(f"{what} is still empty.")
        if not callable(value):
            raise Finding(
                f"{what} is {describe(value)}, not a function; hand over the function itself, without parentheses."
            )
        try:
            inspect.signature(value).bind(*names)
        except TypeError:
            raise Finding(
                f"{what} must take {len(names)} argument{'s' * (len(names) > 1)} ({parameters}); "
                f"it takes {inspect.signature(value)}."
            ) from None
        except Exception:
            pass  # some built-in functions have no signature: calling them will tell

        def call(*arguments):
            try:
                with warnings.catch_warnings(), np.errstate(all="ignore"):
                    warnings.simplefilter("ignore")
                    result = value(*(np.array(a) if isinstance(a, np.ndarray) else a for a in arguments))
            except (Exception, SystemExit) as error:
                raise Finding(f"Your function stopped with {type(error).__name__}: {error}") from None
            if result is None or result is Ellipsis:
                raise Unanswered("Your function returns nothing yet; what is computed must follow `return`.")
            return returns(result, "What your function returns")

        return call

    return read

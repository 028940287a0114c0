"""Checks of arguments, for every room: each returns the argument as it is to be used, or says in a sentence what came.

TypeError for what is no array of numbers; ValueError for everything else. No message is longer than 300 characters.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Mapping

import numpy as np

#: the most bytes that one call may ask for
MOST_BYTES = 2**32
#: the most numbers in an array that comes in
MOST_NUMBERS = 2**28
#: the most numbers of a range that comes in their place
MOST_COUNTED = 10**7
#: the most units of a cell that is drawn: an orthogonal matrix of this width takes seconds
MOST_UNITS = 2048


class Overflow(ValueError):
    """A run left the range of its floats. `name` says which value did so first, `timestep` when."""

    def __init__(self, message, name=None, timestep=None):
        super().__init__(message)
        self.name, self.timestep = name, timestep


def short(value, most=40):
    """What came, in at most so many characters, for a message."""
    try:
        # cut before `repr` where that is enormous
        if isinstance(value, np.ndarray) and value.size > 8:
            text = f"an array of shape {value.shape}"
        elif isinstance(value, (str, bytes)):
            text = repr(value[: most + 10])
        elif isinstance(value, (list, tuple, set, dict)) and len(value) > 8:
            text = f"a {type(value).__name__} of {len(value)}"
        else:
            text = repr(value)
    except Exception:  # a stranger's __repr__ may do anything
        text = f"a {type(value).__name__}"
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 3] + "..."


def shape_text(shape):
    """A shape whose entries may be words: (timesteps, 3). At most 8 of them."""
    shape = tuple(shape)
    words = [str(n) for n in shape[:8]] + ["..."] * (len(shape) > 8)
    return f"({', '.join(words)}{',' if len(shape) == 1 else ''})"


def floats(value, name):
    """A float32 or float64 array of finite numbers, as it came if it is one already; other numbers become float64."""
    array = _array(value, name)
    if array.dtype not in (np.float32, np.float64):
        with np.errstate(over="ignore"):
            array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name} must hold finite numbers; got NaN or infinity in an array of shape {shape_text(array.shape)}"
        )
    return array


def frozen(array):
    """A copy that cannot be written to."""
    array = np.array(array)
    array.setflags(write=False)
    return array


def numbers(value, name):
    """An array of numbers, as it came if it is one of floats; NaN and infinity may be among them."""
    array = _array(value, name)
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def _array(value, name):
    try:
        array = as_array(value)
        if array.dtype.kind not in "biuf":
            raise TypeError
    except Exception:  # other frameworks' objects raise what they like
        raise TypeError(f"{name} must be an array of numbers; got {type(value).__name__} {short(value)}") from None
    if array.size > MOST_NUMBERS:
        raise ValueError(f"{name} must hold at most {MOST_NUMBERS} numbers; got {array.size}")
    return array


def as_array(value):
    """`np.asarray`, but for a range that it would count out for minutes: ValueError."""
    if isinstance(value, range) and value[MOST_COUNTED:]:
        raise ValueError(f"a range must have at most {MOST_COUNTED} numbers; got {short(value)}")
    return np.asarray(value)


def flag(value, name):
    """True or False."""
    if not isinstance(value, (bool, np.bool_, int, np.integer)) or value not in (0, 1):
        raise ValueError(f"{name} must be True or False; got {short(value)}")
    return bool(value)


def shaped(value, name, axes, least=None, most=None, *, finite=True):
    """An array of finite floats whose axes are named, ("timesteps", "classes"), none of them empty; its range, if any.

    An axis given as a number has just that length. With `finite=False` NaN and infinity may be among them.
    """
    array = _with_axes(floats(value, name) if finite else numbers(value, name), name, axes)
    return array if least is None and most is None else _within(array, name, least, most)


def whole_numbers(value, name, axes, least=0, most=None):
    """The same for an array of whole numbers, as it came."""
    try:
        array = as_array(value)
    except Exception:  # other frameworks' objects raise what they like
        array = None
    if array is None or array.dtype.kind not in "iu":
        raise TypeError(f"{name} must be an array of whole numbers; got {type(value).__name__} {short(value)}")
    return _within(_with_axes(array, name, axes), name, least, most)


def _with_axes(array, name, axes):
    fits = array.ndim == len(axes) and array.size
    if not fits or any(n != axis for n, axis in zip(array.shape, axes, strict=True) if isinstance(axis, int)):
        raise ValueError(f"{name} must have shape {shape_text(axes)}; got {shape_text(array.shape)}")
    return array


def _within(array, name, least, most):
    low, high = array.min(), array.max()
    if (least is not None and low < least) or (most is not None and high > most):
        least, most = (f"{limit:.6g}" if isinstance(limit, float) else limit for limit in (least, most))
        wanted = f"be at least {least}" if most is None else f"lie in {least} to {most}"
        raise ValueError(f"{name} must {wanted}; got values from {low:.6g} to {high:.6g}")
    return array


def listed(value, name, most=10**6):
    """A list of what can be iterated over, of at most `most` things."""
    try:
        found = list(itertools.islice(value, most + 1))
    except Exception:
        raise TypeError(f"{name} must be a list; got {type(value).__name__} {short(value)}") from None
    if len(found) > most:
        raise ValueError(f"{name} must hold at most {most} things; got more")
    return found


def mapping(value, name, expected):
    """A dict that is not empty; `expected` says what it holds ("name and trace")."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a dict of at least one {expected}; got {short(value)}")
    if not value:
        raise ValueError(f"{name} must be a dict of at least one {expected}; got none")
    return dict(value)


def text(value, name):
    """A str."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text; got {type(value).__name__} {short(value)}")
    return value


def one_of(value, known, name):
    """`known[value]` for a table of names, the value itself for a list of them."""
    try:
        return (known if isinstance(known, Mapping) else dict(zip(known, known, strict=True)))[value]
    except (KeyError, TypeError):
        names = ", ".join(map(str, known))
        if len(names) > 200:  # a sentence, not a page
            names = f"{names[:200].rsplit(', ', 1)[0]}, ..."
        raise ValueError(f"{name} must be one of {names}; got {short(value)}") from None


def float_dtype(dtype):
    """np.dtype float32 or float64."""
    try:
        known = dtype is not None and np.dtype(dtype) in (np.float32, np.float64)
    except Exception:
        known = False
    if not known:
        raise ValueError(f"dtype must be float32 or float64; got {short(dtype)}")
    return np.dtype(dtype)


def number(value, name, least=-math.inf, *, above=False):
    """A finite float that is at least (or above) a limit, if there is one."""
    try:
        found = float(value) if np.isscalar(value) and not isinstance(value, (str, bytes)) else math.nan
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found) or found < least or (above and found == least):
        limit = "" if least == -math.inf else f" above {least}" if above else f" of at least {least}"
        raise ValueError(f"{name} must be a number{limit}; got {short(value)}")
    return found


def whole(value, name, least=1, most=None):
    """An int from `least` to `most` (bool, float and text are none)."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}; got {short(value)}")
    if most is not None and value > most:
        raise ValueError(f"{name} must be a whole number of at most {most}; got {short(value)}")
    return operator.index(value)


def seed(value, name="seed"):
    """What `numpy.random.default_rng` takes as a seed and gives the same numbers for: whole numbers from 0."""
    if isinstance(value, (np.random.Generator, np.random.BitGenerator, np.random.SeedSequence)):
        return value
    try:
        if not np.iterable(value):
            return whole(value, name, 0)
        return [whole(part, name, 0) for part in listed(value, name, 1000)]
    except Exception:  # a stranger's __iter__ may do anything
        raise ValueError(f"{name} must be a whole number of at least 0; got {short(value)}") from None


def another_stream(value, number):
    """A generator for other numbers than those that the seed itself gives; a Generator goes on where it is."""
    value = seed(value)
    return np.random.default_rng([number, value] if isinstance(value, int) else value)


def affordable(values, dtype, what):
    """Refuse before memory is asked for: `values` numbers of this dtype are `what`."""
    size = int(values) * np.dtype(dtype).itemsize
    if size > MOST_BYTES:
        raise ValueError(f"{what} would take {size / 2**30:.3g} GB; at most {MOST_BYTES / 2**30:.0f} GB are allowed")


def broadcastable(shape, target):
    """Whether a shape broadcasts to exactly `target`."""
    try:
        return np.broadcast_shapes(shape, target) == tuple(target)
    except ValueError:
        return False


def same_kind(value, cls, name, expected):
    """`value`, which must be a `cls` ("a cell", "a trace")."""
    if not isinstance(value, cls):
        raise TypeError(f"{name} must be {expected}; got {type(value).__name__} {short(value)}")
    return value

"""What is true of each place in Python source, as Python's own tokenizer sees it: in a string, in a comment, how deep.

A truth at t is about the state after character t has been read, when the model says what comes next: `in a string` is
true from the opening quote up to, not including, the closing one.
"""

from __future__ import annotations

import io
import tokenize

import numpy as np

from lstm_viz.cells import checks

__all__ = ["NUMBERS", "TRUTHS", "YES_NO", "truths"]

#: what is so or not at each character, scored by AUC
YES_NO = {
    "string": "in a string",
    "comment": "in a comment",
    "brackets": "in brackets",
    "import": "in an import",
    "def": "in the name after def",
}
#: what is a number at each character, scored by correlation
NUMBERS = {
    "depth": "how deep in brackets",
    "indentation": "how far the line is indented",
    "position": "how far along the line",
}
TRUTHS = YES_NO | NUMBERS
#: brackets, indentation and lines beyond these are counted as these, so that one odd line does not make a correlation
MOST = {"depth": 6, "indentation": 24, "position": 100}


def truths(text):
    """{name: (characters,) array} for the names of TRUTHS, booleans and whole numbers.

    ValueError where Python's tokenizer cannot read the text to its end, naming the line; TypeError for what is no text.
    """
    checks.text(text, "text")
    lines = _lines(text)
    starts = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(int)

    def offset(place):
        row, column = place
        return min(int(starts[min(row - 1, len(lines))]) + column, len(text))

    found = {name: np.zeros(len(text), bool) for name in YES_NO}
    depth = np.zeros(len(text) + 1, int)
    opened, statement, after_def, fresh = [], None, None, True
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="\n").readline):
            start, end, kind = offset(token.start), offset(token.end), tokenize.tok_name[token.type]
            if kind == "STRING":
                found["string"][start + _prefix(token.string) : end - 1] = True
            elif kind in ("FSTRING_START", "TSTRING_START"):
                opened.append(start + _prefix(token.string))
            elif kind in ("FSTRING_END", "TSTRING_END"):
                found["string"][opened.pop() : end - 1] = True
            elif kind == "COMMENT":
                found["comment"][start:end] = True
            elif kind == "OP" and token.string in "()[]{}" and not opened:
                depth[start] += 1 if token.string in "([{" else -1
            elif kind == "NAME":
                if fresh and token.string in ("import", "from"):
                    statement = end - 1
                if after_def is not None:
                    found["def"][after_def : end - 1] = True
                after_def = end if token.string == "def" else None
            if kind == "NEWLINE" and statement is not None:
                found["import"][statement:start] = True
                statement = None
            fresh = kind in ("NEWLINE", "NL", "INDENT", "DEDENT", "COMMENT", "ENCODING") or token.string == ";"
    except (tokenize.TokenError, SyntaxError, ValueError) as error:
        place = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], tuple) else (0,)
        row = next((part for part in place if isinstance(part, int)), 0)
        raise ValueError(f"Python's tokenizer cannot read this text to its end (line {row}): {error.args[0]}") from None
    found["depth"] = np.clip(np.cumsum(depth[:-1]), 0, MOST["depth"])
    found["brackets"] = found["depth"] > 0
    column = np.arange(len(text)) - np.repeat(starts[:-1], np.diff(starts))
    blanks = np.concatenate([_leading(line) for line in lines]) if lines else np.zeros(0, int)
    found["indentation"] = np.minimum(blanks, MOST["indentation"])
    found["position"] = np.minimum(column, MOST["position"])
    return {name: found[name] for name in TRUTHS}


def _lines(text):
    """The lines as the tokenizer counts them: only a line feed ends one."""
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + [parts[-1]] * bool(parts[-1])


def _prefix(string):
    """How many letters stand before the first quote: 2 in rb'...'."""
    return min(string.find(quote) for quote in "'\"" if quote in string)


def _leading(line):
    """For each character of a line: how many blanks it begins with, as far as they have been read."""
    width = len(line) - len(line.lstrip(" \t"))
    return np.minimum(np.arange(1, len(line) + 1), width)

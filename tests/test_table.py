"""Tables: a table in a notebook, text in a terminal."""

import numpy as np
import pytest

from lstm_viz.pictures import table


def test_a_table_as_text_and_as_html():
    found = table({"LSTM": [10, None], "a <b>": [3, "x"]}, ["lag 5", "lag 50"], corner="cell", caption="solved & all")
    assert repr(found).splitlines() == [
        "solved & all",
        "cell   lag 5  lag 50",
        "LSTM      10       ·",
        "a <b>      3       x",
    ]
    text = found._repr_html_()
    assert text.count("<tr>") == 3 and text.count("<td") == 4
    assert (
        text.count('scope="col"') == 3 and text.count('scope="row"') == 2
    )  # a reader's program can say which is which
    assert "a &lt;b&gt;" in text and "solved &amp; all" in text
    assert "color" not in text  # the page's own, so that it is read in the dark theme, too
    assert "caption" not in table({"a": [1]}, ["b"])._repr_html_()


def test_a_long_title_wraps_and_a_number_does_not():
    head, body = table({"a": [1]}, ["at least as far off as 4 of 10"])._repr_html_().split("</thead>")
    assert "nowrap" not in head and "nowrap" in body
    assert "<td></td>" in head  # a heading of nothing is no heading


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        ([1], ["a"], "rows must be a dict .*; got list"),
        ({"a": [1]}, 3, "columns must be a list of titles; got int"),
        ({"a": "xy"}, ["a", "b"], "a row must be a list of entries; got str for 'a'"),
        ({"a": [1]}, range(10**12), "columns must hold at most 200 titles"),
        ({"a": range(10**12)}, ["a"], "each row must have 1 entries"),
        ({"a": [1, 2]}, ["a"], "each row must have 1 entries, one per column; got 2 for 'a'"),
    ],
)
def test_what_does_not_fit_is_refused(rows, columns, message):
    with pytest.raises((TypeError, ValueError), match=message):
        table(rows, columns)


class Unwritten:
    def __str__(self):
        raise RecursionError("this cannot be written")


@pytest.mark.parametrize("entries", [np.array(5.0), [Unwritten()]], ids=["a number", "what cannot be written"])
def test_what_cannot_be_listed_or_written_is_refused_in_a_sentence(entries):
    for rows, columns in (({"a": entries}, ["one"]), ({"a": [1]}, entries)):
        with pytest.raises(TypeError, match="must be a list of"):
            table(rows, columns)

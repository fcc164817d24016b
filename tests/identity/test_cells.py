"""A column as distinct values and codes gives back exactly its cells."""

import datetime as dt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linkage.identity.cells import as_text, encode, is_blank

CELLS = st.one_of(st.text(max_size=3), st.integers(-3, 3), st.dates(), st.none())


@given(st.lists(st.lists(CELLS, max_size=5), max_size=20), st.integers(1, 4))
def test_encoding_keeps_every_cell_and_pads_ragged_rows(rows, width):
    columns = encode(rows, width)
    assert len(columns) == width
    for place, column in enumerate(columns):
        assert [column.values[code] for code in column.codes] == [
            row[place] if place < len(row) else "" for row in rows
        ]
        assert len(set(column.values)) == len(column.values)


def test_more_rows_than_a_chunk_keep_their_order():
    rows = [[str(place % 7), place] for place in range(20_000)]
    first, second = encode(rows, 2)
    assert (len(first.values), second.codes.tolist()) == (7, list(range(20_000)))


def test_a_truth_value_is_not_the_number_one():
    column = encode([[1], [True], [1.0], ["1"]], 1)[0]
    assert [column.values[code] for code in column.codes] == [1, "TRUE", 1, "1"]


def test_keeping_rows_keeps_their_cells():
    column = encode([["a"], ["b"], ["a"]], 1)[0].keep(np.array([False, True, True]))
    assert [column.values[code] for code in column.codes] == ["b", "a"]


def test_blank_cells_and_label_text():
    assert [is_blank(cell) for cell in ("", " \t", None, "-", 0, dt.date(2026, 1, 1))] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
    assert [as_text(cell) for cell in (None, 18.0, 18.5, "x", 3)] == ["", "18", "18.5", "x", "3"]

"""What a spreadsheet does to a column of numbers, and that it is never taken for the agency's word."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linkage.identity import damage


def find(texts, reasons=None):
    return damage.find(texts, reasons or [""] * len(texts), np.arange(len(texts), dtype=np.int32))


def number(serial):
    return f"187101120880{serial:04d}"


def test_a_sound_column_is_untouched():
    got = find([number(9000 + 7 * place) for place in range(200)])
    assert not got.column and not got.zeroed.any() and not got.filled.any()


def test_a_run_of_four_is_a_fill_and_a_run_of_three_is_not():
    assert find([number(serial) for serial in (9001, 9002, 9003, 9004)]).filled.all()
    assert not find([number(serial) for serial in (9001, 9002, 9003, 9005)]).filled.any()


def test_only_the_run_is_marked():
    texts = [number(serial) for serial in (9100, 9001, 9002, 9003, 9004, 9300, 9200)]
    assert find(texts).filled.tolist() == [False, True, True, True, True, False, False]


def test_a_column_of_zero_endings_is_damaged_where_it_ends_in_zero():
    texts = [number(9000 + 10 * place) for place in range(15)] + [number(9001 + 10 * place) for place in range(10)]
    got = find(texts)
    assert got.column
    assert got.zeroed.tolist() == [True] * 15 + [False] * 10


def test_zero_endings_in_a_short_column_prove_nothing():
    assert not find([number(9000 + 10 * place) for place in range(15)]).column


def test_numeric_cells_condemn_the_column_and_its_zero_endings():
    texts = [None] * 6 + [number(9010), number(9023), *(number(9031 + 7 * place) for place in range(10))]
    got = find(texts, ["NUMERIC"] * 6 + [""] * 12)
    assert got.column
    assert got.zeroed.tolist()[6:8] == [True, False]


def test_two_numeric_cells_condemn_only_themselves():
    got = find([None, None, number(9010)], ["NUMERIC", "SCIENTIFIC", ""])
    assert not got.column and not got.zeroed.any()


def test_serials_of_zero_in_bulk_are_damage():
    got = find([None] * 5 + [number(9001)], ["SERIAL"] * 5 + [""])
    assert got.column and got.zeroed.tolist() == [True] * 5 + [False]


def test_cells_without_a_number_do_not_dilute_the_damage():
    assert find([None] * 104, ["NONE"] * 100 + ["NUMERIC"] * 4).column


def test_an_empty_column_is_sound():
    assert not damage.find([None], [""], np.empty(0, np.int32)).column


@given(st.lists(st.integers(1, 9999), max_size=40))
def test_marked_runs_are_exactly_the_runs_of_plus_one(serials):
    filled = find([number(serial) for serial in serials]).filled.tolist()
    for place in range(len(serials) - 3):
        if all(serials[place + step] == serials[place] + step for step in range(4)):
            assert all(filled[place : place + 4])
    for place, marked in enumerate(filled):
        neighbours = (
            serials[place - 1] + 1 if place else None,
            serials[place + 1] - 1 if place + 1 < len(serials) else None,
        )
        assert not marked or serials[place] in neighbours

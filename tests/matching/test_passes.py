from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.matching.errors import MatchingError
from linkage.matching.passes import run_pass, words_of


def table(rows, width=16):
    handles, cells, filters = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "handle": pa.array(handles, pa.int64()),
            "cell": pa.array(cells, pa.int64()),
            "filter": pa.array(filters, pa.binary(width)),
        }
    )


ROWS = st.lists(
    st.tuples(st.integers(-5, 30), st.integers(0, 3), st.binary(min_size=3, max_size=3)),
    max_size=20,
    unique_by=lambda row: row[0],
)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_answer_does_not_depend_on_the_order_of_rows(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, other = run_pass(table(rows, 3), 0.3), run_pass(table(shuffled, 3), 0.3)
    assert one.pairs.equals(other.pairs)
    assert (one.handles, one.compared) == (other.handles, other.compared)


@given(ROWS)
def test_each_pair_of_a_cell_comes_once_with_left_below_right(rows):
    found = run_pass(table(rows, 3), 0.0).pairs.to_pylist()
    cells = {handle: cell for handle, cell, _ in rows}
    pairs = [(row["left"], row["right"]) for row in found]
    expected = {(a, b) for a in cells for b in cells if a < b and cells[a] == cells[b]}
    assert set(pairs) == expected
    assert len(pairs) == len(expected)


@given(ROWS, st.sampled_from([0.0, 0.5, 1.0]))
def test_chance_is_the_share_of_all_pairs_of_handles_that_share_a_cell_whatever_the_floor(rows, floor):
    found = run_pass(table(rows, 3), floor)
    shared = [rows[a][1] == rows[b][1] for a, b in combinations(range(len(rows)), 2)]
    assert (found.handles, found.compared, found.floor) == (len(rows), sum(shared), floor)
    assert found.chance == pytest.approx(sum(shared) / len(shared) if shared else 0.0)


def test_a_handle_listed_twice_gives_one_pair_with_the_best_similarity():
    same, other = b"\xff" * 16, b"\x0f" * 16
    found = run_pass(table([(1, 7, same), (2, 7, same), (1, 8, same), (2, 8, other), (1, 9, same), (1, 9, same)]), 0.1)
    assert found.pairs.to_pylist() == [{"left": 1, "right": 2, "dice": 1.0}]


def test_a_sliced_and_chunked_filter_column_reads_right():
    column = pa.chunked_array([pa.array([b"abc", b"def"], pa.binary(3)).slice(1), pa.array([b"xyz"], pa.binary(3))])
    assert [row.tobytes()[:3] for row in words_of(column)] == [b"def", b"xyz"]
    assert words_of(column).dtype == np.uint64


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (table([]).drop_columns("cell"), "MISSING_COLUMN"),
        (table([(None, 1, b"1" * 16)]), "NULL_IN_PASS"),
        (pa.table({"handle": [1], "cell": [1], "filter": ["x"]}), "FILTER_TYPE"),
    ],
)
def test_unfit_tables_are_refused(bad, code):
    with pytest.raises(MatchingError) as refusal:
        run_pass(bad, 0.5)
    assert refusal.value.code == code

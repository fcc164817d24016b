"""What an earlier pass kept spares comparisons and changes nothing: any split, any order, any withdrawal."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from linkage.matching import Kept, LinkSettings, fresh, kernel, link, run_pass
from linkage.matching.errors import MatchingError
from linkage.matching.fresh import fresh_pairs
from linkage.matching.kernel import similar_pairs
from tests.matching.test_kernel import FAST, SPARSE, as_list, tables

FLOORS = st.sampled_from([0.0, 0.3, 0.5, 2 / 3, 0.8, 1.0])


@FAST
@given(table=tables(), floor=FLOORS, data=st.data())
def test_fresh_pairs_are_the_similar_pairs_that_hold_a_fresh_row(fast, table, floor, data):
    filters, cells = table
    marks = data.draw(hnp.arrays(bool, len(cells)))
    expected = [pair for pair in as_list(similar_pairs(filters, cells, floor)) if marks[pair[0]] or marks[pair[1]]]
    with pytest.MonkeyPatch.context() as patch:
        # With little room an answer comes in many parts.
        patch.setattr(fresh, "ROOM", 2)
        patch.setattr(fresh, "BLOCK", 3)
        assert as_list(fresh_pairs(filters, cells, floor, marks, fast=fast)) == expected


@FAST
def test_at_1024_bits_and_large_cells_too(fast):
    rng = np.random.default_rng(3)
    cells = np.repeat(np.arange(4), [700, 300, 40, 1]).astype(np.int64)
    filters = rng.integers(0, 2**64, (len(cells), 16), dtype=np.uint64)
    filters[1::3] = filters[::3][: len(filters[1::3])]
    marks = rng.random(len(cells)) < 0.1
    expected = [pair for pair in as_list(similar_pairs(filters, cells, 0.51)) if marks[pair[0]] or marks[pair[1]]]
    assert len(expected) > 300
    assert as_list(fresh_pairs(filters, cells, 0.51, marks, fast=fast)) == expected


def test_old_rows_are_not_compared_again(monkeypatch):
    filters, cells = np.full((6, 2), 7, np.uint64), np.array([0, 0, 0, 1, 1, 1])
    seen = []
    monkeypatch.setattr(fresh, "similar_pairs", lambda rows, *_, **__: seen.append(len(rows)) or _none())
    assert not len(fresh_pairs(filters, cells, 0.5, np.zeros(6, bool)).left) and seen == [0]
    assert not len(fresh._meetings(cells, np.zeros(6, bool)).rows)
    met = fresh._meetings(cells, np.arange(6) == 4)
    assert met.old[met.starts[0] : met.stops[0]].tolist() == [3, 5] and met.rows.tolist() == [4]


def _none():
    return kernel.similar_pairs(np.empty((0, 2), np.uint64), np.empty(0, np.int64), 0.5)


def test_a_mark_is_asked_for_every_row():
    with pytest.raises(MatchingError, match="FRESH_SHAPE"):
        fresh_pairs(np.zeros((2, 1), np.uint64), np.zeros(2, np.int64), 0.5, np.zeros(1, bool))


def as_table(filters, cells, handles):
    column = pa.array([row.tobytes() for row in filters], pa.binary(8 * filters.shape[1]))
    return pa.table({"handle": handles, "cell": cells, "filter": column})


@settings(deadline=None)
@given(table=tables(), floor=FLOORS, data=st.data())
def test_a_pass_over_any_split_in_any_order_with_rows_gone_equals_one_pass_over_what_is_there(table, floor, data):
    filters, cells = table
    whole = as_table(filters, cells, np.array(data.draw(st.permutations(range(len(cells)))), np.int64))
    batches = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(cells), max_size=len(cells))), np.int64)
    gone = np.array(data.draw(st.lists(st.integers(0, 5), min_size=len(cells), max_size=len(cells))), np.int64)
    kept = None
    for step in range(4):
        # Rows of a batch are there from its step on, until they are withdrawn.
        there = pa.array((batches <= step) & ~((gone > batches) & (gone <= step)))
        now = whole.filter(there)
        now = now.take(np.array(data.draw(st.permutations(range(len(now)))), np.int64))
        found, once = run_pass(now, floor, kept), run_pass(now, floor)
        assert found.pairs.equals(once.pairs)
        assert (found.handles, found.compared) == (once.handles, once.compared)
        kept = Kept(now["handle"].to_numpy(), found.pairs, floor)


def test_what_was_kept_at_another_floor_does_not_count():
    filters, cells = np.array([[1], [3], [3]], np.uint64), np.zeros(3, np.int64)
    table = as_table(filters, cells, np.arange(3))
    strict = run_pass(table, 0.9)
    assert run_pass(table, 0.6, Kept(np.arange(3), strict.pairs, 0.9)).pairs.num_rows == 3


@pytest.fixture(scope="module")
def world(make):
    made = make(people=2_600, villages=40)
    assert len(made.rows) > 5_000
    passes = made.passes(0.60)
    frozen = link(made.handle_map, made.tokens, passes, LinkSettings()).frozen
    return made, frozen


def part(made, records):
    """Return handle map, tokens and filters of some records alone."""
    handle_map = made.handle_map.filter(pc.is_in(made.handle_map["record"], pa.array(records)))
    names = handle_map["compartment"].cast(pa.string())
    handles = {name: handle_map.filter(pc.equal(names, name))["handle"] for name in (*made.tables, "token")}
    tables = {name: table.filter(pc.is_in(table["handle"], handles[name])) for name, table in made.tables.items()}
    return handle_map, made.tokens.filter(pc.is_in(made.tokens["handle"], handles["token"])), tables


@pytest.mark.parametrize("seed", [1, 2])
def test_five_thousand_rows_in_parts_with_some_withdrawn_link_as_if_they_had_come_at_once(world, seed):
    made, frozen = world
    rng = np.random.default_rng(seed)
    records = rng.permutation(made.truth["record"].to_numpy())
    gone = rng.choice(records, 300, replace=False)
    kept = {}
    for upto in (len(records) // 2, 4_500, len(records)):
        there = records[:upto] if upto < len(records) else np.setdiff1d(records, gone)
        handle_map, tokens, tables = part(made, there)
        passes = {}
        for name, table in tables.items():
            floor = 0.0 if name == "nik" else 0.60
            passes[name] = run_pass(table, floor, kept.get(name))
            kept[name] = Kept(table["handle"].to_numpy(), passes[name].pairs, floor)
        found = link(handle_map, tokens, passes, LinkSettings(), frozen)
    once = {name: run_pass(table, 0.0 if name == "nik" else 0.60) for name, table in tables.items()}
    expected = link(handle_map, tokens, once, LinkSettings(), frozen)
    assert found.clusters.equals(expected.clusters) and found.reviews.equals(expected.reviews)
    assert found.report == expected.report and found.report.records == len(records) - 300


SPARSE_ROWS = hnp.arrays(np.uint64, (5, 1), elements=SPARSE)


@given(SPARSE_ROWS)
def test_all_fresh_is_all_pairs_and_none_fresh_is_none(filters):
    cells = np.zeros(5, np.int64)
    assert as_list(fresh_pairs(filters, cells, 0.4, np.ones(5, bool))) == as_list(similar_pairs(filters, cells, 0.4))
    assert not as_list(fresh_pairs(filters, cells, 0.4, np.zeros(5, bool)))

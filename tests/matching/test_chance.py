from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.matching import chance, merge, patterns
from linkage.matching.chance import FADE
from linkage.matching.judging import compared_patterns
from linkage.matching.passes import Pass, run_pass

CUTS = (0.66, 0.79, 0.87, 0.93, 0.99)
FIELDS = patterns.fields(len(CUTS) + 1)
ANCHORS = ("date", "year", "village")

RECORD = st.fixed_dictionaries(
    {
        "date": st.none() | st.integers(0, 11),
        "village": st.none() | st.integers(0, 2),
        "nik": st.none() | st.integers(0, 5),
        "kk": st.none() | st.integers(0, 3),
    }
)
WORLDS = st.lists(RECORD, min_size=2, max_size=25).map(
    # Four days to a year, so that a date's cell lies within its year's.
    lambda rows: [row | {"year": None if row["date"] is None else row["date"] // 4} for row in rows]
)


def tables(rows):
    """Split rows into a handle map, tokens and one table of filters an anchor, all names alike."""
    maps, filters = [(at, "token", 1_000 + at) for at in range(len(rows))], {}
    for anchor in ANCHORS:
        at = [number for number, row in enumerate(rows) if row[anchor] is not None]
        maps += [(number, anchor, 500 - number) for number in at]
        columns = [[500 - number for number in at], [rows[number][anchor] for number in at], [b"\x0f" * 16] * len(at)]
        types = (pa.int64(), pa.int64(), pa.binary(16))
        arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
        filters[anchor] = pa.table(arrays, names=["handle", "cell", "filter"])
    columns = [pa.array(column) for column in zip(*maps, strict=True)] or [pa.array([])] * 3
    handle_map = pa.table(columns, names=["record", "compartment", "handle"])
    tokens = {"handle": pa.array([1_000 + at for at in range(len(rows))], pa.int64())}
    for name in ("nik", "kk"):
        tokens[name] = pa.array([None if row[name] is None else row[name].to_bytes(32) for row in rows], pa.binary(32))
    return handle_map, pa.table(tokens), filters


def measured(handle_map, tokens, passes):
    found = merge.compare(handle_map, tokens, passes, nik_cap=50)
    return chance.measure(found, compared_patterns(found.candidates, CUTS), passes, FIELDS)


def share(rows, field):
    """The share of agreement among all pairs of rows that both have the field."""
    agreed = [a[field] == b[field] for a, b in combinations(rows, 2) if a[field] is not None and b[field] is not None]
    return sum(agreed) / len(agreed) if agreed else 0.0


@given(WORLDS, st.sampled_from([0.0, 1.0]))
@settings(max_examples=60)
def test_rates_are_those_of_all_pairs_counted_one_by_one_or_half_a_pair_where_none_agrees(rows, floor):
    handle_map, tokens, filters = tables(rows)
    found = measured(handle_map, tokens, {name: run_pass(table, floor) for name, table in filters.items()})
    universe = len(rows) * (len(rows) - 1) / 2
    assert found.universe == universe
    date = share(rows, "date")
    expected = {
        "date": [share(rows, "year") - date, date],
        "place": [share(rows, "village")],
        "nik": [share(rows, "nik")],
        "kk": [share(rows, "kk")],
    }
    for field, got in zip(FIELDS[1:], found.rates[1:], strict=True):
        upper = np.maximum(expected[field.name], 0.5 / universe)
        # A field on which nearly all agree keeps a tenth for disagreement.
        upper *= min(1.0, 0.9 / upper.sum())
        assert got == pytest.approx((1 - upper.sum(), *upper))


@given(WORLDS)
@settings(max_examples=30)
def test_every_fields_rates_are_probabilities_and_only_names_are_free_of_matches(rows):
    handle_map, tokens, filters = tables(rows)
    found = measured(handle_map, tokens, {name: run_pass(table, 0.0) for name, table in filters.items()})
    for field, row in zip(FIELDS, found.rates, strict=True):
        assert len(row) == field.levels
        assert min(row) > 0
        assert sum(row) == pytest.approx(1)
    assert found.mixed == (False, True, True, True, True)


def test_without_passes_or_records_rates_are_still_probabilities():
    _, tokens, filters = tables([])
    form = [("record", pa.int64()), ("compartment", pa.string()), ("handle", pa.int64())]
    for passes in ({}, {"village": run_pass(filters["village"], 0.5)}):
        found = measured(pa.schema(form).empty_table(), tokens, passes)
        assert [sum(row) for row in found.rates] == pytest.approx([1.0] * 5)


PLAIN, LAYERED = CUTS, (0.57, 0.61, 0.67, 0.75, 0.99)


@pytest.mark.parametrize(("layered", "floor", "cuts"), [(False, 0.60, PLAIN), (True, 0.55, LAYERED)])
def test_names_of_strangers_come_near_the_true_chance(make, layered, floor, cuts):
    made = make(people=5_000, villages=80, layered=layered)
    passes = made.passes(floor)
    found = merge.compare(made.handle_map, made.tokens, passes, nik_cap=50)
    got = chance.measure(found, compared_patterns(found.candidates, cuts), passes, FIELDS).rates[0]
    # A layer's weights make names a little more or less alike than another's do.
    dice = np.concatenate([made.strangers(100_000, seed) for seed in range(6)])
    want = np.bincount(patterns.level(dice, cuts), minlength=len(got)) / len(dice)
    assert got[1:] == pytest.approx(want[1:], rel=0.25, abs=2e-4)


def test_too_few_strangers_leave_names_that_fade_from_level_to_level():
    rows = [{"date": at, "year": at, "village": 0, "nik": at, "kk": None} for at in range(10)]
    handle_map, tokens, filters = tables(rows)
    found = measured(handle_map, tokens, {name: run_pass(table, 0.0) for name, table in filters.items()})
    assert [a / b for a, b in zip(found.rates[0], found.rates[0][1:], strict=False)] == pytest.approx([FADE] * 5)


def test_handles_that_are_staged_and_in_no_map_yet_do_not_thin_the_names_of_strangers(make):
    made = make(people=5_000, villages=80)
    passes = made.passes(0.60)
    village = passes["village"]
    # As many rows again wait in the same villages: twice the handles, four times the pairs, and none of them seen.
    more = Pass(
        village.pairs, 2 * village.handles, round(village.chance * village.handles * (2 * village.handles - 1)), 0.6
    )
    assert more.chance == pytest.approx(village.chance)
    alone = measured(made.handle_map, made.tokens, passes)
    staged = measured(made.handle_map, made.tokens, passes | {"village": more})
    assert np.concatenate(staged.rates) == pytest.approx(np.concatenate(alone.rates), rel=1e-4)


def test_a_name_that_all_strangers_share_is_as_common_when_half_of_them_cannot_be_told_for_strangers():
    rows = [{"date": at, "year": at, "village": 0, "nik": at if at % 2 else None, "kk": None} for at in range(120)]
    handle_map, tokens, filters = tables(rows)
    found = measured(handle_map, tokens, {name: run_pass(table, 0.0) for name, table in filters.items()})
    # All pairs agree, of which a tenth is always kept for disagreement.
    assert found.rates[0][-1] == pytest.approx(0.9, abs=0.01)

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.matching.errors import MatchingError
from linkage.matching.merge import ANCHORS, compare
from linkage.matching.passes import PAIRS, Pass


def token(number):
    return None if number is None else number.to_bytes(32)


def tables(records, pairs):
    """Build the merge's tables from records (id, nik, kk, handles by anchor) and pairs by anchor of handles."""
    rows = [(record, anchor, handle) for record, _, _, own in records for anchor in own for handle in own[anchor]]
    rows += [(record, "token", 1_000 + record) for record, *_ in records]
    handle_map = pa.table(
        {
            "record": pa.array([row[0] for row in rows], pa.int64()),
            "compartment": pa.array([row[1] for row in rows], pa.string()).dictionary_encode(),
            "handle": pa.array([row[2] for row in rows], pa.int64()),
        }
    )
    tokens = pa.table(
        {
            "handle": pa.array([1_000 + record for record, *_ in records], pa.int64()),
            "nik": pa.array([token(nik) for _, nik, _, _ in records], pa.binary(32)),
            "kk": pa.array([token(kk) for _, _, kk, _ in records], pa.binary(32)),
        }
    )
    return handle_map, tokens, {anchor: passed(found) for anchor, found in pairs.items()}


def passed(pairs):
    columns = [list(column) for column in zip(*pairs, strict=True)] or [[], [], []]
    return Pass(pa.table(columns, schema=PAIRS), handles=0, compared=0, floor=0.0)


def by_hand(records, pairs):
    """The rules of the merge, pair by pair."""
    rows = []
    for (low, nik1, kk1, own1), (high, nik2, kk2, own2) in combinations(sorted(records), 2):
        dice = {}
        for anchor, found in pairs.items():
            values = [
                value
                for a, b, value in found
                if (a in own1[anchor] and b in own2[anchor]) or (b in own1[anchor] and a in own2[anchor])
            ]
            if values:
                dice[anchor] = max(values)
        nik = -1 if None in (nik1, nik2) else int(nik1 == nik2)
        if not dice and nik != 1:
            continue
        has = {anchor: bool(own1[anchor] and own2[anchor]) for anchor in ANCHORS}
        nowhere = not {"date", "year", "village"} & set(dice)
        nik_name = dice.get("nik", 0.0 if has["nik"] else None) if nik == 1 else None
        date = 2 if "date" in dice else 1 if "year" in dice else -1 if nowhere or not has["date"] else 0
        place = 1 if "village" in dice else -1 if nowhere or not has["village"] else 0
        names = [dice[anchor] for anchor in ("date", "year", "village") if anchor in dice]
        names += [] if nik_name is None else [nik_name]
        kk = -1 if None in (kk1, kk2) else int(kk1 == kk2)
        rows.append((low, high, max(names, default=None), date, place, nik, kk))
    return rows


@st.composite
def worlds(draw):
    count = draw(st.integers(0, 6))
    records, next_handle = [], 0
    for record in range(count):
        own = {}
        for anchor in ANCHORS:
            number = draw(st.integers(0, 2 if anchor in ("date", "year") else 1))
            own[anchor] = list(range(next_handle, next_handle + number))
            next_handle += number
        nik = draw(st.sampled_from([None, 1, 2]))
        records.append((record * 7 % 11, nik, draw(st.sampled_from([None, 5, 6])), own))
    pairs = {}
    for anchor in ANCHORS:
        handles = [handle for *_, own in records for handle in own[anchor]]
        possible = list(combinations(handles, 2))
        chosen = draw(st.lists(st.sampled_from(possible), max_size=5, unique=True)) if possible else []
        pairs[anchor] = [(a, b, draw(st.sampled_from([0.25, 0.5, 0.75, 1.0]))) for a, b in chosen]
    # The NIK anchor's cells are NIKs: only records of one NIK can meet there.
    owner = {handle: nik for _, nik, _, own in records for handle in own["nik"]}
    pairs["nik"] = [each for each in pairs["nik"] if owner[each[0]] is not None and owner[each[0]] == owner[each[1]]]
    return records, pairs


@given(worlds())
@settings(max_examples=150)
def test_candidates_and_their_levels_are_those_of_the_rules(world):
    records, pairs = world
    found = compare(*tables(records, pairs), nik_cap=50).candidates
    rows = [tuple(row.values()) for row in found.to_pylist()]
    assert [tuple(None if isinstance(v, float) and np.isnan(v) else v for v in row) for row in rows] == by_hand(
        records, pairs
    )


def own(**handles):
    return {anchor: handles.get(anchor, []) for anchor in ANCHORS}


def test_a_pair_known_by_its_nik_alone_says_nothing_about_date_and_place():
    records = [(1, 9, None, own(date=[1], village=[2], nik=[3])), (2, 9, None, own(date=[4], village=[5], nik=[6]))]
    (row,) = compare(*tables(records, {"nik": [(3, 6, 0.4)]}), nik_cap=50).candidates.to_pylist()
    assert (row["date"], row["place"], row["nik"], row["dice"]) == (-1, -1, 1, pytest.approx(0.4))


@given(worlds())
@settings(max_examples=60)
def test_full_records_have_nik_date_and_village_and_bare_ones_two_villages_for_want_of_a_sex(world):
    records, _ = world
    # Without a sex, a record is in the village's cells of both.
    records = [
        (*each[:3], each[3] | {"village": each[3]["village"] + [-1 - each[0]] * (each[0] % 2)}) for each in records
    ]
    found = compare(*tables(records, {}), nik_cap=50)
    expected = sorted(records)
    assert found.records.tolist() == [each[0] for each in expected]
    assert found.full.tolist() == [
        nik is not None and bool(own["date"]) and bool(own["village"]) for _, nik, _, own in expected
    ]
    assert found.bare.tolist() == [
        nik is None and not own["date"] and len(own["village"]) > 1 for _, nik, _, own in expected
    ]


def test_a_nik_on_too_many_records_is_paired_as_a_star_and_counted():
    records = [(record, 9, None, own()) for record in range(10)]
    found = compare(*tables(records, {}), nik_cap=9)
    assert (found.starred, found.unpaired) == (1, 10 * 9 // 2 - 9)
    assert found.candidates["left"].to_pylist() == [0] * 9
    assert found.candidates["right"].to_pylist() == list(range(1, 10))


def test_a_record_that_no_filter_stands_for_is_told_from_those_that_meet_others():
    found = compare(*tables([(1, 9, None, own()), (2, None, None, own(village=[4]))], {}), nik_cap=50)
    assert found.somewhere.tolist() == [False, True]


def test_unfit_tables_are_refused_with_their_codes():
    handle_map, tokens, _ = tables([(1, 9, None, own(date=[1]))], {})
    pair = passed([(1, 77, 0.5)])
    twice = pa.concat_tables([handle_map, handle_map])
    for arguments, code in [
        ((handle_map, tokens, {"date": pair}), "UNKNOWN_HANDLE"),
        ((handle_map, tokens, {"place": pair}), "UNKNOWN_ANCHOR"),
        ((handle_map, tokens.drop_columns("kk"), {}), "MISSING_COLUMN"),
        ((twice, tokens, {}), "HANDLE_TWICE"),
        ((handle_map, pa.concat_tables([tokens, tokens]), {}), "TOKEN_TWICE"),
    ]:
        with pytest.raises(MatchingError) as refusal:
            compare(*arguments, nik_cap=50)
        assert refusal.value.code == code

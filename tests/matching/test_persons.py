from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.matching.errors import MatchingError
from linkage.matching.persons import assign, changes


def table(pairs, value):
    return pa.table(
        {
            "record": pa.array([pair[0] for pair in pairs], pa.int64()),
            value: pa.array([pair[1] for pair in pairs], pa.int64()),
        }
    )


def fresh(number):
    return np.arange(1_000, 1_000 + number)


LABELS = st.dictionaries(st.integers(0, 15), st.integers(0, 5)).map(lambda d: list(d.items()))


@given(LABELS, LABELS)
def test_clusters_and_persons_are_one_to_one_and_every_record_has_one(clusters, previous):
    found = assign(table(clusters, "cluster"), table(previous, "person"), fresh).to_pylist()
    cluster_of = dict(clusters)
    assert [row["record"] for row in found] == sorted(cluster_of)
    both = {(cluster_of[row["record"]], row["person"]) for row in found}
    assert len(both) == len({c for c, _ in both}) == len({p for _, p in both})


@given(LABELS, LABELS)
def test_the_largest_claim_on_an_old_id_is_honoured(clusters, previous):
    found = assign(table(clusters, "cluster"), table(previous, "person"), fresh).to_pylist()
    person_of = {dict(clusters)[row["record"]]: row["person"] for row in found}
    old = dict(previous)
    claims = Counter((name, old[record]) for record, name in clusters if record in old)
    if claims:
        name, person = min(claims, key=lambda claim: (-claims[claim], claim[1], claim[0]))
        assert person_of[name] == person
    # An id that a cluster did not get went to one that holds at least as many of its records.
    for (name, person), number in claims.items():
        if person_of[name] >= 1_000:
            assert any(person_of[other] == person and claims[other, person] >= number for other in person_of)


@given(LABELS)
def test_a_second_run_over_the_same_clusters_changes_nothing(clusters):
    first = assign(table(clusters, "cluster"), table([], "person"), fresh)
    assert assign(table(clusters, "cluster"), first, fresh).equals(first)


def test_when_a_person_splits_the_larger_part_keeps_the_id_and_the_other_gets_a_new_one():
    found = assign(table([(1, 1), (2, 1), (3, 3)], "cluster"), table([(1, 9), (2, 9), (3, 9)], "person"), fresh)
    assert found["person"].to_pylist() == [9, 9, 1_000]


def test_when_persons_merge_the_larger_ones_id_stays():
    previous = table([(1, 8), (2, 9), (3, 9)], "person")
    found = assign(table([(1, 1), (2, 1), (3, 1)], "cluster"), previous, fresh)
    assert found["person"].to_pylist() == [9, 9, 9]


def test_an_id_that_was_used_before_is_refused():
    with pytest.raises(MatchingError, match="NEW_ID_USED"):
        assign(table([(1, 1), (2, 2)], "cluster"), table([(2, 7)], "person"), lambda number: np.full(number, 7))


def test_a_record_listed_twice_is_refused():
    with pytest.raises(MatchingError, match="RECORD_TWICE"):
        assign(table([(1, 1), (1, 2)], "cluster"), table([], "person"), fresh)


def people_of(rows):
    return pa.table({"record": pa.array(list(rows), pa.int64()), "person": pa.array(list(rows.values()), pa.int64())})


PEOPLE_ROWS = st.dictionaries(st.integers(0, 8), st.integers(0, 4))


@given(PEOPLE_ROWS, PEOPLE_ROWS)
def test_changes_count_every_record_that_changed_its_person_and_no_other(before, now):
    found = changes(people_of(before), people_of(now)).to_pylist()
    assert sum(row["records"] for row in found) == sum(
        before[record] != now[record] for record in before if record in now
    )
    for row in found:
        assert row["before"] != row["after"]
        left = row["before"] in now.values()
        new = row["after"] not in before.values()
        assert row["kind"] == ("SPLIT" if new else "MOVED") if left else row["kind"] == "MERGED"


def test_two_persons_that_turn_out_to_be_one_are_a_merge_and_one_that_is_two_a_split():
    assert changes(people_of({1: 7, 2: 8}), people_of({1: 7, 2: 7})).to_pylist() == [
        {"before": 8, "after": 7, "records": 1, "kind": "MERGED"}
    ]
    assert changes(people_of({1: 7, 2: 7}), people_of({1: 7, 2: 9})).to_pylist() == [
        {"before": 7, "after": 9, "records": 1, "kind": "SPLIT"}
    ]

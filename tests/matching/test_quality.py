from itertools import combinations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import recordlinkage
from hypothesis import given
from hypothesis import strategies as st

from linkage.matching.errors import MatchingError
from linkage.matching.quality import measure, reach

WORLDS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), max_size=20)


def tables(rows):
    records = pa.array(range(len(rows)), pa.int64())
    found = pa.table({"record": records, "cluster": pa.array([row[0] for row in rows], pa.int64())})
    truth = pa.table({"record": records, "person": pa.array([row[1] for row in rows], pa.int64())})
    return found, truth, np.array([at for at, row in enumerate(rows) if row[2]], np.int64)


def pairs(rows, column, keep):
    return {
        (a, b)
        for a, b in combinations(range(len(rows)), 2)
        if rows[a][column] == rows[b][column] and keep(rows[a], rows[b])
    }


@given(WORLDS)
def test_counts_are_those_of_all_pairs_listed_overall_and_in_a_group(rows):
    found, truth, group = tables(rows)
    quality = measure(found, truth, {"group": group})
    for part, keep in [(quality.overall, lambda a, b: True), (quality.groups["group"], lambda a, b: a[2] or b[2])]:
        linked, true = pairs(rows, 0, keep), pairs(rows, 1, keep)
        assert (part.found, part.true, part.right) == (len(linked), len(true), len(linked & true))
    assert quality.clusters == len({row[0] for row in rows})
    assert quality.persons == len({row[1] for row in rows})


def test_precision_recall_and_f1_are_recordlinkages():
    rng = np.random.default_rng(8)
    rows = [(int(a), int(b), False) for a, b in zip(rng.integers(0, 30, 120), rng.integers(0, 30, 120), strict=True)]
    found, truth, _ = tables(rows)
    linked, true = (pd.MultiIndex.from_tuples(sorted(pairs(rows, column, lambda a, b: True))) for column in (0, 1))
    overall = measure(found, truth, {}).overall
    assert overall.precision == pytest.approx(recordlinkage.precision(true, linked))
    assert overall.recall == pytest.approx(recordlinkage.recall(true, linked))
    assert overall.f1 == pytest.approx(recordlinkage.fscore(true, linked))


def test_records_that_are_missing_from_either_side_are_refused():
    found, truth, _ = tables([(0, 0, False), (1, 1, False)])
    with pytest.raises(MatchingError, match="RECORDS_DIFFER"):
        measure(found.slice(1), truth, {})


@given(WORLDS)
def test_bcubed_is_the_mean_over_records_of_what_their_cluster_and_person_share(rows):
    found, truth, group = tables(rows)
    quality = measure(found, truth, {"group": group})
    for part, chosen in [(quality.bcubed, range(len(rows))), (quality.bcubed_groups["group"], group.tolist())]:
        precision, recall = [], []
        for record in chosen:
            cluster, person = (
                {other for other in range(len(rows)) if rows[other][column] == rows[record][column]}
                for column in (0, 1)
            )
            precision.append(len(cluster & person) / len(cluster))
            recall.append(len(cluster & person) / len(person))
        assert part.precision == pytest.approx(np.mean(precision) if precision else 1.0)
        assert part.recall == pytest.approx(np.mean(recall) if recall else 1.0)


def test_bcubed_f1_is_the_harmonic_mean():
    found, truth, _ = tables([(0, 0, True), (0, 1, True)])
    assert measure(found, truth, {}).bcubed.f1 == pytest.approx(2 * 0.5 * 1 / 1.5)


def by_hand_reach(clusters, persons, reviews, members):
    split = asked = 0
    for row in members:
        mine = [other for other in range(len(persons)) if persons[other] == persons[row]]
        away = {clusters[other] for other in mine} - {clusters[row]}
        between = [{clusters[one], clusters[other]} for one, other in reviews]
        split += bool(away)
        asked += any({clusters[row], there} in between for there in away)
    return split, asked


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=12), st.data())
def test_a_row_is_reached_where_a_review_leads_from_its_cluster_to_another_of_its_person(rows, data):
    places = st.integers(0, len(rows) - 1)
    pairs = data.draw(st.lists(st.tuples(places, places), max_size=6))
    members = data.draw(st.lists(places, unique=True))
    clusters, persons = zip(*rows, strict=True)
    records = [10 * at for at in range(len(rows))]
    ends = [pa.array([10 * pair[at] for pair in pairs], pa.int64()) for at in (0, 1)]
    found = reach(
        pa.table({"record": records, "cluster": clusters}),
        pa.table({"record": records, "person": persons}),
        pa.table(ends, names=["left", "right"]),
        {"group": np.array([10 * at for at in members], np.int64)},
    )["group"]
    assert (found.split, found.asked) == by_hand_reach(clusters, persons, pairs, members)

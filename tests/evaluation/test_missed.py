import pyarrow as pa

from linkage.evaluation import CAUSES, Judgement, missed
from linkage.matching import Thresholds

LIMITS = Thresholds(accept=0.9, review=0.5, accepted=0, reviewed=0, expected_matches=0.0, expected_false=0.0,
                    expected_missed=0.0, expected_in_review=0.0)  # fmt: skip
LEVELS = ("date", "place", "nik", "kk")


def counted(person, cluster, pairs=(), cells=()):
    """Say what was missed: `person` and `cluster` by record; pairs (left, right, score, thin); cells (record, cell)."""
    records = list(range(len(person)))
    clusters = pa.table({"record": records, "cluster": cluster})
    left, right, score, thin = zip(*pairs, strict=True) if pairs else ((), (), (), ())
    levels = {name: [(1 if name == "place" else -1) if each else 1 for each in thin] for name in LEVELS}
    columns = {"left": left, "right": right, "score": score, **levels}
    types = {"left": pa.int64(), "right": pa.int64(), "score": pa.float64(), **dict.fromkeys(LEVELS, pa.int8())}
    scored = pa.table({name: pa.array(list(column), types[name]) for name, column in columns.items()})
    record, cell = zip(*cells, strict=True) if cells else ((), ())
    village = pa.table({"record": pa.array(record, pa.int64()), "cell": pa.array(cell, pa.int64())})
    truth = pa.table({"record": records, "person": person})
    found = missed(Judgement(clusters, scored, LIMITS), truth, {"village": village})
    return {cause: pairs for cause, pairs in found.items() if pairs}


def test_what_was_found_is_not_missed():
    assert counted([7, 7], [0, 0]) == {}


def test_each_missed_pair_has_the_cause_that_stopped_it():
    assert counted([7, 7], [0, 1]) == {"no filter": 1}
    assert counted([7, 7], [0, 1], cells=[(0, 3), (1, 4)]) == {"no shared cell": 1}
    assert counted([7, 7], [0, 1], cells=[(0, 3), (1, 3)]) == {"under the floor": 1}
    assert counted([7, 7], [0, 1], [(0, 1, 0.4, False)], [(0, 3), (1, 3)]) == {"below review": 1}
    assert counted([7, 7], [0, 1], [(0, 1, 0.5, False)]) == {"in review": 1}
    assert counted([7, 7], [0, 1], [(0, 1, 0.9, True)]) == {"namesakes": 1}
    assert counted([7, 7], [0, 1], [(0, 1, 0.9, False)]) == {"vetoed": 1}


def test_pairs_between_two_clusters_share_the_cause_of_the_one_that_came_nearest():
    assert counted([7, 7, 7], [0, 0, 2], [(0, 2, 0.6, False)]) == {"in review": 2}


def test_strangers_in_one_cell_are_no_missed_match():
    assert counted([7, 8], [0, 1], [(0, 1, 0.6, False)], [(0, 3), (1, 3)]) == {}


def test_causes_are_named_once_each():
    assert len(set(CAUSES)) == len(CAUSES) == 7

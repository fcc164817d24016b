"""People's decisions stand above the model, and lists meet as the topology says."""

from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.matching import DECISIONS, LinkSettings, Topology, link
from linkage.matching.clusters import cluster
from linkage.matching.decisions import impose
from linkage.matching.errors import MatchingError
from tests.matching.test_clusters import RULES, judged, members, worlds


def decided(rows):
    """Build from (left, right, same), and by two if given; else it was decided by two."""
    rows = [(*row, True)[:4] for row in rows]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    return pa.table(columns, schema=DECISIONS)


@st.composite
def decided_worlds(draw):
    nik, pairs = draw(worlds())
    every = list(combinations(range(len(nik)), 2))
    chosen = draw(st.lists(st.sampled_from(every), unique=True, max_size=6)) if every else []
    source = draw(st.lists(st.integers(-1, 1), min_size=len(nik), max_size=len(nik)))
    by_two = draw(st.sampled_from([[True], [False], [True, False]]))
    decisions = [(*pair, draw(st.booleans()), draw(st.sampled_from(by_two))) for pair in chosen]
    return nik, pairs, decisions, np.array(source, np.int64)


def run(world):
    nik, pairs, rows, source = world
    records = np.arange(len(nik)) * 10
    table = decided([(10 * left, 10 * right, same, two) for left, right, same, two in rows])
    return cluster(records, nik, impose(judged(pairs), records, table), RULES, source)


def together(found):
    return {record: name for name, group in members(found).items() for record in group}


@given(decided_worlds())
@settings(max_examples=300)
def test_what_was_parted_is_apart_and_what_was_joined_is_together_or_disputed(world):
    found = run(world)
    of = together(found)
    held = {(row["left"] // 10, row["right"] // 10, row["reason"]) for row in found.reviews.to_pylist()}
    disputed = {frozenset((of[left], of[right])) for left, right, reason in held if reason == "DISPUTED"}
    unlike = {frozenset((of[left], of[right])) for left, right, reason in held if reason == "TWO_NIKS"}
    parted = [pair[:2] for pair in world[2] if not pair[2]]
    for left, right, same, two in world[2]:
        if not same:
            assert of[left] != of[right]
        elif of[left] != of[right]:
            between = frozenset((of[left], of[right]))
            assert (parted and between in disputed) or (not two and between in unlike)
    for left, right, reason in held:
        closed = any({of[one], of[other]} == {of[left], of[right]} for one, other in parted)
        assert reason == "DISPUTED" or not closed


@given(decided_worlds(), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_the_order_of_pairs_and_of_decisions_and_their_sides_change_nothing(world, random):
    nik, pairs, rows, source = world
    pairs, turned = list(pairs), [(right, left, *said) for left, right, *said in rows]
    random.shuffle(pairs)
    random.shuffle(turned)
    one, other = run(world), run((nik, pairs, turned, source))
    assert one.clusters.equals(other.clusters) and one.reviews.equals(other.reviews)


@given(decided_worlds())
@settings(max_examples=300)
def test_one_persons_words_alone_never_bring_two_niks_together(world):
    """The attack: join A to B and B to C, one word each, where A and C have NIKs of their own and B has none."""
    nik, _, rows, source = world
    alone = [(left, right, same, False) for left, right, same, _ in rows]
    for group in members(run((nik, [], alone, source))).values():
        assert len({int(nik[record]) for record in group} - {-1}) < 2


def test_two_words_that_lead_from_one_nik_to_another_are_held_back_until_a_second_person_agrees():
    nik = np.array([1, -1, 2])
    steps = [(0, 1, True), (1, 2, True)]
    for two, whole in ((False, False), (True, True)):
        found = run((nik, [], [(*step, two) for step in steps], np.full(3, -1)))
        assert (len(members(found)) == 1) is whole
        assert found.reviews["reason"].to_pylist() == ([] if whole else ["TWO_NIKS"])
        assert found.reviews["two_niks"].to_pylist() == ([] if whole else [True])


@given(decided_worlds())
@settings(max_examples=300)
def test_no_cluster_holds_two_rows_of_a_list_without_duplicates_unless_people_joined_them(world):
    source = world[3]
    decisions = {frozenset(pair[:2]) for pair in world[2] if pair[2]}
    for group in members(run(world)).values():
        for one, other in combinations(group, 2):
            if source[one] == source[other] >= 0:
                # By a decision, or by several that lead from one to the other.
                assert any(record in pair for pair in decisions for record in group)


@pytest.fixture(scope="module")
def world(make):
    made = make(people=2_000, villages=30)
    passes = made.passes(0.60)
    return made, passes, link(made.handle_map, made.tokens, passes, LinkSettings())


def test_decisions_survive_every_later_run_and_a_refit(world):
    made, passes, first = world
    asked = first.reviews.filter(pc.equal(first.reviews["reason"], "UNSURE"))
    cluster_of = dict(zip(*(first.clusters[name].to_pylist() for name in ("record", "cluster")), strict=True))
    linked = next(
        (row["left"], row["right"])
        for row in first.scored.to_pylist()
        if cluster_of[row["left"]] == cluster_of[row["right"]]
    )
    left, right = asked["left"][0].as_py(), asked["right"][0].as_py()
    strangers = made.truth["record"][0].as_py(), made.truth["record"][len(made.truth) - 1].as_py()
    table = decided([(left, right, True), (*linked, False), (*strangers, True), (-1, left, True)])
    for model in (first.frozen, None, first.frozen):
        found = link(made.handle_map, made.tokens, passes, LinkSettings(), model, table)
        of = dict(zip(*(found.clusters[name].to_pylist() for name in ("record", "cluster")), strict=True))
        assert of[left] == of[right] and of[strangers[0]] == of[strangers[1]]
        assert of[linked[0]] != of[linked[1]]
        assert (left, right) not in set(
            zip(*(found.reviews[side].to_pylist() for side in ("left", "right")), strict=True)
        )


def test_lists_that_do_not_meet_share_no_person_and_one_without_duplicates_keeps_its_rows_apart(world):
    made, passes, first = world
    records = np.sort(made.truth["record"].to_numpy())
    source = records % 3
    meet = np.array([[False, True, True], [True, True, False], [True, False, True]])
    found = link(
        made.handle_map, made.tokens, passes, LinkSettings(), first.frozen, topology=Topology(records, source, meet)
    )
    left, right = (source[np.searchsorted(records, found.scored[side].to_numpy())] for side in ("left", "right"))
    assert meet[left, right].all() and 0 < len(left) < first.scored.num_rows
    assert found.report.uncompared.lists_apart == first.scored.num_rows - len(left)
    names = found.clusters["cluster"].to_numpy()
    single = names[source == 0]
    assert len(np.unique(single)) == len(single)


@pytest.mark.parametrize(
    ("rows", "code"), [([(0, 10, True), (10, 0, False)], "DECISION_TWICE"), ([(10, 10, True)], "DECISION_OF_ONE")]
)
def test_two_decisions_of_one_pair_or_one_of_a_row_with_itself_are_refused(rows, code):
    with pytest.raises(MatchingError, match=code):
        impose(judged([]), np.array([0, 10]), decided(rows))


def test_a_topology_names_the_list_of_every_record_and_meets_both_ways():
    with pytest.raises(MatchingError, match="TOPOLOGY_SHAPE"):
        Topology(np.arange(2), np.zeros(2, np.int64), np.array([[True, False], [True, True]]))
    with pytest.raises(MatchingError, match="TOPOLOGY_SHAPE"):
        Topology(np.arange(2), np.full(2, 5), np.eye(2, dtype=bool))
    with pytest.raises(MatchingError, match="SOURCE_UNKNOWN"):
        Topology(np.arange(2), np.zeros(2, np.int64), np.eye(2, dtype=bool)).of(np.array([7]))

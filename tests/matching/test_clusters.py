from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.matching.clusters import Judged, Rules, cluster

RULES = Rules(accept=0.9, review=0.5, cap=5, confirm=2)
NOTHING_AGAINST = Rules(accept=0.9, review=0.0, cap=100, confirm=100, absence=0.0)


def judged(pairs):
    """Build from (left, right, probability, same_nik, conflict), and thin, bare, joined, parted, by two if given."""
    pairs = [(*pair, False, False, False, False, False)[:10] for pair in pairs]
    columns = [list(column) for column in zip(*pairs, strict=True)] if pairs else [[]] * 10
    types = (np.int64, np.int64, np.float64, *[bool] * 7)
    return Judged(*(np.array(column, kind) for column, kind in zip(columns, types, strict=True)))


@st.composite
def worlds(draw):
    n = draw(st.integers(1, 12))
    nik = draw(st.lists(st.integers(-1, 3), min_size=n, max_size=n))
    ends = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda pair: pair[0] < pair[1])
    chosen = draw(st.lists(ends, max_size=25, unique=True)) if n > 1 else []
    pairs = []
    for left, right in chosen:
        same = nik[left] == nik[right] >= 0
        conflict = same and draw(st.booleans())
        thin = draw(st.booleans()) and -1 in (nik[left], nik[right])
        bare = thin and draw(st.booleans())
        chance = draw(st.sampled_from([0.01, 0.3, 0.6, 0.91, 0.95, 0.99]))
        pairs.append((left, right, chance, same, conflict, thin, bare))
    return np.array(nik, np.int64), pairs


def run(world, rules=RULES):
    nik, pairs = world
    return cluster(np.arange(len(nik)) * 10, nik, judged(pairs), rules)


def members(clustering):
    found = defaultdict(list)
    for record, name in zip(
        *(clustering.clusters[column].to_pylist() for column in ("record", "cluster")), strict=True
    ):
        found[name].append(record // 10)
    return found


@given(worlds(), st.randoms(use_true_random=False))
@settings(max_examples=200)
def test_the_order_of_pairs_changes_nothing(world, random):
    nik, pairs = world
    shuffled = list(pairs)
    random.shuffle(shuffled)
    one, other = run(world), run((nik, shuffled))
    assert one.clusters.equals(other.clusters)
    assert one.reviews.equals(other.reviews)


@given(worlds())
@settings(max_examples=200)
def test_vetoes_hold_and_clusters_are_named_by_their_smallest_record(world):
    _, pairs = world
    found = run(world)
    of = {record: name for name, group in members(found).items() for record in group}
    for name, group in members(found).items():
        assert name == min(group) * 10
        assert len(group) <= RULES.cap
    for left, right, probability, same, conflict, *_ in pairs:
        if conflict or (same and probability < RULES.accept):
            assert of[left] != of[right]


@given(worlds())
@settings(max_examples=200)
def test_every_pair_worth_a_look_is_linked_or_stands_in_the_reviews(world):
    _, pairs = world
    found = run(world)
    of = {record: name for name, group in members(found).items() for record in group}
    held = defaultdict(int)
    for left, right, probability, same, conflict, *_ in pairs:
        if of[left] != of[right] and (probability >= RULES.review or conflict or same):
            held[frozenset((of[left], of[right]))] += 1
    stated = {
        frozenset((of[row["left"] // 10], of[row["right"] // 10])): row["pairs"] for row in found.reviews.to_pylist()
    }
    assert stated == dict(held)
    assert found.reviews.num_rows == len(held)


def by_hand(n, pairs, accept):
    """Connected components of the accepted pairs."""
    of = list(range(n))
    for _ in range(n):
        for left, right, probability, _, conflict, *_ in pairs:
            if probability >= accept and not conflict:
                of[left] = of[right] = min(of[left], of[right])
    return of


@given(worlds())
@settings(max_examples=200)
def test_without_anything_against_them_clusters_are_the_connected_components(world):
    nik, pairs = world
    pairs = [(left, right, probability, False, False) for left, right, probability, *_ in pairs]
    found = run((np.full(len(nik), -1), pairs), NOTHING_AGAINST)
    assert [name // 10 for name in found.clusters["cluster"].to_pylist()] == by_hand(len(nik), pairs, 0.9)
    assert found.rebuilt == 0


def reasons(found):
    return [(row["left"] // 10, row["right"] // 10, row["reason"]) for row in found.reviews.to_pylist()]


def groups(found):
    return sorted(members(found).values())


def test_one_nik_with_two_names_goes_to_review():
    found = run((np.array([7, 7]), [(0, 1, 0.999, True, True)]))
    assert groups(found) == [[0], [1]]
    assert reasons(found) == [(0, 1, "NIK_CONFLICT")]


@given(worlds())
@settings(max_examples=200)
def test_a_cluster_holds_together_without_its_bare_and_improbable_pairs(world):
    nik, pairs = world
    links = [pair for pair in pairs if pair[2] >= RULES.accept and not pair[4] and not pair[6]]
    apart = by_hand(len(nik), links, RULES.accept)
    for group in members(run(world)).values():
        assert len({apart[record] for record in group}) == 1


THIN, BARE = (False, False, True, False), (False, False, True, True)


def test_a_thin_pair_links_two_records_that_have_no_other_partner():
    assert groups(run((np.array([7, -1]), [(0, 1, 0.95, *THIN)]))) == [[0, 1]]


def test_a_bare_pair_goes_to_review_however_probable_and_alone():
    found = run((np.array([7, -1]), [(0, 1, 0.999, *BARE)]))
    assert groups(found) == [[0], [1]]
    assert reasons(found) == [(0, 1, "UNSURE")]


@pytest.mark.parametrize("other", [THIN, BARE])
def test_a_record_that_could_be_either_of_two_namesakes_goes_to_review_with_both(other):
    found = run((np.array([7, -1, 8]), [(0, 1, 0.95, *THIN), (1, 2, 0.95, *other)]))
    assert groups(found) == [[0], [1], [2]]
    assert reasons(found) == [(0, 1, "NAMESAKES"), (1, 2, "NAMESAKES" if other == THIN else "UNSURE")]


def test_a_thin_pair_joins_a_whole_cluster_when_no_other_could_be_meant():
    pairs = [(0, 1, 0.99, True, False), (0, 2, 0.95, *THIN), (1, 2, 0.95, *THIN)]
    assert groups(run((np.array([7, 7, -1]), pairs))) == [[0, 1, 2]]
    assert groups(run((np.array([7, 7, -1]), [*pairs[:2], (1, 2, 0.01, False, False)]))) == [[0, 1], [2]]


def test_a_thin_pair_does_not_join_two_clusters_with_a_confirmed_nik_each():
    pairs = [(0, 1, 0.99, True, False), (1, 2, 0.99, False, False), (3, 4, 0.99, True, False), (2, 3, 0.95, *THIN)]
    nik = np.array([1, 1, -1, 2, 2])
    lenient = Rules(accept=0.9, review=0.5, absence=0.0)
    found = run((nik, pairs), lenient)
    assert groups(found) == [[0, 1, 2], [3, 4]]
    assert reasons(found) == [(2, 3, "NAMESAKES")]
    assert groups(run((np.array([1, 1, -1, 2, -1]), pairs), lenient)) == [[0, 1, 2, 3, 4]]


def test_a_neighbours_nik_does_not_join_two_people_through_the_wrong_row():
    # Row 2 is the first person's, with the second's NIK.
    pairs = [
        (0, 1, 0.99, True, False),
        (0, 2, 0.95, False, False),
        (1, 2, 0.95, False, False),
        (2, 3, 0.99, True, True),
    ]
    found = run((np.array([1, 1, 2, 2]), pairs))
    assert groups(found) == [[0, 1, 2], [3]]
    assert reasons(found) == [(2, 3, "NIK_CONFLICT")]


def test_two_clusters_with_a_confirmed_nik_each_are_not_joined():
    found = run(
        (np.array([1, 1, 2, 2]), [(0, 1, 0.99, True, False), (2, 3, 0.99, True, False), (1, 2, 0.95, False, False)])
    )
    assert groups(found) == [[0, 1], [2, 3]]
    assert reasons(found) == [(1, 2, "TWO_NIKS")]


def test_a_nik_seen_once_is_a_typing_error_and_does_not_keep_apart():
    found = run((np.array([1, 1, 2]), [(0, 1, 0.99, True, False), (1, 2, 0.95, False, False)]))
    assert groups(found) == [[0, 1, 2]]


def test_a_weak_link_does_not_join_clusters_whose_other_pairs_speak_against_it():
    pairs = [(0, 1, 0.99, False, False), (2, 3, 0.99, False, False), (1, 2, 0.92, False, False)]
    against = [(0, 2, 0.001, False, False), (1, 3, 0.001, False, False)]
    nik = np.full(4, -1)
    lenient = Rules(accept=0.9, review=0.5, absence=0.0)
    assert groups(run((nik, pairs), lenient)) == [[0, 1, 2, 3]]
    found = run((nik, pairs + against), lenient)
    assert groups(found) == [[0, 1], [2, 3]]
    assert reasons(found) == [(1, 2, "UNSURE")]


def test_pairs_that_never_met_outweigh_one_weak_link_between_clusters():
    pairs = [(0, 1, 0.99, False, False), (2, 3, 0.99, False, False), (1, 2, 0.95, False, False)]
    found = run((np.full(4, -1), pairs))
    assert groups(found) == [[0, 1], [2, 3]]
    assert reasons(found) == [(1, 2, "UNSURE")]
    supported = [*pairs, (0, 2, 0.95, False, False), (0, 3, 0.95, False, False)]
    assert groups(run((np.full(4, -1), supported))) == [[0, 1, 2, 3]]


def test_a_cluster_never_grows_past_the_cap_and_says_what_it_held_back():
    pairs = [(left, left + 1, 0.99 - left / 1000, False, False) for left in range(6)]
    found = run((np.full(7, -1), pairs), Rules(accept=0.9, review=0.5, cap=5, absence=0.0))
    assert groups(found) == [[0, 1, 2, 3, 4], [5, 6]]
    assert reasons(found) == [(4, 5, "CLUSTER_TOO_LARGE")]


def test_no_records_give_no_clusters():
    found = cluster(np.empty(0, np.int64), np.empty(0, np.int64), judged([]), RULES)
    assert found.clusters.num_rows == found.reviews.num_rows == 0


@pytest.mark.parametrize("troubled", [False, True])
def test_a_chain_of_many_records_is_clustered_either_way(troubled):
    n = 3_000
    rules = Rules(accept=0.9, review=0.5, cap=n, absence=0.0)
    pairs = [(at, at + 1, 0.95, False, False) for at in range(n - 1)]
    if troubled:
        pairs.append((0, n - 1, 0.3, False, False))
    found = run((np.full(n, -1), pairs), rules)
    assert found.rebuilt == int(troubled)
    assert len(members(found)) == 1

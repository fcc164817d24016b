from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linkage.matching.namesakes import lone

PAIRS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.sampled_from(["rival", "against", ""])), max_size=14
)
SIZES = st.lists(st.integers(1, 4), min_size=7, max_size=7)


def run(pairs, sizes, cap):
    left, right = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    rivals, against = (np.array([pair[2] == kind for pair in pairs], bool) for kind in ("rival", "against"))
    return lone(left, right, rivals, against, np.array(sizes, np.int64), cap).tolist()


def by_hand(pairs, sizes, cap):
    """A rival joins two clusters, each with no other partner, nothing against them, and room for both."""
    partners, opposed = defaultdict(set), set()
    for a, b, kind in pairs:
        if kind == "rival" and a != b:
            partners[a].add(b)
            partners[b].add(a)
        if kind == "against":
            opposed.add(frozenset((a, b)))
    return [
        kind == "rival"
        and a != b
        and partners[a] == {b}
        and partners[b] == {a}
        and frozenset((a, b)) not in opposed
        and sizes[a] + sizes[b] <= cap
        for a, b, kind in pairs
    ]


@given(PAIRS, SIZES, st.integers(2, 8))
def test_exactly_the_rivals_of_the_rule_join(pairs, sizes, cap):
    assert run(pairs, sizes, cap) == by_hand(pairs, sizes, cap)


@given(PAIRS, SIZES, st.randoms(use_true_random=False))
def test_neither_the_order_of_pairs_nor_of_their_ends_changes_who_joins(pairs, sizes, random):
    order = random.sample(range(len(pairs)), len(pairs))
    turned = [pairs[at] if random.random() < 0.5 else (pairs[at][1], pairs[at][0], pairs[at][2]) for at in order]
    before = run(pairs, sizes, 5)
    assert run(turned, sizes, 5) == [before[at] for at in order]


@given(PAIRS, SIZES)
def test_one_round_makes_pairs_of_clusters_never_chains(pairs, sizes):
    joined = {frozenset(pair[:2]) for pair, joins in zip(pairs, run(pairs, sizes, 8), strict=True) if joins}
    assert sum(map(len, joined)) == len(frozenset().union(*joined))

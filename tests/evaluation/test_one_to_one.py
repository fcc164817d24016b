"""Partners between two duplicate-free files: exact on what can be enumerated, and never twice."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.matching import MatchingError, one_to_one
from linkage.matching.one_to_one import Rivals

U = ((0.9, 0.09, 0.01),)


def rivals(pairs, levels, sizes):
    left, right = (np.array([pair[at] for pair in pairs], np.int64) for at in (0, 1))
    return Rivals(left, right, np.array(levels, np.int8).reshape(len(pairs), 1), sizes)


@st.composite
def trees(draw):
    """Candidate pairs that make no circle, for there belief propagation is exact."""
    n = draw(st.integers(1, 4))
    pairs, joined = [], {("l", 0): 0}
    nodes = [(side, at) for at in range(n) for side in "lr"]
    for side, at in nodes[1:]:
        other = [node for node in joined if node[0] != side]
        if other and draw(st.booleans()):
            node = draw(st.sampled_from(other))
            pairs.append((at, node[1]) if side == "l" else (node[1], at))
            joined[(side, at)] = 0
    weights = draw(st.lists(st.floats(0.01, 50.0), min_size=len(pairs), max_size=len(pairs)))
    return pairs, weights, n


def by_hand(pairs, weights):
    """Sum over every set of pairs that uses no record twice."""
    total, each = 0.0, np.zeros(len(pairs))
    for size in range(len(pairs) + 1):
        for chosen in combinations(range(len(pairs)), size):
            lefts, rights = {pairs[at][0] for at in chosen}, {pairs[at][1] for at in chosen}
            if len(lefts) == len(rights) == size:
                weight = np.prod([weights[at] for at in chosen])
                total += weight
                each[list(chosen)] += weight
    return each / total


@given(trees())
@settings(max_examples=100)
def test_probabilities_are_those_of_all_matchings_where_candidates_make_no_circle(tree):
    pairs, weights, n = tree
    given_ = rivals(pairs, [0] * len(pairs), (n, n))
    values = np.array(weights)
    beliefs = one_to_one._settle(given_, values, one_to_one._Beliefs(values, values), sweeps=50)
    assert beliefs.marginals(values) == pytest.approx(by_hand(pairs, weights), abs=1e-9)


PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6)), unique=True, max_size=20)


@given(PAIRS, st.data())
def test_no_records_probabilities_sum_to_more_than_one(pairs, data):
    levels = data.draw(st.lists(st.integers(-1, 2), min_size=len(pairs), max_size=len(pairs)))
    found = one_to_one.weigh(rivals(pairs, levels, (6, 7)), U)
    assert ((found.probability >= 0) & (found.probability <= 1)).all()
    for side in (0, 1):
        sums = np.bincount([pair[side] for pair in pairs], found.probability) if pairs else np.zeros(1)
        # Loops among candidates make propagation approximate.
        assert (sums <= 1.05).all()
    assert 0 <= found.share < 1


@given(PAIRS, st.data())
def test_no_record_stands_twice_and_no_pair_is_left_that_could_stand(pairs, data):
    chances = data.draw(st.lists(st.sampled_from([0.1, 0.5, 0.9]), min_size=len(pairs), max_size=len(pairs)))
    given_ = rivals(pairs, [0] * len(pairs), (6, 7))
    stands = one_to_one.pair_up(given_, np.array(chances), np.zeros(len(pairs), np.float32))
    kept = [pair for pair, flag in zip(pairs, stands, strict=True) if flag]
    assert len({left for left, _ in kept}) == len({right for _, right in kept}) == len(kept)
    used = {("l", left) for left, _ in kept} | {("r", right) for _, right in kept}
    assert all(("l", left) in used or ("r", right) in used for left, right in pairs)


def test_a_sure_partner_frees_the_others_rivals():
    # 0-0 is sure, so 1-0, however alike, is not; alone, 1-0 would be likely.
    both = one_to_one.weigh(rivals([(0, 0), (1, 0), (1, 1)], [2, 1, 1], (2, 2)), U)
    assert both.probability[1] < both.probability[2]


def test_a_level_that_the_field_does_not_have_is_refused():
    with pytest.raises(MatchingError) as refused:
        one_to_one.weigh(rivals([(0, 0)], [3], (1, 1)), U)
    assert refused.value.code == "LEVEL_RANGE"


def test_without_candidates_nobody_has_a_partner():
    found = one_to_one.weigh(rivals([], [], (3, 0)), U)
    assert len(found.probability) == 0 and found.share == 0.0


def made(seed, n=300, share=0.8):
    """Two made files: candidate pairs that show a level, and which of them are true."""
    rng = np.random.default_rng(seed)
    left, right = (each.ravel() for each in np.meshgrid(np.arange(n), np.arange(n), indexing="ij"))
    true = (left == right) & (left < share * n)
    partners, strangers = rng.choice(3, n * n, p=(0.1, 0.3, 0.6)), rng.choice(3, n * n, p=(0.98, 0.0195, 0.0005))
    levels = np.where(true, partners, strangers).astype(np.int8)
    seen = levels > 0
    return Rivals(left[seen], right[seen], levels[seen, None], (n, n)), true[seen]


def test_probabilities_are_calibrated_on_made_pairs():
    chance, true = [], []
    for seed in range(10):
        candidates, really = made(seed)
        chance.append(one_to_one.weigh(candidates, ((0.98, 0.0195, 0.0005),)).probability)
        true.append(really)
    expected, real = np.concatenate(chance), np.concatenate(true)
    for low, high in ((0.02, 0.3), (0.3, 0.7), (0.7, 1.0)):
        inside = (expected >= low) & (expected <= high)
        assert inside.sum() > 300
        assert real[inside].mean() == pytest.approx(expected[inside].mean(), abs=0.06)
    assert expected.sum() == pytest.approx(real.sum(), rel=0.06)

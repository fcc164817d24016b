from collections import Counter
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linkage.matching.pairs import alike, met


@given(st.lists(st.integers(-1, 4), max_size=25), st.integers(2, 6))
def test_a_token_pairs_all_its_records_or_the_first_with_each_when_too_common(codes, cap):
    sizes = Counter(code for code in codes if code >= 0)
    expected = set()
    for low, high in combinations(range(len(codes)), 2):
        if codes[low] == codes[high] >= 0 and (sizes[codes[low]] <= cap or codes.index(codes[low]) == low):
            expected.add(low * len(codes) + high)
    found = alike(np.array(codes, np.int64), cap)
    assert found.keys.tolist() == sorted(expected)
    assert found.starred == sum(size > cap for size in sizes.values())
    assert len(found.keys) + found.unpaired == sum(size * (size - 1) // 2 for size in sizes.values())


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from([0.5, 0.7, 0.9])), max_size=30))
def test_meeting_twice_counts_once_with_the_best_similarity_and_never_with_oneself(rows):
    best = {}
    for one, other, dice in rows:
        if one != other:
            key = min(one, other) * 6 + max(one, other)
            best[key] = max(best.get(key, 0.0), dice)
    one, other, dice = (np.array([row[at] for row in rows]) for at in range(3))
    found = met(one.astype(np.int64), other.astype(np.int64), dice.astype(np.float32), 6)
    assert dict(zip(found.keys.tolist(), found.dice.tolist(), strict=True)) == {
        key: float(np.float32(value)) for key, value in best.items()
    }
    asked = np.arange(36)
    answers = found.look_up(asked)
    assert [key for key, answer in zip(asked.tolist(), answers, strict=True) if not np.isnan(answer)] == sorted(best)

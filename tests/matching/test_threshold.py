import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.matching.errors import MatchingError
from linkage.matching.threshold import NEVER, Budget, choose

# Binary fractions, so that sums are exact and a tie is a tie.
PATTERNS = st.lists(st.tuples(st.integers(0, 64).map(lambda p: p / 64), st.integers(1, 500)), max_size=20)
BUDGETS = st.builds(
    Budget,
    st.sampled_from([0.0, 1 / 64, 1 / 8, 1 / 4]),
    st.sampled_from([0.0, 1 / 64, 1 / 4]),
    st.sampled_from([0.0, 0.5, 0.9]),
)


def split(rows):
    return np.array([row[0] for row in rows], float), np.array([row[1] for row in rows], np.int64)


@given(PATTERNS, BUDGETS)
def test_accept_is_the_lowest_threshold_within_the_budget(rows, budget):
    found = choose(*split(rows), budget)

    def within(threshold):
        number = sum(n for p, n in rows if p >= threshold)
        false = sum((1 - p) * n for p, n in rows if p >= threshold)
        return false <= budget.false * number and threshold >= budget.least

    fit = [p for p, _ in rows if within(p)]
    assert found.accept == (min(fit) if fit else NEVER)
    assert found.accepted == sum(n for p, n in rows if p >= found.accept)
    assert found.expected_false == pytest.approx(sum((1 - p) * n for p, n in rows if p >= found.accept))


@given(PATTERNS, BUDGETS)
def test_review_is_just_low_enough_for_the_missed_matches(rows, budget):
    found = choose(*split(rows), budget)
    total = sum(p * n for p, n in rows)
    assert found.review <= found.accept
    assert found.expected_missed == pytest.approx(sum(p * n for p, n in rows if p < found.review), abs=1e-6)
    assert found.expected_missed <= budget.missed * total + 1e-6
    assert found.reviewed == sum(n for p, n in rows if found.review <= p < found.accept)
    assert found.expected_in_review == pytest.approx(sum(p * n for p, n in rows if found.review <= p < found.accept))
    if found.reviewed:
        tighter = sum(p * n for p, n in rows if p <= found.review)
        assert tighter > budget.missed * total - 1e-6


def test_a_budget_outside_zero_and_one_is_refused():
    with pytest.raises(MatchingError, match="BUDGET_RANGE"):
        Budget(false=1.0)

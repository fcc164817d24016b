"""Rates, bounds and bars."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.attacks.bounds import Trials, exact, judge, none, pool


@given(st.integers(1, 10_000), st.integers(0, 10_000))
def test_a_bound_lies_above_its_rate_and_not_above_one(tried, hits):
    trials = Trials(tried, min(hits, tried))
    assert trials.rate <= trials.upper <= 1.0


def test_no_hit_in_299_is_bounded_by_one_per_cent():
    assert Trials(298, 0).upper > 0.01 > Trials(299, 0).upper


def test_nothing_tried_proves_nothing():
    assert judge("A", "s", Trials(0, 0), 0.5).holds is False


def test_a_bar_is_held_by_the_bound_and_not_by_the_rate():
    assert not judge("A", "s", Trials(100, 1), 0.01).holds
    assert judge("A", "s", Trials(10_000, 10), 0.01).holds


@pytest.mark.parametrize("hits", [0, 1])
def test_no_hit_allowed_means_none(hits):
    assert none("A", "s", Trials(1_000, hits)).holds is (hits == 0)


def test_a_full_count_is_held_by_its_rate():
    assert exact("A", "s", Trials(100, 5), 0.05).holds
    assert not exact("A", "s", Trials(100, 6), 0.05).holds


def test_seeds_are_pooled():
    assert pool([Trials(10, 1), Trials(30, 3)]) == Trials(40, 4)

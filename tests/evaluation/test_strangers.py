"""Where names learn what chance is, when there are no NIKs."""

import numpy as np
import pyarrow as pa
import pytest

from linkage.matching import strangers
from linkage.matching.merge import Comparison
from linkage.matching.passes import PAIRS, Pass


def comparison(**columns):
    """A comparison of 100 dated records in villages, none with a NIK, with the given candidate columns."""
    count = len(columns["dice"])
    given = {"left": [0] * count, "right": [1] * count, "kk": [-1] * count, **columns}
    none, every = np.full(100, -1), np.ones(100, bool)
    return Comparison(np.arange(100), none, none, every, every, ~every, every, pa.table(given), 0)


def passed(compared):
    return Pass(PAIRS.empty_table(), 100, compared, 0.5)


def test_neighbours_with_unlike_dates_come_before_those_of_one_year():
    found = comparison(dice=[0.6] * 4, date=[0, 0, 1, 2], place=[1, 1, 0, 1], nik=[-1] * 4)
    kind = strangers.find(found, {name: passed(2_000) for name in ("village", "year", "date")}, enough=1_000)
    assert kind.unlike.tolist() == [True, True, False, False]
    assert not kind.alone
    assert kind.compared == pytest.approx(2_000, rel=0.02)


def test_without_villages_those_of_one_year_and_unlike_dates_are_strangers():
    found = comparison(dice=[0.6] * 3, date=[1, 1, 2], place=[-1] * 3, nik=[-1] * 3)
    kind = strangers.find(found, {"year": passed(3_000), "date": passed(500)}, enough=1_000)
    assert kind.unlike.tolist() == [True, True, False]
    assert kind.compared == 2_500


def test_where_one_filter_holds_all_every_pair_may_be_of_strangers():
    found = comparison(dice=[0.6] * 3, date=[-1] * 3, place=[-1] * 3, nik=[-1] * 3)
    kind = strangers.find(found, {"record": passed(4_950)}, enough=1_000)
    assert kind.alone and kind.unlike.all() and kind.compared == 4_950


def test_too_few_compared_pairs_are_no_kind_of_strangers():
    found = comparison(dice=[0.6], date=[0], place=[1], nik=[-1])
    assert strangers.find(found, {"village": passed(900)}, enough=1_000) is None
    assert strangers.find(found, {}, enough=1_000) is None


def test_the_tail_of_strangers_is_inferred_past_where_matches_take_over():
    rng = np.random.default_rng(1)
    chance = 0.5 + rng.exponential(0.04, 20_000)
    matches = rng.uniform(0.8, 1.0, 2_000)
    dice = np.concatenate([chance[chance < 1], matches]).astype(np.float32)
    cuts = strangers.even_cuts(dice, 0.99)
    got = strangers.tail(dice, cuts)
    real = np.histogram(chance, [*cuts, np.inf])[0]
    seen = np.histogram(dice, [*cuts, np.inf])[0]
    low = np.array(cuts) < 0.75
    assert got[low] == pytest.approx(real[low], rel=0.25, abs=30)
    # Above .84 nine in ten are matches, and are not taken for chance.
    high = np.array(cuts) > 0.84
    assert (got[high] < 0.1 * seen[high]).all()
    assert (got >= strangers.LEAST * seen).all()


def test_even_cuts_rise_from_the_least_similarity_to_the_same_name():
    cuts = strangers.even_cuts(np.array([0.61, 0.9], np.float32), 0.99)
    assert cuts[0] == 0.61 and cuts[-1] == 0.99
    assert list(cuts) == sorted(set(cuts))

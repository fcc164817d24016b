from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from linkage.matching import ecm, em
from linkage.matching.chance import Chance
from linkage.matching.em import Fitting
from linkage.matching.errors import MatchingError
from linkage.matching.model import Model, probability, weights
from linkage.matching.patterns import Field, Histogram, count, fields

BINARY = tuple(Field(name, 2) for name in "abcd")
EXACT = Fitting(smoothing=1e-9, rounds=3_000, tolerance=1e-10, least=1e-6)


def rows(agree):
    return tuple((1 - p, p) for p in agree)


def binary(prior, m, u):
    return Model((0.5,), BINARY, prior, rows(m), rows(u))


TRUE = binary(0.2, (0.9, 0.8, 0.95, 0.7), (0.1, 0.2, 0.05, 0.3))
ASKEW = binary(0.1, (0.9,) * 4, (0.1,) * 4)


def draw(levels, size, rng):
    """Draw patterns, each field alone."""
    return np.stack([rng.choice(len(row), size, p=row) for row in levels], axis=1).astype(np.int8)


def sample(model, size, seed):
    """Draw patterns from a model."""
    rng = np.random.default_rng(seed)
    matches = int(model.prior * size)
    return np.concatenate([draw(model.m, matches, rng), draw(model.u, size - matches, rng)])


def test_without_chance_em_finds_the_model_that_made_the_patterns_also_with_values_missing():
    patterns = sample(TRUE, 60_000, 1)
    patterns[np.random.default_rng(2).random(patterns.shape) < 0.15] = -1
    found = em.fit(count(patterns, BINARY), binary(0.5, (0.7,) * 4, (0.3,) * 4), None, EXACT)
    assert found.prior == pytest.approx(TRUE.prior, abs=0.01)
    assert np.array(found.m) == pytest.approx(np.array(TRUE.m), abs=0.02)
    assert np.array(found.u) == pytest.approx(np.array(TRUE.u), abs=0.02)


def test_without_chance_em_and_recordlinkages_ecm_agree_on_binary_complete_patterns():
    histogram = count(sample(TRUE, 40_000, 3), BINARY)
    theirs = ecm.fit_binary(histogram.patterns, histogram.counts)
    ours = em.fit(histogram, ASKEW, None, EXACT)
    assert ours.prior == pytest.approx(theirs.share, abs=1e-3)
    assert [row[1] for row in ours.m] == pytest.approx(theirs.m, abs=1e-3)
    assert [row[1] for row in ours.u] == pytest.approx(theirs.u, abs=1e-3)


FIELDS = fields(4)
UNIVERSE, MATCHES = 3_000_000, 4_000
REAL = Model(
    (0.7, 0.8, 0.9),
    FIELDS,
    MATCHES / UNIVERSE,
    m=((0.03, 0.05, 0.12, 0.8), (0.04, 0.02, 0.94), (0.06, 0.94), (0.2, 0.8), (0.15, 0.85)),
    u=((0.965, 0.02, 0.01, 0.005), (0.989, 0.01, 0.001), (0.99, 0.01), (0.9998, 0.0002), (0.9995, 0.0005)),
)


@pytest.fixture(scope="module")
def universe():
    """All pairs of a made-up list: patterns int8[n, 5] drawn from REAL, the matches first."""
    return sample(REAL, UNIVERSE, 11)


def rates(patterns):
    return tuple(
        tuple((np.bincount(column, minlength=field.levels) / len(column)).tolist())
        for field, column in zip(FIELDS, patterns.T, strict=True)
    )


def test_with_chance_em_recovers_m_u_and_the_prior_of_all_pairs_from_candidates_with_values_missing(universe):
    chance = Chance(float(UNIVERSE), rates(universe), (True,) * 5)
    candidates = universe[(universe[:, 1] > 0) | (universe[:, 2] == 1) | (universe[:, 3] == 1)]
    assert len(candidates) < UNIVERSE / 20
    patterns = candidates.copy()
    patterns[np.random.default_rng(12).random(patterns.shape) < 0.15] = -1
    start = Model(REAL.cuts, FIELDS, 0.01, ((0.1, 0.1, 0.1, 0.7), (0.1, 0.1, 0.8), *rows((0.9, 0.7, 0.9))), REAL.u)
    found = em.fit(count(patterns, FIELDS), start, chance, Fitting())
    assert found.prior == pytest.approx(REAL.prior, rel=0.05)
    assert np.concatenate(found.m) == pytest.approx(np.concatenate(REAL.m), abs=0.02)
    # Agreement by chance is rare: it is known to a share of itself.
    for got, want in zip(found.u, REAL.u, strict=True):
        assert got[1:] == pytest.approx(want[1:], rel=0.25)


def test_a_rate_counted_over_matches_too_is_rid_of_them_and_one_that_was_not_stays(universe):
    counted = rates(universe)
    mixed = (False, True, True, True, True)
    given_rates = (REAL.u[0], *counted[1:])
    candidates = universe[(universe[:, 1] > 0) | (universe[:, 2] == 1) | (universe[:, 3] == 1)]
    found = em.fit(count(candidates, FIELDS), REAL, Chance(float(UNIVERSE), given_rates, mixed), Fitting())
    assert found.u[0] == REAL.u[0]
    # Five of six agreements of a NIK are one person's: what was counted is far from chance.
    assert counted[3][1] > 5 * REAL.u[3][1]
    assert found.u[3][1] == pytest.approx(REAL.u[3][1], rel=0.25)


def test_agreement_that_is_nearly_all_of_one_person_still_keeps_its_least_share_by_chance():
    patterns = np.repeat(np.array([[1, 1, 1, 1], [0, 0, 0, 0]], np.int8), [100, 100], axis=0)
    chance = Chance(10_000.0, rows((0.01,) * 4), (True,) * 4)
    found = em.fit(count(patterns, BINARY), ASKEW, chance, Fitting(least=0.02))
    assert [row[1] for row in found.u] == pytest.approx([0.0002] * 4, rel=0.1)


@st.composite
def histograms(draw):
    size = draw(st.integers(1, 40))
    columns = [draw(hnp.arrays(np.int8, size, elements=st.integers(-1, field.levels - 1))) for field in FIELDS]
    counts = draw(hnp.arrays(np.int64, size, elements=st.integers(1, 1_000)))
    return count(np.repeat(np.stack(columns, axis=1), counts, axis=0), FIELDS)


@st.composite
def chances(draw, of=FIELDS):
    share = st.floats(1e-9, 0.2)
    levels = [draw(st.lists(share, min_size=field.levels - 1, max_size=field.levels - 1)) for field in of]
    mixed = draw(st.lists(st.booleans(), min_size=len(of), max_size=len(of)))
    universe = draw(st.sampled_from([1e5, 1e9, 1e14]))
    return Chance(universe, tuple((1.0 - sum(row), *row) for row in levels), tuple(mixed))


@given(histograms(), st.none() | chances())
@settings(max_examples=40)
def test_whatever_the_pairs_more_agreement_never_weighs_less_and_the_model_is_sound(histogram, chance):
    start = ecm.start(histogram, (0.7, 0.8, 0.9), chance.universe if chance else float(histogram.counts.sum()) * 2)
    found = em.fit(histogram, start, chance, Fitting(rounds=30))
    for row in weights(found).values():
        assert all(b >= a - 1e-9 for a, b in pairwise(row))
    assert Model.from_json(found.to_json()) == found
    assert ((found_p := probability(found, histogram.patterns)) >= 0).all()
    assert (found_p <= 1).all()


def test_em_refuses_other_fields_and_an_empty_histogram():
    empty = Histogram(BINARY, np.empty((0, 4), np.int8), np.empty(0, np.int64))
    with pytest.raises(MatchingError, match="NO_PAIRS"):
        em.fit(empty, TRUE, None, EXACT)
    with pytest.raises(MatchingError, match="FIELDS_DIFFER"):
        em.fit(Histogram(FIELDS, empty.patterns, empty.counts), TRUE, None, EXACT)


def test_ecm_keeps_a_field_that_never_varies_and_refuses_when_none_does():
    agree = np.array([[1, 1, 1], [1, 0, 0], [1, 1, 0], [1, 0, 1]], np.int8)
    found = ecm.fit_binary(agree, np.array([300, 900, 30, 30]))
    assert found.m[0] == found.u[0] == 1.0
    assert found.m[1] > 0.8 > 0.2 > found.u[1]
    with pytest.raises(MatchingError, match="NO_VARIETY"):
        ecm.fit_binary(agree[:1], np.array([10]))


def test_without_complete_patterns_the_start_is_the_typical_one():
    patterns = np.array([[3, 2, 1, -1, 1], [0, 0, 1, -1, 0]], np.int8)
    start = ecm.start(count(patterns, FIELDS), (0.7, 0.8, 0.9), 1_000.0)
    assert start.prior == pytest.approx(1 / 1_000)
    assert [row[-1] for row in start.m[3:]] == pytest.approx([0.85, 0.85])


def test_with_complete_patterns_the_start_has_the_m_that_ecm_finds():
    histogram = count(sample(REAL, 400_000, 5)[:5_000], FIELDS)
    start = ecm.start(histogram, REAL.cuts, 400_000.0)
    agree = (histogram.patterns >= [field.agrees for field in FIELDS]).astype(np.int8)
    theirs = ecm.fit_binary(agree, histogram.counts).m
    ours = [sum(row[field.agrees :]) for row, field in zip(start.m, FIELDS, strict=True)]
    assert ours == pytest.approx(theirs, abs=1e-4)
    assert start.prior == pytest.approx(0.2 * 5_000 / 400_000)

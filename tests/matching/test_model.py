import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from linkage.matching import ecm, em
from linkage.matching.em import Fitting
from linkage.matching.errors import MatchingError
from linkage.matching.model import Class, Model, probability, weights
from linkage.matching.patterns import Field, Histogram, count, fields

BINARY = tuple(Field(name, 2) for name in "abcd")
PLAIN = Fitting(smoothing=1e-9, rounds=2_000, tolerance=1e-9, held=frozenset(), trust=0.0, doubt=0.0)


def model_of(share, m, u, of=BINARY):
    def rows(each):
        return tuple((1 - p, p) for p in each)

    return Model((0.5,), of, (Class("match", share, rows(m)), Class("stranger", 1 - share, rows(u))))


def sample(model, size, seed):
    """Draw patterns from a model."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(len(model.classes), size, p=[each.share for each in model.classes])
    patterns = np.empty((size, len(model.fields)), np.int8)
    for kind, each in enumerate(model.classes):
        for at, levels in enumerate(each.levels):
            mine = kinds == kind
            patterns[mine, at] = rng.choice(len(levels), mine.sum(), p=levels)
    return patterns


TRUE = model_of(0.2, (0.9, 0.8, 0.95, 0.7), (0.1, 0.2, 0.05, 0.3))


def test_probability_is_bayes_rule():
    match, other = 0.2 * 0.9 * 0.2 * 0.95 * 0.7, 0.8 * 0.1 * 0.8 * 0.05 * 0.3
    found = probability(TRUE, np.array([[1, 0, 1, 1]], np.int8))
    assert found == pytest.approx([match / (match + other)])


def test_a_missing_field_says_nothing():
    one = probability(TRUE, np.array([[1, -1, -1, -1], [-1, -1, -1, -1]], np.int8))
    assert one == pytest.approx([0.2 * 0.9 / (0.2 * 0.9 + 0.8 * 0.1), 0.2])


def test_weights_are_log2_of_m_over_u():
    assert weights(TRUE)["a"] == pytest.approx((np.log2(0.1 / 0.9), np.log2(0.9 / 0.1)))


def test_em_finds_the_model_that_made_the_patterns_also_with_values_missing():
    patterns = sample(TRUE, 60_000, 1)
    patterns[np.random.default_rng(2).random(patterns.shape) < 0.15] = -1
    found = em.fit(count(patterns, BINARY), model_of(0.5, (0.7,) * 4, (0.3,) * 4), PLAIN)
    for got, want in zip(found.classes, TRUE.classes, strict=True):
        assert got.share == pytest.approx(want.share, abs=0.01)
        assert np.array(got.levels) == pytest.approx(np.array(want.levels), abs=0.02)


def test_our_em_and_recordlinkages_ecm_agree_on_binary_complete_patterns():
    histogram = count(sample(TRUE, 40_000, 3), BINARY)
    theirs = ecm.fit_binary(histogram.patterns, histogram.counts)
    ours = em.fit(histogram, model_of(0.1, (0.9,) * 4, (0.1,) * 4), PLAIN)
    assert ours.classes[0].share == pytest.approx(theirs.share, abs=1e-3)
    assert [row[1] for row in ours.classes[0].levels] == pytest.approx(theirs.m, abs=1e-3)
    assert [row[1] for row in ours.classes[1].levels] == pytest.approx(theirs.u, abs=1e-3)


FIELDS = fields(4)


@st.composite
def histograms(draw):
    size = draw(st.integers(1, 40))
    columns = [draw(hnp.arrays(np.int8, size, elements=st.integers(-1, field.levels - 1))) for field in FIELDS]
    counts = draw(hnp.arrays(np.int64, size, elements=st.integers(1, 10_000)))
    patterns = np.repeat(np.stack(columns, axis=1), counts, axis=0)
    return count(patterns, FIELDS)


@given(histograms())
@settings(max_examples=25, deadline=None)
def test_whatever_the_pairs_more_agreement_never_weighs_less_and_the_model_is_sound(histogram):
    found = em.fit(histogram, ecm.start(histogram, (0.7, 0.8, 0.9)), Fitting(rounds=30))
    for row in weights(found).values():
        assert all(b >= a - 1e-9 for a, b in pairwise(row))
    assert Model.from_json(found.to_json()) == found
    assert ((found_p := probability(found, histogram.patterns)) >= 0).all()
    assert (found_p <= 1).all()


def test_fields_of_non_matches_that_are_held_keep_their_start():
    histogram = count(sample(TRUE, 5_000, 4), BINARY)
    start = model_of(0.1, (0.9,) * 4, (0.1,) * 4)
    found = em.fit(histogram, start, Fitting(held=frozenset({"b"})))
    assert found.classes[1].levels[1] == start.classes[1].levels[1]
    assert found.classes[1].levels[0] != start.classes[1].levels[0]


def test_random_pairs_set_the_strangers():
    strangers = np.array([[0, 0, 0, 0]] * 90 + [[1, 0, 0, 0]] * 10, np.int8)
    histogram = count(sample(TRUE, 5_000, 4), BINARY)
    found = em.fit(histogram, model_of(0.1, (0.9,) * 4, (0.1,) * 4), Fitting(), count(strangers, BINARY))
    assert found.classes[1].levels[0][1] == pytest.approx(10.5 / 101)


def test_canonical_json_starts_with_its_version_and_refuses_others():
    text = TRUE.to_json()
    assert text.startswith('{"version":1,')
    assert Model.from_json(text) == TRUE
    assert Model.from_json(text).to_json() == text
    changed = json.loads(text)
    for key, value, code in [
        ("version", 2, "MODEL_VERSION"),
        ("classes", [], "MODEL_SHAPE"),
        ("fields", 3, "MODEL_SHAPE"),
    ]:
        with pytest.raises(MatchingError) as refusal:
            Model.from_json(json.dumps(changed | {key: value}))
        assert refusal.value.code == code
    with pytest.raises(MatchingError, match="MODEL_SHAPE"):
        Model.from_json("no model")


def test_a_model_whose_levels_do_not_sum_to_one_is_refused():
    with pytest.raises(MatchingError, match="MODEL_SHAPE"):
        Model((0.5,), BINARY[:1], (Class("match", 0.5, ((0.5, 0.6),)), Class("stranger", 0.5, ((0.5, 0.5),))))


def test_em_refuses_other_fields_and_an_empty_histogram():
    empty = Histogram(BINARY, np.empty((0, 4), np.int8), np.empty(0, np.int64))
    with pytest.raises(MatchingError, match="NO_PAIRS"):
        em.fit(empty, TRUE, PLAIN)
    with pytest.raises(MatchingError, match="FIELDS_DIFFER"):
        em.fit(Histogram(FIELDS, empty.patterns, empty.counts), TRUE, PLAIN)


def test_ecm_keeps_a_field_that_never_varies_and_refuses_when_none_does():
    agree = np.array([[1, 1, 1], [1, 0, 0], [1, 1, 0], [1, 0, 1]], np.int8)
    found = ecm.fit_binary(agree, np.array([300, 900, 30, 30]))
    assert found.m[0] == found.u[0] == 1.0
    assert found.m[1] > 0.8 > 0.2 > found.u[1]
    with pytest.raises(MatchingError, match="NO_VARIETY"):
        ecm.fit_binary(agree[:1], np.array([10]))


def test_without_complete_patterns_the_start_is_the_typical_one():
    patterns = np.array([[3, 2, 1, -1, 1], [0, 0, 1, -1, 0]], np.int8)
    start = ecm.start(count(patterns, FIELDS), (0.7, 0.8, 0.9))
    assert start.classes[0].share == pytest.approx(0.2)
    assert start.classes[0].levels[3][1] == pytest.approx(0.85)

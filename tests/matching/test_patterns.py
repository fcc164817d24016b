import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from linkage.matching.errors import MatchingError
from linkage.matching.patterns import count, cut_points, decode, encode, fields, level, mask

FIELDS = fields(4)
ROWS = st.integers(0, 30).flatmap(
    lambda n: st.tuples(*(hnp.arrays(np.int8, n, elements=st.integers(-1, field.levels - 1)) for field in FIELDS)).map(
        lambda columns: np.stack(columns, axis=1)
    )
)


@given(ROWS)
def test_every_pattern_survives_its_code(patterns):
    assert np.array_equal(decode(encode(patterns, FIELDS), FIELDS), patterns)


@given(ROWS)
def test_the_histogram_counts_every_pair_once(patterns):
    histogram = count(patterns, FIELDS)
    assert histogram.counts.sum() == len(patterns)
    assert np.array_equal(
        np.sort(encode(np.repeat(histogram.patterns, histogram.counts, axis=0), FIELDS)),
        np.sort(encode(patterns, FIELDS)),
    )


@given(ROWS)
def test_a_mask_drops_the_date_that_a_nik_or_a_village_and_year_say_and_the_village_of_a_family(patterns):
    masked = mask(patterns)
    for before, after in zip(patterns.tolist(), masked.tolist(), strict=True):
        name, date, place, nik, kk = before
        if nik == 1 or (date == 1 and place == 1):
            date = -1
        # The village still told that the year is a neighbour's, though a family card now speaks for it.
        if kk == 1:
            place = -1
        assert after == [name, date, place, nik, kk]


@given(ROWS)
def test_masking_twice_is_masking_once_and_leaves_its_input_alone(patterns):
    kept = patterns.copy()
    assert np.array_equal(mask(mask(patterns)), mask(patterns))
    assert np.array_equal(patterns, kept)


def test_a_value_on_a_cut_belongs_above_it_and_nan_is_missing():
    dice = np.array([0.0, 0.59, 0.6, 0.8, 1.0, np.nan], np.float32)
    assert level(dice, (0.6, 0.8)).tolist() == [0, 0, 1, 2, 2, -1]


def test_learned_cuts_leave_the_asked_shares_above_them_and_do_not_count_namesakes():
    rng = np.random.default_rng(3)
    unlike = np.concatenate([rng.normal(0.5, 0.05, 20_000), np.ones(5_000)]).astype(np.float32)
    cuts = cut_points(unlike, (0.5, 0.1, 0.01), 0.99)
    assert cuts[-1] == 0.99
    above = [float((unlike[unlike < 0.99] >= cut).mean()) for cut in cuts[:-1]]
    assert above == pytest.approx([0.5, 0.1, 0.01], abs=0.08)


def test_levels_out_of_range_and_unordered_cuts_are_refused():
    with pytest.raises(MatchingError, match="LEVEL_RANGE"):
        encode(np.array([[4, 0, 0, 0, 0]], np.int8), FIELDS)
    with pytest.raises(MatchingError, match="CUT_ORDER"):
        level(np.array([0.5], np.float32), (0.8, 0.6))

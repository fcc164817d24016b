import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.evaluation import error
from linkage.evaluation.calibration import bins

PAIRS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40)


@given(PAIRS)
def test_every_pair_is_in_the_one_bin_that_holds_its_probability(pairs):
    probability = np.array([p for p, _ in pairs], np.float64)
    found = bins(probability, np.array([true for _, true in pairs], bool))
    assert len(found) == 10 and sum(each.pairs for each in found) == len(pairs)
    assert sum(each.true for each in found) == sum(true for _, true in pairs)
    assert sum(each.expected for each in found) == pytest.approx(probability.sum())
    for each in found:
        assert each.low * each.pairs <= each.expected + 1e-9 and each.expected <= each.high * each.pairs + 1e-9


def test_a_sure_model_that_is_wrong_is_off_by_one_and_a_right_one_by_nothing():
    sure = np.ones(4)
    assert error(bins(sure, np.zeros(4, bool))) == 1.0
    assert error(bins(sure, np.ones(4, bool))) == 0.0
    assert error(bins(np.empty(0), np.empty(0, bool))) == 0.0

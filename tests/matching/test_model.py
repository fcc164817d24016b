import json

import numpy as np
import pytest

from linkage.matching.errors import MatchingError
from linkage.matching.model import Model, probability, weights
from linkage.matching.patterns import Field

BINARY = tuple(Field(name, 2) for name in "abcd")
M, U = (0.9, 0.8, 0.95, 0.7), (0.1, 0.2, 0.05, 0.3)


def rows(agree):
    return tuple((1 - p, p) for p in agree)


TRUE = Model((0.5,), BINARY, 0.2, rows(M), rows(U))


def test_probability_is_bayes_rule():
    match, other = 0.2 * 0.9 * 0.2 * 0.95 * 0.7, 0.8 * 0.1 * 0.8 * 0.05 * 0.3
    found = probability(TRUE, np.array([[1, 0, 1, 1]], np.int8))
    assert found == pytest.approx([match / (match + other)])


def test_a_missing_field_says_nothing():
    one = probability(TRUE, np.array([[1, -1, -1, -1], [-1, -1, -1, -1]], np.int8))
    assert one == pytest.approx([0.2 * 0.9 / (0.2 * 0.9 + 0.8 * 0.1), 0.2])


def test_patterns_of_another_width_are_refused():
    with pytest.raises(MatchingError, match="PATTERN_SHAPE"):
        probability(TRUE, np.zeros((2, 3), np.int8))


def test_weights_are_log2_of_m_over_u():
    assert weights(TRUE)["a"] == pytest.approx((np.log2(0.1 / 0.9), np.log2(0.9 / 0.1)))


def test_canonical_json_starts_with_its_version_and_refuses_others():
    text = TRUE.to_json()
    assert text.startswith('{"version":1,')
    assert Model.from_json(text) == TRUE
    assert Model.from_json(text).to_json() == text
    changed = json.loads(text)
    for key, value, code in [
        ("version", 2, "MODEL_VERSION"),
        ("m", [], "MODEL_SHAPE"),
        ("u", changed["u"][:-1], "MODEL_SHAPE"),
        ("prior", 1.0, "MODEL_SHAPE"),
        ("prior", 0.0, "MODEL_SHAPE"),
        ("fields", 3, "MODEL_SHAPE"),
    ]:
        with pytest.raises(MatchingError) as refusal:
            Model.from_json(json.dumps(changed | {key: value}))
        assert refusal.value.code == code
    with pytest.raises(MatchingError, match="MODEL_SHAPE"):
        Model.from_json("no model")


@pytest.mark.parametrize("bad", [(0.5, 0.6), (0.0, 1.0), (0.2, 0.3, 0.5)])
def test_levels_that_are_no_probabilities_of_their_field_are_refused(bad):
    for m, u in ((bad, (0.5, 0.5)), ((0.5, 0.5), bad)):
        with pytest.raises(MatchingError, match="MODEL_SHAPE"):
            Model((0.5,), BINARY[:1], 0.5, (m,), (u,))

import numpy as np
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.matching import LinkSettings, explain, link
from linkage.matching.errors import MatchingError
from linkage.matching.model import probability
from linkage.matching.patterns import fields
from tests.matching.test_model import TRUE

LEVELS = st.lists(st.integers(-1, 1), min_size=4, max_size=4)


@given(LEVELS)
def test_prior_and_steps_add_up_to_the_probability_that_the_model_gives(levels):
    found = explain(TRUE, np.array(levels, np.int8))
    assert found.total == pytest.approx(found.prior + sum(step.bits for step in found.steps))
    assert found.probability == pytest.approx(float(probability(TRUE, np.array([levels], np.int8))[0]))
    assert [step.field for step in found.steps] == ["a", "b", "c", "d"]
    assert all(step.bits == 0 for step in found.steps if step.level < 0)


def test_every_pair_of_a_link_is_explained_by_its_levels_alone(make):
    made = make(people=2_000, villages=30)
    found = link(made.handle_map, made.tokens, made.passes(0.60), LinkSettings())
    names = [field.name for field in fields(len(found.model.cuts) + 1)]
    some = found.scored.take(np.arange(0, found.scored.num_rows, 97))
    assert pc.count_distinct(some["score"]).as_py() > 5
    for row in some.to_pylist():
        why = explain(found.model, np.array([row[name] for name in names], np.int8))
        assert why.probability == pytest.approx(row["score"], abs=1e-9)


@pytest.mark.parametrize(("levels", "code"), [([0, 0], "PATTERN_SHAPE"), ([0, 0, 0, 2], "LEVEL_RANGE")])
def test_a_pattern_of_another_model_is_refused(levels, code):
    with pytest.raises(MatchingError, match=code):
        explain(TRUE, np.array(levels, np.int8))

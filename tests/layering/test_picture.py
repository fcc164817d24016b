"""A picture that is carried forward is the picture made anew."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.layering.events import ROWS
from linkage.layering.lists import programmes
from linkage.layering.periods import month
from linkage.layering.picture import carry, draw
from policies.overlap_rules import load_overlap_rules

from .conftest import PLAIN, day

RULES = load_overlap_rules().rules
NOW = month(2026, 6)


@st.composite
def histories(draw_):
    made = []
    for at in range(draw_(st.integers(1, 14))):
        agency = draw_(st.sampled_from("ab"))
        earlier = [None, *(row["record"] for row in made if row["agency"] == agency)]
        made.append(
            {**PLAIN, "record": at, "agency": agency, "corrects": draw_(st.sampled_from(earlier)),
             "person": draw_(st.integers(0, 4)), "household": draw_(st.sampled_from([None, 1, 2])),
             "programme": draw_(st.sampled_from(sorted(programmes()))), "known": day(draw_(st.integers(0, 5))),
             "status": draw_(st.sampled_from(["paid", "paid", "withdrawn", "returned"])),
             "decile": draw_(st.integers(1, 10)), "needs": draw_(st.lists(st.sampled_from(["food", "work"])))}
        )  # fmt: skip
    return pa.Table.from_pylist(made, schema=ROWS)


@settings(max_examples=150, deadline=None)
@given(histories(), st.integers(0, 5), st.integers(0, 5))
def test_carrying_forward_gives_what_making_anew_gives(rows, one, other):
    early, late = sorted((one, other))
    carried = carry(draw(rows, day(early), NOW, RULES), rows, day(late), RULES)
    anew = draw(rows, day(late), NOW, RULES)
    for name in ("people", "profiles"):
        assert getattr(carried, name).equals(getattr(anew, name))
    for name in ("standing", "events", "flags"):
        assert sorted(map(str, getattr(carried, name).to_pylist())) == sorted(map(str, getattr(anew, name).to_pylist()))


def test_nothing_new_changes_nothing(rows):
    before = draw(rows({}), day(0), NOW, RULES)
    after = carry(before, rows({}), day(3), RULES)
    assert after.people is before.people and after.at == day(3)

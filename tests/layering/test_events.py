"""Events, corrections, and what was known when."""

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.layering import LayeringError
from linkage.layering.columns import named
from linkage.layering.events import ROWS, as_known, changed, events
from linkage.layering.periods import month, read
from linkage.layering.persons import LACKS, NEEDS, describe

from .conftest import PLAIN, START, day


def test_periods_become_months_and_a_stage_is_somewhere_in_its_year():
    spans = read(pa.array(["2026-03", "2026-Q2", "2026-T1", "2026", None, "Maret"]))
    year = (month(2026, 1), month(2026, 12))
    wanted = [(month(2026, 3),) * 2, (month(2026, 4), month(2026, 6)), year, year, (-1, -1), (-1, -1)]
    assert list(zip(spans.first.tolist(), spans.last.tolist(), strict=True)) == wanted
    assert spans.exact.tolist() == [True, True, False, False, False, False]


def test_a_correction_replaces_from_when_it_was_known_and_never_before(rows):
    table = rows({"amount": 600_000}, {"corrects": 0, "amount": 300_000, "known": day(5)})
    assert [as_known(table, day(at))["amount"].to_pylist() for at in (-1, 0, 4, 5)] == [
        [], [600_000], [600_000], [300_000],
    ]  # fmt: skip


def test_of_a_chain_and_of_two_corrections_of_one_row_the_last_known_stands(rows):
    chain = rows({}, {"corrects": 0, "amount": 1, "known": day(1)}, {"corrects": 1, "amount": 2, "known": day(2)})
    fork = rows({}, {"corrects": 0, "amount": 1, "known": day(1)}, {"corrects": 0, "amount": 2, "known": day(2)})
    for table in (chain, fork):
        assert [as_known(table, day(at))["amount"].to_pylist() for at in (0, 1, 2)] == [[600_000], [1], [2]]


def test_a_withdrawn_row_is_gone_from_then_on(rows):
    table = rows({}, {"corrects": 0, "status": "withdrawn", "known": day(3)})
    assert len(as_known(table, day(2))) == 1 and len(as_known(table, day(3))) == 0


def test_no_agency_makes_another_s_row_vanish(rows):
    table = rows({}, {"corrects": 0, "status": "withdrawn", "agency": "csr"})
    with pytest.raises(LayeringError, match="CORRECTION_FOREIGN"):
        as_known(table, day(0))


@pytest.mark.parametrize("links", [[0], [1, 0], [1, 2, 0], [1, 2, 3, 4, 0]])
def test_rows_that_correct_each_other_in_a_circle_are_refused(rows, links):
    with pytest.raises(LayeringError, match="CORRECTION_CIRCLE"):
        as_known(rows(*({"corrects": link} for link in links)), day(0))


@st.composite
def histories(draw):
    """Draw rows of which each corrects an earlier row of its agency or none, known in any order."""
    made = []
    for at in range(draw(st.integers(1, 12))):
        agency = draw(st.sampled_from(["a", "b"]))
        earlier = [None, *(row["record"] for row in made if row["agency"] == agency)]
        known = START + dt.timedelta(days=draw(st.integers(0, 9)))
        person, status = draw(st.integers(0, 3)), draw(st.sampled_from(["paid", "withdrawn"]))
        made.append({**PLAIN, "record": at, "corrects": draw(st.sampled_from(earlier)), "person": person,
                     "household": None, "agency": agency, "known": known, "status": status})  # fmt: skip
    return pa.Table.from_pylist(made, schema=ROWS)


@given(histories(), st.integers(0, 9))
def test_what_became_known_later_changes_no_earlier_answer(table, at):
    early = table.filter(pa.array([known <= day(at) for known in table["known"].to_pylist()]))
    assert as_known(table, day(at)).equals(as_known(early, day(at)))


@given(histories(), st.integers(0, 9), st.integers(0, 9))
def test_only_changed_persons_have_other_rows(table, one, other):
    moved = set(changed(table, day(one), day(other)).tolist())
    for person in range(4):
        before, after = (
            [row["record"] for row in as_known(table, day(at)).to_pylist() if row["person"] == person]
            for at in (one, other)
        )
        assert (before != after) == (person in moved)


def test_an_event_takes_fund_and_form_from_its_programme_where_the_row_has_none(rows):
    found = events(rows({"programme": "BLT-DD", "fund": None, "form": None, "status": None, "period": None}))
    assert found.select(["fund", "form", "status", "first", "exact"]).to_pylist() == [
        {"fund": "DANA-DESA", "form": "cash", "status": "paid", "first": -1, "exact": False}
    ]


def test_a_person_has_the_decile_of_the_newest_version_and_the_place_last_known(rows):
    table = rows(
        {"decile": 1, "dtsen": "2026-02", "village": "18.01.04.2001", "needs": ["food"], "nik_status": "none"},
        {"decile": 4, "dtsen": "2025-07", "known": day(9), "village": "18.01.04.2002", "needs": ["work"],
         "lacks": ["road"]},
        {"decile": None, "dtsen": None, "known": day(10), "village": None, "regency": None, "household": None,
         "nik_status": "invalid", "needs": None},
        {"person": 2, "decile": None, "dtsen": None, "nik_status": "none", "needs": []},
    )  # fmt: skip
    first, second = describe(table).to_pylist()
    assert (first["decile"], first["village"], first["household"]) == (1, "18.01.04.2002", 10)
    assert named(first["needs"], NEEDS) == ("work", "food") and named(first["lacks"], LACKS) == ("road",)
    assert (first["nik_status"], first["since"]) == ("ok", START)
    assert (second["decile"], second["nik_status"], second["needs"]) == (0, "none", 0)


def test_no_rows_make_no_events_and_no_persons(rows):
    empty = as_known(rows({}), day(-1))
    assert len(events(empty)) == len(describe(empty)) == 0

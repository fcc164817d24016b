"""An agency's tokens of a day: guesses are stopped before the vault is asked, and honest lists go on the next day."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlmodel import Session, select

from api.centre import Limits
from api.errors import ServiceError
from api.services import budget, ingest, link
from api.services.budget import Asked
from api.store import Alarm, Cell, Content, Submission, TokenUse
from tests.api.conftest import count, people, silent

ROWS = 9_000
"""Two chunks."""


def at(centre, day=1, **limits):
    """Return the centre on a day of March, with limits."""
    wide = Limits(**{"identity": 10**9, "anchor": 10**9, **limits})
    return replace(centre, limits=wide, clock=lambda: dt.datetime(2026, 3, day, 23, 59, tzinfo=dt.UTC))


def used(centre):
    with Session(centre.store) as session:
        return {
            (row.agency, row.day.day): Asked(row.identity, row.anchor) for row in session.exec(select(TokenUse)).all()
        }


def refused(centre, path):
    with pytest.raises(ServiceError, match="TOKEN_BUDGET") as error:
        ingest.ingest(centre, path, silent)
    return error.value


@pytest.fixture
def list_(desks):
    return desks["baznas"].submit(people(ROWS))


def test_guesses_of_a_rogue_agency_open_every_cell_without_a_budget_and_none_beyond_it_with_one(centre, desks):
    guesses = people(2_000)
    ingest.ingest(at(centre), desks["desa"].submit(guesses), silent)
    opened, asked = count(centre, Cell)[0], used(centre)["desa", 1]
    assert opened > 2_000
    tight = at(centre, anchor=asked.anchor - 1)
    for limits in (tight, at(centre, identity=0)):
        assert refused(limits, desks["csr"].submit(people(2_000, start=5_000))).place == "csr"
        assert count(centre, Cell) == (opened,)
        assert "csr" not in {agency for agency, _ in used(centre)}


@pytest.mark.sqlite
def test_a_refused_list_shows_nothing_and_goes_on_the_next_day(centre, desks, list_):
    ingest.ingest(at(centre), desks["desa"].submit(people(ROWS)), silent)
    whole = used(centre)["desa", 1]
    refused(at(centre, identity=whole.identity - 1), list_)
    with Session(centre.store) as session:
        visible = dict(session.exec(select(Submission.agency, Submission.visible_at)).all())
    assert visible["baznas"] is None
    assert link.link(centre, silent).records == ROWS
    assert ingest.ingest(at(centre, day=2, identity=whole.identity - 1), list_, silent).rows == ROWS
    first, second = (used(centre)["baznas", day] for day in (1, 2))
    assert (first.identity + second.identity, first.anchor + second.anchor) == (whole.identity, whole.anchor)
    assert first.identity > second.identity > 0
    assert count(centre, Content) == (2 * ROWS,)


@pytest.mark.sqlite
def test_a_chunk_that_a_killed_run_left_is_counted_once_and_known_rows_ask_for_nothing(centre, list_, desks):
    def stop(stage, _done, _total):
        if stage == "ingest":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest.ingest(at(centre), list_, stop)
    half = used(centre)["baznas", 1]
    ingest.ingest(at(centre), list_, silent)
    whole = used(centre)["baznas", 1]
    assert half.identity < whole.identity < 1.5 * half.identity
    ingest.ingest(at(centre), desks["baznas"].submit(people(ROWS), "again"), silent)
    ingest.ingest(at(centre), desks["baznas"].submit(people(20), "shorter"), silent)
    assert used(centre)["baznas", 1] == whole


def test_equal_tokens_of_a_chunk_are_counted_once(centre, desks):
    family = people(40, village="18.71.01.1001", kk="1871010101209001")
    ingest.ingest(at(centre), desks["baznas"].submit(family), silent)
    asked = used(centre)["baznas", 1]
    assert asked.identity == 40 + 40 + 1
    assert asked.anchor == count(centre, Cell)[0] - 40


def test_an_agency_has_its_own_budget_and_one_agency_does_not_use_up_anothers(centre, desks):
    tight = at(centre, identity=5)
    budget.allow(centre.store, "desa", Limits())
    refused(tight, desks["baznas"].submit(people(10)))
    assert ingest.ingest(tight, desks["desa"].submit(people(10)), silent).rows == 10
    with pytest.raises(ServiceError, match="AGENCY_UNKNOWN"):
        budget.allow(centre.store, "nobody", Limits())
    with pytest.raises(ServiceError, match="LIMIT_RANGE"):
        budget.allow(centre.store, "desa", Limits(-1, 5))


def test_every_refusal_leaves_one_alarm_a_day_that_names_the_agency(centre, desks):
    path = desks["baznas"].submit(people(10))
    for day in (1, 1, 2):
        refused(at(centre, day=day, anchor=3), path)
    with Session(centre.store) as session:
        alarms = session.exec(select(Alarm.agency, Alarm.code, Alarm.about)).all()
    assert alarms == [("baznas", "TOKEN_BUDGET", f"baznas 2026-03-0{day}") for day in (1, 2)]


def test_the_days_total_is_that_of_all_agencies(centre, desks):
    for name in ("baznas", "desa"):
        ingest.ingest(at(centre), desks[name].submit(people(10)), silent)
    parts = used(centre).values()
    expected = Asked(sum(each.identity for each in parts), sum(each.anchor for each in parts))
    assert budget.total(centre.store, dt.date(2026, 3, 1)) == expected
    assert budget.total(centre.store, dt.date(2026, 3, 2)) == Asked(0, 0)


def test_the_default_is_enough_for_a_list_of_150_000_rows(centre, desks):
    rows = 1_000
    ingest.ingest(centre, desks["baznas"].submit(people(rows)), silent)
    (asked,) = used(centre).values()
    assert Limits().identity / asked.identity > 150_000 / rows
    assert Limits().anchor / asked.anchor > 150_000 / rows

"""Feedback: what the answer of the moment hides, and how a finding goes back: by a person, late, and not to many."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pyarrow as pa
import pytest
from sqlmodel import Session, func, select

from api.centre import Bounds
from api.errors import ServiceError
from api.services import feedback, findings, ingest, link, own_rows
from api.services.findings import Overlap
from api.store import Content, FindingRow, Membership
from tests.api.conftest import people, silent
from tests.api.test_campaigns import act, refs

SUNDAY, MONDAY = (dt.datetime(2026, 3, day, tzinfo=dt.UTC) for day in (1, 2))
PAID = {"programme": "PKH", "period": "2026-03", "amount": 300_000}


def ask(centre, agency, asked):
    return act(centre, feedback.ask, agency, asked).rows


def at(centre, now, **bounds):
    return replace(centre, clock=lambda: now, bounds=Bounds(**bounds))


def persons(centre):
    with Session(centre.store) as session:
        return sorted(set(session.exec(select(Membership.person))))


def find_all(centre, outcome="review-together", programme="PKH"):
    """Record a finding about every person whom two agencies list; return how many rows go back."""
    rows = 0
    for person in persons(centre):
        try:
            rows += act(centre, findings.record, Overlap(person, programme, "2026-03"), outcome, "citra").rows
        except ServiceError as error:
            assert error.code == "FINDING_NO_OVERLAP"
    return rows


@pytest.fixture
def lists(centre, desks):
    """Baznas and the village list the same ten people for PKH, paid; the village lists ten others too."""
    both, alone = people(10, **PAID), people(10, start=50, **PAID)
    ingest.ingest(centre, desks["baznas"].submit(both), silent)
    ingest.ingest(centre, desks["desa"].submit(pa.concat_tables([both, alone])), silent)
    link.link(centre, silent)
    return {
        "both": refs(desks["desa"], both),
        "alone": refs(desks["desa"], alone),
        "other": refs(desks["baznas"], both),
    }


def test_the_answer_of_the_moment_does_not_tell_who_is_known_elsewhere(centre, lists):
    assert find_all(centre) == 20
    assert ask(centre, "desa", lists["both"]) == ask(centre, "desa", lists["alone"]) == ["known"] * 10
    assert ask(centre, "desa", lists["other"]) == ["unknown"] * 10


def test_what_a_person_found_comes_with_the_next_cut_and_stays(centre, lists):
    assert find_all(centre) == 20
    for now in (MONDAY, MONDAY + dt.timedelta(days=30)):
        assert ask(at(centre, now), "desa", lists["both"]) == ["review"] * 10
        assert ask(at(centre, now), "desa", lists["alone"]) == ["known"] * 10


def test_what_is_found_on_a_cut_s_own_day_waits_a_week(centre, lists):
    find_all(at(centre, MONDAY))
    assert ask(at(centre, MONDAY + dt.timedelta(days=6)), "desa", lists["both"]) == ["known"] * 10
    assert ask(at(centre, MONDAY + dt.timedelta(days=7)), "desa", lists["both"]) == ["review"] * 10


def test_without_a_person_s_finding_nothing_ever_comes(centre, lists):
    assert ask(at(centre, MONDAY + dt.timedelta(days=60)), "desa", lists["both"]) == ["known"] * 10


@pytest.mark.parametrize("outcome", ["both-may-stand", "not-one-person"])
def test_a_finding_that_all_is_well_sends_nothing_and_takes_back_what_was_not_told(centre, lists, outcome):
    assert (find_all(centre), find_all(centre, outcome)) == (20, 0)
    assert ask(at(centre, MONDAY), "desa", lists["both"]) == ["known"] * 10


def test_a_cut_tells_no_more_rows_than_people_can_review(centre, lists):
    find_all(centre)
    told = [ask(at(centre, MONDAY + dt.timedelta(days=7 * week), rows_a_cut=4), "desa", lists["both"]).count("review")
            for week in (0, 0, 1, 2, 3)]  # fmt: skip
    assert told == [4, 4, 8, 10, 10]
    assert ask(at(centre, MONDAY, rows_a_cut=4), "baznas", lists["other"]).count("review") == 4


def test_rows_that_name_no_payment_never_go_back(centre, desks):
    same = people(6, **{**PAID, "amount": None})
    for name in ("baznas", "desa"):
        ingest.ingest(centre, desks[name].submit(same), silent)
    link.link(centre, silent)
    assert find_all(centre) == 0
    assert ask(at(centre, MONDAY), "desa", refs(desks["desa"], same)) == ["known"] * 6


def test_rows_made_to_probe_after_a_finding_learn_nothing(centre, desks, lists):
    """The attack: list a guess as paid after somebody was found, link, and wait for the cut."""
    find_all(centre)
    probe = people(10, **PAID)
    ingest.ingest(centre, desks["csr"].submit(probe), silent)
    link.link(centre, silent)
    assert ask(at(centre, MONDAY), "csr", refs(desks["csr"], probe)) == ["known"] * 10


def test_a_finding_needs_two_agencies(centre, lists):
    with Session(centre.store) as session:
        query = select(Membership.person).join(Content, Content.record == Membership.record)
        alone = session.exec(
            query.group_by(Membership.person).having(func.count(Content.agency.distinct()) == 1)
        ).first()
    with pytest.raises(ServiceError, match="FINDING_NO_OVERLAP"):
        act(centre, findings.record, Overlap(alone, "PKH", "2026-03"), "review-together", "citra")
    with pytest.raises(ServiceError, match="FINDING_NO_OVERLAP"):
        act(centre, findings.record, Overlap(2**62, None, "2026-03"), "review-together", "citra")


def test_a_finding_may_be_of_all_programmes_of_a_period(centre, lists):
    assert find_all(centre, programme=None) == 20
    with Session(centre.store) as session:
        assert {row.agency for row in session.exec(select(FindingRow))} == {"baznas", "desa"}


def test_questions_count_against_the_day(centre, lists):
    bounded = at(centre, SUNDAY, rows_a_day=15)
    ask(bounded, "desa", lists["both"])
    with pytest.raises(ServiceError, match="PULL_BUDGET"):
        ask(bounded, "desa", lists["alone"])


def test_an_agency_may_have_bounds_of_its_own(centre, lists):
    find_all(centre)
    own_rows.allow(centre.store, "desa", Bounds(rows_a_day=30, rows_a_cut=3))
    assert ask(at(centre, MONDAY), "desa", lists["both"]).count("review") == 3
    assert ask(at(centre, MONDAY), "baznas", lists["other"]).count("review") == 10
    ask(at(centre, MONDAY), "desa", lists["both"])
    with pytest.raises(ServiceError, match="PULL_BUDGET"):
        ask(at(centre, MONDAY), "desa", pa.concat_arrays([lists["both"], lists["alone"]]))
    for agency, bounds, code in (("nobody", Bounds(), "AGENCY_UNKNOWN"), ("desa", Bounds(-1, 1), "LIMIT_RANGE")):
        with pytest.raises(ServiceError, match=code):
            own_rows.allow(centre.store, agency, bounds)


def test_questions_at_one_time_share_one_day(centre, lists):
    """The attack: ask in parallel, so that each question finds the day still empty."""
    bounded = at(centre, SUNDAY, rows_a_day=15)
    ready = threading.Barrier(4)

    def question(_):
        ready.wait()
        try:
            return len(ask(bounded, "desa", lists["both"]))
        except ServiceError as error:
            return error.code

    with ThreadPoolExecutor(4) as pool:
        told = sorted(map(str, pool.map(question, range(4))))
    assert told == ["10", "PULL_BUDGET", "PULL_BUDGET", "PULL_BUDGET"]

"""People's requests: two people before anything is matched, one answer at the counter, rows that go and stay away."""

import datetime as dt
from dataclasses import replace

import pyarrow as pa
import pytest
from sqlmodel import Session, select

from api.errors import ServiceError
from api.services import feedback, ingest, journal, link, subjects, withdrawal
from api.services.subjects import A_DAY, CLOCK, Draft
from api.store import Content, Membership, PendingEntry, Review, SubjectRequest, SubjectRow
from linkage.encoding import tokens
from tests.api.conftest import EPOCH, count, people, silent
from tests.api.test_campaigns import act, refs

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
PAID = {"programme": "PKH", "period": "2026-03", "amount": 300_000}
SAME = people(6, **PAID)


@pytest.fixture
def lists(centre, desks):
    """Baznas and the village list the same six people. Returns each agency's references."""
    for name in ("baznas", "desa"):
        ingest.ingest(centre, desks[name].submit(SAME), silent)
    link.link(centre, silent)
    return {name: refs(desks[name], SAME) for name in ("baznas", "desa")}


def token(nik):
    return tokens.tokenise(pa.array([nik]), EPOCH.key, "nik/v1")[0].as_py()


def register(centre, kind="access", by="nik", value=None, agency="baznas", asked=NOW):
    value = token(SAME["nik"][0].as_py()) if value is None else value
    draft = Draft(kind, "counter", asked, by, value)
    return act(centre, lambda session, centre: subjects.register(session, centre, agency, draft))


def approved(centre, *given, **more):
    """Register a request and have it approved; return its number."""
    number = register(centre, *given, **more).request.id
    for who, role in (("ani", "dpo"), ("budi", "pmo-head")):
        act(centre, subjects.approve, number, who, {role})
    return number


def do(centre, function, *given):
    return act(centre, lambda session, centre: function(session, centre, *given))


def person_of(centre, record):
    with Session(centre.store) as session:
        found = session.get(Membership, record)
        return found.person if found else None


def refused(code):
    return pytest.raises(ServiceError, match=code)


def test_the_counter_learns_nothing_from_the_answer(centre, lists):
    known = register(centre)
    unknown = register(centre, value=token("1871014101019999"))
    foreign = register(centre, by="ref", value=lists["desa"][0].as_py())
    assert {(each.state, each.due, each.late, each.approved_by) for each in (known, unknown, foreign)} == {
        ("registered", NOW + CLOCK, False, ())
    }


def test_what_is_kept_is_peppered_and_goes_with_the_answer(centre, lists):
    t1 = token(SAME["nik"][0].as_py())
    number = approved(centre, "access")
    with Session(centre.store) as session:
        assert session.get_one(SubjectRequest, number).token not in {t1, None}
        assert all(t1.hex() not in row for row in session.exec(select(PendingEntry.body)))
    do(centre, subjects.close, number, "done", "ani")
    with Session(centre.store) as session:
        kept = session.get_one(SubjectRequest, number)
        assert (kept.token, kept.record, kept.outcome) == (None, None, "done")


def test_nothing_is_matched_before_two_people_approved(centre, lists):
    number = register(centre).request.id
    for approver in (None, ("ani", "dpo"), ("ani", "dpo")):
        if approver:
            act(centre, subjects.approve, number, approver[0], {approver[1]})
        for function, given in ((subjects.match, ()), (subjects.trail, ()), (subjects.close, ("done", "ani"))):
            with refused("SUBJECT_NOT_APPROVED"):
                do(centre, function, number, *given)
    with refused("APPROVER_NOT_OTHER"):
        act(centre, subjects.approve, number, "ani", {"pmo-head"})
    with refused("APPROVER_ROLE"):
        act(centre, subjects.approve, number, "citra", {"pmo-officer"})
    act(centre, subjects.approve, number, "budi", {"pmo-head"})
    assert len(do(centre, subjects.match, number).rows) == 2


def test_the_trail_is_one_person_s_aid_and_every_look_at_her(centre, lists):
    number = approved(centre)
    found = do(centre, subjects.match, number)
    name = subjects.persons_word(found.person)
    other = subjects.persons_word(found.person + 1)
    with Session(centre.store) as session, session.begin():
        for subject in ({"person": name}, {"person": other}, {"persons": [other, name]}, {"persons": [other]}):
            journal.record(session, journal.Event("PROFILE_READ", "citra", "analyst", "", "", subject), NOW)
    trail = do(centre, subjects.trail, number)
    assert [(row.agency, row.amount) for row in trail.aid] == [("baznas", 300_000), ("desa", 300_000)]
    assert [set(entry.event.subject) for entry in trail.entries] == [{"person"}, {"persons"}]


def test_an_own_row_leads_to_the_person_and_another_s_to_nobody(centre, lists):
    own = do(centre, subjects.match, approved(centre, by="ref", value=lists["baznas"][1].as_py()))
    assert {agency for _, agency in own.rows} == {"baznas", "desa"}
    foreign = approved(centre, by="ref", value=lists["desa"][1].as_py())
    assert do(centre, subjects.match, foreign) == subjects.Match(None, [])
    with refused("SUBJECT_NOT_FOUND"):
        do(centre, subjects.close, foreign, "done", "ani")
    assert do(centre, subjects.close, foreign, "not-found", "ani").rows == 0


def test_a_token_of_two_persons_gives_nobody_another_s_data(centre, lists):
    number = approved(centre)
    found = do(centre, subjects.match, number)
    with Session(centre.store) as session, session.begin():
        others = session.exec(select(Membership).where(Membership.person != found.person)).all()
        row = session.get_one(Membership, found.rows[0][0])
        row.person = others[0].person
    with refused("SUBJECT_AMBIGUOUS"):
        do(centre, subjects.trail, number)


def words(centre, agency, asked):
    return act(centre, feedback.ask, agency, asked).rows


def test_a_correction_reaches_every_agency_that_has_the_row_and_no_other_row(centre, lists):
    closed = do(centre, subjects.close, approved(centre, "correction"), "done", "ani")
    assert (closed.rows, closed.agencies) == (2, ("baznas", "desa"))
    for agency in ("baznas", "desa"):
        assert words(centre, agency, lists[agency]) == ["correct"] + ["known"] * 5
    assert count(centre, Membership) == (12,)
    act(centre, withdrawal.withdraw, "desa", lists["desa"].slice(0, 1))
    assert words(centre, "desa", lists["desa"])[0] == "unknown"
    with Session(centre.store) as session:
        assert {row.agency for row in session.exec(select(SubjectRow)) if row.done_at is None} == {"baznas"}


@pytest.mark.parametrize("kind", ["erasure", "objection"])
def test_an_erased_row_belongs_to_nobody_at_once_and_no_link_brings_it_back(centre, lists, kind):
    number = approved(centre, kind)
    found = do(centre, subjects.match, number)
    do(centre, subjects.close, number, "done", "ani")
    expected = "erase" if kind == "erasure" else "known"
    assert words(centre, "desa", lists["desa"])[0] == expected
    assert count(centre, Membership, Content) == (10, 12)
    assert link.link(centre, silent).records == 10
    assert all(person_of(centre, record) is None for record, _ in found.rows)
    with Session(centre.store) as session:
        records = {record for record, _ in found.rows}
        assert not [row for row in session.exec(select(Review)) if {row.left, row.right} & records]
    for agency in ("baznas", "desa"):
        act(centre, withdrawal.withdraw, agency, lists[agency].slice(0, 1))
    assert count(centre, Content) == (10,)
    with Session(centre.store) as session:
        assert all(row.done_at is not None for row in session.exec(select(SubjectRow)))


def test_a_link_under_way_does_not_bring_an_erased_row_back(centre, lists, monkeypatch):
    number, original = approved(centre, "erasure"), link.matching.link

    def erased_meanwhile(*given, **more):
        found = original(*given, **more)
        do(centre, subjects.close, number, "done", "ani")
        return found

    monkeypatch.setattr(link.matching, "link", erased_meanwhile)
    link.link(centre, silent)
    assert count(centre, Membership) == (10,)


def test_a_request_is_late_after_three_times_twenty_four_hours(centre, lists):
    number = register(centre, asked=NOW - dt.timedelta(hours=70)).request.id
    for hours, late in ((2, False), (2.01, True)):
        after = replace(centre, clock=lambda hours=hours: NOW + dt.timedelta(hours=hours))
        with Session(centre.store) as session:
            (found,) = subjects.listed(session, None, after.clock(), 10)
        assert found.late == late
    do(centre, subjects.close, number, "refused", "ani")
    with Session(centre.store) as session:
        assert not subjects.listed(session, None, NOW + dt.timedelta(days=9), 10)[0].late


@pytest.mark.parametrize("hours", [-24 * 30 - 1, 1])
def test_a_time_that_makes_the_clock_lie_is_refused(centre, lists, hours):
    with refused("SUBJECT_TIME"):
        register(centre, asked=NOW + dt.timedelta(hours=hours))


def test_an_agency_that_tries_niks_is_stopped_and_others_are_not(centre, lists):
    for at in range(A_DAY):
        register(centre, value=token(f"18710141010190{at:02}"))
    with refused("SUBJECT_BUDGET"):
        register(centre)
    assert register(centre, agency="desa").state == "registered"


def test_a_closed_request_stays_closed(centre, lists):
    number = approved(centre)
    do(centre, subjects.close, number, "done", "ani")
    for function, given in ((subjects.trail, ()), (subjects.close, ("done", "ani"))):
        with refused("SUBJECT_CLOSED"):
            do(centre, function, number, *given)
    with refused("SUBJECT_CLOSED"):
        act(centre, subjects.approve, number, "budi", {"pmo-head"})

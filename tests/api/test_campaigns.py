"""Referral by pull: two people approve, agencies learn about their own rows and nothing else."""

import datetime as dt
from dataclasses import replace

import pyarrow as pa
import pytest
from sqlmodel import Session, select

from api.centre import Bounds
from api.errors import ServiceError
from api.services import campaigns, ingest, link, outcomes
from api.services.campaigns import Draft
from api.services.outcomes import Told
from api.store import Outcome, Pull
from linkage.encoding import tokeniser
from linkage.encoding.tokeniser import AgencySecrets
from tests.api.conftest import EPOCH, people, silent

UNTIL = dt.date(2026, 6, 1)


def refs(desk, table):
    """Return the agency's own references of a table."""
    return tokeniser.references(table, AgencySecrets(EPOCH.key, desk.ring.ref_key))


def act(centre, does, *given):
    """Do one thing in a transaction of its own."""
    with Session(centre.store, expire_on_commit=False) as session, session.begin():
        return does(session, centre, *given)


def opened(centre, draft=None, opener="officer"):
    draft = draft or Draft("ZAKAT", "without", None, UNTIL)
    return act(centre, campaigns.open_campaign, draft, opener).campaign.id


def approve(centre, number, by, role):
    return act(centre, campaigns.approve, number, by, {role, "anyone"}).state


def pull(centre, number, agency, asked):
    return act(centre, campaigns.pull, number, agency, asked).concerned


@pytest.fixture
def linked(centre, desks):
    """Baznas lists people 0–29 for ZAKAT, the village 20–39 for BLT-DD: ten are on both. Returns what each sent."""
    sent = {
        "baznas": people(30, programme="ZAKAT", period="2026-03", regency="18.01", village=None),
        "desa": people(20, start=20, programme="BLT-DD", period="2026-03", regency="18.02", village=None),
    }
    for agency, table in sent.items():
        ingest.ingest(centre, desks[agency].submit(table), silent)
    link.link(centre, silent)
    return sent


def approved(centre, draft=None, opener="officer"):
    number = opened(centre, draft, opener)
    assert approve(centre, number, "ani", "dpo") == "open"
    assert approve(centre, number, "budi", "pmo-head") == "in-force"
    return number


def test_an_agency_learns_which_of_its_rows_lack_the_programme_in_the_order_asked(centre, desks, linked):
    number = approved(centre)
    asked = refs(desks["desa"], linked["desa"])
    assert pull(centre, number, "desa", asked) == [False] * 10 + [True] * 10
    backwards = asked.take(pa.array(range(19, -1, -1)))
    assert pull(centre, number, "desa", backwards) == [True] * 10 + [False] * 10


def test_only_rows_of_the_campaign_s_regency_are_concerned(centre, desks, linked):
    number = approved(centre, Draft("ZAKAT", "without", "18.01", UNTIL))
    assert not any(pull(centre, number, "desa", refs(desks["desa"], linked["desa"])))


def test_people_whom_two_agencies_list_for_one_programme_and_period_are_found(centre, desks):
    same = people(5, programme="ZAKAT", period="2026-03")
    for agency in ("baznas", "csr"):
        ingest.ingest(centre, desks[agency].submit(same), silent)
    other = people(5, start=50, programme="ZAKAT", period="2026-03")
    ingest.ingest(centre, desks["desa"].submit(other), silent)
    link.link(centre, silent)
    number = approved(centre, Draft("ZAKAT", "twice", None, UNTIL))
    assert pull(centre, number, "csr", refs(desks["csr"], same)) == [True] * 5
    assert pull(centre, number, "desa", refs(desks["desa"], other)) == [False] * 5


def test_another_agency_s_references_and_guesses_are_answered_as_not_concerned(centre, desks, linked):
    number = approved(centre)
    stolen = refs(desks["desa"], linked["desa"])
    guesses = pa.array([bytes([at]) * 32 for at in range(20)], pa.binary(32))
    answers = [pull(centre, number, "baznas", asked) for asked in (stolen, guesses)]
    assert answers == [[False] * 20, [False] * 20]


@pytest.mark.parametrize(
    ("by", "role", "code"),
    [
        ("officer", "dpo", "APPROVER_NOT_OTHER"),
        ("ani", "pmo-head", "APPROVER_NOT_OTHER"),
        ("tono", "analyst", "APPROVER_ROLE"),
    ],
)
def test_nobody_approves_twice_or_her_own_campaign(centre, by, role, code):
    number = opened(centre)
    approve(centre, number, "ani", "dpo")
    with pytest.raises(ServiceError) as refused:
        approve(centre, number, by, role)
    assert refused.value.code == code


def test_one_approval_given_again_is_still_one(centre):
    number = opened(centre)
    assert [approve(centre, number, who, "dpo") for who in ("ani", "ani", "citra")] == ["open"] * 3


def test_a_campaign_answers_nothing_before_two_approvals(centre, desks, linked):
    number = opened(centre)
    approve(centre, number, "ani", "dpo")
    with pytest.raises(ServiceError) as refused:
        pull(centre, number, "desa", refs(desks["desa"], linked["desa"]))
    assert refused.value.code == "CAMPAIGN_NOT_IN_FORCE"


def test_a_day_s_questions_are_bounded_and_counted_without_saying_which(centre, desks, linked):
    centre = replace(centre, bounds=Bounds(rows_a_day=30))
    number = approved(centre)
    asked = refs(desks["desa"], linked["desa"])
    pull(centre, number, "desa", asked)
    with pytest.raises(ServiceError) as refused:
        pull(centre, number, "desa", asked)
    assert refused.value.code == "PULL_BUDGET"
    with Session(centre.store) as session:
        assert [(each.agency, each.rows) for each in session.exec(select(Pull))] == [("desa", 20)]


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (Draft("NO_SUCH", "without", None, UNTIL), "PROGRAMME_UNKNOWN"),
        (Draft("ZAKAT", "without", None, dt.date(2026, 3, 1)), "CAMPAIGN_EXPIRY"),
        (Draft("ZAKAT", "without", None, dt.date(2027, 3, 1)), "CAMPAIGN_EXPIRY"),
    ],
)
def test_a_wrong_draft_opens_nothing(centre, draft, code):
    with pytest.raises(ServiceError) as refused:
        opened(centre, draft)
    assert refused.value.code == code


def test_one_person_ends_a_campaign_for_good(centre, desks, linked):
    number = approved(centre)
    assert act(centre, campaigns.refuse, number, "ani", {"dpo"}).state == "refused"
    for does in (
        lambda: pull(centre, number, "desa", refs(desks["desa"], linked["desa"])),
        lambda: approve(centre, number, "budi", "pmo-head"),
    ):
        with pytest.raises(ServiceError) as refused:
            does()
        assert refused.value.code in {"CAMPAIGN_NOT_IN_FORCE", "CAMPAIGN_CLOSED"}
    with pytest.raises(ServiceError, match="APPROVER_ROLE"):
        act(centre, campaigns.refuse, number, "citra", {"pmo-officer"})


def test_after_its_day_a_campaign_answers_nothing_and_takes_no_approval(centre, desks, linked):
    number, waiting = approved(centre), opened(centre)
    late = replace(centre, clock=lambda: dt.datetime(2026, 6, 2, tzinfo=dt.UTC))
    with pytest.raises(ServiceError, match="CAMPAIGN_NOT_IN_FORCE"):
        pull(late, number, "desa", refs(desks["desa"], linked["desa"]))
    with pytest.raises(ServiceError, match="CAMPAIGN_CLOSED"):
        approve(late, waiting, "ani", "dpo")


def test_agencies_see_campaigns_in_force_and_no_others(centre):
    wanted = approved(centre)
    opened(centre)
    act(centre, campaigns.refuse, approved(centre), "ani", {"dpo"})
    with Session(centre.store) as session:
        for in_force, count in ((True, 1), (False, 3)):
            found = campaigns.listed(session, centre.clock(), in_force=in_force, limit=10)
            assert len(found) == count and (not in_force or found[0].campaign.id == wanted)


def test_outcomes_are_kept_for_own_rows_and_the_later_word_stands(centre, desks, linked):
    number = approved(centre)
    mine, theirs = (refs(desks[name], linked[name]).to_pylist() for name in ("desa", "baznas"))
    assert act(centre, outcomes.tell, number, "desa", {"visited": mine[:15], "moved": theirs}) == Told(15, 30)
    assert act(centre, outcomes.tell, number, "desa", {"registered": mine[:3]}) == Told(3, 0)
    act(centre, outcomes.count, number, "baznas", {"visited": 40})
    act(centre, outcomes.count, number, "baznas", {"visited": 9})
    with Session(centre.store) as session:
        assert outcomes.summary(session, number) == {"registered": None, "visited": 20}
        assert {each.outcome for each in session.exec(select(Outcome))} == {"visited", "registered"}


def test_outcomes_come_late_but_not_for_ever_and_not_before_approval(centre, desks, linked):
    number, waiting = approved(centre), opened(centre)
    mine = refs(desks["desa"], linked["desa"]).to_pylist()
    for day, then, code in ((dt.date(2026, 7, 31), number, None), (dt.date(2026, 8, 1), number, "CAMPAIGN_NOT"),
                            (dt.date(2026, 3, 1), waiting, "CAMPAIGN_NOT")):  # fmt: skip
        at = replace(centre, clock=lambda day=day: dt.datetime.combine(day, dt.time(), dt.UTC))
        if code is None:
            assert act(at, outcomes.tell, then, "desa", {"visited": mine}).kept == 20
            continue
        with pytest.raises(ServiceError, match=code):
            act(at, outcomes.tell, then, "desa", {"visited": mine})


def test_rows_listed_to_find_out_who_is_known_elsewhere_are_not_concerned(centre, desks):
    """The attack: list guesses for the programme while a campaign for people served twice is in force, and pull."""
    known = people(5, programme="ZAKAT", period="2026-03")
    for name in ("baznas", "desa"):
        ingest.ingest(centre, desks[name].submit(known), silent)
    link.link(centre, silent)
    number = approved(centre, Draft("ZAKAT", "twice", None, UNTIL))
    later = replace(centre, clock=lambda: dt.datetime(2026, 3, 2, tzinfo=dt.UTC))
    ingest.ingest(later, desks["csr"].submit(known), silent)
    link.link(later, silent)
    assert pull(later, number, "csr", refs(desks["csr"], known)) == [False] * 5
    assert pull(later, number, "desa", refs(desks["desa"], known)) == [True] * 5
    # What it would be without the rule: a campaign that is opened afterwards.
    after = approved(later, Draft("ZAKAT", "twice", None, UNTIL))
    assert pull(later, after, "csr", refs(desks["csr"], known)) == [True] * 5


def test_rows_that_name_no_payment_are_never_served_twice(centre, desks):
    same = people(5, programme="ZAKAT", period="2026-03", amount=None)
    for name in ("baznas", "desa"):
        ingest.ingest(centre, desks[name].submit(same), silent)
    link.link(centre, silent)
    number = approved(centre, Draft("ZAKAT", "twice", None, UNTIL))
    assert not any(pull(centre, number, "desa", refs(desks["desa"], same)))

"""Referral by pull: two people approve, agencies learn about their own rows and nothing else."""

import datetime as dt

import pyarrow as pa
import pytest
from sqlmodel import Session, select

from api.errors import ServiceError
from api.services import campaigns, ingest, link
from api.services.campaigns import Draft
from api.store import Pull
from linkage.encoding import tokeniser
from linkage.encoding.tokeniser import AgencySecrets
from tests.api.conftest import EPOCH, people, silent

UNTIL = dt.date(2026, 6, 1)


def refs(desk, table):
    """Return the agency's own references of a table."""
    return tokeniser.references(table, AgencySecrets(EPOCH.key, desk.ring.ref_key))


@pytest.fixture
def linked(centre, desks):
    """Baznas lists people 0–29 for ZAKAT, the village 20–39 for BLT-DD: ten are on both. Returns what each sent."""
    sent = {
        "baznas": people(30, programme="ZAKAT", period="2026-03", regency="18.01"),
        "desa": people(20, start=20, programme="BLT-DD", period="2026-03", regency="18.02"),
    }
    for agency, table in sent.items():
        ingest.ingest(centre, desks[agency].submit(table), silent)
    link.link(centre, silent)
    return sent


def approved(centre, draft, opener="officer"):
    number = campaigns.open_campaign(centre, draft, opener)
    assert not campaigns.approve(centre, number, "ani", "dpo")
    assert campaigns.approve(centre, number, "budi", "pmo-head")
    return number


def test_an_agency_learns_which_of_its_rows_lack_the_programme_in_the_order_asked(centre, desks, linked):
    number = approved(centre, Draft("ZAKAT", "without", None, UNTIL))
    asked = refs(desks["desa"], linked["desa"])
    assert campaigns.pull(centre, number, "desa", asked).concerned == [False] * 10 + [True] * 10
    backwards = asked.take(pa.array(range(19, -1, -1)))
    assert campaigns.pull(centre, number, "desa", backwards).concerned == [True] * 10 + [False] * 10


def test_only_rows_of_the_campaign_s_regency_are_concerned(centre, desks, linked):
    number = approved(centre, Draft("ZAKAT", "without", "18.01", UNTIL))
    assert not any(campaigns.pull(centre, number, "desa", refs(desks["desa"], linked["desa"])).concerned)


def test_people_whom_two_agencies_list_for_one_programme_and_period_are_found(centre, desks):
    same = people(5, programme="ZAKAT", period="2026-03")
    for agency in ("baznas", "csr"):
        ingest.ingest(centre, desks[agency].submit(same), silent)
    other = people(5, start=50, programme="ZAKAT", period="2026-03")
    ingest.ingest(centre, desks["desa"].submit(other), silent)
    link.link(centre, silent)
    number = approved(centre, Draft("ZAKAT", "twice", None, UNTIL))
    assert campaigns.pull(centre, number, "csr", refs(desks["csr"], same)).concerned == [True] * 5
    assert campaigns.pull(centre, number, "desa", refs(desks["desa"], other)).concerned == [False] * 5


def test_another_agency_s_references_and_guesses_are_answered_as_not_concerned(centre, desks, linked):
    number = approved(centre, Draft("ZAKAT", "without", None, UNTIL))
    stolen = refs(desks["desa"], linked["desa"])
    guesses = pa.array([bytes([at]) * 32 for at in range(20)], pa.binary(32))
    answers = [campaigns.pull(centre, number, "baznas", asked).concerned for asked in (stolen, guesses)]
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
    number = campaigns.open_campaign(centre, Draft("ZAKAT", "without", None, UNTIL), "officer")
    campaigns.approve(centre, number, "ani", "dpo")
    with pytest.raises(ServiceError) as refused:
        campaigns.approve(centre, number, by, role)
    assert refused.value.code == code


def test_one_approval_given_again_is_still_one(centre):
    number = campaigns.open_campaign(centre, Draft("ZAKAT", "without", None, UNTIL), "officer")
    assert [campaigns.approve(centre, number, who, "dpo") for who in ("ani", "ani", "citra")] == [False] * 3


def test_a_campaign_answers_nothing_before_two_approvals(centre, desks, linked):
    number = campaigns.open_campaign(centre, Draft("ZAKAT", "without", None, UNTIL), "officer")
    campaigns.approve(centre, number, "ani", "dpo")
    with pytest.raises(ServiceError) as refused:
        campaigns.pull(centre, number, "desa", refs(desks["desa"], linked["desa"]))
    assert refused.value.code == "CAMPAIGN_NOT_IN_FORCE"


def test_a_day_s_questions_are_bounded_and_counted_without_saying_which(centre, desks, linked, monkeypatch):
    number = approved(centre, Draft("ZAKAT", "without", None, UNTIL))
    monkeypatch.setattr(campaigns, "ROWS_A_DAY", 30)
    asked = refs(desks["desa"], linked["desa"])
    campaigns.pull(centre, number, "desa", asked)
    with pytest.raises(ServiceError) as refused:
        campaigns.pull(centre, number, "desa", asked)
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
        campaigns.open_campaign(centre, draft, "officer")
    assert refused.value.code == code

"""Campaigns over HTTP: who opens, approves and ends them, what an agency is told, and what it cannot learn."""

import json

import pyarrow as pa
import pytest
from sqlmodel import Session, select

from api.services import ingest, link
from api.store import Membership
from tests.api.conftest import people, silent
from tests.api.http.conftest import bearer, entries
from tests.api.test_campaigns import refs

NEW = {"programme": "ZAKAT", "criterion": "without", "expires": "2026-06-01"}
MINE = bearer(agency="desa")


@pytest.fixture
def lists(centre, desks):
    """Baznas lists people 0–29 for ZAKAT, the village 20–39 for BLT-DD. Returns the references of each, as sent."""
    sent = {
        "baznas": people(30, programme="ZAKAT", period="2026-03", regency="18.01", village=None),
        "desa": people(20, start=20, programme="BLT-DD", period="2026-03", regency="18.02", village=None),
    }
    for agency, table in sent.items():
        ingest.ingest(centre, desks[agency].submit(table), silent)
    link.link(centre, silent)
    return {name: [ref.hex() for ref in refs(desks[name], table).to_pylist()] for name, table in sent.items()}


def opened(client, **changes):
    answer = client.post("/v1/campaigns", json={**NEW, **changes}, headers=bearer("pmo-officer"))
    assert answer.status_code == 201, answer.text
    return f"/v1/campaigns/{answer.json()['id']}"


def approved(client, **changes):
    place = opened(client, **changes)
    states = [client.post(f"{place}/approvals", headers=bearer(role)).json()["state"] for role in ("dpo", "pmo-head")]
    assert states == ["open", "in-force"]
    return place


def code(answer):
    return answer.status_code, answer.json()["code"]


def test_an_agency_pulls_what_two_people_approved_and_the_log_says_so_without_a_reference(client, centre, lists):
    place = approved(client)
    answer = client.post(f"{place}/pulls", json={"refs": lists["desa"]}, headers=MINE)
    assert answer.json()["concerned"] == [False] * 10 + [True] * 10
    assert answer.json()["suggestion"] == "offer-programme"
    last = entries(centre)[-1]
    assert (last["code"], last["subject"]["rows"], last["subject"]["concerned"]) == ("CAMPAIGN_PULLED", 20, 10)
    assert last["subject"]["agency"] == "desa"
    assert not any(ref in json.dumps(entries(centre)) for ref in lists["desa"])


def test_another_agency_s_references_and_guesses_are_not_concerned_to_the_byte(client, lists):
    place = approved(client)
    stolen, guessed = lists["desa"], [f"{at:064x}" for at in range(20)]
    answers = [client.post(f"{place}/pulls", json={"refs": asked}, headers=bearer(agency="baznas")).content
               for asked in (stolen, guessed)]  # fmt: skip
    assert answers[0] == answers[1] and b"true" not in answers[0]


def test_the_opener_approves_nothing_and_one_person_is_not_two(client):
    both = {"roles": ["dpo", "pmo-head"], "role": None, "sub": "somebody"}
    place = opened(client)
    assert client.post(f"{place}/approvals", headers=bearer(**both)).status_code == 200
    assert client.post(f"{place}/approvals", headers=bearer(**both)).json()["state"] == "open"
    assert code(client.post(f"{place}/approvals", headers=bearer("pmo-head", sub="somebody"))) == (
        409, "APPROVER_NOT_OTHER")  # fmt: skip
    opener = bearer("pmo-officer", sub="tini")
    mine = client.post("/v1/campaigns", json=NEW, headers=opener).json()["id"]
    answer = client.post(f"/v1/campaigns/{mine}/approvals", headers=bearer("dpo", sub="tini"))
    assert code(answer) == (409, "APPROVER_NOT_OTHER")


def test_before_approval_after_refusal_and_of_no_campaign_nothing_is_answered(client, lists):
    asked = {"json": {"refs": lists["desa"]}, "headers": MINE}
    waiting, ended = opened(client), approved(client)
    assert client.post(f"{ended}/refusal", headers=bearer("dpo")).json()["state"] == "refused"
    for place in (waiting, ended):
        assert code(client.post(f"{place}/pulls", **asked)) == (409, "CAMPAIGN_NOT_IN_FORCE")
    assert code(client.post("/v1/campaigns/77/pulls", **asked)) == (404, "CAMPAIGN_UNKNOWN")


def test_an_agency_sees_what_is_in_force_and_no_outcomes(client, centre, lists):
    place, _ = approved(client), opened(client)
    kept = client.post(f"{place}/outcomes", json={"rows": {"visited": lists["desa"]}}, headers=MINE)
    assert kept.json() == {"kept": 20, "dropped": 0}
    [mine] = client.get("/v1/campaigns", headers=MINE).json()["campaigns"]
    assert mine["state"] == "in-force" and mine["outcomes"] is None
    all_ = client.get("/v1/campaigns", headers=bearer("dpo")).json()["campaigns"]
    assert [(each["state"], each["outcomes"]) for each in all_] == [("open", {}), ("in-force", {"visited": 20})]


def test_a_body_of_another_form_is_refused_without_repeating_it(client, seeded):
    canary = "1871014107900001"
    bodies = ({"refs": [canary]}, {"refs": []}, {"refs": ["7d" * 32], canary: 1}, {}, [], {"refs": ["7D" * 32]})
    for body in bodies:
        answer = client.post("/v1/campaigns/1/pulls", json=body, headers=MINE)
        assert code(answer) == (422, "REQUEST_INVALID") and canary not in answer.text
    assert client.post("/v1/campaigns/1/pulls", content=b"\xff{", headers=MINE).status_code == 422
    for body in (
        {"rows": {"dead": ["7d" * 32]}},
        {"counts": {"visited": -1}},
        {"counts": {"visited": canary}},
        {"counts": {"visited": "3"}},
        {"counts": {"visited": True}},
    ):
        answer = client.post("/v1/campaigns/1/outcomes", json=body, headers=MINE)
        assert answer.status_code == 422 and canary not in answer.text


def test_a_body_has_a_limit_and_the_gate_stands_before_it(client, seeded):
    most = {"refs": ["7d" * 32] * 50_000}
    assert client.post("/v1/campaigns/1/pulls", json=most, headers=MINE).status_code == 200
    assert client.post("/v1/campaigns/1/pulls", json={"refs": ["7d" * 32] * 50_001}, headers=MINE).status_code == 422
    assert client.post("/v1/campaigns/1/pulls", content=b" " * 2**22 + b" ", headers=MINE).status_code == 413
    assert client.post("/v1/campaigns/1/pulls", content=b"{").status_code == 401


@pytest.mark.parametrize(("change", "told"), [({"programme": "NO-SUCH"}, "PROGRAMME_UNKNOWN"),
                                              ({"expires": "2027-06-01"}, "CAMPAIGN_EXPIRY")])  # fmt: skip
def test_a_wrong_draft_opens_nothing(client, change, told):
    answer = client.post("/v1/campaigns", json={**NEW, **change}, headers=bearer("pmo-officer"))
    assert code(answer) == (409, told)
    assert client.get("/v1/campaigns", headers=bearer("dpo")).json()["campaigns"] == []


@pytest.fixture
def both(centre, desks):
    """Baznas and the village list the same ten people as paid; the village lists ten others too."""
    paid = {"programme": "PKH", "period": "2026-03", "amount": 300_000}
    same, alone = people(10, **paid), people(10, start=50, **paid)
    ingest.ingest(centre, desks["baznas"].submit(same), silent)
    ingest.ingest(centre, desks["desa"].submit(pa.concat_tables([same, alone])), silent)
    link.link(centre, silent)
    return [[ref.hex() for ref in refs(desks["desa"], table).to_pylist()] for table in (same, alone)]


def test_feedback_of_the_moment_is_the_same_to_the_byte_for_matched_and_unmatched_rows(client, centre, both):
    """The attack: tell from the answer, or from the log entry's counts, whether another agency lists a person."""
    with Session(centre.store) as session:
        persons = sorted(set(session.exec(select(Membership.person))))
    why = {"purpose": "overlap-review", "basis": "public-task"}
    for person in persons:
        found = {"person": f"{person:016x}", "programme": "PKH", "period": "2026-03", "outcome": "review-together"}
        answer = client.post("/v1/findings", params=why, json=found, headers=bearer("pmo-officer"))
        assert answer.status_code == 201 or code(answer) == (409, "FINDING_NO_OVERLAP")
    matched, unmatched = (client.post("/v1/feedback", json={"refs": asked}, headers=MINE) for asked in both)
    assert matched.content == unmatched.content and b"known" in matched.content
    assert matched.headers == unmatched.headers
    first, second = entries(centre)[-2:]
    assert {**first, "at": ""} == {**second, "at": ""} and first["code"] == "FEEDBACK_GIVEN"


def test_withdrawn_rows_are_logged_by_number_and_another_s_stay(client, centre, both):
    stolen = client.post("/v1/withdrawals", json={"refs": both[0]}, headers=bearer(agency="baznas"))
    assert stolen.json() == {"withdrawn": 0, "unknown": 10}
    answers = [client.post("/v1/withdrawals", json={"refs": both[0]}, headers=MINE).json() for _ in range(2)]
    assert answers == [{"withdrawn": 10, "unknown": 0}, {"withdrawn": 0, "unknown": 10}]
    last = entries(centre)[-2]
    assert (last["code"], last["subject"]["rows"], last["subject"]["agency"]) == ("ROWS_WITHDRAWN", 10, "desa")
    assert client.post("/v1/feedback", json={"refs": both[0]}, headers=MINE).json()["rows"] == ["unknown"] * 10


def test_a_finding_without_its_purpose_is_denied(client, seeded):
    found = {"person": seeded.person, "programme": "PKH", "period": "2026-03", "outcome": "review-together"}
    for purpose in ("targeting", "quality-review"):
        asked = {"purpose": purpose, "basis": "public-task"}
        assert client.post("/v1/findings", params=asked, json=found, headers=bearer("pmo-officer")).status_code == 403


@pytest.mark.parametrize("day", [0, 1_780_000_000, "1780272000", "2026-06-01T00:00:00", "2026-02-30", None, True])
def test_a_day_is_a_day_as_written(client, seeded, day):
    answer = client.post("/v1/campaigns", json={**NEW, "expires": day}, headers=bearer("pmo-officer"))
    assert code(answer) == (422, "REQUEST_INVALID")

"""Refusals have one form, carry a stable code, and repeat nothing that was sent."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.guard import HEADERS
from api.problems import STATUS, TITLES
from tests.api.http.conftest import bearer, entries

CANARY = "1871014107900001"


def sent(client):
    """Send the canary wherever something can be sent."""
    mine = bearer(agency="baznas")
    reasons = {"purpose": "targeting", "basis": "public-task"}
    yield client.post("/v1/submissions", json={"digest": CANARY, "size": CANARY, CANARY: CANARY}, headers=mine)
    yield client.post("/v1/submissions", content=CANARY.encode(), headers=mine)
    yield client.get("/v1/persons", params={**reasons, "programme": f"x{CANARY}", "limit": CANARY}, headers=bearer())
    yield client.get(f"/v1/persons/{CANARY}x", params={**reasons, "case": CANARY}, headers=bearer())
    yield client.patch(f"/v1/submissions/{CANARY}", headers={**mine, "Upload-Offset": CANARY})
    yield client.post("/oauth/token", data={"grant_type": CANARY, "client_id": CANARY, "client_secret": CANARY})
    yield client.get("/v1/log", params={**reasons, "purpose": "oversight", "code": CANARY}, headers=bearer("dpo"))
    yield client.get(f"/{CANARY}")


def test_no_refusal_repeats_what_was_sent_nor_does_the_log(client, seeded, centre, caplog):
    for number, answer in enumerate(sent(client)):
        assert 400 <= answer.status_code < 500, number
        assert answer.headers["content-type"] == "application/problem+json"
        assert CANARY not in answer.text, number
        assert answer.json()["code"] in STATUS
    assert CANARY not in str(entries(centre)) and CANARY not in caplog.text


@pytest.mark.parametrize("path", ["/health", "/v1/runs", "/nothing", "/openapi.json"])
def test_every_answer_carries_the_security_headers(client, path):
    answer = client.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_a_fault_of_ours_says_nothing(client, centre, caplog, monkeypatch):
    from api.services import persons

    def fail(*_arguments):
        raise ValueError(CANARY)

    monkeypatch.setattr(persons, "runs", fail)
    answer = client.get("/v1/runs", headers=bearer())
    assert (answer.status_code, answer.json()["code"]) == (500, "FAILED")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert CANARY not in answer.text and CANARY not in caplog.text and "ValueError" in caplog.text


def test_every_status_has_a_title():
    assert set(STATUS.values()) <= set(TITLES)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(method=st.sampled_from(["GET", "PUT", "TRACE", "DELETE"]), path=st.text("/v1personslog.%0", max_size=30))
def test_whatever_is_asked_gets_an_answer_in_the_form(client, method, path):
    answer = client.request(method, "http://testserver/" + path.lstrip("/"))
    if answer.status_code >= 400:
        assert answer.json()["status"] == answer.status_code

"""No answer with data leaves before its transaction, with exactly one entry in it, is committed."""

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from api.access.principals import OF_AN_AGENCY, ROLES
from api.app import create_app
from tests.api.http.conftest import bearer, call, entries, operations
from tests.api.http.test_access import TABLE, expected

pytestmark = [pytest.mark.sqlite, pytest.mark.postgresql]
SILENT = {"readHealth", "readReadiness", "showFront", "startLogin", "chooseLanguage", "readStatic", "showHome",
          "askReason", "showGlossary"}  # fmt: skip
REFUSALS = {"REQUEST_REFUSED", "LOGIN_REFUSED"}


def break_commits(engine):
    """Let every commit of the store fail, as a full disk does."""

    @event.listens_for(engine, "commit")
    def fail(_connection):
        raise OperationalError("COMMIT", None, Exception("disk is full"))

    return lambda: event.remove(engine, "commit", fail)


def allowed(service, seeded):
    """Yield every operation with a role and purpose that may do it."""
    for operation in operations(create_app(service)):
        name = operation[0]
        role = "agency" if "agency" in TABLE[name] else next(role for role in sorted(ROLES) if role in TABLE[name])
        purposes = [each for each in service.rules.purposes if expected(name, role, "baznas", each)]
        yield operation, bearer(role, "baznas" if role in OF_AN_AGENCY else None), purposes[0]


def test_with_the_default_scope_data_leave_although_the_commit_fails(centre, seeded):
    """The attack, against the framework's default: it answers first and commits afterwards."""

    def late():
        with Session(centre.store) as session, session.begin():
            from api.store import PendingEntry

            session.add(PendingEntry(created_at=centre.clock(), body="{}"))
            yield session

    app, late_session = FastAPI(), Depends(late)

    @app.get("/person")
    def person(session=late_session):
        return {"data": "of a person"}

    mend = break_commits(centre.store)
    answer = TestClient(app, raise_server_exceptions=False).get("/person")
    mend()
    assert "of a person" in answer.text and not entries(centre)


def test_no_route_answers_with_data_when_its_commit_fails(client, service, seeded, centre):
    for operation, headers, purpose in allowed(service, seeded):
        if operation[0] in SILENT:
            continue
        mend = break_commits(centre.store)
        answer = call(client, operation, seeded, headers=headers, purpose=purpose)
        mend()
        assert answer.status_code == 503, operation
        assert set(answer.json()) <= {"type", "title", "status", "code", "detail"}, operation
    assert not entries(centre)


def test_every_route_leaves_exactly_one_entry_with_actor_purpose_and_rules(client, service, seeded, centre):
    for operation, headers, purpose in allowed(service, seeded):
        before = len(entries(centre))
        answer = call(client, operation, seeded, headers=headers, purpose=purpose)
        # What is asked of the vault's pepper is counted beside it.
        new = [each for each in entries(centre)[before:] if each["code"] != "TOKENS_COUNTED"]
        if operation[0] in SILENT:
            assert not new
            continue
        assert len(new) == 1, operation
        assert new[0]["subject"]["rules"] == service.rules.hash[:16]
        assert new[0]["subject"]["action"] == operation[0]
        assert (new[0]["code"] in REFUSALS) == (answer.status_code >= 400), operation
        if operation[3]:
            assert (new[0]["purpose"], new[0]["basis"]) == (purpose, "public-task")


def test_a_route_that_forgets_its_entry_fails(service, seeded, monkeypatch):
    from api.access.admission import Visit

    monkeypatch.setattr(Visit, "enter", lambda *_args, **_more: None)
    client = TestClient(create_app(service), raise_server_exceptions=False)
    answer = client.get("/v1/runs", headers=bearer())
    assert (answer.status_code, answer.json()["code"]) == (500, "ENTRY_MISSING")


@pytest.mark.parametrize("role", ["analyst", "dpo"])
def test_reading_the_log_is_an_entry(client, seeded, centre, role):
    asked = {"purpose": "oversight", "basis": "legal-obligation"}
    client.get(f"/v1/persons/{seeded.person}", params={**asked, "purpose": "targeting"}, headers=bearer())
    answer = client.get("/v1/log", params={**asked, "person": seeded.person}, headers=bearer(role))
    if role == "dpo":
        assert [each["code"] for each in answer.json()["entries"]] == ["PROFILE_READ"]
    assert entries(centre)[-1]["code"] == {"analyst": "ACCESS_DENIED", "dpo": "LOG_READ"}[role]

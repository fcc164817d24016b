"""Tokens of the real vault: an agency's credentials and an officer's login open what their role may, and no more."""

import time
from dataclasses import replace
from functools import partial

import pytest
from fastapi.testclient import TestClient

from api.access import Verifier
from api.access.buckets import Buckets, Rate
from api.app import create_app
from scripts import up
from tests.api.http.conftest import serve
from tests.conftest import OFFICERS
from vault import credentials, identity_token, issuer, jwks, login_person
from vault.logins import AUDIENCE


@pytest.fixture
def asking(bao, centre, tmp_path):
    """A client of an application that believes the real vault; the clock is the wall's, as the vault's is."""
    import datetime as dt

    now = replace(centre, clock=lambda: dt.datetime.now(dt.UTC))
    verifier = Verifier(
        lambda: issuer(bao.address), frozenset({AUDIENCE}), lambda: jwks(bao.address, bao.ca_file), now.clock
    )
    few = Buckets(Rate(5, 0.001), time.monotonic)
    issue = partial(up._issue, bao)
    return TestClient(create_app(serve(now, tmp_path / "inbox", verifier=verifier, issue=issue, logins=few)))


def test_an_agency_gets_in_by_the_credentials_that_the_steward_handed_over(bao, asking):
    held = credentials.load(bao.layout.seal_dir / "agencies" / "baznas.json")
    form = {"grant_type": "client_credentials"}
    answer = asking.post("/oauth/token", data=form, auth=(held.role_id, held.secret_id))
    assert answer.status_code == 200
    mine = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    made = asking.post("/v1/submissions", json={"digest": "ab" * 32, "size": 5}, headers=mine)
    assert (made.status_code, made.json()["agency"]) == (201, "baznas")
    assert asking.get("/v1/runs", headers=mine).status_code == 403
    assert asking.post("/oauth/token", data=form, auth=(held.role_id, "guess")).status_code == 401


@pytest.mark.parametrize("officer", OFFICERS, ids=lambda officer: officer.group)
def test_an_officer_is_what_her_group_says(bao, asking, officer):
    password = (bao.layout.seal_dir / "officers" / f"{officer.name}.password").read_text()
    with login_person(bao.address, bao.ca_file, officer.name, password) as session:
        mine = {"Authorization": f"Bearer {identity_token(session)}"}
    asked = {"purpose": "oversight", "basis": "public-task"}
    reads_log = officer.group in {"dpo", "reconciler"}
    assert asking.get("/v1/log", params=asked, headers=mine).status_code == (200 if reads_log else 403)
    begins = asking.post("/v1/links", headers=mine).status_code
    assert begins == (202 if officer.group == "pmo-head" else 403)


def test_a_role_of_the_centre_is_nobody_at_the_service(bao, asking):
    held = credentials.load(bao.credentials_dir / "ingest.json")
    form = {"grant_type": "client_credentials"}
    assert asking.post("/oauth/token", data=form, auth=(held.role_id, held.secret_id)).status_code == 401

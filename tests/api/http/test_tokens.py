"""A token is believed only if issuer, audience, time, key and roles are right; and every failure looks alike."""

import base64
import datetime as dt
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi.testclient import TestClient

from api.access import Verifier
from api.access.buckets import Buckets, Rate
from api.app import create_app
from api.errors import ServiceError
from tests.api.http.conftest import AUDIENCE, ISSUER, JWKS, NOW, bearer, entries, serve, token
from vault import VaultError

PAST = int(NOW.timestamp()) - 1
FOREIGN = ec.generate_private_key(ec.SECP256R1())
GRANT = {"grant_type": "client_credentials", "client_id": "role-of-baznas", "client_secret": "secret-of-baznas"}


def unsigned():
    head, body, _ = token().split(".")
    head = base64.urlsafe_b64encode(b'{"alg":"none","kid":"k1"}').rstrip(b"=").decode()
    return f"{head}.{body}."


def test_a_good_token_is_believed(client):
    assert client.get("/v1/runs", headers=bearer()).status_code == 200


@pytest.mark.parametrize(
    "bad",
    [
        lambda: token(iss="https://elsewhere"),
        lambda: token(aud="another"),
        lambda: token(exp=PAST),
        lambda: token(exp=None),
        lambda: token(iat=PAST + 600),
        lambda: token(sub=None),
        lambda: token(key=FOREIGN),
        lambda: token(kid="k2"),
        lambda: token(role="operator"),
        lambda: token(role="agency"),
        lambda: token(agency="baznas", roles=["pmo-head"]),
        lambda: token(agency="baznas", roles=["agency", "pmo-head"]),
        unsigned,
        lambda: "x.y.z",
        lambda: "",
    ],
)
def test_a_bad_token_is_refused_and_all_look_alike(client, bad):
    answer = client.get("/v1/runs", headers={"Authorization": f"Bearer {bad()}"})
    assert answer.status_code == 401
    assert answer.json() == {
        "type": "urn:lapis:problem:token_invalid", "title": "Not logged in", "status": 401, "code": "TOKEN_INVALID",
        "detail": "not a valid token", "hint": "log in again",
    }  # fmt: skip


def test_keys_are_kept_while_the_vault_is_away_and_a_flood_of_unknown_keys_asks_it_once():
    asked, now = [], [NOW]

    def fetch():
        asked.append(1)
        if len(asked) > 1:
            raise VaultError("VAULT_UNREACHABLE", "no answer from the vault")
        return JWKS

    verifier = Verifier(lambda: ISSUER, frozenset({AUDIENCE}), fetch, lambda: now[0])
    assert verifier.verify(token()).roles == {"analyst"}
    for _ in range(50):
        with pytest.raises(ServiceError):
            verifier.verify(token(kid="unknown"))
    assert len(asked) == 1
    now[0] += dt.timedelta(seconds=700)
    assert verifier.verify(token(exp=int(NOW.timestamp()) + 900)).roles == {"analyst"}
    assert len(asked) == 2


def test_credentials_become_a_token_in_the_form_or_as_basic(client, centre):
    answer = client.post("/oauth/token", data=GRANT)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    mine = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert client.get("/v1/submissions", headers=mine).status_code == 200
    basic = client.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, auth=("role-of-baznas", "secret-of-baznas")
    )
    assert basic.status_code == 200 and [entry["code"] for entry in entries(centre)][::2] == ["LOGIN", "LOGIN"]


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "guess"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 422, "invalid_request"),
    ],
)
def test_a_refused_login_says_what_rfc_6749_wants(client, centre, changes, status, error):
    answer = client.post("/oauth/token", data={**GRANT, **changes})
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert "guess" not in answer.text and "guess" not in str(entries(centre))
    if status == 401:
        assert [entry["code"] for entry in entries(centre)] == ["LOGIN_REFUSED"]


def test_guessing_credentials_is_limited(centre, tmp_path):
    service = serve(centre, tmp_path / "inbox", logins=Buckets(Rate(5, 0.001), time.monotonic))
    client = TestClient(create_app(service))
    codes = [client.post("/oauth/token", data={**GRANT, "client_secret": str(at)}).status_code for at in range(8)]
    assert codes == [401] * 5 + [429] * 3


def test_requests_are_limited_by_principal(centre, tmp_path):
    service = serve(centre, tmp_path / "inbox", requests=Buckets(Rate(3, 0.001), time.monotonic))
    client = TestClient(create_app(service))
    assert [client.get("/v1/runs", headers=bearer()).status_code for _ in range(5)] == [200] * 3 + [429] * 2
    assert client.get("/v1/runs", headers=bearer("dpo")).status_code == 200


def test_a_bucket_fills_again_and_forgets_the_quiet():
    now = [0.0]
    buckets = Buckets(Rate(2, 1), lambda: now[0])
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 1]
    now[0] = 1.5
    assert buckets.take("a") == 0 and buckets.take("a") == pytest.approx(0.5)
    for number in range(20_000):
        buckets.take(str(number))
    assert len(buckets._levels) == 10_000

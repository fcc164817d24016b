"""A real `lapis centre up` whose people sign in at another provider than the centre's own vault: a second OpenBao."""

import json
import os
from urllib.parse import parse_qs, urlsplit

import pytest

from scripts import homes
from tests.api.http.browsing import HTML, client_id
from tests.api.http.running import Up, found
from tests.conftest import PAGES, person
from vault import identity_token, issuer, jwks, logins

ELSEWHERE = "https://sso.example.id/authorize"


@pytest.fixture(scope="module")
def up(bao, tmp_path_factory):
    """The service, told to believe the provider of the tests' vault."""
    folder = tmp_path_factory.mktemp("elsewhere")
    home, at = found(folder), f"{issuer(bao.address)}/provider/lapis"
    (folder / "jwks.json").write_text(json.dumps(jwks(bao.address, bao.ca_file)))
    settings = {"client": client_id(bao), "redirect": PAGES, "authorize": ELSEWHERE, "token": f"{at}/token",
                "userinfo": f"{at}/userinfo", "ca": str(bao.ca_file)}  # fmt: skip
    (folder / "sign-in.toml").write_text("".join(f"{name} = {json.dumps(text)}\n" for name, text in settings.items()))
    issued = ("--issuer", at, "--audience", client_id(bao), "--keys", folder / "jwks.json")
    port = 20_000 + (os.getpid() + 13_000) % 20_000
    made = Up(home, port, own_issuer=True, more=(*issued, "--sign-in", folder / "sign-in.toml"))
    made.start()
    try:
        made.wait()
        yield made
    finally:
        assert made.stop() == 0
        homes.load(home).server.stop()


def go(client):
    """Ask to sign in; return where the browser is sent, and what it is sent with."""
    where = client.get("/login").headers["location"]
    return where.partition("?")[0], {name: values[0] for name, values in parse_qs(urlsplit(where).query).items()}


def code(bao, name, asked):
    with person(bao, name) as officer:
        return logins.authorisation_code(
            officer, asked["client_id"], asked["redirect_uri"], asked["code_challenge"], asked["state"], asked["nonce"]
        )


def test_people_sign_in_at_another_provider_and_see_their_pages(up, bao):
    with up.client() as browser:
        where, asked = go(browser)
        assert where == ELSEWHERE
        back = {"code": code(bao, "dewi", asked), "state": asked["state"]}
        assert browser.get("/login/callback", params=back, headers=HTML).headers["location"] == "/pages"
        assert browser.get("/pages", headers=HTML).status_code == 200
        assert browser.get("/pages/log", headers=HTML).status_code == 403


def test_a_code_of_the_provider_for_another_browser_signs_nobody_in(up, bao):
    with up.client() as attacker, up.client() as victim:
        _, asked = go(attacker)
        go(victim)
        back = {"code": code(bao, "dewi", asked), "state": asked["state"]}
        assert victim.get("/login/callback", params=back, headers=HTML).status_code == 401
        assert victim.get("/pages", headers=HTML).status_code == 401


def test_the_provider_s_tokens_are_believed_and_no_other_s_of_the_same_vault(up, bao):
    verifier = "v" * 64
    asked = {"client_id": client_id(bao), "redirect_uri": PAGES, "code_challenge": logins.challenge(verifier),
             "state": "s" * 32, "nonce": "n" * 32}  # fmt: skip
    signed = logins.exchange(bao.address, bao.ca_file, client_id(bao), code(bao, "ani", asked), verifier, PAGES)
    with person(bao, "ani") as officer:
        other = identity_token(officer)
    with up.client() as client:
        assert alarms(client, signed) == 200
        assert alarms(client, other) == 401


def alarms(client, token):
    return client.get("/v1/alarms", headers={"Authorization": f"Bearer {token}"}).status_code

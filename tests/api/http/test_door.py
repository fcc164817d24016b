"""The door asks for a one-time code where the vault does, and lets nobody in without it."""

import time
from functools import partial

import pytest
from fastapi.testclient import TestClient

from api.access.buckets import Buckets, Rate
from api.door import Hall, create_door
from policies import load_identity_policies
from scripts import devices
from tests.api.http.browsing import OWN, fields, query
from tests.conftest import PAGES
from tests.vault.dev import dev_server
from vault import Identities, Officer, apply_identities, logins
from vault.browser import Door

VERIFIER = "v" * 43


@pytest.fixture(scope="module")
def set_up(tmp_path_factory):
    """A vault with an officer who needs a code: its door, her password, and her device."""
    folder, policies = tmp_path_factory.mktemp("dev"), load_identity_policies()
    with dev_server(folder) as dev:
        for path, kind in (("officers", "userpass"), ("agencies", "approle"), ("approle", "approle")):
            dev.do("POST", f"sys/auth/{path}", type=kind)
        dev.do("POST", "sys/policies/acl/steward", policy=policies["steward"])
        wanted = Identities(policies, (Officer("ani", "dpo"),), (), (PAGES,))
        with dev.login(dev.role("steward", "steward")) as steward:
            apply_identities(steward, wanted, folder)
            client = logins.client_id(steward)
        hall = partial(Hall, Door(dev.address, dev.ca_file), client, PAGES)
        yield hall, (folder / "officers" / "ani.password").read_text(), folder / "officers" / "ani.otpauth"


@pytest.fixture
def door(set_up):
    return TestClient(create_door(set_up[0](Buckets(Rate(1e6, 1e6), time.monotonic))), base_url="https://localhost")


@pytest.fixture
def asked(set_up):
    hall = set_up[0](None)
    return {
        "client_id": hall.client, "redirect_uri": PAGES, "response_type": "code", "scope": "openid roles",
        "state": "a-state", "nonce": "a-nonce", "code_challenge": logins.challenge(VERIFIER),
        "code_challenge_method": "S256",
    }  # fmt: skip


def send(door, form):
    return door.post("/authorize", data=form, headers=OWN, follow_redirects=False)


def test_a_password_opens_a_second_form_and_the_code_opens_the_door(set_up, door, asked):
    _, password, device = set_up
    second = send(door, {**asked, "name": "ani", "password": password})
    assert second.status_code == 200 and 'name="passcode"' in second.text and password not in second.text
    back = send(door, {**fields(second.text), "passcode": devices.code(device, time.time())})
    assert back.status_code == 303 and query(back.headers["location"])["state"] == "a-state"
    assert "code" in query(back.headers["location"]), back.headers["location"]


def test_a_wrong_code_and_an_invented_login_are_refused(set_up, door, asked):
    second = send(door, {**asked, "name": "ani", "password": set_up[1]})
    for form in ({**fields(second.text), "passcode": "000000"}, {**asked, "waiting": "x", "method": "y"}):
        assert query(send(door, form).headers["location"]) == {"error": "access_denied", "state": "a-state"}


def test_whoever_guesses_is_slowed_down(set_up, asked):
    slow = TestClient(create_door(set_up[0](Buckets(Rate(2, 0.001), time.monotonic))), base_url="https://localhost")
    said = [query(send(slow, {**asked, "name": "ani", "password": "x"}).headers["location"])["error"] for _ in range(3)]
    assert said == ["access_denied", "access_denied", "temporarily_unavailable"]


def test_the_door_has_no_other_page_and_no_cookie(door):
    assert [door.get(path).status_code for path in ("/", "/docs", "/openapi.json", "/static/htmx.min.js")] == [404] * 4
    assert not door.cookies

"""The door's part of a login, on a real server: password, one-time code, and a token that is given back."""

from __future__ import annotations

import base64
import hmac
import struct
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.vault.dev import Dev, dev_server
from vault import VaultError, browser
from vault.browser import Door, LoggedIn, SecondFactor


def passcode(secret: str, at: float) -> str:
    """Return the code of a moment (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(at) // 30), "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def with_code(dev: Dev, entity: str) -> str:
    """Have a person need a one-time code from now on; return its secret."""
    made = dev.do("POST", "identity/mfa/method/totp", issuer="lapis", period=30, algorithm="SHA1", digits=6)
    method = made["data"]["method_id"]
    told = dev.do("POST", "identity/mfa/method/totp/admin-generate", method_id=method, entity_id=entity)
    dev.do("POST", "identity/mfa/login-enforcement/lapis", mfa_method_ids=[method], identity_entity_ids=[entity])
    return parse_qs(urlsplit(told["data"]["url"]).query)["secret"][0]


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Dev, str]]:
    """A server where one person needs a one-time code; with the code's secret."""
    with dev_server(tmp_path_factory.mktemp("dev")) as dev:
        dev.do("POST", "sys/auth/officers", type="userpass")
        accessor = dev.do("GET", "sys/auth/officers")["data"]["accessor"]
        for name in ("ani", "budi"):
            dev.do("POST", f"auth/officers/users/{name}", password="right")
        entity = dev.do("POST", "identity/entity", name="ani")["data"]["id"]
        dev.do("POST", "identity/entity-alias", name="ani", canonical_id=entity, mount_accessor=accessor)
        yield dev, with_code(dev, entity)


def test_a_password_alone_is_enough_where_the_vault_asks_for_no_more(dev: tuple[Dev, str]) -> None:
    door = Door(dev[0].address, dev[0].ca_file)
    person = browser.begin(door, "budi", "right")
    assert isinstance(person, LoggedIn) and person.token not in repr(person)
    browser.revoke(door, person)
    assert dev[0].call("GET", "auth/token/lookup-self", as_=person.token)[0] == 403


def test_who_needs_a_code_gets_in_by_it_and_not_without(dev: tuple[Dev, str]) -> None:
    door = Door(dev[0].address, dev[0].ca_file)
    waiting = browser.begin(door, "ani", "right")
    assert isinstance(waiting, SecondFactor)
    with pytest.raises(VaultError) as caught:
        browser.finish(door, waiting, "")
    assert caught.value.code == "VAULT_LOGIN_REFUSED"
    waiting = browser.begin(door, "ani", "right")
    assert isinstance(waiting, SecondFactor)
    assert browser.finish(door, waiting, passcode(dev[1], time.time())).token


@pytest.mark.parametrize(("name", "secret"), [("ani", "wrong"), ("nobody", "right"), ("../ani", "right"), ("", "")])
def test_every_refusal_looks_alike(dev: tuple[Dev, str], name: str, secret: str) -> None:
    with pytest.raises(VaultError) as caught:
        browser.begin(Door(dev[0].address, dev[0].ca_file), name, secret)
    assert (caught.value.code, caught.value.place) == ("VAULT_LOGIN_REFUSED", "")
    assert secret not in str(caught.value) or not secret


def test_a_server_of_another_authority_is_asked_nothing(dev: tuple[Dev, str], tmp_path_factory) -> None:
    from datetime import UTC, datetime

    from vault import ensure_certificate

    folder = tmp_path_factory.mktemp("other")
    ensure_certificate(folder, datetime.now(UTC))
    with pytest.raises(VaultError) as caught:
        browser.begin(Door(dev[0].address, folder / "ca.pem"), "ani", "right")
    assert caught.value.code == "VAULT_UNREACHABLE"

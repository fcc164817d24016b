"""Second factors at a real server that demands them: who logs in, who does not, and what a lost device costs."""

import base64
import re
import stat
import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tests.conftest import agency, identities, person, started
from vault import Retry, VaultError, apply_identities, identity_token, login_person, plan_identities
from vault.factors import FORM, METHODS, method

ONCE = Retry(attempts=1)


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """A server whose officers need a second factor; each test logs in as another officer, for codes serve once."""
    for server in started(tmp_path_factory.mktemp("strict")):
        with server.session("steward") as steward:
            apply_identities(steward, wanted(), server.layout.seal_dir)
        yield server


def wanted():
    return replace(identities(), second_factor=True)


def device(server, name, folder=None):
    """Read what an officer's device reads, as an application would."""
    url = urlsplit(((folder or server.layout.seal_dir) / "officers" / f"{name}.otpauth").read_text())
    secret = parse_qs(url.query)["secret"][0]
    return TOTP(base64.b32decode(secret + "=" * (-len(secret) % 8)), 6, SHA1(), 30)


def code(server, name, folder=None, at=0):
    """Return the code that her device shows, now or so many windows from now."""
    return device(server, name, folder).generate(time.time() + 30 * at).decode()


def login(server, name, shown):
    password = (server.layout.seal_dir / "officers" / f"{name}.password").read_text()
    return login_person(server.address, server.ca_file, name, password, code=lambda: shown, retry=ONCE)


def refused(does):
    with pytest.raises(VaultError) as failure:
        does()
    return failure.value.code


def test_a_password_alone_opens_nothing(strict):
    assert refused(lambda: person(strict, "ani")) == "VAULT_CODE_WANTED"


def test_with_a_code_an_officer_is_herself(strict):
    with login(strict, "ani", code(strict, "ani")) as session:
        assert session.policies == ("dpo",)
        assert identity_token(session).count(".") == 2


def test_a_second_login_with_one_code_is_refused(strict):
    """The attack: whoever looked over her shoulder has her password and the code of this half minute."""
    shown = code(strict, "budi")
    login(strict, "budi", shown).close()
    assert refused(lambda: login(strict, "budi", shown)) == "VAULT_LOGIN_REFUSED"


def test_a_code_of_another_officer_or_a_guess_is_refused_and_five_close_the_door(strict):
    assert refused(lambda: login(strict, "citra", code(strict, "dewi"))) == "VAULT_LOGIN_REFUSED"
    for guess in range(5):
        assert refused(lambda guess=guess: login(strict, "citra", f"{guess:06}")) == "VAULT_LOGIN_REFUSED"
    assert refused(lambda: login(strict, "citra", code(strict, "citra"))) == "VAULT_LOGIN_REFUSED"


def test_machines_log_in_without_one(strict):
    with agency(strict, "dinsos") as session:
        assert session.policies == ("agency",)
    strict.session("ingest").close()


def test_a_lost_device_is_worth_nothing_once_another_is_given(strict, tmp_path):
    old = code(strict, "eko")
    with strict.session("steward") as steward:
        made = apply_identities(steward, wanted(), tmp_path, lost=["eko"])
        assert [(each.kind, each.name, each.action) for each in made] == [("device", "eko", "update")]
        assert refused(lambda: apply_identities(steward, wanted(), tmp_path, lost=["tono"])) == "VAULT_NAME_UNKNOWN"
    assert refused(lambda: login(strict, "eko", old)) == "VAULT_LOGIN_REFUSED"
    login(strict, "eko", code(strict, "eko", tmp_path)).close()


def test_a_secret_is_handed_over_once_for_her_eyes_and_is_not_in_the_audit_trail(strict, tmp_path):
    with strict.session("steward") as steward:
        assert plan_identities(steward, wanted()) == []
        assert apply_identities(steward, wanted(), tmp_path) == [] and not list(tmp_path.iterdir())
    folder = strict.layout.seal_dir / "officers"
    for name in ("ani", "budi"):
        url = (folder / f"{name}.otpauth").read_text()
        assert url.startswith(f"otpauth://totp/Lapis:{name}?")
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert all(stat.S_IMODE((folder / f"{name}{kind}").stat().st_mode) == 0o600 for kind in (".otpauth", ".png"))
        secret = re.search("secret=([A-Z2-7]+)", url)[1]
        assert secret.encode() not in strict.layout.audit.read_bytes()


def test_nobody_but_the_steward_gives_devices_and_she_cannot_soften_the_codes(strict):
    with strict.session("steward") as steward:
        kind = method(steward)
        for change in ({"digits": "4"}, {"skew": "5"}, {"max_validation_attempts": "1000"}):
            with pytest.raises(VaultError, match="VAULT_DENIED"):
                steward.write(f"{METHODS}/{kind['id']}", {**FORM, **change})
    asked = {"method_id": kind["id"], "entity_id": kind["id"]}
    with strict.session() as operator, agency(strict, "dinsos") as machine:
        for session in (operator, machine):
            for act in ("admin-generate", "admin-destroy"):
                with pytest.raises(VaultError, match="VAULT_DENIED"):
                    session.write(f"{METHODS}/{act}", asked)


def test_switched_off_it_is_gone_and_on_again_the_devices_are_the_same(strict, tmp_path):
    with strict.session("steward") as steward:
        apply_identities(steward, identities(), tmp_path)
        person(strict, "ani").close()
        assert [each.kind for each in plan_identities(steward, wanted())] == ["factor"]
        apply_identities(steward, wanted(), tmp_path)
    assert refused(lambda: person(strict, "ani")) == "VAULT_CODE_WANTED" and not list(tmp_path.iterdir())

"""Second factors at a real server that demands them: who logs in, who does not, and what a lost device costs."""

import re
import stat
import time
from dataclasses import replace

import pytest

from linkage.errors import LapisError
from scripts import devices
from scripts.officer_desk import Login, OfficerDesk
from tests.conftest import agency, identities, person, started
from vault import Retry, VaultError, apply_identities, identity_token, login_person, plan_identities
from vault.factors import FORM, METHODS, method
from vault.reconcile import parse, recorded
from vault.reconcile.changes import change

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


def code(server, name, folder=None):
    """Return the code that her device shows now."""
    return devices.code((folder or server.layout.seal_dir) / "officers" / f"{name}.otpauth", time.time())


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


def test_an_officer_s_desk_asks_for_the_code_and_gets_a_signed_token(strict):
    password = (strict.layout.seal_dir / "officers" / "dewi.password").read_text()
    who = Login("dewi", strict.address, strict.ca_file, lambda: password, lambda: code(strict, "dewi"))
    with OfficerDesk("https://127.0.0.1:1", strict.ca_file, who) as desk:
        assert desk.log_in().count(".") == 2
    assert password not in repr(who)


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


def test_what_the_trail_shows_of_it_is_what_a_run_records(strict):
    """The reconciler's question: does every write about factors belong to a run, and every code shown to nobody's?"""
    lines = [parse(raw, "here") for raw in strict.layout.audit.read_bytes().splitlines()]
    about = {line.path: change(line) for line in lines if "mfa" in line.path and line.operation == "update"}
    assert about["sys/mfa/validate"] == ""
    assert {found for path, found in about.items() if path.startswith("identity/")} == {
        recorded("factor", "officers"), recorded("device", "ani")}  # fmt: skip


@pytest.mark.parametrize("content", ["", "otpauth://totp/x", "otpauth://totp/x?secret=CANARY1", "\xff"])
def test_a_device_file_of_another_form_is_refused_and_not_shown(tmp_path, content):
    (tmp_path / "x.otpauth").write_text(content)
    with pytest.raises(LapisError) as failure:
        devices.code(tmp_path / "x.otpauth", 0)
    assert failure.value.code == "DEVICE_FORM" and "CANARY" not in str(failure.value)
    assert failure.value.__context__ is None


def test_codes_are_those_of_the_standard(tmp_path):
    """RFC 6238, appendix B: SHA-1, the last six of its eight digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    (tmp_path / "x.otpauth").write_text(f"otpauth://totp/x?secret={secret}")
    shown = {at: devices.code(tmp_path / "x.otpauth", at) for at in (59, 1_111_111_109, 20_000_000_000)}
    assert shown == {59: "287082", 1_111_111_109: "081804", 20_000_000_000: "353130"}

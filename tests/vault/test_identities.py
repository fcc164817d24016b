"""Who is who, on a real server: officers, agencies, the steward, signed tokens, and what none of them can do."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import replace

import jwt
import pyarrow as pa
import pytest

from policies import load_identity_policies, load_vault_policies
from tests.conftest import BROWSER, CLERKS, OFFICERS, agency, identities, person
from tests.vault.dev import dev_server
from tests.vault.test_roles import GROUPS, IDENTITY, OIDC_OBJECTS, Cell, reached
from vault import (
    EmbeddedServer,
    Identities,
    IdentityChange,
    Officer,
    VaultError,
    VaultSession,
    apply_identities,
    cases,
    encrypt_batch,
    identity_token,
    issuer,
    jwks,
    login_person,
    logins,
    plan_identities,
)  # fmt: skip
from vault.ciphertext import expand

POLICIES = load_identity_policies()
MEMBERS = [name for name in GROUPS if name != "approvers"]
APPROVE = {("POST", "sys/control-group/request"), ("POST", "sys/control-group/authorize")}
AUTHORIZE = "identity/oidc/provider/lapis/authorize"
PERSON = {("GET", "identity/oidc/token/person"), ("GET", AUTHORIZE), ("POST", AUTHORIZE)}
STEWARD: set[Cell] = {
    *{(method, f"sys/policies/acl/{name}") for name in [*MEMBERS, "agency", "operator"] for method in ("GET", "POST")},
    *{(method, f"identity/group/name/{name}") for name in GROUPS for method in ("GET", "POST")},
    *{(method, f"identity/oidc/{path}") for path in OIDC_OBJECTS for method in ("GET", "POST")},
    *{cell for cell in IDENTITY if cell[1] in {"auth/officers/users/passing", "auth/agencies/role/passing"}},
    *{("POST", f"auth/officers/users/{name}/password") for name in ("ani", "budi")},
    ("GET", "auth/agencies/role/passing/role-id"), ("POST", "auth/agencies/role/passing/secret-id"),
    ("GET", "identity/entity/name/passing"), ("POST", "identity/entity/name/passing"),
    ("POST", "identity/entity-alias"), ("GET", "sys/auth/officers"), ("GET", "sys/auth/agencies"),
    ("LIST", "auth/officers/users"), ("LIST", "auth/agencies/role"),
}  # fmt: skip
DECLARED = {
    "ani": PERSON | APPROVE | {("POST", "auth/officers/users/ani/password")},
    "budi": PERSON | APPROVE | {("POST", "auth/officers/users/budi/password")},
    "citra": PERSON,
    "dewi": PERSON,
    "eko": PERSON | {("POST", "sys/audit-hash/file"), ("POST", "auth/token/renew-self")},
    "rina": {("GET", AUTHORIZE), ("POST", AUTHORIZE)},
}


def claims(bao: EmbeddedServer, token: str, audience: str = "lapis") -> dict[str, object]:
    keys = jwt.PyJWKSet.from_dict(jwks(bao.address, bao.ca_file))
    key = keys[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(token, key, algorithms=["ES256"], audience=audience)


@pytest.mark.parametrize("officer", (*OFFICERS, *CLERKS), ids=lambda officer: officer.group)
def test_an_officer_may_do_what_is_declared_and_nothing_else(bao: EmbeddedServer, officer: Officer) -> None:
    with person(bao, officer.name) as session:
        assert session.policies == (officer.group,)
        assert reached(session) == DECLARED[officer.name]


def test_an_agency_may_have_itself_vouched_for_and_nothing_else(bao: EmbeddedServer) -> None:
    with agency(bao, "dinsos") as session:
        assert session.policies == ("agency",)
        assert reached(session) == {("GET", "identity/oidc/token/agency")}


def test_the_steward_may_do_what_is_declared_and_nothing_else(bao: EmbeddedServer) -> None:
    with bao.session("steward") as session:
        assert session.policies == ("steward",)
        allowed = reached(session)
        apply_identities(session, identities(), bao.layout.seal_dir)
    assert allowed == STEWARD


def test_after_it_was_applied_nothing_is_left_to_do(bao: EmbeddedServer) -> None:
    with bao.session("steward") as steward:
        assert plan_identities(steward, identities()) == []
        assert apply_identities(steward, identities(), bao.layout.seal_dir) == []


def test_a_widened_policy_and_a_stranger_in_a_group_are_shown_and_put_back(bao: EmbeddedServer) -> None:
    with bao.session("steward") as steward:
        steward.write("sys/policies/acl/analyst", {"policy": POLICIES["dpo"]})
        stranger = steward.read("identity/entity/name/dewi")["id"]
        steward.write("identity/group/name/dpo", {"member_entity_ids": [stranger]})
        expected = [IdentityChange("policy", "analyst", "update"), IdentityChange("group", "dpo", "update")]
        assert plan_identities(steward, identities()) == expected
        assert apply_identities(steward, identities(), bao.layout.seal_dir) == expected
        assert plan_identities(steward, identities()) == []


def test_the_operators_policy_reaches_a_vault_that_runs_through_the_steward(bao: EmbeddedServer) -> None:
    shipped = load_vault_policies()["operator"]
    wanted = replace(identities(), policies={**POLICIES, "operator": shipped})
    with bao.session("steward") as steward:
        assert plan_identities(steward, wanted) == []
        newer = replace(wanted, policies={**POLICIES, "operator": f"{shipped}\n# newer\n"})
        try:
            expected = [IdentityChange("policy", "operator", "update")]
            assert apply_identities(steward, newer, bao.layout.seal_dir) == expected
            assert plan_identities(steward, newer) == []
        finally:
            apply_identities(steward, wanted, bao.layout.seal_dir)


def test_who_is_no_longer_named_is_shut_out_at_once_with_her_token(bao: EmbeddedServer) -> None:
    fewer = replace(identities(), officers=OFFICERS[:-1])
    with bao.session("steward") as steward, person(bao, "eko") as gone:
        identity_token(gone)
        try:
            shut = apply_identities(steward, fewer, bao.layout.seal_dir)
            assert IdentityChange("officer", "eko", "remove") in shut
            with pytest.raises(VaultError) as caught:
                identity_token(gone)
            assert caught.value.code in {"VAULT_DENIED", "VAULT_LOGIN_REFUSED"}
            with pytest.raises(VaultError):
                person(bao, "eko")
            assert plan_identities(steward, fewer) == []
        finally:
            apply_identities(steward, identities(), bao.layout.seal_dir)
    with person(bao, "eko") as back:
        assert claims(bao, identity_token(back))["roles"] == ["reconciler"]


@pytest.mark.parametrize("officer", OFFICERS, ids=lambda officer: officer.group)
def test_a_persons_token_says_her_groups_and_verifies_offline(bao: EmbeddedServer, officer: Officer) -> None:
    with person(bao, officer.name) as session, bao.session("steward") as steward:
        said = claims(bao, identity_token(session))
        entity = steward.read(f"identity/entity/name/{officer.name}")["id"]
    approvers = {"approvers"} if officer.group in {"dpo", "pmo-head"} else set()
    assert set(said["roles"]) == {officer.group} | approvers
    assert (said["sub"], said["iss"], said["aud"]) == (entity, issuer(bao.address), "lapis")
    assert said["exp"] - said["iat"] == 600
    assert set(said) == {"sub", "iss", "aud", "exp", "iat", "roles", "namespace"}


def test_an_agencys_token_names_the_agency(bao: EmbeddedServer) -> None:
    with agency(bao, "dinsos") as one, agency(bao, "baznas") as other:
        said = [claims(bao, identity_token(session)) for session in (one, other)]
    assert [(each["agency"], each["roles"]) for each in said] == [("dinsos", ["agency"]), ("baznas", ["agency"])]
    assert said[0]["sub"] != said[1]["sub"]


def test_nobody_is_vouched_for_as_another_kind(bao: EmbeddedServer) -> None:
    with agency(bao, "dinsos") as one, person(bao, "ani") as other, bao.session("api") as api:
        for session, kind in ((one, "person"), (other, "agency"), (api, "person"), (api, "agency")):
            with pytest.raises(VaultError) as caught:
                session.read(f"identity/oidc/token/{kind}")
            assert caught.value.code == "VAULT_DENIED"


def test_a_person_changes_her_own_password(bao: EmbeddedServer) -> None:
    fresh, file = secrets.token_urlsafe(12), bao.layout.seal_dir / "officers" / "dewi.password"
    with person(bao, "dewi") as session:
        session.write("auth/officers/users/dewi/password", {"password": fresh})
        with pytest.raises(VaultError) as caught:
            login_person(bao.address, bao.ca_file, "dewi", file.read_text())
        assert caught.value.code == "VAULT_LOGIN_REFUSED"
    file.write_text(fresh)
    person(bao, "dewi").close()


def client_id(bao: EmbeddedServer) -> str:
    with bao.session("steward") as steward:
        return logins.client_id(steward)


def test_a_browsers_login_ends_in_a_token_with_the_groups(bao: EmbeddedServer) -> None:
    client, verifier = client_id(bao), secrets.token_urlsafe(48)
    with person(bao, "dewi") as session:
        code = logins.authorisation_code(session, client, BROWSER, logins.challenge(verifier), "a state", "a nonce")
    said = claims(bao, logins.exchange(bao.address, bao.ca_file, client, code, verifier, BROWSER), client)
    assert (said["roles"], said["nonce"]) == (["analyst"], "a nonce")
    assert said["iss"] == f"{issuer(bao.address)}/provider/lapis"
    with pytest.raises(VaultError) as caught:
        logins.exchange(bao.address, bao.ca_file, client, code, verifier, BROWSER)
    assert caught.value.code == "VAULT_LOGIN_REFUSED", "a code serves once"


@pytest.mark.parametrize(("name", "role", "of"), [("rina", "agency-staff", "baznas"), ("dewi", "analyst", "")])
def test_a_browsers_token_says_of_which_agency_somebody_is(bao: EmbeddedServer, name: str, role: str, of: str) -> None:
    client, verifier = client_id(bao), secrets.token_urlsafe(48)
    with person(bao, name) as session:
        code = logins.authorisation_code(session, client, BROWSER, logins.challenge(verifier), "a state", "a nonce")
    said = claims(bao, logins.exchange(bao.address, bao.ca_file, client, code, verifier, BROWSER), client)
    assert (said["roles"], said["agency"]) == ([role], of)


@pytest.mark.parametrize("verifier", ["", "x" * 43])
def test_a_stolen_code_without_its_verifier_is_worth_nothing(bao: EmbeddedServer, verifier: str) -> None:
    client, kept = client_id(bao), secrets.token_urlsafe(48)
    with person(bao, "dewi") as session:
        code = logins.authorisation_code(session, client, BROWSER, logins.challenge(kept), "state", "nonce")
    with pytest.raises(VaultError) as caught:
        logins.exchange(bao.address, bao.ca_file, client, code, verifier, BROWSER)
    assert caught.value.code == "VAULT_LOGIN_REFUSED"


def test_no_code_is_given_without_a_challenge_or_for_another_address(bao: EmbeddedServer) -> None:
    client, hidden = client_id(bao), logins.challenge("x" * 43)
    with person(bao, "dewi") as session:
        for address, shown in ((BROWSER, ""), ("https://elsewhere.example/back", hidden)):
            with pytest.raises(VaultError) as caught:
                logins.authorisation_code(session, client, address, shown, "state", "nonce")
            assert caught.value.code == "VAULT_MALFORMED"


def test_officers_and_head_of_the_shipped_set_up_release_a_reference_together(bao: EmbeddedServer) -> None:
    with bao.session("ingest") as ingest:
        sealed = encrypt_batch(ingest, "ref-seal", 1, pa.array([b"reference"], pa.binary())).to_pylist()[0]
    ciphertext = expand(sealed)
    asked = cases.ask(lambda: bao.session("release"), ciphertext)
    for name, enough in (("ani", 0), ("budi", 1)):
        with pytest.raises(VaultError):
            cases.release(lambda: bao.session("release"), asked)
        with person(bao, name) as approver:
            assert cases.approve(approver, [asked.accessor], [cases.digest(ciphertext)]) == enough
    assert cases.release(lambda: bao.session("release"), asked) == b"reference"


@pytest.mark.parametrize(
    ("officers", "agencies", "code"),
    [
        ((Officer("Ani", "dpo"),), (), "VAULT_NAME_INVALID"),
        ((Officer("a/b", "dpo"),), (), "VAULT_NAME_INVALID"),
        ((Officer("ani\n", "dpo"),), (), "VAULT_NAME_INVALID"),
        ((), ("../x",), "VAULT_NAME_INVALID"),
        ((Officer("ani", "dpo"), Officer("ani", "analyst")), (), "VAULT_NAME_TWICE"),
        ((Officer("agency-dinsos", "dpo"),), ("dinsos",), "VAULT_NAME_TWICE"),
        ((Officer("ani", "approvers"),), (), "VAULT_GROUP_UNKNOWN"),
        ((Officer("ani", "agency-staff"),), ("dinsos",), "VAULT_AGENCY_UNKNOWN"),
        ((Officer("ani", "agency-staff", "desa"),), ("dinsos",), "VAULT_AGENCY_UNKNOWN"),
        ((Officer("ani", "dpo", "dinsos"),), ("dinsos",), "VAULT_AGENCY_UNKNOWN"),
    ],
)
def test_names_that_could_be_taken_for_others_are_refused(officers: tuple, agencies: tuple, code: str) -> None:
    with pytest.raises(VaultError) as caught:
        Identities(POLICIES, officers, agencies)
    assert caught.value.code == code


ATTACKS = [
    ("auth/officers/users/mal", {"password": "x" * 12, "token_policies": "dpo,release"}),
    ("auth/officers/users/mal", {"password": "x" * 12, "token_policies": ["dpo", "analyst"]}),
    ("auth/officers/users/mal", {"password": "x" * 12, "token_policies": "operator"}),
    ("auth/officers/users/mal", {"password": "x" * 12, "token_policies": "dpo", "token_type": "batch"}),
    ("auth/officers/users/mal", {"password": "x" * 12, "policies": "release"}),
    ("auth/officers/users/mal", {"password": "x" * 12, "token_policies": "dpo", "token_no_default_policy": False}),
    ("auth/agencies/role/mal", {"token_policies": "agency,dpo"}),
    ("auth/agencies/role/mal", {"token_policies": "agency", "token_type": "batch"}),
    ("identity/entity/name/mal", {"policies": ["dpo"]}),
    ("identity/group/name/dpo", {"policies": ["release"]}),
    ("identity/group/name/dpo", {"member_group_ids": []}),
    ("identity/group/name/approvers", {"member_entity_ids": []}),
    ("identity/oidc/role/person", {"key": "lapis", "client_id": "another"}),
    ("identity/mfa/method/totp", {"method_name": "officers", "issuer": "Lapis", "max_validation_attempts": 100_000}),
]


@pytest.fixture(scope="module")
def loosened(tmp_path_factory: pytest.TempPathFactory):
    """A steward whose parameters nobody fixed."""
    text = re.sub(r"  allowed_parameters = \{\n.*?\n  \}\n", "", POLICIES["steward"], flags=re.DOTALL)
    with dev_server(tmp_path_factory.mktemp("loose")) as dev:
        dev.do("POST", "sys/auth/approle", type="approle")
        dev.do("POST", "sys/auth/officers", type="userpass")
        dev.do("POST", "sys/auth/agencies", type="approle")
        dev.do("POST", "sys/policies/acl/steward", policy=text)
        with dev.login(dev.role("steward", "steward")) as steward:
            apply_identities(steward, Identities(POLICIES), tmp_path_factory.mktemp("handover"))
            yield steward


def status(session: VaultSession, path: str, body: dict[str, object]) -> int:
    return session._adapter.request("POST", f"/v1/{path}", raise_exception=False, json=body).status_code


@pytest.mark.parametrize(("path", "body"), ATTACKS)
def test_the_steward_cannot_loosen_what_a_loosened_one_can(
    bao: EmbeddedServer, loosened: VaultSession, path: str, body: dict[str, object]
) -> None:
    assert status(loosened, path, body) < 300
    with bao.session("steward") as steward:
        assert status(steward, path, body) == 403


def test_what_was_handed_over_is_the_stewards_to_read_alone(bao: EmbeddedServer) -> None:
    files = [bao.layout.steward, *(bao.layout.seal_dir / "officers").iterdir()]
    assert len(files) == 1 + len(OFFICERS) + len(CLERKS)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert not list(bao.layout.seal_dir.glob("*.secret"))
    held = bao.layout.steward.read_bytes()
    secret = json.loads(held)["secret_id"].encode()
    assert not [file for file in bao.layout.home.rglob("*") if file.is_file() and secret in file.read_bytes()]
    assert not (bao.credentials_dir / "steward.json").exists()

"""Set-up: what it plans, that it repeats itself without effect, and what it refuses to repair."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from policies import load_vault_policies
from policies.vault_roles import KEYS as POLICY_KEYS
from policies.vault_roles import ROLES
from vault import KEYS, Change, Desired, EmbeddedServer, VaultError, VaultSession, apply, plan
from vault.keys import INGEST, PEPPER

POLICIES = load_vault_policies()


def test_the_policies_name_the_keys_that_the_vault_makes() -> None:
    assert set(POLICY_KEYS) == {key.name for key in KEYS}
    assert set(Desired(POLICIES).roles) == set(ROLES) - {"operator"}


def test_after_set_up_nothing_is_left_to_do(bao: EmbeddedServer) -> None:
    with bao.session() as operator:
        assert plan(operator, Desired(POLICIES), bao.credentials_dir) == []
        assert apply(operator, Desired(POLICIES), bao.credentials_dir) == []


def test_every_key_is_hard(bao: EmbeddedServer) -> None:
    readers = {"log": "log", "waiting": "release", "ticket": "release"}
    for key in KEYS:
        with bao.session(readers.get(key.name, "ingest")) as session:
            held = session.read(f"transit/keys/{key.name}")
            assert held["type"] == key.type
            assert not (held["exportable"] or held["allow_plaintext_backup"] or held["deletion_allowed"])


def test_a_policy_that_was_widened_is_shown_and_put_back(bao: EmbeddedServer) -> None:
    with bao.session() as operator:
        wider = 'path "transit/decrypt/handles" { capabilities = ["update"] }'
        operator.write("sys/policies/acl/evaluator", {"policy": wider})
        expected = [Change("policy", "evaluator", "update")]
        assert plan(operator, Desired(POLICIES), bao.credentials_dir) == expected
        assert apply(operator, Desired(POLICIES), bao.credentials_dir) == expected
        assert plan(operator, Desired(POLICIES), bao.credentials_dir) == []


def test_lost_or_foreign_credentials_are_issued_anew(bao: EmbeddedServer) -> None:
    file = bao.credentials_dir / "evaluator.json"
    with bao.session() as operator:
        file.unlink()
        assert plan(operator, Desired(POLICIES), bao.credentials_dir) == [Change("credentials", "evaluator", "create")]
        apply(operator, Desired(POLICIES), bao.credentials_dir)
        file.write_text(json.dumps(json.loads(file.read_text()) | {"secret_id": "foreign"}))
        assert apply(operator, Desired(POLICIES), bao.credentials_dir) == [Change("credentials", "evaluator", "update")]
        assert file.stat().st_mode & 0o777 == 0o600
    VaultSession.login(bao.address, bao.ca_file, file).close()


def test_a_key_of_another_kind_is_refused_and_not_repaired(bao: EmbeddedServer) -> None:
    other = Desired(POLICIES, (replace(PEPPER, type="aes256-gcm96"), INGEST))
    with bao.session() as operator, pytest.raises(VaultError) as caught:
        apply(operator, other, bao.credentials_dir)
    assert caught.value.code == "VAULT_KEY_DIFFERS"


def test_a_role_that_is_not_in_the_operators_policy_cannot_be_made(bao: EmbeddedServer) -> None:
    more = Desired({**POLICIES, "fresh": POLICIES["merge"]})
    with bao.session() as operator, pytest.raises(VaultError) as caught:
        plan(operator, more, bao.credentials_dir)
    assert caught.value.code == "VAULT_DENIED"

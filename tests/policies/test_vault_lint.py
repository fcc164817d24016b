"""The lint over vault policies: the house's own files pass, and each way to weaken them is found."""

from __future__ import annotations

import pytest

from policies import ROLES, lint, load_vault_policies

FILES = load_vault_policies()


def found(role: str, text: str, *, add: bool = True) -> set[str]:
    """The codes found for `role` alone after adding `text` to its file (or putting it in the file's place)."""
    changed = {**FILES, role: FILES[role] + text if add else text}
    return {finding.code for finding in lint(changed) if finding.role == role}


def rule(path: str, capability: str = "update", limits: str = "") -> str:
    return f'\npath "{path}" {{\n  capabilities = ["{capability}"]\n  {limits}\n}}\n'


def test_the_houses_policies_have_a_file_for_every_role_and_no_finding() -> None:
    assert set(FILES) == set(ROLES)
    assert lint(FILES) == []


@pytest.mark.parametrize("role", ROLES)
def test_a_role_without_a_file_is_found(role: str) -> None:
    assert [finding.code for finding in lint({k: v for k, v in FILES.items() if k != role})] == ["ROLE_WITHOUT_FILE"]


def test_a_file_without_a_role_is_found() -> None:
    codes = [finding.code for finding in lint({**FILES, "stray": rule("auth/token/revoke-self")})]
    assert codes == ["FILE_WITHOUT_ROLE"]


@pytest.mark.parametrize("path", ["*", "transit/*", "transit/decrypt/*", "transit/+/ref-seal", "transit/hmac/pepp*"])
@pytest.mark.parametrize("role", ROLES)
def test_a_wildcard_is_found_in_every_file(role: str, path: str) -> None:
    assert "WILDCARD" in found(role, rule(path))


@pytest.mark.parametrize(
    "path",
    [
        "transit/export/encryption-key/handles",
        "transit/byok-export/handles/ingest",
        "transit/rewrap/ref-seal",
        "transit/backup/pepper",
        "transit/restore/pepper",
        "transit/datakey/plaintext/handles",
        "transit/keys/pepper/config",
        "transit/keys/pepper/trim",
        "transit/verify/pepper",
    ],
)
@pytest.mark.parametrize("role", ROLES)
def test_a_path_that_takes_keys_out_or_loosens_them_is_found_in_every_file(role: str, path: str) -> None:
    assert found(role, rule(path)) == {"PATH_FORBIDDEN"}


@pytest.mark.parametrize(
    "path", ["sys/mounts", "sys/raw/core", "sys/policies/acl/ingest", "auth/token/create", "transit/decrypt/unknown"]
)
def test_a_path_that_no_worker_needs_is_found(path: str) -> None:
    assert "PATH_UNKNOWN" in found("merge", rule(path))


@pytest.mark.parametrize(
    "path",
    [
        "transit/hmac/pepper",
        "transit/decrypt/handles",
        "sys/policies/acl/operator",
        "auth/approle/role/operator",
        "sys/auth/approle",
        "sys/mounts/other",
        "auth/token/create",
    ],
)
def test_an_operator_who_uses_a_key_or_changes_herself_is_found(path: str) -> None:
    assert "PATH_UNKNOWN" in found("operator", rule(path))


@pytest.mark.parametrize("capability", ["sudo", "root", "create", "delete", "list", "patch", "scan", "nonsense"])
def test_a_capability_beyond_the_paths_own_is_found(capability: str) -> None:
    assert found("evaluator", rule("transit/keys/layer", capability)) == {"CAPABILITY_FORBIDDEN"}
    assert found("operator", rule("sys/mounts/transit", capability), add=False) >= {"CAPABILITY_FORBIDDEN"}


def test_a_block_without_capabilities_is_found() -> None:
    assert found("evaluator", '\npath "transit/keys/layer" {}\n') == {"CAPABILITY_FORBIDDEN"}


def test_a_second_block_for_a_path_is_found() -> None:
    assert found("evaluator", rule("transit/hmac/ref")) == {"PATH_TWICE"}


def test_an_attribute_that_the_lint_does_not_know_is_found() -> None:
    assert found("evaluator", rule("transit/keys/layer", "read", limits='expiration = "2099-01-01"')) == {
        "LIMIT_UNKNOWN"
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"exportable" = [false]', '"exportable" = [true]'),
        ('"exportable" = [false]', '"exportable" = []'),
        ('"exportable" = [false]', ""),
        ('"allow_plaintext_backup" = [false]', '"*" = []'),
        ('"token_policies" = ["ingest"]', '"token_policies" = ["ingest", "merge"]'),
        ('"token_policies" = ["ingest"]', '"token_policies" = []'),
        ('"token_no_default_policy" = [true]', ""),
        ('"token_type" = ["service"]', '"token_type" = ["batch"]'),
        ('"type" = ["transit"]', '"type" = ["kv"]'),
    ],
)
def test_an_operator_whose_hands_are_untied_is_found(old: str, new: str) -> None:
    assert old in FILES["operator"]
    assert found("operator", FILES["operator"].replace(old, new), add=False) == {"LIMIT_MISSING"}


def test_opening_references_in_batches_is_found() -> None:
    assert "BATCH_NOT_DENIED" in found("evaluator", rule("transit/decrypt/ref-seal"))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('"batch_input" = []', "", "BATCH_NOT_DENIED"),
        ('"ciphertext" = []', '"*" = []', "LIMIT_MISSING"),
        ('["pmo-head"]', '["pmo-haed"]', "GATE_OPEN"),
        ("approvals = 2", "approvals = 1", "GATE_OPEN"),
        ('controlled_capabilities = ["update"]', 'controlled_capabilities = ["read"]', "GATE_OPEN"),
        ('factor "two people"', 'factor "one person"', "GATE_OPEN"),
    ],
)
def test_a_gate_that_one_person_could_pass_is_found(old: str, new: str, code: str) -> None:
    assert old in FILES["release"]
    assert found("release", FILES["release"].replace(old, new, 1), add=False) == {code}


@pytest.mark.parametrize("path", ["transit/hmac/pepper", "transit/hmac/layer", "transit/encrypt/handles"])
@pytest.mark.parametrize("role", [role for role in ROLES if role not in {"ingest", "operator"}])
def test_a_role_beside_ingest_that_makes_tokens_or_seals_is_found(role: str, path: str) -> None:
    assert found(role, rule(path)) == {"INGEST_ALONE"}


def test_a_pass_rewrites_its_own_filters_and_no_other() -> None:
    assert found("pass-date", rule("transit/encrypt/parquet-year")) == {"INGEST_ALONE"}
    assert found("pass-year", rule("transit/encrypt/parquet-year"), add=False) == set()


@pytest.mark.parametrize("role", [role for role in ROLES if role != "release"])
def test_only_the_release_signs_tickets_keeps_waiting_requests_and_looks_at_them(role: str) -> None:
    assert found(role, rule("transit/sign/ticket")) == {"PATH_FORBIDDEN"}
    assert found(role, rule("sys/control-group/request")) == {"PATH_UNKNOWN"}
    if role != "operator":
        assert "DECRYPT_SHARED" in {
            each.code for each in lint({**FILES, role: FILES[role] + rule("transit/decrypt/waiting")})
        }


def test_the_release_signs_no_checkpoint_and_approves_nothing() -> None:
    assert found("release", rule("transit/sign/log")) == {"PATH_FORBIDDEN"}
    assert found("release", rule("sys/control-group/authorize")) == {"PATH_UNKNOWN"}
    assert "COMPARTMENTS_JOINED" in found("release", rule("transit/decrypt/handles"))


def test_two_roles_that_open_one_compartment_are_found() -> None:
    assert found("pass-year", rule("transit/decrypt/parquet-date"), add=False) == {"DECRYPT_SHARED"}


def test_one_role_that_opens_two_compartments_is_found() -> None:
    assert found("pass-date", rule("transit/decrypt/ingest")) >= {"COMPARTMENTS_JOINED"}


def test_a_file_that_cannot_be_read_is_found_with_its_line() -> None:
    findings = lint({**FILES, "merge": '\n\npath "a" { capabilities = [ }'})
    assert [finding.code for finding in findings] == ["UNREADABLE"]
    assert "merge.hcl, line 3" in findings[0].message

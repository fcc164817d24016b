"""The lint over the policies of people: the house's own files pass, and each way to weaken them is found."""

from __future__ import annotations

import pytest

from policies import lint_identities, load_identity_policies

FILES = load_identity_policies()


def found(name: str, text: str) -> set[str]:
    return {finding.code for finding in lint_identities({**FILES, name: text}) if finding.role == name}


def rule(path: str, capability: str = "update", limits: str = "") -> str:
    return f'\npath "{path}" {{\n  capabilities = ["{capability}"]\n  {limits}\n}}\n'


def test_the_houses_policies_have_no_finding() -> None:
    assert lint_identities(FILES) == []


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_and_a_stray_one_are_found(name: str) -> None:
    kept = {key: text for key, text in FILES.items() if key != name}
    assert [each.code for each in lint_identities(kept)] == ["ROLE_WITHOUT_FILE"]
    assert [each.code for each in lint_identities({**FILES, "stray": ""})] == ["FILE_WITHOUT_ROLE"]


@pytest.mark.parametrize(
    "path",
    ["*", "transit/decrypt/ref-seal", "sys/policies/acl/steward", "sys/policies/acl/release",
     "auth/approle/role/steward",
     "identity/entity/merge", "auth/token/create", "identity/entity/id/+", "auth/officers/users/+/policies"],
)  # fmt: skip
@pytest.mark.parametrize("name", FILES)
def test_a_path_beyond_its_own_is_found_in_every_file(name: str, path: str) -> None:
    assert found(name, FILES[name] + rule(path)) == {"PATH_UNKNOWN"}


@pytest.mark.parametrize("name", [name for name in FILES if name not in {"dpo", "pmo-head"}])
def test_only_the_officer_and_the_head_approve(name: str) -> None:
    assert found(name, FILES[name] + rule("sys/control-group/authorize")) == {"PATH_UNKNOWN"}


@pytest.mark.parametrize("name", [name for name in FILES if name != "reconciler"])
def test_only_the_reconciler_asks_how_the_trail_names_a_value(name: str) -> None:
    assert found(name, FILES[name] + rule("sys/audit-hash/file")) == {"PATH_UNKNOWN"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('"token_type" = ["service"]', '"token_type" = ["batch"]', "LIMIT_MISSING"),
        ('"token_type" = ["service"]', "", "LIMIT_MISSING"),
        ('"token_policies" = ["agency"]', '"token_policies" = ["agency", "dpo"]', "LIMIT_MISSING"),
        ('"token_policies" = ["agency"]', '"*" = []', "LIMIT_MISSING"),
        ('"token_no_default_policy" = [true]', '"token_no_default_policy" = []', "LIMIT_MISSING"),
        ('"member_group_ids" = []', '"member_entity_ids" = []', "LIMIT_MISSING"),
        ('"disabled" = []', '"policies" = []', "LIMIT_MISSING"),
        ('"client_type" = ["public"]', '"client_type" = ["confidential"]', "LIMIT_MISSING"),
        ('["read", "sudo"]', '["update", "sudo"]', "CAPABILITY_FORBIDDEN"),
        ('["list"]', "[]", "CAPABILITY_FORBIDDEN"),
    ],
)
def test_a_steward_whose_hands_are_untied_is_found(old: str, new: str, code: str) -> None:
    assert old in FILES["steward"]
    assert found("steward", FILES["steward"].replace(old, new)) == {code}


def test_a_second_block_and_an_unreadable_file_are_found() -> None:
    assert found("agency", FILES["agency"] + rule("auth/token/revoke-self")) == {"PATH_TWICE"}
    assert found("agency", "path {") == {"UNREADABLE"}

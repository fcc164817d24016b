"""Hold the policies of the steward, officers and agencies against the house's rules. It reads text; it asks no vault.

Every path that one of them may name stands here with its capabilities; whatever else a file says is a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from policies import hcl
from policies.errors import PolicyError
from policies.hcl import Rule
from policies.vault_lint import Finding

STEWARD = "steward"
GROUPS = ("agency-staff", "analyst", "dpo", "pmo-head", "pmo-officer", "reconciler")
_ANY: list[object] = []


@dataclass(frozen=True, slots=True)
class _Grant:
    """What a path may be given: capabilities at most, and parameters at most, each with its values or any."""

    capabilities: frozenset[str]
    parameters: Mapping[str, list[object]] | None = field(default=None)


def lint_identities(files: Mapping[str, str]) -> list[Finding]:
    """Check the HCL text of each file by its name; an empty list says that all rules hold."""
    known = {name: _person(name) for name in GROUPS} | {"agency": _agency(), STEWARD: _steward()}
    findings = [Finding("ROLE_WITHOUT_FILE", name, 0, "no policy file") for name in sorted(set(known) - set(files))]
    for name, text in sorted(files.items()):
        if name not in known:
            findings.append(Finding("FILE_WITHOUT_ROLE", name, 0, "no such role"))
            continue
        try:
            rules = hcl.parse(text, f"{name}.hcl")
        except PolicyError as problem:
            findings.append(Finding("UNREADABLE", name, 0, str(problem)))
            continue
        findings += _judge(name, rules, known[name])
    return findings


def _judge(name: str, rules: tuple[Rule, ...], known: Mapping[str, _Grant]) -> list[Finding]:
    findings, seen = [], set()
    for rule in rules:
        if rule.path in seen:
            findings.append(Finding("PATH_TWICE", name, rule.line, "blocks for one path merge, and a limit is lost"))
        seen.add(rule.path)
        grant = known.get(rule.path)
        if grant is None:
            findings.append(Finding("PATH_UNKNOWN", name, rule.line, "this path is not among those it may name"))
            continue
        if not rule.capabilities or not set(rule.capabilities) <= grant.capabilities:
            wanted = ", ".join(sorted(grant.capabilities))
            findings.append(Finding("CAPABILITY_FORBIDDEN", name, rule.line, f"at most: {wanted}"))
        if dict(rule.limits) != ({} if grant.parameters is None else {"allowed_parameters": grant.parameters}):
            findings.append(
                Finding("LIMIT_MISSING", name, rule.line, "allowed_parameters are not those that the lint knows")
            )
    return findings


def _of(*capabilities: str, **parameters: list[object]) -> _Grant:
    return _Grant(frozenset(capabilities), parameters or None)


def _agency() -> dict[str, _Grant]:
    return {"identity/oidc/token/agency": _of("read"), "auth/token/revoke-self": _of("update")}


def _person(group: str) -> dict[str, _Grant]:
    # Who is of an agency has no token but the browser's: only that one says of which agency.
    found = {} if group == "agency-staff" else {"identity/oidc/token/person": _of("read")}
    found |= {
        "identity/oidc/provider/lapis/authorize": _of("read", "update"),
        "auth/officers/users/{{identity.entity.name}}/password": _of("update", password=_ANY),
        "auth/token/revoke-self": _of("update"),
    }
    if group in {"dpo", "pmo-head"}:
        found |= {f"sys/control-group/{act}": _of("update") for act in ("request", "authorize")}
    if group == "reconciler":
        found |= {path: _of("update") for path in ("sys/audit-hash/file", "auth/token/renew-self")}
    return found


def _steward() -> dict[str, _Grant]:
    write = ("create", "read", "update")
    token: dict[str, list[object]] = {
        "token_type": ["service"], "token_no_default_policy": [True], "token_ttl": _ANY, "token_max_ttl": _ANY,
    }  # fmt: skip
    people: list[object] = list(GROUPS)
    found = {f"sys/policies/acl/{name}": _of("read", "update") for name in ("operator", "agency", *GROUPS)}
    found |= {f"sys/auth/{mount}": _of("read", "sudo") for mount in ("officers", "agencies")}
    found |= {
        "auth/officers/users": _of("list"),
        "auth/officers/users/+": _of(*write, "delete", password=_ANY, token_policies=people, **token),
        "auth/officers/users/+/password": _of("update", password=_ANY),
        "auth/agencies/role": _of("list"),
        "auth/agencies/role/+": _of(
            *write, "delete", token_policies=["agency"], bind_secret_id=[True], secret_id_ttl=_ANY, **token
        ),
        "auth/agencies/role/+/role-id": _of("read"),
        "auth/agencies/role/+/secret-id": _of("update"),
        "auth/token/revoke-self": _of("update"),
    }
    found |= {f"identity/group/name/{group}": _of(*write, member_entity_ids=_ANY) for group in GROUPS}
    return found | {
        "identity/group/name/approvers": _of(*write, member_group_ids=_ANY),
        "identity/entity/name/+": _of(*write, metadata=_ANY, disabled=_ANY),
        "identity/entity-alias": _of("create", "update", name=_ANY, canonical_id=_ANY, mount_accessor=_ANY),
        **_factor(write),
        **_oidc(write),
    }


def _factor(write: tuple[str, ...]) -> dict[str, _Grant]:
    form: dict[str, list[object]] = {
        "method_name": ["officers"], "issuer": ["Lapis"], "algorithm": ["SHA1"], "digits": ["6"], "period": ["30"],
        "skew": ["1"], "key_size": ["20"], "qr_size": ["240"], "max_validation_attempts": ["5"],
    }  # fmt: skip
    whose = _of("update", method_id=_ANY, entity_id=_ANY)
    methods = "identity/mfa/method/totp"
    return {
        methods: _of("create", "update", "list", **form),
        f"{methods}/+": _of("read", "update", **form),
        f"{methods}/admin-generate": whose,
        f"{methods}/admin-destroy": whose,
        "identity/mfa/login-enforcement/officers": _of(
            *write, "delete", mfa_method_ids=_ANY, auth_method_accessors=_ANY
        ),
    }


def _oidc(write: tuple[str, ...]) -> dict[str, _Grant]:
    role = _of(*write, key=["lapis"], client_id=["lapis"], template=_ANY, ttl=_ANY)
    objects = {
        "key/lapis": _of(
            *write, algorithm=["ES256"], rotation_period=_ANY, verification_ttl=_ANY, allowed_client_ids=_ANY
        ),
        "role/person": role,
        "role/agency": role,
        "scope/roles": _of(*write, template=_ANY, description=_ANY),
        "assignment/officers": _of(*write, group_ids=_ANY),
        "client/lapis": _of(
            *write, key=["lapis"], client_type=["public"], redirect_uris=_ANY, assignments=_ANY, id_token_ttl=_ANY,
            access_token_ttl=_ANY,
        ),
        "provider/lapis": _of(*write, allowed_client_ids=_ANY, scopes_supported=_ANY),
    }  # fmt: skip
    return {f"identity/oidc/{path}": grant for path, grant in objects.items()}

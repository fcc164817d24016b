"""Hold every vault policy file against the house's rules. It reads text and returns findings; it asks no vault.

What is not expressly known is a finding: a new path, capability or limit has to be written into this lint first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from policies import hcl
from policies.errors import PolicyError
from policies.hcl import Rule
from policies.vault_roles import KEYS, OPERATOR, ROLES

Code = Literal[
    "UNREADABLE",
    "ROLE_WITHOUT_FILE",
    "FILE_WITHOUT_ROLE",
    "WILDCARD",
    "PATH_FORBIDDEN",
    "PATH_UNKNOWN",
    "PATH_TWICE",
    "CAPABILITY_FORBIDDEN",
    "LIMIT_UNKNOWN",
    "LIMIT_MISSING",
    "BATCH_NOT_DENIED",
    "GATE_OPEN",
    "INGEST_ALONE",
    "DECRYPT_SHARED",
    "COMPARTMENTS_JOINED",
]
_FORBIDDEN = ("export", "rewrap", "backup", "restore", "datakey", "trim", "config", "byok-export", "sign", "verify")
_LIMITS = {"allowed_parameters", "denied_parameters", "required_parameters", "control_group"}
_LOOSENING: dict[str, list[object]] = {"exportable": [False], "allow_plaintext_backup": [False]}
_GATED = "ref-seal"
_FACTORS = {"dpo": (["dpo"], 1), "head": (["pmo-head"], 1), "two people": (["approvers"], 2)}
"""Who must approve before a reference is opened; one person in two groups would satisfy the first two alone."""
_INGEST, _RELEASE = "ingest", "release"
_SIGNS = {"log": "transit/sign/log", _RELEASE: "transit/sign/ticket"}
"""The one signature that a role may ask for: checkpoints of the access log, tickets of released cases."""
_WAITING = "waiting"
"""Under this key the release keeps its own requests: it holds nothing of a compartment."""
_LOOK = "sys/control-group/request"
# References are looked up by others too; tokens, layers and seals are made in one place.
_SHARED_HMAC = "transit/hmac/ref"


@dataclass(frozen=True, slots=True)
class Finding:
    """Say which rule a file breaks, and at which line (0: the file as a whole)."""

    code: Code
    role: str
    line: int
    message: str


def lint(files: Mapping[str, str], roles: Collection[str] = ROLES, keys: Collection[str] = KEYS) -> list[Finding]:
    """Check the HCL text of each role's file; an empty list says that all rules hold."""
    findings = [Finding("ROLE_WITHOUT_FILE", role, 0, "no policy file") for role in sorted(set(roles) - set(files))]
    findings += [Finding("FILE_WITHOUT_ROLE", name, 0, "no such role") for name in sorted(set(files) - set(roles))]
    read: dict[str, tuple[Rule, ...]] = {}
    for role, text in sorted(files.items()):
        try:
            read[role] = hcl.parse(text, f"{role}.hcl")
        except PolicyError as problem:
            findings.append(Finding("UNREADABLE", role, 0, str(problem)))
    for role, rules in read.items():
        known = _operator_paths(roles, keys) if role == OPERATOR else _worker_paths(keys)
        if role in _SIGNS:
            known[_SIGNS[role]] = frozenset({"update"})
        if role == _RELEASE:
            known[_LOOK] = frozenset({"update"})
        findings += _twice(role, rules)
        for rule in rules:
            findings += _judge(role, rule, known)
    return findings + _decrypts(read)


def _worker_paths(keys: Collection[str]) -> dict[str, frozenset[str]]:
    update, read = frozenset({"update"}), frozenset({"read"})
    acts = {f"transit/{act}/{key}": update for act in ("hmac", "encrypt", "decrypt") for key in keys}
    own = {"auth/token/revoke-self": update, "auth/token/lookup-self": read}
    return {**acts, **{f"transit/keys/{key}": read for key in keys}, **own}


def _operator_paths(roles: Collection[str], keys: Collection[str]) -> dict[str, frozenset[str]]:
    write = frozenset({"read", "update"})
    found = {"sys/mounts/transit": write, "auth/token/revoke-self": frozenset({"update"})}
    found |= {f"transit/keys/{key}": write for key in keys}
    for role in set(roles) - {OPERATOR}:
        found[f"sys/policies/acl/{role}"] = write
        found[f"auth/approle/role/{role}"] = write | {"create"}
        found[f"auth/approle/role/{role}/role-id"] = frozenset({"read"})
        found[f"auth/approle/role/{role}/secret-id"] = frozenset({"update"})
    return found


def _twice(role: str, rules: Iterable[Rule]) -> list[Finding]:
    seen: set[str] = set()
    findings = []
    for rule in rules:
        if rule.path in seen:
            findings.append(Finding("PATH_TWICE", role, rule.line, "blocks for one path merge, and a limit is lost"))
        seen.add(rule.path)
    return findings


def _judge(role: str, rule: Rule, known: Mapping[str, frozenset[str]]) -> list[Finding]:
    parts = rule.path.strip("/").split("/")
    if "*" in rule.path or "+" in parts:
        return [Finding("WILDCARD", role, rule.line, "every path is written out")]
    signs = rule.path == _SIGNS.get(role)
    if not signs and parts[0] == "transit" and len(parts) > 1 and (parts[1] in _FORBIDDEN or parts[-1] in _FORBIDDEN):
        return [Finding("PATH_FORBIDDEN", role, rule.line, "no role exports, rewraps, backs up or reconfigures a key")]
    if rule.path not in known:
        return [Finding("PATH_UNKNOWN", role, rule.line, "this path is not among those a role like this may name")]
    findings = []
    if not rule.capabilities or not set(rule.capabilities) <= known[rule.path]:
        wanted = ", ".join(sorted(known[rule.path]))
        findings.append(Finding("CAPABILITY_FORBIDDEN", role, rule.line, f"at most: {wanted}"))
    if not set(rule.limits) <= _LIMITS:
        findings.append(Finding("LIMIT_UNKNOWN", role, rule.line, "an attribute that this lint does not know"))
    return findings + _limits(role, rule, parts)


def _limits(role: str, rule: Rule, parts: list[str]) -> list[Finding]:
    findings = _gate(role, rule) if rule.path == f"transit/decrypt/{_GATED}" else []
    makes = parts[:2] in (["transit", "hmac"], ["transit", "encrypt"])
    own = _own_seal(role)
    if makes and role != _INGEST and rule.path not in {_SHARED_HMAC, own}:
        message = "only ingest makes tokens, layer keys and seals; a pass rewrites its own filters"
        findings.append(Finding("INGEST_ALONE", role, rule.line, message))
    if role == OPERATOR and (wanted := _wanted(parts)):
        allowed = _parameters(rule, "allowed_parameters")
        if "*" in allowed or any(allowed.get(name) != value for name, value in wanted.items()):
            message = f"allowed_parameters fixes {', '.join(sorted(wanted))}"
            findings.append(Finding("LIMIT_MISSING", role, rule.line, message))
    return findings


def _own_seal(role: str) -> str:
    """Return what a role other than ingest may seal: a pass its filters, the release its waiting requests."""
    if role.startswith("pass-"):
        return f"transit/encrypt/parquet-{role.removeprefix('pass-')}"
    return f"transit/encrypt/{_WAITING}" if role == _RELEASE else ""


def _gate(role: str, rule: Rule) -> list[Finding]:
    findings = []
    if "batch_input" not in _parameters(rule, "denied_parameters"):
        findings.append(Finding("BATCH_NOT_DENIED", role, rule.line, "one reference a request: deny batch_input"))
    if set(_parameters(rule, "allowed_parameters")) != {"ciphertext"}:
        findings.append(Finding("LIMIT_MISSING", role, rule.line, "a request carries a ciphertext and nothing else"))
    wanted = {
        f"factor {name}": {
            "controlled_capabilities": ["update"],
            "identity": {"group_names": groups, "approvals": approvals},
        }
        for name, (groups, approvals) in _FACTORS.items()
    }
    gate = _parameters(rule, "control_group")
    if {name: value for name, value in gate.items() if name != "ttl"} != wanted:
        findings.append(Finding("GATE_OPEN", role, rule.line, "the officer, the head, and two people, must approve"))
    return findings


def _wanted(parts: list[str]) -> dict[str, list[object]]:
    match parts:
        case ["sys", "mounts", mount]:
            return {"type": [mount]}
        case ["transit", "keys", _]:
            return dict(_LOOSENING)
        case ["auth", "approle", "role", name]:
            return {"token_policies": [name], "token_type": ["service"], "token_no_default_policy": [True]}
    return {}


def _parameters(rule: Rule, name: str) -> Mapping[str, object]:
    found = rule.limits.get(name)
    return found if isinstance(found, dict) else {}


def _decrypts(read: Mapping[str, tuple[Rule, ...]]) -> list[Finding]:
    opened = {
        role: {rule.path: rule.line for rule in rules if rule.path.startswith("transit/decrypt/")}
        for role, rules in read.items()
    }
    findings = [
        Finding("COMPARTMENTS_JOINED", role, max(paths.values()), "one role opens one compartment")
        for role, paths in opened.items()
        if len(paths.keys() - {f"transit/decrypt/{_WAITING}"}) > 1
    ]
    for first, second in combinations(sorted(opened), 2):
        shared = opened[first].keys() & opened[second].keys()
        findings += [
            Finding("DECRYPT_SHARED", second, opened[second][path], f"{first} opens it too") for path in sorted(shared)
        ]
    return findings

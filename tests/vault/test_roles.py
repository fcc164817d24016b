"""Every role against every path of a real server: what is declared here is allowed, and every other cell is refused."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from policies import ROLES
from vault import KEYS, EmbeddedServer, VaultSession

KEY_NAMES = [key.name for key in KEYS]
PARQUET = [name for name in KEY_NAMES if name.startswith("parquet-")]
WORKERS = [role for role in ROLES if role != "operator"]
TRANSIT_WRITES = [
    "hmac/{}", "hmac/{}/sha2-512", "encrypt/{}", "decrypt/{}", "rewrap/{}", "sign/{}", "verify/{}",
    "datakey/plaintext/{}", "datakey/wrapped/{}", "keys/{}", "keys/{}/config", "keys/{}/rotate", "keys/{}/trim",
    "keys/{}/import", "restore/{}",
]  # fmt: skip
TRANSIT_READS = [
    "keys/{}", "backup/{}", "export/encryption-key/{}", "export/hmac-key/{}", "export/signing-key/{}",
    "export/public-key/{}", "export/encryption-key/{}/1", "byok-export/{}/{}",
]  # fmt: skip
SYSTEM_WRITES = [
    "sys/mounts/transit", "sys/mounts/other", "sys/mounts/transit/tune", "sys/auth/other", "sys/audit/other",
    "sys/audit-hash/file", "sys/policies/acl/operator", "sys/policies/acl/fresh", "sys/policy/ingest", "sys/seal",
    "sys/step-down", "sys/rotate", "sys/capabilities", "sys/capabilities-self", "sys/capabilities-accessor",
    "sys/wrapping/wrap", "sys/tools/random", "sys/tools/hash", "sys/leases/lookup", "sys/leases/revoke",
    "sys/remount", "sys/namespaces/other", "sys/control-group/authorize", "sys/control-group/request",
    "sys/storage/raft/snapshot", *(f"sys/rotate/{what}/init" for what in ("root", "recovery")), "sys/config/cors",
    "sys/plugins/reload/backend", "sys/quotas/rate-limit/all", "sys/loggers", "sys/raw/core",
    "auth/token/create", "auth/token/create-orphan", "auth/token/lookup", "auth/token/lookup-self",
    "auth/token/renew-self", "auth/token/revoke", "auth/token/roles/other", "auth/approle/role/operator",
    "auth/approle/role/operator/secret-id", "auth/approle/role/operator/policies", "auth/approle/role/fresh",
    "identity/entity", "identity/group", "cubbyhole/note", "transit/keys/fresh", "transit/restore",
    "transit/cache-config", "transit/config/keys", "transit/encrypt/fresh", "transit/hmac/fresh", "transit/random",
]  # fmt: skip
SYSTEM_READS = [
    "sys/mounts", "sys/mounts/transit", "sys/auth", "sys/audit", "sys/policies/acl/operator", "sys/policy/ingest",
    "sys/storage/raft/snapshot", "sys/storage/raft/configuration", "sys/config/state/sanitized", "sys/key-status",
    "sys/raw/core", "sys/internal/counters/tokens", "sys/internal/inspect/router/root", "sys/plugins/catalog",
    "auth/token/lookup-self", "auth/approle/role/operator", "auth/approle/role/operator/role-id", "cubbyhole/note",
    "identity/entity/id/x", "transit/cache-config", "transit/config/keys",
]  # fmt: skip
LISTS = [
    "sys/policies/acl", "sys/leases/lookup/auth/approle", "auth/token/accessors", "auth/approle/role", "transit/keys",
    "identity/entity/id", "identity/group/id", "sys/namespaces", "cubbyhole",
]  # fmt: skip
ROLE_WRITES = ["sys/policies/acl/{}", "auth/approle/role/{}", "auth/approle/role/{}/secret-id"]
ROLE_READS = ["sys/policies/acl/{}", "auth/approle/role/{}", "auth/approle/role/{}/role-id"]
ROLE_EXTRAS = [
    "auth/approle/role/{}/policies", "auth/approle/role/{}/custom-secret-id", "auth/approle/role/{}/token-ttl",
    "auth/approle/role/{}/secret-id/lookup", "auth/approle/role/{}/secret-id/destroy",
]  # fmt: skip
PEOPLE = ["agency", "agency-staff", "analyst", "dpo", "pmo-head", "pmo-officer", "reconciler", "steward"]
GROUPS = ["agency-staff", "analyst", "approvers", "dpo", "pmo-head", "pmo-officer", "reconciler"]
OIDC_OBJECTS = [
    "key/lapis", "role/person", "role/agency", "scope/roles", "assignment/officers", "client/lapis", "provider/lapis",
]  # fmt: skip
# In this order: what the steward makes in passing, she takes away again.
IDENTITY = [
    *[(method, f"sys/policies/acl/{name}") for name in PEOPLE for method in ("POST", "GET", "DELETE")],
    *[(method, f"identity/group/name/{name}") for name in [*GROUPS, "fresh"] for method in ("POST", "GET", "DELETE")],
    *[(method, f"identity/oidc/{path}") for path in OIDC_OBJECTS for method in ("POST", "GET", "DELETE")],
    *[("POST", f"identity/oidc/{path}/fresh") for path in ("key", "role", "scope", "client", "provider", "assignment")],
    *[(method, "auth/officers/users/passing") for method in ("POST", "GET", "DELETE")],
    *[(method, "auth/agencies/role/passing") for method in ("POST", "GET")],
    ("GET", "auth/agencies/role/passing/role-id"), ("POST", "auth/agencies/role/passing/secret-id"),
    ("POST", "auth/agencies/role/passing/role-id"), ("POST", "auth/agencies/role/passing/custom-secret-id"),
    ("DELETE", "auth/agencies/role/passing"),
    *[("POST", f"auth/officers/users/{name}/password") for name in ("ani", "budi")],
    ("POST", "auth/officers/users/passing/policies"),
    *[(method, "identity/entity/name/passing") for method in ("POST", "GET", "DELETE")],
    ("POST", "identity/entity-alias"), ("POST", "identity/entity/merge"), ("POST", "identity/oidc/config"),
    ("POST", "identity/oidc/key/lapis/rotate"), ("POST", "identity/lookup/entity"), ("POST", "identity/lookup/group"),
    ("GET", "identity/oidc/token/person"), ("GET", "identity/oidc/token/agency"), ("GET", "identity/oidc/token/fresh"),
    ("GET", "identity/oidc/provider/lapis/authorize"), ("POST", "identity/oidc/provider/lapis/authorize"),
    ("POST", "identity/oidc/introspect"),
    *[(method, f"sys/auth/{mount}") for mount in ("officers", "agencies") for method in ("POST", "GET", "DELETE")],
    ("POST", "sys/auth/officers/tune"), ("POST", "auth/approle/role/steward"),
    ("POST", "auth/approle/role/steward/secret-id"), ("GET", "auth/approle/role/steward/role-id"),
    ("LIST", "auth/officers/users"), ("LIST", "auth/agencies/role"), ("LIST", "identity/oidc/client"),
    ("LIST", "identity/group/name"), ("LIST", "identity/entity/name"),
]  # fmt: skip

Cell = tuple[str, str]


def cells() -> list[Cell]:
    transit = [("POST", f"transit/{path.format(key, key)}") for path in TRANSIT_WRITES for key in KEY_NAMES]
    transit += [("GET", f"transit/{path.format(key, key)}") for path in TRANSIT_READS for key in KEY_NAMES]
    transit += [("DELETE", f"transit/keys/{key}") for key in KEY_NAMES]
    roles = [("POST", path.format(role)) for path in ROLE_WRITES + ROLE_EXTRAS for role in WORKERS]
    roles += [("GET", path.format(role)) for path in ROLE_READS for role in WORKERS]
    roles += [("DELETE", path.format(role)) for path in ROLE_WRITES[:2] for role in [*WORKERS, "operator"]]
    system = [("POST", path) for path in SYSTEM_WRITES] + [("GET", path) for path in SYSTEM_READS]
    system += [("LIST", path) for path in LISTS]
    system += [("DELETE", path) for path in ("sys/mounts/transit", "sys/auth/approle", "sys/audit/file")]
    return transit + roles + system + IDENTITY


def posts(act: str, *keys: str) -> set[Cell]:
    return {("POST", f"transit/{act}/{key}") for key in keys}


OPERATOR = {
    ("GET", "sys/mounts/transit"),
    ("POST", "sys/mounts/transit"),
    *posts("keys", *KEY_NAMES),
    *{("GET", f"transit/keys/{key}") for key in KEY_NAMES},
    *{("POST", path.format(role)) for path in ROLE_WRITES for role in WORKERS},
    *{("GET", path.format(role)) for path in ROLE_READS for role in WORKERS},
}
INGEST = {
    *posts("hmac", "pepper", "layer", "ref"),
    *posts("encrypt", "ref-seal", "handles", *PARQUET),
    *posts("decrypt", "ingest"),
    *{("GET", f"transit/keys/{key}") for key in KEY_NAMES if key not in {"log", "ticket", "waiting"}},
}
DECLARED: dict[str, set[Cell]] = {
    "api": {("GET", "auth/token/lookup-self")},
    "operator": OPERATOR,
    "ingest": INGEST,
    "merge": posts("decrypt", "handles"),
    "evaluator": posts("hmac", "ref") | {("GET", "transit/keys/ref")},
    "pass-date": posts("decrypt", "parquet-date") | posts("encrypt", "parquet-date"),
    "pass-year": posts("decrypt", "parquet-year") | posts("encrypt", "parquet-year"),
    "pass-village": posts("decrypt", "parquet-village") | posts("encrypt", "parquet-village"),
    "pass-nik": posts("decrypt", "parquet-nik") | posts("encrypt", "parquet-nik"),
    "release": {
        *posts("encrypt", "waiting"),
        *posts("decrypt", "ref-seal", "waiting"),
        *posts("sign", "ticket"),
        ("GET", "transit/keys/waiting"),
        ("GET", "transit/keys/ticket"),
        ("POST", "sys/control-group/request"),
    },
    "log": posts("sign", "log") | {("GET", "transit/keys/log")},
}


def test_every_role_is_declared_here() -> None:
    assert set(DECLARED) == set(ROLES)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_is_declared_and_nothing_else(bao: EmbeddedServer, role: str) -> None:
    with bao.session(role) as session:
        allowed = reached(session) if role != "release" else reached_by_twos(bao, role)
    assert allowed == DECLARED[role]
    assert session.policies == (role,)


def reached_by_twos(bao: EmbeddedServer, role: str) -> set[Cell]:
    """Try every cell with tokens that serve twice: used up, they would be refused everywhere."""
    tried, allowed = cells(), set()
    for at in range(0, len(tried), 2):
        session = bao.session(role)
        allowed |= reached(session, tried[at : at + 2])
        session.leave()
    return allowed


def reached(session: VaultSession, tried: Sequence[Cell] | None = None) -> set[Cell]:
    """Try every cell; return those that are not refused."""
    allowed = set()
    for method, path in cells() if tried is None else tried:
        reply = session._adapter.request(method, f"/v1/{path}", raise_exception=False, data=b"{}")
        if reply.status_code != 403:
            allowed.add((method, path))
    return allowed


def test_without_a_token_every_cell_is_refused(bao: EmbeddedServer) -> None:
    with bao.session("merge") as session:
        session._adapter.token = ""
        for method, path in cells():
            reply = session._adapter.request(method, f"/v1/{path}", raise_exception=False, data=b"{}")
            assert reply.status_code in {400, 403, 405}, (method, path)
            assert not reply.ok


def test_a_compartment_opens_to_one_role_and_a_reference_only_to_the_release_which_must_wait() -> None:
    openers = {
        key: {role for role in ROLES if ("POST", f"transit/decrypt/{key}") in DECLARED[role]} for key in KEY_NAMES
    }
    assert openers["ref-seal"] == {"release"}
    assert all(len(roles) <= 1 for roles in openers.values())
    assert {role for roles in openers.values() for role in roles} == set(ROLES) - {
        "api",
        "operator",
        "evaluator",
        "log",
    }


def test_what_the_release_asks_of_a_reference_is_not_answered_but_waits(bao: EmbeddedServer) -> None:
    session = bao.session("release")
    reply = session._adapter.request("POST", "/v1/transit/decrypt/ref-seal", raise_exception=False, data=b"{}")
    session.leave()
    assert reply.json()["wrap_info"]["token"] and not reply.json()["data"]


@pytest.mark.parametrize(
    "body",
    [
        {"token_policies": "operator"},
        {"token_policies": ["ingest", "merge"]},
        {"token_policies": "merge"},
        {"policies": "merge"},
        {"token_policies": "ingest", "token_type": "batch"},
        {"token_policies": "ingest", "token_no_default_policy": False},
        {"token_policies": "ingest", "bind_secret_id": False},
    ],
)
def test_the_operator_cannot_give_a_role_another_or_a_second_policy_or_a_looser_token(
    bao: EmbeddedServer, body: dict[str, object]
) -> None:
    assert refused(bao, "auth/approle/role/ingest", body)


@pytest.mark.parametrize(
    "body",
    [
        {"type": "hmac", "exportable": True},
        {"type": "hmac", "allow_plaintext_backup": True},
        {"type": "aes256-gcm96"},
        {"type": "hmac", "key_size": "512"},
        {"type": "hmac", "derived": True},
    ],
)
def test_the_operator_cannot_make_a_key_otherwise(bao: EmbeddedServer, body: dict[str, object]) -> None:
    assert refused(bao, "transit/keys/pepper", body)


def refused(bao: EmbeddedServer, path: str, body: dict[str, object]) -> bool:
    with bao.session() as operator:
        reply = operator._adapter.request("POST", f"/v1/{path}", raise_exception=False, json=body)
    return bool(reply.status_code == 403)

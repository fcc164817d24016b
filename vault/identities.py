"""Bring officers, groups, agencies and signed tokens to what is wanted. It uses no key and approves nothing.

The steward who runs this can make an officer of any kind, and rewrite the officers' and the operator's policies: the
vault's audit trail shows it, nothing prevents it. What is wanted is whole: an officer or agency that is not named is
shut out at once, her tokens with her.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vault import credentials, factors
from vault.client import VaultSession
from vault.config import AGENCIES, OFFICERS, STEWARD
from vault.credentials import Credentials
from vault.errors import VaultError
from vault.logins import AUDIENCE, checked_name

Kind = Literal["policy", "factor", "oidc", "officer", "agency", "entity", "alias", "group", "device"]
STAFF = "agency-staff"
GROUPS = (STAFF, "analyst", "dpo", "pmo-head", "pmo-officer", "reconciler")
APPROVERS = ("dpo", "pmo-head")
_NO_ID = "not-made-yet"
_TOKEN: dict[str, object] = {
    "token_type": "service",  # a batch token could be handed on and completes a release
    "token_no_default_policy": True,  # merged policies drop a control group's gate
    "token_ttl": 1200,
    "token_max_ttl": 28_800,
}
_ROLES = '"roles": {{identity.entity.groups.names}}'
_OF = '"agency": {{identity.entity.metadata.agency}}'
_AGENCY = f'"roles": ["agency"], {_OF}'
BROWSER_LIFETIME = 28_800
"""Seconds that the service may ask whether a browser's officer still is what she was; then she logs in again."""


@dataclass(frozen=True, slots=True)
class Officer:
    """Name a person who logs in, and her one group, which is her one policy; and her agency, if she is of one."""

    name: str
    group: str
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class Identities:
    """Say who there should be: each policy's HCL by its name, officers, agencies, and where browsers come back to.

    With a policy named `operator` that one is brought up to date too; the steward's own is left alone.
    `second_factor`: whether officers show a one-time code at each login. Without it a stolen password is enough.
    """

    policies: Mapping[str, str]
    officers: Sequence[Officer] = ()
    agencies: Sequence[str] = ()
    redirect_uris: Sequence[str] = ()
    second_factor: bool = True

    def __post_init__(self) -> None:
        """Raise VAULT_NAME_INVALID, VAULT_NAME_TWICE, VAULT_GROUP_UNKNOWN or VAULT_AGENCY_UNKNOWN."""
        names = [checked_name(name) for name in (*(each.name for each in self.officers), *map(_entity, self.agencies))]
        if len(set(names)) < len(names):
            raise VaultError("VAULT_NAME_TWICE", "two officers or agencies have one name")
        if not {each.group for each in self.officers} <= set(GROUPS):
            raise VaultError("VAULT_GROUP_UNKNOWN", f"expected one of {', '.join(GROUPS)}")
        if any((each.group == STAFF) != (each.agency in self.agencies) for each in self.officers):
            raise VaultError("VAULT_AGENCY_UNKNOWN", f"a member of {STAFF}, and nobody else, is of a named agency")


@dataclass(frozen=True, slots=True)
class IdentityChange:
    """Name one thing that is not as desired."""

    kind: Kind
    name: str
    action: Literal["create", "update", "remove"]


@dataclass(frozen=True, slots=True)
class _Write:
    change: IdentityChange
    path: str
    body: Mapping[str, object]


_Stage = Callable[[VaultSession, Identities], Iterator[_Write]]


def plan_identities(session: VaultSession, wanted: Identities) -> list[IdentityChange]:
    """List what `apply_identities` would do, in order; an empty list says that all is as desired.

    Devices are not among it: the vault does not say who has one.
    """
    return [write.change for stage in _STAGES for write in stage(session, wanted)]


def apply_identities(
    session: VaultSession,
    wanted: Identities,
    handover: Path,
    *,
    password: Callable[[], str] = lambda: secrets.token_urlsafe(18),
    lost: Sequence[str] = (),
) -> list[IdentityChange]:
    """Make all as desired and return what changed.

    A new officer's first password lies in `<handover>/officers/<name>.password`, a new agency's credentials in
    `<handover>/agencies/<name>.json`, and what an officer's device reads in `<handover>/officers/<name>.otpauth` and
    `.png` (all 0600): hand them over and delete them; none is made a second time, but for officers who `lost` theirs.
    """
    changes = []
    for stage in _STAGES:
        for write in stage(session, wanted):
            _do(session, write, handover, password)
            changes.append(write.change)
    if wanted.second_factor:
        entities = {each.name: _id(session, f"identity/entity/name/{each.name}") for each in wanted.officers}
        changes += [IdentityChange("device", *made) for made in factors.enrol(session, entities, lost, handover)]
    return changes


def _do(session: VaultSession, write: _Write, handover: Path, password: Callable[[], str]) -> None:
    match write.change.kind, write.change.action:
        case (("officer" | "agency" | "factor"), "remove"):
            session.delete(write.path)
        case "officer", "create":
            first = password()
            credentials.write_private(handover / OFFICERS / f"{write.change.name}.password", first.encode())
            session.write(write.path, {**write.body, "password": first})
        case "agency", "create":
            session.write(write.path, write.body)
            role_id = session.read(f"{write.path}/role-id")["role_id"]
            issued = Credentials(role_id, session.write(f"{write.path}/secret-id")["secret_id"])
            credentials.save(issued, handover / AGENCIES / f"{write.change.name}.json")
        case _:
            session.write(write.path, write.body)


def _policies(session: VaultSession, wanted: Identities) -> Iterator[_Write]:
    for name, text in sorted(wanted.policies.items()):
        if name != STEWARD:
            yield from _write(session, "policy", name, f"sys/policies/acl/{name}", {"policy": text})


def _factor(session: VaultSession, wanted: Identities) -> Iterator[_Write]:
    """Demand a second factor before there is anybody who could log in without one."""
    if not wanted.second_factor:
        if _found(session, factors.ENFORCEMENT) is not None:
            yield _Write(IdentityChange("factor", "officers", "remove"), factors.ENFORCEMENT, {})
        return
    method = factors.method(session)
    if method is None:
        yield _Write(IdentityChange("factor", "code", "create"), factors.METHODS, factors.FORM)
        method = factors.method(session)
    elif any(str(method.get(name)) != value for name, value in factors.FORM.items() if name != "method_name"):
        yield _Write(IdentityChange("factor", "code", "update"), f"{factors.METHODS}/{method['id']}", factors.FORM)
    demand = {
        "mfa_method_ids": [str((method or {}).get("id", _NO_ID))],
        "auth_method_accessors": [session.read(f"sys/auth/{OFFICERS}")["accessor"]],
    }
    yield from _write(session, "factor", "officers", factors.ENFORCEMENT, demand)


def _signing(session: VaultSession, _: Identities) -> Iterator[_Write]:
    key = {"algorithm": "ES256", "rotation_period": 86_400, "verification_ttl": 86_400, "allowed_client_ids": ["*"]}
    yield from _write(session, "oidc", "key", "identity/oidc/key/lapis", key)
    for name, claims in (("person", _ROLES), ("agency", _AGENCY)):
        role = {"key": "lapis", "client_id": AUDIENCE, "ttl": 600, "template": f"{{{claims}}}"}
        yield from _write(session, "oidc", name, f"identity/oidc/role/{name}", role)
    scope = {"template": f"{{{_ROLES}, {_OF}}}", "description": "the groups of an officer, and her agency"}
    yield from _write(session, "oidc", "scope", "identity/oidc/scope/roles", scope)


def _logins(session: VaultSession, wanted: Identities) -> Iterator[_Write]:
    for each in wanted.officers:
        yield from _write(
            session, "officer", each.name, f"auth/{OFFICERS}/users/{each.name}",
            {"token_policies": each.group, **_TOKEN},
        )  # fmt: skip
    for name in wanted.agencies:
        role = {"token_policies": "agency", "bind_secret_id": True, **_TOKEN}
        yield from _write(session, "agency", name, f"auth/{AGENCIES}/role/{name}", role)


def _entities(session: VaultSession, wanted: Identities) -> Iterator[_Write]:
    for each in wanted.officers:
        # Always there: who leaves an agency must not keep its name.
        body = {"metadata": {"agency": each.agency or ""}, "disabled": False}
        yield from _write(session, "entity", each.name, f"identity/entity/name/{each.name}", body)
    for name in wanted.agencies:
        body = {"metadata": {"agency": name}, "disabled": False}
        yield from _write(session, "entity", _entity(name), f"identity/entity/name/{_entity(name)}", body)


def _aliases(session: VaultSession, wanted: Identities) -> Iterator[_Write]:
    for each in wanted.officers:
        yield from _alias(session, each.name, each.name, OFFICERS)
    for name in wanted.agencies:
        held = _found(session, f"auth/{AGENCIES}/role/{name}/role-id") or {}
        yield from _alias(session, _entity(name), str(held.get("role_id", _NO_ID)), AGENCIES)


def _groups(session: VaultSession, wanted: Identities) -> Iterator[_Write]:
    for group in GROUPS:
        members = [_id(session, f"identity/entity/name/{each.name}") for each in wanted.officers if each.group == group]
        yield from _write(session, "group", group, f"identity/group/name/{group}", {"member_entity_ids": members})


def _approvers(session: VaultSession, _: Identities) -> Iterator[_Write]:
    inner = [_id(session, f"identity/group/name/{group}") for group in APPROVERS]
    yield from _write(session, "group", "approvers", "identity/group/name/approvers", {"member_group_ids": inner})


def _browser(session: VaultSession, wanted: Identities) -> Iterator[_Write]:
    groups = [_id(session, f"identity/group/name/{group}") for group in GROUPS]
    yield from _write(session, "oidc", "assignment", "identity/oidc/assignment/officers", {"group_ids": groups})
    client = {
        "key": "lapis", "client_type": "public", "redirect_uris": list(wanted.redirect_uris),
        "assignments": ["officers"], "id_token_ttl": 600, "access_token_ttl": BROWSER_LIFETIME,
    }  # fmt: skip
    yield from _write(session, "oidc", "client", "identity/oidc/client/lapis", client)


def _provider(session: VaultSession, _: Identities) -> Iterator[_Write]:
    held = _found(session, "identity/oidc/client/lapis") or {}
    body = {"allowed_client_ids": [str(held.get("client_id", _NO_ID))], "scopes_supported": ["roles"]}
    yield from _write(session, "oidc", "provider", "identity/oidc/provider/lapis", body)


def _removals(session: VaultSession, wanted: Identities) -> Iterator[_Write]:
    """Shut out whoever is not named: the login goes, and a disabled entity's tokens are worth nothing."""
    officers = {each.name for each in wanted.officers}
    for name in sorted(set(session.names(f"auth/{OFFICERS}/users")) - officers):
        change = IdentityChange("entity", name, "remove")
        yield _Write(change, f"identity/entity/name/{name}", {"disabled": True})
        yield _Write(IdentityChange("officer", name, "remove"), f"auth/{OFFICERS}/users/{name}", {})
    for name in sorted(set(session.names(f"auth/{AGENCIES}/role")) - set(wanted.agencies)):
        change = IdentityChange("entity", _entity(name), "remove")
        yield _Write(change, f"identity/entity/name/{_entity(name)}", {"disabled": True})
        yield _Write(IdentityChange("agency", name, "remove"), f"auth/{AGENCIES}/role/{name}", {})


_STAGES: tuple[_Stage, ...] = (
    _policies, _removals, _factor, _signing, _logins, _entities, _aliases, _groups, _approvers, _browser, _provider,
)  # fmt: skip


def _write(session: VaultSession, kind: Kind, name: str, path: str, body: Mapping[str, object]) -> Iterator[_Write]:
    held = _found(session, path)
    if held is None:
        yield _Write(IdentityChange(kind, name, "create"), path, body)
    elif any(_same(held.get(key)) != _same(value) for key, value in body.items()):
        yield _Write(IdentityChange(kind, name, "update"), path, body)


def _alias(session: VaultSession, entity: str, login: str, mount: str) -> Iterator[_Write]:
    accessor = session.read(f"sys/auth/{mount}")["accessor"]
    held = _found(session, f"identity/entity/name/{entity}") or {}
    aliases = [(one["name"], one["mount_accessor"]) for one in held.get("aliases") or ()]
    if aliases != [(login, accessor)]:
        body = {"name": login, "canonical_id": held.get("id", _NO_ID), "mount_accessor": accessor}
        yield _Write(IdentityChange("alias", entity, "create"), "identity/entity-alias", body)


def _same(value: object) -> object:
    # Lists have no order here, and one name is sent as text: the steward's policy fixes it, and compares text.
    if isinstance(value, str):
        return [value] if value else None
    return (sorted(map(str, value)) if isinstance(value, list) else value) or None


def _id(session: VaultSession, path: str) -> str:
    return str((_found(session, path) or {}).get("id", _NO_ID))


def _entity(agency: str) -> str:
    return f"agency-{agency}"


def _found(session: VaultSession, path: str) -> dict[str, Any] | None:
    try:
        return session.read(path)
    except VaultError as failure:
        if failure.code == "VAULT_MISSING":
            return None
        raise

"""Bring a vault to what is wanted: mount, keys, policies, roles, credentials. It uses no key and reads no data.

The operator who runs this can create the named keys, write the named roles' policies, and hand out their credentials,
so she *could* write a wider policy for a named role and log in as it. What she cannot: use a key herself, export, back
up, delete or loosen one, give a role a second policy or another's, touch her own policy or another mount. Both of
those writes stand in the audit trail, and `plan` shows every policy that differs from its file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from vault import credentials
from vault.client import Retry, VaultSession
from vault.config import OPERATOR
from vault.credentials import Credentials
from vault.errors import VaultError
from vault.keys import KEYS, MOUNT, KeySpec

Kind = Literal["mount", "login", "key", "policy", "role", "credentials"]
_ROLE: dict[str, object] = {
    "token_type": "service",  # a batch token could be handed on and completes a release
    "token_no_default_policy": True,  # merged policies drop a control group's gate
    "token_ttl": 1200,
    "token_max_ttl": 1200,
}
# As text, like a key's size: the operator's policy fixes it, and compares text.
_TWICE: dict[str, object] = {"token_num_uses": "2", "token_ttl": 259_200, "token_max_ttl": 259_200}
_OWN: Mapping[str, Mapping[str, object]] = {"release": _TWICE}
"""A release asks once and opens once, and its token lives as long as a request may wait for approval: 72 hours."""
_HARD: dict[str, object] = {"exportable": False, "allow_plaintext_backup": False, "deletion_allowed": False}


@dataclass(frozen=True, slots=True)
class Desired:
    """Say what should be: the keys, and each role's policy as HCL by the role's name (the operator's is left alone)."""

    policies: Mapping[str, str]
    keys: Sequence[KeySpec] = KEYS

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that set-up makes, sorted."""
        return tuple(sorted(set(self.policies) - {OPERATOR}))


@dataclass(frozen=True, slots=True)
class Change:
    """Name one thing that is not as desired."""

    kind: Kind
    name: str
    action: Literal["create", "update"]


def plan(session: VaultSession, desired: Desired, credentials_dir: Path) -> list[Change]:
    """List what `apply` would do, in order; an empty list says that all is as desired.

    Raise VAULT_KEY_DIFFERS when a key is there with another type or looser: that is never repaired silently.
    """
    mounted = found(session, f"sys/mounts/{MOUNT}")
    changes = [] if mounted else [Change("mount", MOUNT, "create")]
    for key in desired.keys:
        held = found(session, f"{MOUNT}/keys/{key.name}") if mounted else None
        if held is None:
            changes.append(Change("key", key.name, "create"))
        elif {"type": key.type, **_HARD} != {name: held.get(name) for name in ("type", *_HARD)}:
            raise VaultError("VAULT_KEY_DIFFERS", "a key of this name is of another kind", place=key.name)
    for role in desired.roles:
        changes += role_changes(session, role, desired.policies[role], file_of(credentials_dir, role))
    return changes


def apply(session: VaultSession, desired: Desired, credentials_dir: Path) -> list[Change]:
    """Make all as desired, each role's credentials in `<credentials_dir>/<role>.json` (0600); return what changed."""
    keys = {key.name: key for key in desired.keys}
    changes = plan(session, desired, credentials_dir)
    for change in changes:
        match change.kind:
            case "mount":
                session.write(f"sys/mounts/{MOUNT}", {"type": "transit"})
            case "key":
                session.write(f"{MOUNT}/keys/{change.name}", _key_body(keys[change.name]))
            case _:
                make_role(session, change, desired.policies, file_of(credentials_dir, change.name))
    return changes


def plan_afresh(desired: Desired) -> list[Change]:
    """List what `apply` would do to a vault that is not there yet."""
    named = [("mount", MOUNT), *(("key", key.name) for key in desired.keys)]
    named += [(kind, role) for role in desired.roles for kind in ("policy", "role", "credentials")]
    return [Change(cast("Kind", kind), name, "create") for kind, name in named]


def role_changes(session: VaultSession, role: str, policy: str, file: Path) -> list[Change]:
    """List what a role lacks: its policy, itself, credentials in `file` that open."""
    changes: list[Change] = []
    written = found(session, f"sys/policies/acl/{role}")
    if written is None or written.get("policy") != policy:
        changes.append(Change("policy", role, "update" if written else "create"))
    held = found(session, f"auth/approle/role/{role}")
    wanted = {"token_policies": [role], **_settings(role)}
    if held is None or any(str(held.get(name)) != str(value) for name, value in wanted.items()):
        changes.append(Change("role", role, "update" if held else "create"))
    if held is None or not _opens(session, file):
        changes.append(Change("credentials", role, "update" if file.exists() else "create"))
    return changes


def make_role(session: VaultSession, change: Change, policies: Mapping[str, str], file: Path) -> None:
    """Do one change of a role."""
    name = change.name
    match change.kind:
        case "policy":
            session.write(f"sys/policies/acl/{name}", {"policy": policies[name]})
        case "role":
            session.write(f"auth/approle/role/{name}", {"token_policies": name, **_settings(name)})
        case "credentials":
            credentials.save(_issue(session, name), file)


def found(session: VaultSession, path: str) -> dict[str, Any] | None:
    """Read what may not be there."""
    try:
        return session.read(path)
    except VaultError as failure:
        # A mount that is not there is answered with 400, anything else with 404.
        if failure.code in {"VAULT_MISSING", "VAULT_MALFORMED"}:
            return None
        raise


def file_of(folder: Path, role: str) -> Path:
    """Return where a role's credentials lie."""
    return folder / f"{role}.json"


def _settings(role: str) -> dict[str, object]:
    return {**_ROLE, **_OWN.get(role, {})}


def _key_body(key: KeySpec) -> dict[str, object]:
    # As text: the policy that fixes it compares text, and would not match a JSON number.
    size: dict[str, object] = {"key_size": "32"} if key.type == "hmac" else {}
    return {"type": key.type, "exportable": False, "allow_plaintext_backup": False, **size}


def _opens(session: VaultSession, file: Path) -> bool:
    try:
        session.beside(file, Retry(attempts=1)).close()
    except VaultError as failure:
        if failure.code in {"VAULT_LOGIN_REFUSED", "VAULT_CREDENTIALS_MISSING", "VAULT_CREDENTIALS_DAMAGED"}:
            return False
        raise
    return True


def _issue(session: VaultSession, role: str) -> Credentials:
    role_id = session.read(f"auth/approle/role/{role}/role-id")["role_id"]
    return Credentials(role_id, session.write(f"auth/approle/role/{role}/secret-id")["secret_id"])

"""Make a vault that others run ours to set up: once, with a token of its administrator, which is not kept.

It makes what the embedded vault makes at its first start under a root token that nobody sees: where roles, people and
agencies log in, the operator and the steward. It touches nothing else there, and makes no key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from vault.client import VaultSession
from vault.config import JSON_STRINGS, MOUNTS
from vault.errors import VaultError
from vault.setup import Change, found, make_role, role_changes

_BATCH = 100_000
"""Strings in the largest request that ingest makes: 50,000 values and as many keys."""


def plan_adoption(admin: VaultSession, policies: Mapping[str, str], files: Mapping[str, Path]) -> list[Change]:
    """List what `adopt` would do: `policies` and `files` (of credentials) by role. It changes nothing.

    Raises VaultError VAULT_UNAUDITED, VAULT_SMALL or VAULT_MOUNT_DIFFERS for a vault that is not fit, and VAULT_DENIED.
    """
    _fit(admin)
    changes = []
    for mount, kind in MOUNTS.items():
        held = found(admin, f"sys/auth/{mount}")
        if held is None:
            changes.append(Change("login", mount, "create"))
        elif held.get("type") != kind:
            raise VaultError("VAULT_MOUNT_DIFFERS", f"expected a login of type {kind} there", place=f"auth/{mount}")
    for role, policy in policies.items():
        changes += role_changes(admin, role, policy, files[role])
    return changes


def adopt(
    admin: VaultSession, changes: Sequence[Change], policies: Mapping[str, str], files: Mapping[str, Path]
) -> None:
    """Make what `plan_adoption` listed; planned again, nothing is left."""
    for change in changes:
        if change.kind == "login":
            admin.write(f"sys/auth/{change.name}", {"type": MOUNTS[change.name]})
        else:
            make_role(admin, change, policies, files[change.name])


def _fit(admin: VaultSession) -> None:
    """Refuse a vault that writes no trail, or takes no batch."""
    if not admin.read("sys/audit"):
        hint = "declare an audit device in its configuration"
        raise VaultError("VAULT_UNAUDITED", "this vault writes no audit trail", place="sys/audit", hint=hint)
    try:
        admin.write("sys/capabilities-self", {"paths": ["sys/health"] * _BATCH})
    except VaultError as failure:
        if failure.code not in {"VAULT_MALFORMED", "VAULT_FAILED"}:
            raise
        hint = f"set max_request_json_strings = {JSON_STRINGS} in its listener: docs/vault.md"
    else:
        return
    raise VaultError("VAULT_SMALL", "its listener takes no request as large as ours", place="listener", hint=hint)

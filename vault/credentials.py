"""A role's AppRole credentials as a private JSON file. Never printed, never pickled, never readable by another user."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn, Protocol

from vault.errors import VaultError


class Identity(Protocol):
    """Whoever can log in: at which path, and with what."""

    @property
    def path(self) -> str:
        """Return the path of the login."""

    def body(self) -> dict[str, str]:
        """Return what the login sends: secrets."""

    def passcode(self) -> str | None:
        """Return a one-time code if the vault wants a second factor; None if there is none."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Hold what a role needs to log in, at the mount where the role is."""

    role_id: str
    secret_id: str = field(repr=False)
    mount: str = "approle"

    @property
    def path(self) -> str:
        """Return the path of the login."""
        return f"auth/{self.mount}/login"

    def body(self) -> dict[str, str]:
        """Return what the login sends: secrets."""
        return {"role_id": self.role_id, "secret_id": self.secret_id}

    def passcode(self) -> None:
        """Have no second factor: machines log in by their secrets alone."""

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: a pickle ends up in caches and job arguments."""
        raise TypeError("credentials do not pickle")


@dataclass(frozen=True, slots=True)
class Password:
    """Hold what a person needs to log in; `name` is checked before, and is one segment of a path.

    `code` is asked for a one-time code when the vault wants one, at each login anew.
    """

    mount: str
    name: str
    password: str = field(repr=False)
    code: Callable[[], str] | None = field(default=None, repr=False)

    @property
    def path(self) -> str:
        """Return the path of the login."""
        return f"auth/{self.mount}/login/{self.name}"

    def body(self) -> dict[str, str]:
        """Return what the login sends: a secret."""
        return {"password": self.password}

    def passcode(self) -> str | None:
        """Return the code that her device shows now."""
        return self.code() if self.code else None

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: a pickle ends up in caches and job arguments."""
        raise TypeError("credentials do not pickle")


def save(credentials: Credentials, file: Path) -> None:
    """Write `file` with mode 0600, replacing it in one step, so that a reader sees the old or the new, never half."""
    text = json.dumps({"version": 1, "role_id": credentials.role_id, "secret_id": credentials.secret_id})
    write_private(file, text.encode())


def load(file: Path) -> Credentials:
    """Read `file`; raise VAULT_CREDENTIALS_MISSING or VAULT_CREDENTIALS_DAMAGED."""
    try:
        content = json.loads(file.read_bytes())
        found = Credentials(content["role_id"], content["secret_id"]) if content["version"] == 1 else None
    except FileNotFoundError:
        raise VaultError(
            "VAULT_CREDENTIALS_MISSING", "no such credentials file", place=str(file), hint="run the vault's set-up"
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        found = None
    if found is None:
        raise VaultError("VAULT_CREDENTIALS_DAMAGED", "expected version 1 with role_id and secret_id", place=str(file))
    return found


def write_private(file: Path, content: bytes) -> None:
    """Write `content` so that only the owner can ever read it, not even for a moment, and atomically."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)

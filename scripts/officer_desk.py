"""An officer's session with the centre, under her own login at the vault. It keeps neither password nor token.

Where centre and vault are, and whom to trust about them, lies in the officer's folder; none of that is secret.
"""

from __future__ import annotations

import argparse
import getpass
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from linkage.errors import LapisError
from scripts import devices, files
from scripts.connection import Connection
from vault import Retry, identity_token, login_person

HOME = Path.home() / ".lapis" / "officer"
PLACES, CENTRE_AUTHORITY, VAULT_AUTHORITY = "places.json", "centre-authority.pem", "vault-authority.pem"
NAMED = ("name", "centre", "vault")
Kind = TypeVar("Kind", bound="OfficerDesk")


def add_access(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command under which an officer asks the centre."""
    parser.add_argument("--name", help="your login, the first time")
    parser.add_argument("--centre", help="the centre's address, the first time, such as https://127.0.0.1:8443")
    parser.add_argument("--vault", help="the vault's address, the first time")
    parser.add_argument("--centre-authority", type=Path, help="the first time: who signs the centre's certificate")
    parser.add_argument("--vault-authority", type=Path, help="the first time: who signs the vault's certificate")
    parser.add_argument("--password-file", type=Path, help="instead of asking for it")
    parser.add_argument("--device-file", type=Path, help="her .otpauth, instead of asking for codes: for machines")
    parser.add_argument("--home", type=Path, default=HOME, help=f"the officer's folder (default {HOME})")


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in where; `password` and `code` (of the second device) ask for what is needed, when it is needed."""

    name: str
    vault: str
    authority: Path
    password: Callable[[], str] = field(repr=False)
    code: Callable[[], str] = field(repr=False)


def keep(options: argparse.Namespace) -> dict[str, str]:
    """Keep what is given of places and authorities, and return the places; raises LapisError PLACES_MISSING."""
    home: Path = options.home
    for name, given in ((CENTRE_AUTHORITY, options.centre_authority), (VAULT_AUTHORITY, options.vault_authority)):
        if given is not None:
            files.replace_private(home / name, files.read(given))
    places = _places(home) | {name: getattr(options, name) for name in NAMED if getattr(options, name)}
    if set(places) != set(NAMED):
        hint = "the first time give --name, --centre, --vault and both authorities"
        raise LapisError("PLACES_MISSING", "unknown where centre and vault are", place=str(home), hint=hint)
    files.replace_private(home / PLACES, json.dumps(places).encode())
    return places


def desk(options: argparse.Namespace) -> OfficerDesk:
    """Keep what is given, and return a session; raises LapisError PLACES_MISSING."""
    return desk_of(options, OfficerDesk)


def desk_of(options: argparse.Namespace, kind: type[Kind]) -> Kind:
    """Keep what is given, and return a session of that kind; raises LapisError PLACES_MISSING."""
    home, places = options.home, keep(options)
    login = Login(
        places["name"],
        places["vault"],
        home / VAULT_AUTHORITY,
        lambda: _password(options.password_file),
        lambda: _code(options.device_file),
    )
    return kind(places["centre"], home / CENTRE_AUTHORITY, login)


class OfficerDesk(Connection):
    """Ask the centre as one officer; each token comes from a login of its own, which ends at once."""

    def __init__(
        self, address: str, authority: Path, login: Login, pause: Callable[[float], None] = time.sleep
    ) -> None:
        super().__init__(address, authority, pause)
        self._login = login

    def log_in(self) -> str:
        """Let the vault vouch for her; raises VaultError VAULT_LOGIN_REFUSED (also for a code that was used)."""
        who = self._login
        once = Retry(attempts=1)
        with login_person(who.vault, who.authority, who.name, who.password(), code=who.code, retry=once) as session:
            return identity_token(session)


def _places(home: Path) -> dict[str, str]:
    try:
        return {name: str(value) for name, value in json.loads((home / PLACES).read_bytes()).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError):
        raise LapisError("PLACES_MISSING", "not of its form", place=str(home / PLACES), hint="delete it") from None


def _code(file: Path | None) -> str:
    return devices.code(file, time.time()) if file else getpass.getpass("code that your device shows: ")


def _password(file: Path | None) -> str:
    return files.read(file).decode(errors="replace").strip() if file else getpass.getpass("password: ")

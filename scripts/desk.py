"""An officer's desk: her folder, her own login at the vault, and her session with the centre. It keeps no password."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from linkage.encoding import keyring
from linkage.encoding.keyring import Keyring
from linkage.errors import LapisError
from scripts import devices, files
from scripts.connection import Connection
from vault import Retry, VaultSession, identity_token, login_person
from vault.log import Checkpoint, Verifier, checkpoint

HOME = Path.home() / ".lapis" / "officer"
PASSWORD_FILE = "LAPIS_PASSWORD_FILE"  # noqa: S105 — names a variable, holds nothing
DESK, AUTHORITY, VAULT_AUTHORITY, LOG_KEY = "desk.json", "centre-authority.pem", "vault-authority.pem", "log.verifier"
SEEN = "log.checkpoint"


@dataclass(frozen=True, slots=True)
class Address:
    """Who she is, and where centre and vault are."""

    name: str
    centre: str
    vault: str


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that logs in."""
    parser.add_argument("--home", type=Path, default=HOME, help=f"the officer's folder (default {HOME})")
    parser.add_argument(
        "--password-file", type=Path, default=os.environ.get(PASSWORD_FILE), help="instead of asking for the password"
    )
    parser.add_argument("--device-file", type=Path, help="her .otpauth, instead of asking for codes: for machines")
    parser.add_argument("--centre", help="the centre's address, if it has moved")
    parser.add_argument("--vault", help="the vault's address, if it has moved")


class Desk(Connection):
    """A session under the officer's own name: approvals go to the vault, all else to the centre."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.home: Path = options.home
        held = _address(self.home)
        super().__init__(options.centre or held.centre, self.home / AUTHORITY)
        password, code = _password(options.password_file, held.name), partial(_code, options.device_file)
        where = (options.vault or held.vault, self.home / VAULT_AUTHORITY)
        self.vault: VaultSession = login_person(*where, held.name, password, code=code, retry=Retry(attempts=2))

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self.vault.close()

    def log_in(self) -> str:
        """Let the vault vouch for her."""
        return identity_token(self.vault)

    def log_key(self) -> Verifier:
        """Return the log's key as she keeps it."""
        return Verifier.decode(files.read(self.home / LOG_KEY).decode("ascii", "replace"))

    def seen(self) -> Checkpoint | None:
        """Return the newest checkpoint of the log that she has seen."""
        file = self.home / SEEN
        return checkpoint.open_(files.read(file).decode(errors="replace"), self.log_key()) if file.exists() else None

    def remember(self, note: str) -> None:
        """Keep a checkpoint that was proved, so that the log can never go back behind it."""
        files.replace_private(self.home / SEEN, note.encode())


def ring(home: Path, passphrase: str) -> Keyring:
    """Open the officer's keys."""
    return keyring.open_(files.read(home / "keyring.box"), passphrase)


def answer_key(home: Path) -> str:
    """Return the public half of the key to which agencies seal answers, hex."""
    return _read(home)["answer_key"]


def keep(home: Path, address: Address, answer_key_: str) -> None:
    """Write down where everything is."""
    held = {
        "version": 1, "name": address.name, "centre": address.centre, "vault": address.vault, "answer_key": answer_key_,
    }  # fmt: skip
    files.replace_private(home / DESK, (json.dumps(held, indent=2) + "\n").encode())


def _address(home: Path) -> Address:
    held = _read(home)
    return Address(held["name"], held["centre"], held["vault"])


def _read(home: Path) -> dict[str, str]:
    try:
        held = json.loads((home / DESK).read_text())
        if held["version"] == 1:
            return {name: str(held[name]) for name in ("name", "centre", "vault", "answer_key")}
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise LapisError("DESK_MISSING", "no desk is set up here", place=str(home), hint="lapis officer enrol")


def _code(file: Path | None) -> str:
    return devices.code(file, time.time()) if file else getpass.getpass("code that your device shows: ")


def _password(file: Path | None, name: str) -> str:
    if file:
        return files.read(Path(file)).decode(errors="replace").strip()
    return getpass.getpass(f"password of {name}: ")

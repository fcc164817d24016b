"""An officer's desk: her folder, her own login at the vault, and her session with the centre. It keeps no password."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from linkage.encoding import keyring
from linkage.encoding.keyring import Keyring
from linkage.errors import LapisError
from scripts import files, submit
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
    parser.add_argument("--centre", help="the centre's address, if it has moved")
    parser.add_argument("--vault", help="the vault's address, if it has moved")


class Desk:
    """A session with vault and centre under the officer's own name."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.home: Path = options.home
        held = _address(self.home)
        centre, vault = options.centre or held.centre, options.vault or held.vault
        if not centre.startswith("https://"):
            raise LapisError("CENTRE_UNTRUSTED", "expected an https address", place=centre)
        password = _password(options.password_file, held.name)
        self.vault: VaultSession = login_person(
            vault, self.home / VAULT_AUTHORITY, held.name, password, retry=Retry(attempts=2)
        )
        trust = ssl.create_default_context(cafile=self.home / AUTHORITY)
        bearer = {"Authorization": f"Bearer {identity_token(self.vault)}"}
        self._http = httpx.Client(base_url=centre, verify=trust, timeout=120, trust_env=False, headers=bearer)

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self.vault.close()

    def ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """Return what the centre answers; raises LapisError with its own code, or CENTRE_AWAY."""
        try:
            answer = self._http.request(method, f"/v1{path}", **more)
        except httpx.TransportError:
            raise LapisError("CENTRE_AWAY", "the centre does not answer", hint="run it again later") from None
        return submit.content(answer, path)

    def log_key(self) -> Verifier:
        """Return the log's key as she keeps it."""
        return Verifier.decode(files.read(self.home / LOG_KEY).decode("ascii", "replace"))

    def seen(self) -> Checkpoint | None:
        """Return the newest checkpoint of the log that she has seen."""
        file = self.home / SEEN
        return checkpoint.open_(files.read(file).decode(errors="replace"), self.log_key()) if file.exists() else None

    def remember(self, note: str) -> None:
        """Keep a checkpoint that was proved, so that the log can never go back behind it."""
        part = self.home / f".{SEEN}.part"
        part.write_text(note)
        part.replace(self.home / SEEN)


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
    (home / DESK).write_text(json.dumps(held, indent=2) + "\n")


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


def _password(file: Path | None, name: str) -> str:
    if file:
        return files.read(Path(file)).decode(errors="replace").strip()
    return getpass.getpass(f"password of {name}: ")

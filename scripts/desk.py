"""What an officer's desk has for cases: the log's key and how far she saw it, her key for answers, agencies' cards.

Of these only the key for answers is secret, and lies under her passphrase.
"""

from __future__ import annotations

from pathlib import Path

from linkage.encoding import EnrolmentCard, keyring
from linkage.encoding.keyring import Keyring
from linkage.errors import LapisError
from scripts import files
from scripts.officer_desk import OfficerDesk
from vault import Retry, VaultSession, identity_token, login_person
from vault.log import Checkpoint, Verifier, checkpoint

RING, ANSWER_KEY, LOG_KEY, SEEN, AGENCIES = "keyring.box", "answer.key", "log.verifier", "log.checkpoint", "agencies"


class ApproversDesk(OfficerDesk):
    """A session with the centre whose login at the vault stays open: approvals are given there. One login in all."""

    _vault: VaultSession | None = None

    @property
    def vault(self) -> VaultSession:
        """Return her own session with the vault."""
        if self._vault is None:
            who = self._login
            once = Retry(attempts=1)
            self._vault = login_person(who.vault, who.authority, who.name, who.password(), code=who.code, retry=once)
        return self._vault

    def log_in(self) -> str:
        """Let the vault vouch for her."""
        return identity_token(self.vault)

    def __exit__(self, *given: object) -> None:
        if self._vault is not None:
            self._vault.close()
        super().__exit__(*given)


def ring(home: Path, passphrase: str) -> Keyring:
    """Open the officer's keys."""
    return keyring.open_(files.read(home / RING), passphrase)


def answer_key(home: Path) -> str:
    """Return the public half of the key to which agencies seal answers, hex; raises LapisError ENROL_FIRST."""
    if not (home / ANSWER_KEY).exists():
        hint = "lapis officer enrol"
        raise LapisError("ENROL_FIRST", "this desk has no key for answers yet", place=str(home), hint=hint)
    return files.read(home / ANSWER_KEY).decode("ascii", "replace").strip()


def card(home: Path, agency: str) -> EnrolmentCard:
    """Return an agency's card as she keeps it; raises LapisError FILE_UNREADABLE or CARD_FORMAT."""
    # The name comes from the centre: it is a file here, and never a way out of the folder.
    found = files.card(home / AGENCIES / f"{Path(agency).name}.json", EnrolmentCard)
    if found.party != agency:
        raise LapisError("CARD_FORMAT", "the card kept is another agency's", place=agency)
    return found


def log_key(home: Path) -> Verifier:
    """Return the log's key as she keeps it."""
    return Verifier.decode(files.read(home / LOG_KEY).decode("ascii", "replace"))


def seen(home: Path) -> Checkpoint | None:
    """Return the newest checkpoint of the log that she has seen."""
    file = home / SEEN
    return checkpoint.open_(files.read(file).decode(errors="replace"), log_key(home)) if file.exists() else None


def remember(home: Path, note: str) -> None:
    """Keep a checkpoint that was proved, so that the log can never go back behind it."""
    part = home / f".{SEEN}.part"
    part.write_text(note)
    part.replace(home / SEEN)

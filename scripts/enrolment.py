"""An agency's keys by command: enrol, back up, restore, accept an epoch, read fingerprints. Never shows a key.

What is backed up is the sealed key file: it opens nothing without the passphrase, which is on no paper.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from linkage import giveback
from linkage.encoding import CentreCard, EnrolmentCard, backup, cards, epoch, keyring
from linkage.encoding.epoch import EpochKey
from linkage.encoding.keyring import Keyring
from linkage.errors import LapisError
from linkage.giveback import Language
from scripts import files
from scripts.cli import command
from scripts.console import Answer, Sheet

HOME = Path.home() / ".lapis" / "agency"
KEYS, CARD, CENTRE, CUSTODIAN = "keyring.box", "card.json", "centre.json", "custodian.json"
WARNED = 30
"""Days before an epoch's end from which on every command that uses it says so."""
_PARTY = re.compile("[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")


def today() -> dt.date:
    """Return the day where the operator is."""
    return dt.datetime.now(dt.UTC).astimezone().date()


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands about keys."""
    enrol = command(
        commands,
        "enrol",
        "make this agency's keys and its card",
        "lapis agency enrol --id baznas --name 'Baznas Lampung' --centre centre.json --custodian custodian.json",
    )
    enrol.add_argument("--id", required=True, help="short and lasting, such as baznas")
    enrol.add_argument("--name", required=True, help="as people know it")
    enrol.set_defaults(run=run_enrol)
    restore = command(
        commands,
        "restore",
        "bring the keys back from their backup",
        "lapis agency restore cadangan.txt --centre centre.json --custodian custodian.json",
    )
    restore.add_argument(
        "file", help="a text file with the lines of the backup sheet, typed or scanned; - to type them"
    )
    restore.set_defaults(run=run_restore)
    for each in (enrol, restore):
        each.add_argument("--centre", type=Path, required=True, help="the centre's card")
        each.add_argument("--custodian", type=Path, required=True, help="the custodian's card")
    paper = command(commands, "backup", "print the locked keys, for a safe", "lapis agency backup --out cadangan.pdf")
    paper.add_argument("--out", type=Path, required=True, help="the new file; .txt gives the lines alone")
    paper.add_argument("--language", choices=giveback.LANGUAGES, default="id", help="of the sheet (default id)")
    paper.set_defaults(run=run_backup)
    accept = command(
        commands, "epoch", "accept the custodian's epoch bundle", "lapis agency epoch 2026-1.baznas.bundle"
    )
    accept.add_argument("bundle", type=Path, help="as the custodian sealed it to this agency")
    accept.set_defaults(run=run_epoch)
    shown = command(
        commands, "fingerprint", "show what to read to the other side by telephone", "lapis agency fingerprint"
    )
    shown.set_defaults(run=run_fingerprint)
    for each in (enrol, restore, paper, accept, shown):
        each.add_argument("--home", type=Path, default=HOME, help=f"the agency's folder (default {HOME})")
        files.add_passphrase(each)


def run_enrol(options: argparse.Namespace) -> Answer:
    """Make the agency's keyring and card, and keep the cards of centre and custodian."""
    ring = make(options.id, options.name)
    return _settle(options, ring, ring.seal(files.passphrase(options), os.urandom))


def make(party: str, name: str) -> Keyring:
    """Make an agency's keys; raises LapisError AGENCY_NAME for an id that could not be part of a file's name."""
    if not _PARTY.fullmatch(party) or not name.strip():
        hint = "small letters, digits and hyphens for the id, such as baznas; and a name as people know it"
        raise LapisError("AGENCY_NAME", "not an id and a name", hint=hint)
    return keyring.create(party, name.strip(), os.urandom)


def run_restore(options: argparse.Namespace) -> Answer:
    """Open the backup and settle it in a new home."""
    text = sys.stdin.read() if options.file == "-" else files.read(Path(options.file)).decode(errors="replace")
    sealed = backup.parse(text)
    return _settle(options, keyring.open_(sealed, files.passphrase(options)), sealed)


def _settle(options: argparse.Namespace, ring: Keyring, sealed: bytes) -> Answer:
    files.card(options.centre, CentreCard)
    files.card(options.custodian, EnrolmentCard)
    settle(options.home, ring, sealed, Cards(files.read(options.centre), files.read(options.custodian)))
    shown = fingerprints(options.home)
    hint = "Print the locked keys now, for a safe: lapis agency backup --out cadangan.pdf"
    return Answer({"card": str(options.home / CARD), "fingerprints": shown}, [_sheet(shown), hint])


@dataclass(frozen=True, slots=True)
class Cards:
    """The files of two cards that were handed over: the centre's and the custodian's."""

    centre: bytes
    custodian: bytes

    def check(self) -> None:
        """Raise LapisError CARD_FORMAT, naming the card that is none."""
        _check(lambda text: cards.load(text, CentreCard), self.centre, "centre card")
        _check(lambda text: cards.load(text, EnrolmentCard), self.custodian, "custodian card")


def _check(load: Callable[[str], object], content: bytes, place: str) -> None:
    try:
        load(content.decode(errors="replace"))
    except LapisError as error:
        raise LapisError(error.code, error.message, place=place) from None


def settle(home: Path, ring: Keyring, sealed: bytes, handed: Cards) -> None:
    """Keep an agency's sealed keys and the cards; raises LapisError CARD_FORMAT or FILE_EXISTS.

    The keys come last: until they are there the agency is not enrolled, and whoever was interrupted begins again.
    """
    handed.check()
    if (home / KEYS).exists():
        raise LapisError("FILE_EXISTS", "already there, and not replaced", place=str(home / KEYS))
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, content in ((CARD, cards.dump(ring.card()).encode()), (CENTRE, handed.centre),
                          (CUSTODIAN, handed.custodian)):  # fmt: skip
        (home / name).write_bytes(content)
    files.write_private(home / KEYS, sealed)


def run_backup(options: argparse.Namespace) -> Answer:
    """Write the backup, after the passphrase has opened what it holds."""
    lines = backup_lines(options.home, secret := files.passphrase(options))
    if options.out.suffix == ".txt":
        content = "\n".join(lines).encode() + b"\n"
    else:
        content = backup_sheet(options.home, secret, options.language)
    files.write_private(options.out, content)
    return Answer({"path": str(options.out), "lines": len(lines)}, [f"the locked keys: {options.out}"])


def backup_lines(home: Path, secret: str) -> tuple[str, ...]:
    """Return the sealed keys as lines to type, after the passphrase has opened them."""
    return backup.lines(_open(home, secret)[1])


def backup_sheet(home: Path, secret: str, language: Language) -> bytes:
    """Return the sheet for the safe, as PDF, after the passphrase has opened what it holds."""
    # Here, for the PDF library takes a while to load.
    from linkage import paper

    ring, sealed = _open(home, secret)
    shown = cards.fingerprint(ring.card())
    return paper.backup_sheet(paper.Backup(ring.party, ring.name, shown, today(), backup.lines(sealed)), language)


def run_epoch(options: argparse.Namespace) -> Answer:
    """Keep an epoch bundle that opens with this agency's key and has not ended."""
    key = accept(options.home, files.passphrase(options), files.read(options.bundle))
    left, shown = epoch.days_left(key, today()), cards.fingerprint(key.card)
    party = files.card(options.home / CARD, EnrolmentCard).party
    said = f"epoch {key.epoch} is in force at {party} until {key.expires}"
    data = {"epoch": key.epoch, "agency": party, "expires": str(key.expires), "fingerprint": shown}
    return Answer(data, [said, f"fingerprint of the epoch: {shown}", *warnings(key, left)])


def accept(home: Path, secret: str, bundle: bytes) -> EpochKey:
    """Keep an epoch bundle; raises LapisError BUNDLE_*, EPOCH_RETIRED or FILE_EXISTS, and keeps nothing then."""
    ring, _ = _open(home, secret)
    key = epoch.open_(bundle, ring, files.card(home / CUSTODIAN, EnrolmentCard))
    epoch.days_left(key, today())
    files.write_private(home / "epochs" / f"{key.epoch}.bundle", bundle)
    return key


def run_fingerprint(options: argparse.Namespace) -> Answer:
    """Show the fingerprints of all that was handed over."""
    ring, _ = _open(options.home, files.passphrase(options))
    shown = fingerprints(options.home)
    for key in epochs(options.home, ring):
        shown[f"epoch {key.epoch}"] = cards.fingerprint(key.card)
    return Answer({"fingerprints": shown}, [_sheet(shown)])


def fingerprints(home: Path) -> dict[str, str]:
    """Return the fingerprints of this agency's card and of the two that were handed over."""
    return {
        "this agency": cards.fingerprint(files.card(home / CARD, EnrolmentCard)),
        "the centre": cards.fingerprint(files.card(home / CENTRE, CentreCard)),
        "the custodian": cards.fingerprint(files.card(home / CUSTODIAN, EnrolmentCard)),
    }


def _sheet(shown: dict[str, str]) -> Sheet:
    return Sheet("Read these to the other side by telephone", ("of", "fingerprint"), list(shown.items()))


def _open(home: Path, secret: str) -> tuple[Keyring, bytes]:
    if not (home / KEYS).exists():
        raise LapisError("ENROL_FIRST", "this agency has no keys yet", place=str(home), hint="lapis agency enrol")
    sealed = files.read(home / KEYS)
    return keyring.open_(sealed, secret), sealed


def open_keyring(home: Path, secret: str) -> Keyring:
    """Open an agency's keys; raises LapisError ENROL_FIRST."""
    return _open(home, secret)[0]


def epochs(home: Path, ring: Keyring) -> list[EpochKey]:
    """Return the epochs that were accepted here, the one that ends last at the end."""
    custodian = files.card(home / CUSTODIAN, EnrolmentCard)
    found = [epoch.open_(files.read(path), ring, custodian) for path in sorted((home / "epochs").glob("*.bundle"))]
    return sorted(found, key=lambda one: one.expires or dt.date.min)


def current(home: Path, ring: Keyring) -> EpochKey:
    """Return the epoch in force; raises LapisError EPOCH_MISSING, or EPOCH_RETIRED when the last one has ended."""
    found = epochs(home, ring)
    if not found:
        raise LapisError(
            "EPOCH_MISSING", "no epoch is in force here", place=str(home), hint="lapis agency epoch BUNDLE"
        )
    epoch.days_left(found[-1], today())
    return found[-1]


def warnings(key: EpochKey, left: int) -> list[str]:
    """Return what has to be said of an epoch that ends soon."""
    if left > WARNED:
        return []
    return [f"[yellow]epoch {key.epoch} ends in {left} days, on {key.expires}: ask the custodian for the next one[/]"]

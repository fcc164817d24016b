"""An agency's keys by command: enrol, back up, restore, accept an epoch, read fingerprints. Never shows a key.

What is backed up is the sealed key file: it opens nothing without the passphrase, which is on no paper.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import shutil
import sys
from pathlib import Path

from linkage import giveback
from linkage.encoding import CentreCard, EnrolmentCard, backup, cards, epoch, keyring
from linkage.encoding.epoch import EpochKey
from linkage.encoding.keyring import Keyring
from linkage.errors import LapisError
from scripts import files
from scripts.cli import command
from scripts.console import Answer, Sheet

HOME = Path.home() / ".lapis" / "agency"
WARNED = 30
"""Days before an epoch's end from which on every command that uses it says so."""


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
    ring = keyring.create(options.id, options.name, os.urandom)
    return _settle(options, ring, ring.seal(files.passphrase(options), os.urandom))


def run_restore(options: argparse.Namespace) -> Answer:
    """Open the backup and settle it in a new home."""
    text = sys.stdin.read() if options.file == "-" else files.read(Path(options.file)).decode(errors="replace")
    sealed = backup.parse(text)
    return _settle(options, keyring.open_(sealed, files.passphrase(options)), sealed)


def _settle(options: argparse.Namespace, ring: Keyring, sealed: bytes) -> Answer:
    files.card(options.centre, CentreCard)
    files.card(options.custodian, EnrolmentCard)
    files.write_private(options.home / "keyring.box", sealed)
    (options.home / "card.json").write_text(cards.dump(ring.card()))
    shutil.copyfile(options.centre, options.home / "centre.json")
    shutil.copyfile(options.custodian, options.home / "custodian.json")
    shown = _fingerprints(options.home)
    hint = "Print the locked keys now, for a safe: lapis agency backup --out cadangan.pdf"
    return Answer({"card": str(options.home / "card.json"), "fingerprints": shown}, [_sheet(shown), hint])


def run_backup(options: argparse.Namespace) -> Answer:
    """Write the backup, after the passphrase has opened what it holds."""
    ring, sealed = _open(options.home, files.passphrase(options))
    lines = backup.lines(sealed)
    if options.out.suffix == ".txt":
        content = "\n".join(lines).encode() + b"\n"
    else:
        # Here, for the PDF library takes a while to load.
        from linkage import paper

        shown = cards.fingerprint(ring.card())
        content = paper.backup_sheet(paper.Backup(ring.party, ring.name, shown, today(), lines), options.language)
    files.write_private(options.out, content)
    return Answer({"path": str(options.out), "lines": len(lines)}, [f"the locked keys: {options.out}"])


def run_epoch(options: argparse.Namespace) -> Answer:
    """Keep an epoch bundle that opens with this agency's key and has not ended."""
    ring, _ = _open(options.home, files.passphrase(options))
    bundle = files.read(options.bundle)
    key = epoch.open_(bundle, ring, files.card(options.home / "custodian.json", EnrolmentCard))
    left = epoch.days_left(key, today())
    files.write_private(options.home / "epochs" / f"{key.epoch}.bundle", bundle)
    shown = cards.fingerprint(key.card)
    said = f"epoch {key.epoch} is in force at {ring.party} until {key.expires}"
    data = {"epoch": key.epoch, "agency": ring.party, "expires": str(key.expires), "fingerprint": shown}
    return Answer(data, [said, f"fingerprint of the epoch: {shown}", *warnings(key, left)])


def run_fingerprint(options: argparse.Namespace) -> Answer:
    """Show the fingerprints of all that was handed over."""
    ring, _ = _open(options.home, files.passphrase(options))
    shown = _fingerprints(options.home)
    for key in epochs(options.home, ring):
        shown[f"epoch {key.epoch}"] = cards.fingerprint(key.card)
    return Answer({"fingerprints": shown}, [_sheet(shown)])


def _fingerprints(home: Path) -> dict[str, str]:
    return {
        "this agency": cards.fingerprint(files.card(home / "card.json", EnrolmentCard)),
        "the centre": cards.fingerprint(files.card(home / "centre.json", CentreCard)),
        "the custodian": cards.fingerprint(files.card(home / "custodian.json", EnrolmentCard)),
    }


def _sheet(shown: dict[str, str]) -> Sheet:
    return Sheet("Read these to the other side by telephone", ("of", "fingerprint"), list(shown.items()))


def _open(home: Path, secret: str) -> tuple[Keyring, bytes]:
    if not (home / "keyring.box").exists():
        raise LapisError("ENROL_FIRST", "this agency has no keys yet", place=str(home), hint="lapis agency enrol")
    sealed = files.read(home / "keyring.box")
    return keyring.open_(sealed, secret), sealed


def open_keyring(home: Path, secret: str) -> Keyring:
    """Open an agency's keys; raises LapisError ENROL_FIRST."""
    return _open(home, secret)[0]


def epochs(home: Path, ring: Keyring) -> list[EpochKey]:
    """Return the epochs that were accepted here, the one that ends last at the end."""
    custodian = files.card(home / "custodian.json", EnrolmentCard)
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

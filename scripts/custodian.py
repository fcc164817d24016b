"""`lapis custodian`: make epoch keys outside the centre and seal them to agencies. Never shows a key."""

from __future__ import annotations

import argparse
import datetime as dt
import os
from pathlib import Path

from linkage.encoding import EnrolmentCard, cards, epoch, keyring
from linkage.encoding.epoch import EpochKey
from linkage.errors import LapisError
from scripts import agreements, files
from scripts.cli import command
from scripts.console import Answer, Sheet

HOME = Path.home() / ".lapis" / "custodian"
LASTS, LONGEST = 365, 400
"""Days of an epoch, by default and at most: a year, and what an overlap with the next one takes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the group's commands."""
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    init = command(commands, "init", "make the custodian's keys", "lapis custodian init --name 'Dinas Kominfo'")
    init.add_argument("--name", required=True, help="who holds the epoch keys")
    init.set_defaults(run=run_init)
    make = command(
        commands,
        "epoch",
        "make an epoch's key, or seal it to more agencies",
        "lapis custodian epoch 2026-1 --agency baznas.card.json --out to-send",
    )
    make.add_argument("epoch", help="such as 2026-1")
    make.add_argument("--agency", type=Path, action="append", required=True, help="an agency's card; may be repeated")
    make.add_argument("--out", type=Path, required=True, help="folder for a bundle an agency, and the centre's card")
    make.add_argument(
        "--expires", type=dt.date.fromisoformat, help=f"its last day, yyyy-mm-dd (default in {LASTS} days)"
    )
    make.set_defaults(run=run_epoch)
    shown = command(
        commands, "fingerprint", "show what to read to an agency by telephone", "lapis custodian fingerprint"
    )
    shown.set_defaults(run=run_fingerprint)
    agreements.add_command(commands, HOME)
    for each in (init, make, shown):
        each.add_argument("--home", type=Path, default=HOME, help=f"the custodian's folder (default {HOME})")
        files.add_passphrase(each)


def run_init(options: argparse.Namespace) -> Answer:
    """Make the custodian's keyring and card."""
    ring = keyring.create("custodian", options.name, os.urandom)
    files.write_private(options.home / "keyring.box", ring.seal(files.passphrase(options), os.urandom))
    (options.home / "card.json").write_text(cards.dump(ring.card()))
    path, shown = options.home / "card.json", cards.fingerprint(ring.card())
    return Answer({"card": str(path), "fingerprint": shown}, [f"card: {path}", f"fingerprint: {shown}"])


def run_epoch(options: argparse.Namespace) -> Answer:
    """Make or reopen an epoch's key, and write a bundle for each agency; none without an agreement with all of them."""
    agencies = [files.card(path, EnrolmentCard) for path in options.agency]
    for agency in agencies:
        agreements.check(options.home, agency.party, dt.datetime.now(dt.UTC).astimezone().date())
    secret = files.passphrase(options)
    ring = keyring.open_(files.read(options.home / "keyring.box"), secret)
    key = _epoch(options, secret)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / f"{options.epoch}.epoch.json").write_text(cards.dump(key.card))
    rows = []
    for agency in agencies:
        (options.out / f"{options.epoch}.{agency.party}.bundle").write_bytes(epoch.seal(key, agency, ring))
        rows.append((agency.party, cards.fingerprint(agency)))
    shown = cards.fingerprint(key.card)
    sheet = Sheet(f"epoch {options.epoch}, sealed to", ("agency", "fingerprint of its card"), rows)
    data = {"epoch": options.epoch, "agencies": dict(rows), "expires": str(key.expires), "fingerprint": shown}
    return Answer(data, [sheet, f"fingerprint of the epoch: {shown}", f"its last day: {key.expires}"])


def _epoch(options: argparse.Namespace, secret: str) -> EpochKey:
    """Reopen an epoch's key, or make it; its last day is set once."""
    path, today = options.home / "epochs" / f"{options.epoch}.box", dt.datetime.now(dt.UTC).astimezone().date()
    if path.exists():
        key = epoch.unlock(files.read(path), options.epoch, secret)
        epoch.days_left(key, today)
        if options.expires not in {None, key.expires}:
            hint = "give it no --expires, or make another epoch"
            raise LapisError("EPOCH_EXPIRES", "its last day stands already", place=options.epoch, hint=hint)
        return key
    expires = options.expires or today + dt.timedelta(LASTS)
    if not today < expires <= today + dt.timedelta(LONGEST):
        raise LapisError("EPOCH_EXPIRES", f"expected a day within {LONGEST} days", place=options.epoch)
    key = epoch.make(options.epoch, os.urandom, expires)
    files.write_private(path, epoch.lock(key, secret, os.urandom))
    return key


def run_fingerprint(options: argparse.Namespace) -> Answer:
    """Show the fingerprints of the custodian's card and of every epoch."""
    secret = files.passphrase(options)
    shown = {"the custodian": cards.fingerprint(files.card(options.home / "card.json", EnrolmentCard))}
    for path in sorted((options.home / "epochs").glob("*.box")):
        key = epoch.unlock(files.read(path), path.stem, secret)
        shown[f"epoch {key.epoch}, until {key.expires}"] = cards.fingerprint(key.card)
    sheet = Sheet("Read these to the other side by telephone", ("of", "fingerprint"), list(shown.items()))
    return Answer({"fingerprints": shown}, [sheet])

"""`lapis custodian`: make epoch keys outside the centre and seal them to agencies. Never shows a key."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from linkage.encoding import EnrolmentCard, cards, epoch, keyring
from scripts import files
from scripts.cli import command
from scripts.console import Answer, Sheet

HOME = Path.home() / ".lapis" / "custodian"


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
    make.set_defaults(run=run_epoch)
    for each in (init, make):
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
    """Make or reopen an epoch's key, and write a bundle for each agency."""
    secret = files.passphrase(options)
    ring = keyring.open_(files.read(options.home / "keyring.box"), secret)
    box = options.home / "epochs" / f"{options.epoch}.box"
    if box.exists():
        key = epoch.unlock(files.read(box), options.epoch, secret)
    else:
        key = epoch.make(options.epoch, os.urandom)
        files.write_private(box, epoch.lock(key, secret, os.urandom))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / f"{options.epoch}.epoch.json").write_text(cards.dump(key.card))
    rows = []
    for path in options.agency:
        agency = files.card(path, EnrolmentCard)
        (options.out / f"{options.epoch}.{agency.party}.bundle").write_bytes(epoch.seal(key, agency, ring))
        rows.append((agency.party, cards.fingerprint(agency)))
    sheet = Sheet(f"epoch {options.epoch}, sealed to", ("agency", "fingerprint of its card"), rows)
    return Answer({"epoch": options.epoch, "agencies": dict(rows)}, [sheet])

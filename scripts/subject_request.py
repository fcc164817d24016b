"""`lapis agency subject`: register what a person asks about her own data, at the counter where she shows her papers.

The NIK is typed unseen, turned into a token there, and kept nowhere: not in a file, the history or the screen.
"""

from __future__ import annotations

import argparse
import getpass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from linkage.encoding.epoch import EpochKey
from linkage.encoding.tokens import tokenise
from linkage.errors import LapisError
from linkage.identity import gazetteer, nik
from scripts import enrolment, files, known, referral, submit
from scripts.cli import command
from scripts.console import Answer, Sheet
from scripts.referral import Commands, Open

KINDS = ("access", "correction", "erasure", "objection")
CHANNELS = ("counter", "letter", "telephone", "online")
COLUMNS = ("request", "asks for", "agency", "state", "approved by", "due", "late")


def add_command(commands: Commands, home: Path, open_: Open) -> None:
    """Add the command; `open_` opens an agency's home."""
    ask = command(
        commands, "subject", "register what a person asks about her own data",
        "lapis agency subject access --centre https://pmo:8443 --received 2026-11-24T09:30+07:00",
    )  # fmt: skip
    ask.add_argument("kind", choices=KINDS, help="what she asks")
    ask.add_argument("--channel", choices=CHANNELS, default="counter", help="how she asked (default counter)")
    ask.add_argument("--received", type=datetime.fromisoformat, help="when she asked, with its zone (default: now)")
    ask.add_argument("--nik-file", type=Path, help="instead of typing the NIK, which is not shown")
    ask.add_argument("--source", type=Path, help="for somebody without a NIK: your list that has her row")
    ask.add_argument("--row", type=referral.spans, help="which row of it is hers, as the list shows it")
    ask.add_argument("--sheet", help="of this sheet")
    known.add_options(ask, "as given to `tokenise`")
    files.add_passphrase(ask)
    submit.add_access(ask)
    ask.add_argument("--home", type=Path, default=home, help=f"the agency's folder (default {home})")
    ask.set_defaults(run=partial(run_ask, open_))


def run_ask(open_: Open, options: argparse.Namespace) -> Answer:
    """Make the token here, and register the request."""
    by, token = ("ref", _own_row(open_, options)) if options.source else ("nik", _of_nik(options))
    received = options.received or datetime.now(UTC)
    if received.tzinfo is None:
        received = received.astimezone()
    body = {"kind": options.kind, "channel": options.channel, "received_at": received.isoformat(), "by": by}
    with submit.desk(options) as desk:
        made = desk.ask("POST", "/v1/subject-requests", json={**body, "token": token})
    return Answer(made, [sheet([made]), "Give the person this number. The officer answers until the time that is due."])


def _own_row(open_: Open, options: argparse.Namespace) -> str:
    """Return the reference of the one row that is meant; raises LapisError ROWS_UNKNOWN or SUBJECT_ROW."""
    meant = argparse.Namespace(**{**vars(options), "source": [options.source]})
    if options.row is None:
        raise LapisError("SUBJECT_ROW", "expected --row beside --source", hint="the row that is the person's")
    (source,) = referral.sources(open_, meant)
    refs = referral.chosen(source, options.row, options.sheet)
    if len(refs) != 1:
        raise LapisError("SUBJECT_ROW", "expected one row", place=options.source.name, hint="give --row and --sheet")
    return refs[0]


def _of_nik(options: argparse.Namespace) -> str:
    """Return the t1 token of a NIK; raises LapisError with the check's own code, and never the number."""
    given = files.read(options.nik_file).decode(errors="replace") if options.nik_file else getpass.getpass("NIK: ")
    read = nik.parse(given.strip(), datetime.now(UTC).date(), gazetteer())
    if read.digits is None:
        hint = "read it again from the card; without a NIK give --source and --row"
        raise LapisError(read.reason or "NIK_MISSING", "not a NIK", place="NIK", hint=hint)
    key = _epoch(options)
    token: bytes = tokenise(pa.array([read.digits]), key.key, "nik/v1")[0].as_py()
    return token.hex()


def _epoch(options: argparse.Namespace) -> EpochKey:
    return enrolment.current(options.home, enrolment.open_keyring(options.home, files.passphrase(options)))


def sheet(found: list[dict[str, Any]]) -> Sheet:
    """Show requests as the centre gave them."""
    rows = [
        (each["request"], each["kind"], each["agency"], each["state"], ", ".join(each["approved_by"]) or None,
         each["due"], "late" if each["late"] else None) for each in found
    ]  # fmt: skip
    return Sheet("Requests", COLUMNS, rows)

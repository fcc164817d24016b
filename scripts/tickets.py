"""`lapis agency`, for tickets: fetch them, find the rows they mean in the agency's own lists, and answer if asked.

Works on the agency's own files, offline but for fetching and answering. What it finds goes into a workbook beside the
list; the screen shows where rows stand, and nothing that is in them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from linkage import identity
from linkage.encoding import CentreCard, answer, keyring, ticket
from linkage.encoding.keyring import Keyring
from linkage.encoding.references import refer
from linkage.encoding.ticket import Ticket
from linkage.errors import LapisError
from linkage.identity import Defaults, Reading
from scripts import files, found_rows, known, submit
from scripts.cli import command
from scripts.console import Answer, Sheet
from scripts.found_rows import FoundRow

FOLDER = "tickets"


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """What a list has of a ticket: the rows, and which references they answer to. Does not print."""

    rows: list[FoundRow]
    refs: frozenset[bytes]


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser], home: Path) -> None:
    """Add the commands; `home` is where an agency's folder is unless told."""
    fetch = command(commands, "tickets", "fetch what released cases ask of this agency",
                    "lapis agency tickets --centre https://pmo:8443")  # fmt: skip
    fetch.set_defaults(run=run_tickets)
    resolve = command(
        commands,
        "resolve",
        "find the rows that a ticket means, in your own lists",
        "lapis agency resolve case-7.ticket --source daftar-maret.xlsx --programme ZAKAT --period 2026-03",
    )
    resolve.add_argument("ticket", type=Path, help="as `lapis agency tickets` fetched it")
    resolve.add_argument("--source", type=Path, nargs="+", required=True, help="lists, as they were tokenised")
    known.add_options(resolve, "as given when the list was tokenised")
    resolve.add_argument("--out", type=Path, help="folder for the rows found (default: beside the list)")
    resolve.add_argument("--answer", action="store_true", help="send the rows, sealed, to the officer who asks")
    resolve.add_argument("--partly", action="store_true", help="answer although not every row was found")
    files.add_passphrase(resolve)
    resolve.set_defaults(run=run_resolve)
    submit.add_access(fetch)
    submit.add_access(resolve, always=False)
    for each in (fetch, resolve):
        each.add_argument("--home", type=Path, default=home, help=f"the agency's folder (default {home})")


def run_tickets(options: argparse.Namespace) -> Answer:
    """Fetch the agency's tickets; they stay sealed until one is resolved."""
    with submit.desk(options) as session:
        rows = fetch(session, options.home)
    sheet = Sheet("Tickets", ("case", "ends", "wants an answer", "kept in"), rows)
    return Answer({"tickets": [dict(zip(("case", "expires", "answers", "path"), row, strict=True)) for row in rows]},
                  [sheet])  # fmt: skip


def fetch(session: submit.Desk, home: Path) -> list[tuple[str, str, bool, str]]:
    """Keep the agency's tickets; return of each its case, its end, whether it wants an answer, and its file."""
    rows = []
    for each in session.ask("GET", "/v1/tickets")["tickets"]:
        # The name comes from the centre: it is a file here, and never a way out of the folder.
        path = home / FOLDER / f"{Path(str(each['case'])).name}.ticket"
        if not path.exists():
            files.write_private(path, str(each["sealed"]).encode())
        rows.append((str(each["case"]), str(each["expires"]), bool(each["answers"]), str(path)))
    return rows


def run_resolve(options: argparse.Namespace) -> Answer:
    """Find a ticket's rows, write them down, and answer if told to."""
    ring = keyring.open_(files.read(options.home / "keyring.box"), files.passphrase(options))
    opened = open_ticket(options.home, options.ticket, ring)
    defaults = known.defaults(options)
    parts = {path: find(opened, path, defaults, ring) for path in options.source}
    missing = set(opened.refs) - {ref for part in parts.values() for ref in part.refs}
    rows = [row for part in parts.values() for row in part.rows]
    written = [
        str(found_rows.write((options.out or path.parent) / f"{path.stem}-{opened.case}.xlsx", part.rows))
        for path, part in parts.items() if part.rows
    ]  # fmt: skip
    if options.answer:
        _answer(options, opened, rows, missing, ring)
    data = {"case": opened.case, "purpose": opened.purpose, "missing": len(missing), "answered": options.answer,
            "rows": [{"file": each.file, "sheet": each.row.sheet, "row": each.row.row} for each in rows],
            "written": written}  # fmt: skip
    return Answer(data, _views(options.home, opened, rows, missing, written), 3 if missing else 0)


def open_ticket(home: Path, path: Path, ring: Keyring) -> Ticket:
    """Open a ticket that was fetched; raises LapisError CARD_OLD, TICKET_INVALID or what unsealing it says."""
    card = files.card(home / "centre.json", CentreCard)
    if not card.ticket_key:
        hint = "ask the centre for its new card, and put it in its place"
        raise LapisError("CARD_OLD", "the centre's card has no key of tickets", place=str(home), hint=hint)
    signed = ticket.unseal(files.read(path), ring)
    return ticket.open_(signed, ring.party, bytes.fromhex(card.ticket_key), int(time.time()))


def find(opened: Ticket, path: Path, defaults: Defaults, ring: Keyring) -> Found:
    """Recompute the references of a list and return what the ticket means of it."""
    data = files.read(path)
    return find_in(opened, path.name, data, identity.read_records(data, path.name, defaults), ring)


def find_in(opened: Ticket, name: str, data: bytes, reading: Reading, ring: Keyring) -> Found:
    """Return what the ticket means of a list that was read."""
    refs = refer(reading.records, ring.ref_key)
    mine = reading.records.select(["sheet", "row"]).append_column("ref", refs)
    mine = mine.filter(pc.is_in(mine["ref"], pa.array(opened.refs, refs.type)))
    places = set(zip(mine["sheet"].to_pylist(), mine["row"].to_pylist(), strict=True))
    rows = [FoundRow(name, row) for row in identity.extract(data, name, reading.mappings, places)]
    return Found(rows, frozenset(mine["ref"].to_pylist()))


def _answer(
    options: argparse.Namespace, opened: Ticket, rows: Sequence[FoundRow], missing: set[bytes], ring: Keyring
) -> None:
    sealed = seal_answer(opened, rows, ring, missing=bool(missing), partly=options.partly)
    if not options.centre:
        raise LapisError("CENTRE_MISSING", "an answer goes to the centre", hint="give --centre")
    with submit.desk(options) as session:
        send_answer(session, opened, sealed)


def seal_answer(opened: Ticket, rows: Sequence[FoundRow], ring: Keyring, *, missing: bool, partly: bool) -> bytes:
    """Seal the rows to the officer who asks; raises LapisError CASE_TAKES_NO_ANSWERS or TICKET_PARTLY."""
    if not opened.officer:
        raise LapisError("CASE_TAKES_NO_ANSWERS", "the case asks for no answer", place=opened.case)
    if missing and not partly:
        hint = "give the other lists too, or --partly: an agency answers once"
        raise LapisError("TICKET_PARTLY", "not every row of the ticket was found", place=opened.case, hint=hint)
    return answer.seal(found_rows.pack(rows), opened.case, opened.officer, ring)


def send_answer(session: submit.Desk, opened: Ticket, sealed: bytes) -> None:
    """Give a sealed answer to the centre."""
    session.ask("POST", f"/v1/cases/{opened.case}/answers", json={"sealed": sealed.decode()})


def _views(
    home: Path, opened: Ticket, rows: Sequence[FoundRow], missing: set[bytes], written: Sequence[str]
) -> list[Sheet | str]:
    places = [(each.file, each.row.sheet, each.row.row) for each in rows]
    views: list[Sheet | str] = [
        Sheet(f"{opened.case}, for {opened.purpose}: your rows", ("file", "sheet", "row"), places),
        *(f"written to {path}" for path in written),
    ]
    if missing:
        views.append(f"[yellow]{len(missing)} row(s) of the ticket are in none of these lists[/]")
        views += [f"  the last list that had one of them: {name}" for name in kept_in(home, missing)]
        views.append("  programme, period and place must be as when the list was tokenised")
    return views


def kept_in(home: Path, missing: Iterable[bytes]) -> list[str]:
    """Return the names of the lists in which the agency's own ledger has these references."""
    wanted, names = pa.array(missing, pa.binary(32)), set()
    for ledger in sorted((home / "references").glob("*.parquet")):
        table = pq.read_table(ledger, columns=["file", "ref"])
        names |= set(table.filter(pc.is_in(table["ref"], wanted))["file"].to_pylist())
    return sorted(names)

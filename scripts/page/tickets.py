"""Tickets of released cases: fetched sealed, opened here, found in one's own lists, answered to the officer who asks.

The page shows where rows stand; what is in them goes into a workbook, and sealed to the officer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from linkage.encoding.ticket import Ticket
from linkage.errors import LapisError
from scripts import found_rows, tickets
from scripts.found_rows import FoundRow
from scripts.page.asking import picked, usable
from scripts.page.exchange import Answer, RefusedError
from scripts.page.visit import Visit
from scripts.page.work import Work


@dataclass(frozen=True, slots=True, repr=False)
class Resolved:
    """A ticket and what was found of it: rows, how many are missing, in which lists those were. Does not print."""

    ticket: Ticket
    rows: list[FoundRow]
    missing: int
    kept_in: list[str]
    file: int | None
    answered: bool = False


def _path(visit: Visit, case: str) -> Path:
    """Return a ticket's file; raises RefusedError NOT_FOUND."""
    folder = visit.session.home / tickets.FOLDER
    # By looking through the folder, and never by joining what a browser sent to a path.
    found = next((path for path in folder.glob("*.ticket") if path.stem == case), None)
    if found is None:
        raise RefusedError(404, "NOT_FOUND")
    return found


def show(visit: Visit) -> Answer:
    """Show the tickets that are here."""
    folder = visit.session.home / tickets.FOLDER
    cases = sorted(path.stem for path in folder.glob("*.ticket"))
    return visit.page("tickets.html", cases=cases, centre=visit.session.centre)


def fetch(visit: Visit) -> Answer:
    """Fetch tickets; they stay sealed until one is opened."""
    session = visit.session

    def act(work: Work) -> str:
        work.track("ask", 0, 0)
        with session.desk(work.pause) as desk:
            tickets.fetch(desk, session.home)
        return "tickets"

    return visit.begin(act, "tickets")


def show_one(visit: Visit) -> Answer:
    """Open a ticket, and offer the lists to look in."""
    path, ring = _path(visit, visit.args[0]), visit.session.opened().ring
    opened = tickets.open_ticket(visit.session.home, path, ring)
    return visit.page("ticket.html", case=path.stem, ticket=opened, lists=usable(visit))


def resolve(visit: Visit) -> Answer:
    """Look for the ticket's rows in the lists that were chosen."""
    session, chosen = visit.session, picked(visit)
    path, ring = _path(visit, visit.args[0]), session.opened().ring
    opened = tickets.open_ticket(session.home, path, ring)

    def act(work: Work) -> str:
        rows: list[FoundRow] = []
        refs: set[bytes] = set()
        for done, one in enumerate(chosen):
            work.track("find", done, len(chosen))
            if one.reading is not None:
                found = tickets.find_in(opened, one.name, one.data, one.reading, ring)
                rows += found.rows
                refs |= found.refs
        missing = set(opened.refs) - refs
        file = session.keep(f"{opened.case}.xlsx", found_rows.content(rows)) if rows else None
        number = session.number()
        kept = tickets.kept_in(session.home, missing) if missing else []
        session.results[number] = {"resolved": Resolved(opened, rows, len(missing), kept, file)}
        return f"found/{number}"

    return visit.begin(act, f"tickets/{path.stem}")


def _resolved(visit: Visit) -> Resolved:
    found = visit.session.results.get(int(visit.args[0]), {}).get("resolved")
    if not isinstance(found, Resolved):
        raise RefusedError(404, "WORK_GONE")
    return found


def show_found(visit: Visit) -> Answer:
    """Show where the rows stand."""
    return _show_found(visit)


def _show_found(visit: Visit, error: LapisError | None = None) -> Answer:
    found = _resolved(visit)
    places = [(each.file, each.row.sheet, each.row.row) for each in found.rows]
    return visit.page("found.html", status=409 if error else 200, error=error, found=found, places_found=places,
                      number=visit.args[0])  # fmt: skip


def answer(visit: Visit) -> Answer:
    """Send the rows, sealed, to the officer who asks."""
    session, found, number = visit.session, _resolved(visit), int(visit.args[0])
    partly = bool(visit.form.one("partly"))
    try:
        sealed = tickets.seal_answer(
            found.ticket, found.rows, session.opened().ring, missing=bool(found.missing), partly=partly
        )
    except RefusedError:
        raise
    except LapisError as error:
        return _show_found(visit, error)

    def act(work: Work) -> str:
        work.track("send", 0, 0)
        with session.desk(work.pause) as desk:
            tickets.send_answer(desk, found.ticket, sealed)
        done = Resolved(found.ticket, found.rows, found.missing, found.kept_in, found.file, answered=True)
        session.results[number] = {"resolved": done}
        return f"found/{number}"

    return visit.begin(act, f"found/{number}")

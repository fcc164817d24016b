"""Sealed lists on their way: what waits, what was sent, and where the centre is. Only what is sealed leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from linkage.errors import LapisError
from scripts import files, submit
from scripts.page.exchange import Answer, RefusedError
from scripts.page.visit import Visit
from scripts.page.work import Work

_DAY = "%d-%m-%Y %H:%M"


@dataclass(frozen=True, slots=True)
class Item:
    """A sealed list: its file's name, size and day, and what became of it."""

    name: str
    size: int
    day: str
    state: str
    rows: int | None
    known: int | None
    code: str | None
    at: str


def show(visit: Visit) -> Answer:
    """Show what is sealed and what was sent."""
    session = visit.session
    sent = session.sent
    items = [_item(path, sent.get(path.name, {})) for path in session.outbox]
    waiting = [one.name for one in items if one.state in {"sealed", "waiting", "running"}]
    return visit.page("outbox.html", items=items, waiting=waiting, folder=str(session.home / "outbox"),
                      centre=session.centre)  # fmt: skip


def _item(path: Path, sent: dict[str, object]) -> Item:
    facts, state = path.stat(), str(sent.get("state") or "sealed")
    made = datetime.fromtimestamp(facts.st_mtime, UTC).astimezone()
    rows, known, code = (sent.get(key) for key in ("rows", "known_rows", "code"))
    return Item(
        path.name, facts.st_size, made.strftime(_DAY), state, rows if isinstance(rows, int) else None,
        known if isinstance(known, int) else None, code if isinstance(code, str) else None, str(sent.get("at") or ""),
    )  # fmt: skip


def send(visit: Visit) -> Answer:
    """Send what was chosen: one file, or all that wait."""
    session, wanted = visit.session, set(visit.form.values.get("file", ()))
    chosen = [path for path in session.outbox if path.name in wanted]
    if not chosen:
        raise RefusedError(409, "FILE_MISSING")

    def act(work: Work) -> str:
        work.track("send", 0, 0)
        with session.desk(work.pause) as desk:
            for path in chosen:
                # Handed over is noted before it is taken in: whoever stops waiting has sent it all the same.
                for wait in (False, True):
                    job = desk.submit(path, wait=wait, told=work.track)
                    session.note_sent(path.name, job, datetime.now(UTC).astimezone().strftime(_DAY))
        return "outbox"

    return visit.begin(act, "outbox")


def show_centre(visit: Visit) -> Answer:
    """Show where the centre is and what it handed over."""
    return _centre(visit)


def _centre(visit: Visit, error: LapisError | None = None) -> Answer:
    home = visit.session.home
    return visit.page(
        "centre.html", status=409 if error else 200, error=error, centre=visit.session.centre, home=str(home),
        access=(home / submit.ACCESS).exists(), authority=(home / submit.AUTHORITY).exists(),
    )  # fmt: skip


def settle_centre(visit: Visit) -> Answer:
    """Keep the centre's address and what it handed over."""
    try:
        visit.session.settle_centre(visit.form.one("centre"))
    except LapisError as error:
        return _centre(visit, error)
    for field, name in (("credentials", submit.ACCESS), ("authority", submit.AUTHORITY)):
        upload = visit.form.file(field)
        if upload is not None and upload.content:
            files.replace_private(visit.session.home / name, upload.content)
    return visit.go("centre")

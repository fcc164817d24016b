"""The access log as files: a table or workbook, and a bundle that anyone verifies offline.

The table is a copy to read; only the bundle proves anything.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

import xlsxwriter
from sqlmodel import Session, col, select

from api.centre import Centre
from api.errors import ServiceError
from api.services import sequencer
from api.services.logbook import Line
from api.services.sequencer import KEY, ROLE
from api.store import SignedCheckpoint
from vault import signing_key
from vault.log import Verifier

MOST = 20_000
"""Entries in one table."""
COLUMNS = ("entry", "at", "code", "outcome", "actor", "role", "purpose", "basis", "subject", "flags")


def workbook(lines: Iterable[Line], flagged: Mapping[int, Collection[str]]) -> bytes:
    """Return entries as a workbook, all of it text: nothing in it is a formula."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("log")
        sheet.freeze_panes(1, 0)
        for number, cells in enumerate([COLUMNS, *_rows(lines, flagged)]):
            for at, cell in enumerate(cells):
                sheet.write_string(number, at, cell)
    return out.getvalue()


def table(lines: Iterable[Line], flagged: Mapping[int, Collection[str]]) -> str:
    """Return entries as CSV (RFC 4180), an entry a line."""
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(COLUMNS)
    write.writerows([plain(cell) for cell in cells] for cells in _rows(lines, flagged))
    return out.getvalue()


def _rows(lines: Iterable[Line], flagged: Mapping[int, Collection[str]]) -> Iterator[tuple[str, ...]]:
    for line in lines:
        event = line.event
        place = "" if line.index is None else str(line.index + 1)
        subject = json.dumps(dict(event.subject), sort_keys=True, ensure_ascii=False)
        yield (place, line.at.isoformat(), event.code, line.outcome, event.actor, event.role, event.purpose,
                 event.basis, subject, " ".join(sorted(flagged.get(line.number, ()))))  # fmt: skip


def plain(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in tuple("=+-@\t\r") else cell


def bundle(centre: Centre, session: Session) -> tuple[Path, int]:
    """Write the log up to its newest checkpoint as a zip of its own, and return it with its size in entries.

    Raises ServiceError LOG_UNSIGNED before there is a checkpoint, or VaultError. The caller deletes the file.
    """
    newest = session.exec(select(SignedCheckpoint).order_by(col(SignedCheckpoint.size).desc()).limit(1)).first()
    if newest is None or not newest.size:
        raise ServiceError("LOG_NOT_YET", "nothing is under a checkpoint yet", hint="ask again in a few seconds")
    with centre.login(ROLE) as vault:
        verifier = Verifier(newest.note.partition("\n")[0], signing_key(vault, KEY).public)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "log"
        sequencer.write(centre.store, newest.note, verifier, folder)
        return _zip(folder), newest.size


def _zip(folder: Path) -> Path:
    with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(folder.parent))
        return Path(file.name)

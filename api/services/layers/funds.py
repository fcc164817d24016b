"""Budgets and disbursements: imported from a treasury's own files, held against claims. It names no person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, insert
from sqlmodel import Session, col, select

from api.centre import Centre
from api.errors import ServiceError
from api.services import journal
from api.services.journal import Event
from api.services.layers import claims
from api.services.layers.sheets import Money
from api.store import MoneyImport, MoneyLine, bulk
from linkage.layering.money import BUDGETS, DISBURSEMENTS

KINDS = {"funds": BUDGETS, "sp2d": DISBURSEMENTS}
_STANDING = (
    "SELECT {} FROM money_line AS l JOIN money_import AS i ON i.id = l.source"
    " WHERE i.replaced_at IS NULL AND i.kind = '{}'"
)


@dataclass(frozen=True, slots=True)
class Imported:
    """An import: its number, rows and rupiah, and whether that very file had come before."""

    number: int
    rows: int
    rupiah: int
    again: bool


def take(centre: Centre, kind: str, digest: str, lines: pa.Table, replaces: int | None = None) -> Imported:
    """Keep an import's lines (`money.BUDGETS` or `DISBURSEMENTS`, and `row`, their row in the file).

    The same file again changes nothing; `replaces` takes an earlier import of the kind out from now on. Raises
    ServiceError IMPORT_UNKNOWN.
    """
    with Session(centre.store) as session, session.begin():
        query = select(MoneyImport).where(MoneyImport.kind == kind, MoneyImport.digest == digest)
        known = session.exec(query).first()
        if known is not None:
            return Imported(known.id or 0, known.rows, known.rupiah, again=True)
        if replaces is not None:
            _replace(session, centre, kind, replaces)
        rupiah = sum(lines["amount"].to_pylist())
        made = MoneyImport(kind=kind, digest=digest, rows=len(lines), rupiah=rupiah, imported_at=centre.clock())
        session.add(made)
        session.flush()
        number = made.id or 0
        rows = [{"regency": None, "reference": None, **row, "source": number} for row in lines.to_pylist()]
        if rows:
            session.connection().execute(insert(MoneyLine), rows)
        subject = {"import": number, "kind": kind, "digest": digest, "rows": len(lines), "replaces": replaces}
        subject = {name: value for name, value in subject.items() if value is not None}
        journal.record(session, Event("MONEY_IMPORTED", journal.OPERATOR, "service", "", "", subject), centre.clock())
        return Imported(number, len(lines), rupiah, again=False)


def _replace(session: Session, centre: Centre, kind: str, number: int) -> None:
    found = session.get(MoneyImport, number)
    if found is None or found.kind != kind or found.replaced_at is not None:
        raise ServiceError("IMPORT_UNKNOWN", f"no import of {kind} of that number stands", place=str(number))
    found.replaced_at = centre.clock()
    session.add(found)


def imports(session: Session) -> Sequence[MoneyImport]:
    """Return all imports, the newest first."""
    return session.exec(select(MoneyImport).order_by(col(MoneyImport.id).desc())).all()


def money(connection: Connection) -> Money:
    """Return budgets, disbursements and claims as they stand."""
    return Money(_lines(connection, "funds"), _lines(connection, "sp2d"), claims.read(connection))


def _lines(connection: Connection, kind: str) -> pa.Table:
    form: Any = KINDS[kind]
    query = _STANDING.format(", ".join(f"l.{name}" for name in form.names), kind)
    return bulk.read(connection, query, form)

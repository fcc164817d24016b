"""Write a release out of the house: cells and sheets as Parquet and CSV, with their schema and how often they come.

Only what was released and what a person of her own identity approved goes; whoever runs the command approves nothing.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
from sqlmodel import Session, col, select

from api.centre import Centre
from api.errors import ServiceError
from api.services import journal
from api.services.journal import Event
from api.services.layers import reading
from api.store import Release, ReleasedCell, ReleasedRow
from linkage.layering import money

CELLS = pa.schema(
    [*(pa.field(name, pa.string()) for name in ("level", "place", "cell")), pa.field("people", pa.int64())]
)
SHEETS: Mapping[str, pa.Schema] = {"plans": money.PLANS, "lines": money.LINES, "payees": money.PAYEES}
"""Sheets that go out beside the cells; villages and combinations stay in the house."""
CADENCE = "monthly"
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Exported:
    """What went out: of which release, to whom, and the SHA-256 (hex) of each file."""

    release: int
    to: str
    files: dict[str, str]


def export(centre: Centre, folder: Path, to: str, number: int | None = None) -> Exported:
    """Write a release into an empty folder, with an entry in the log.

    Raises ServiceError NOTHING_RELEASED, RELEASE_NOT_APPROVED, RECEIVER_UNNAMED or OUT_NOT_EMPTY.
    """
    if not 0 < len(to) <= LONGEST:
        raise ServiceError("RECEIVER_UNNAMED", f"expected a name of at most {LONGEST} letters", place="to")
    if folder.exists() and any(folder.iterdir()):
        raise ServiceError("OUT_NOT_EMPTY", "the folder holds something", place=str(folder), hint="give another --out")
    with Session(centre.store) as session, session.begin():
        release = reading.find(session, number)
        _check_approved(release)
        folder.mkdir(parents=True, exist_ok=True)
        files = _out(session, release, folder)
        subject = {"release": release.id, "to": to, "files": [f"{name} {digest}" for name, digest in files.items()]}
        event = Event("RELEASE_EXPORTED", journal.OPERATOR, "service", "", "", subject)
        journal.record(session, event, centre.clock())
        return Exported(release.id or 0, to, files)


def zipped(session: Session, number: int, to: str) -> tuple[Path, dict[str, str]]:
    """Return a zip of an approved release, and the SHA-256 (hex) of each file in it; the caller deletes it.

    Its entry is the caller's to write. Raises ServiceError NOTHING_RELEASED, RELEASE_NOT_APPROVED or RECEIVER_UNNAMED.
    """
    if not 0 < len(to) <= LONGEST:
        raise ServiceError("RECEIVER_UNNAMED", f"expected a name of at most {LONGEST} letters", place="to")
    release = reading.find(session, number)
    _check_approved(release)
    with tempfile.TemporaryDirectory() as made:
        files = _out(session, release, Path(made))
        with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for name in sorted(files):
                    archive.write(Path(made) / name, name)
            return Path(file.name), files


def schema() -> dict[str, dict[str, str]]:
    """Return the columns of every table of a release, with their types."""
    return {name: {each.name: str(each.type) for each in form} for name, form in {"cells": CELLS, **SHEETS}.items()}


def _check_approved(release: Release) -> None:
    if release.approved_at is None:
        hint = "the head or the data-protection officer approves it: POST /v1/releases/NUMBER/approvals"
        raise ServiceError("RELEASE_NOT_APPROVED", "nobody approved that it goes out", hint=hint)


def _out(session: Session, release: Release, folder: Path) -> dict[str, str]:
    """Write a release's tables and their schema; return the SHA-256 of each file."""
    tables = {"cells": _cells(session, release), **{name: _sheet(session, release, name) for name in SHEETS}}
    files = {name: digest for each, table in tables.items() for name, digest in _write(folder, each, table).items()}
    return files | _describe(folder, release, tables)


def _cells(session: Session, release: Release) -> pa.Table:
    query = select(ReleasedCell).where(ReleasedCell.release == release.id).order_by(col(ReleasedCell.number))
    rows = [each.model_dump(include=set(CELLS.names)) for each in session.exec(query)]
    return pa.Table.from_pylist(rows, schema=CELLS)


def _sheet(session: Session, release: Release, name: str) -> pa.Table:
    query = select(ReleasedRow.body).where(ReleasedRow.release == release.id, ReleasedRow.sheet == name)
    rows = [json.loads(body) for body in session.exec(query.order_by(col(ReleasedRow.number)))]
    return pa.Table.from_pylist(rows, schema=SHEETS[name])


def _write(folder: Path, name: str, table: pa.Table) -> dict[str, str]:
    pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    pcsv.write_csv(table, folder / f"{name}.csv")
    return {each: _digest(folder / each) for each in (f"{name}.parquet", f"{name}.csv")}


def _describe(folder: Path, release: Release, tables: Mapping[str, pa.Table]) -> dict[str, str]:
    """Write the schema: columns with types, the moment, the rules and the cadence."""
    columns = {name: {each.name: str(each.type) for each in table.schema} for name, table in tables.items()}
    said: dict[str, Any] = {
        "release": release.id, "at": release.at.isoformat(), "rules": release.rules, "cadence": CADENCE,
        "hidden": "null: few people, or what others would follow from", "tables": columns,
    }  # fmt: skip
    (folder / "schema.json").write_text(json.dumps(said, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return {"schema.json": _digest(folder / "schema.json")}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

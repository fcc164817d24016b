"""Fill a store with linked rows as their truth links them: for benches and tests, and never for a centre's own."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from api.store import bulk
from linkage.layering.events import KNOWN
from linkage.layering.schema import SCHEMA

_NAMES = pa.schema([pa.field("id", pa.string())])
WHEN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def fill(store: Any, rows: pa.Table) -> None:
    """Add rows (`layering.ROWS`) with their persons and households; a list is one agency's rows of one moment.

    May be called again with further rows: records differ, persons may be known, and whoever has a new row is due.
    """
    with store.begin() as connection:
        start = _ready(connection, sorted(rows["agency"].unique().to_pylist()))
        lists = rows.select(["agency", "known"]).group_by(["agency", "known"]).aggregate([]).to_pylist()
        lists.sort(key=lambda each: (each["known"], each["agency"]))
        numbers = {(each["agency"], each["known"]): start + at for at, each in enumerate(lists, 1)}
        for (agency, known), number in numbers.items():
            _list(connection, number, agency, known)
        sent = _sent(rows, numbers)
        _people(connection, np.unique(rows["person"].to_numpy()))
        bulk.write(connection, "content", _content(rows, sent))
        members = {name: rows[name] for name in ("record", "person", "household")}
        bulk.write(connection, "membership", pa.table({**members, "run": pa.repeat(1, len(rows))}))


def _sent(rows: pa.Table, numbers: dict[tuple[str, dt.datetime], int]) -> pa.Array:
    """Return which list brought each row."""
    known = rows["known"].cast(pa.int64()).cast(pa.string())
    key = pc.binary_join_element_wise(rows["agency"], known, " ").combine_chunks()
    names = [f"{agency} {pa.scalar(at, KNOWN).cast(pa.int64()).as_py()}" for agency, at in numbers]
    return pa.array(numbers.values(), pa.int64()).take(pc.index_in(key, pa.array(names)))


def _ready(connection: Any, agencies: list[str]) -> int:
    """Add agencies, an epoch and a run where they are missing; return how many lists there are."""
    known = bulk.read(connection, "SELECT id FROM agency", _NAMES)["id"].to_pylist()
    fresh = [agency for agency in agencies if agency not in known]
    columns = {"id": fresh, "name": fresh, "signing_key": ["00"] * len(fresh), "enrolled_at": [_text()] * len(fresh)}
    bulk.write(connection, "agency", pa.table({name: pa.array(each, pa.string()) for name, each in columns.items()}))
    if "made" not in bulk.read(connection, "SELECT id FROM epoch", _NAMES)["id"].to_pylist():
        bulk.write(connection, "epoch", pa.table({"id": ["made"], "check_value": ["00"], "retired": [False]}))
    if not _count(connection, "run"):
        moments = {"started_at": [_text()], "finished_at": [_text()]}
        bulk.write(
            connection, "run", pa.table({"id": [1], **moments, "policy": [""], "model": ["{}"], "report": ["{}"]})
        )
    return _count(connection, "submission")


def _list(connection: Any, number: int, agency: str, known: dt.datetime) -> None:
    row = {
        "id": number, "agency": agency, "content": f"{number:064x}", "epoch": "made", "policy": "", "rows": 0,
        "known_rows": 0, "statistics": "{}", "staged_at": _text(known), "visible_at": _text(known),
    }  # fmt: skip
    bulk.write(connection, "submission", pa.table({name: [value] for name, value in row.items()}))


def _people(connection: Any, persons: Any) -> None:
    one = pa.schema([pa.field("id", pa.int64())])
    known = bulk.read(connection, "SELECT id FROM person", one)["id"].to_numpy()
    fresh = np.setdiff1d(persons, known)
    bulk.write(connection, "person", pa.table({"id": fresh, "first_run": np.ones(len(fresh), np.int64)}))
    due = bulk.read(connection, "SELECT person FROM layer_due", pa.schema([pa.field("person", pa.int64())]))
    bulk.write(connection, "layer_due", pa.table({"person": np.setdiff1d(persons, due["person"].to_numpy())}))


def _content(rows: pa.Table, sent: pa.Array) -> pa.Table:
    columns = {
        field.name: pc.binary_join(rows[field.name], " ") if pa.types.is_list(field.type) else rows[field.name]
        for field in SCHEMA
    }
    return pa.table({**{name: rows[name] for name in ("record", "corrects", "agency")}, "submission": sent, **columns})


def _count(connection: Any, table: str) -> int:
    query = f"SELECT count(*) FROM {table}"  # noqa: S608 — our own names
    return int(bulk.read(connection, query, pa.schema([pa.field("n", pa.int64())]))["n"][0].as_py())


def _text(moment: dt.datetime = WHEN) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")

"""Make a release: the only counts of people that leave the centre, all of one moment. It answers no question itself.

At most one release a month: two of one month, a few rows apart, would tell of those few. What may not be told is not in
the tables of a release.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection
from sqlmodel import Session, col, select

from api.centre import Centre, Report
from api.errors import ServiceError
from api.services import journal
from api.services.journal import Event
from api.services.layers import funds, rows, sheets
from api.store import LayerState, Release, bulk
from linkage import layering
from linkage.layering.needs import PROFILES
from linkage.layering.persons import PERSONS
from policies.release_rules import load_release_rules

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_PEOPLE = [field for field in PERSONS if field.name != "since"]
_BOTH = pa.schema([*_PEOPLE, pa.field("since", pa.int64()), *(each for each in PROFILES if each.name != "person")])
_QUERY = f"SELECT {', '.join(_BOTH.names)} FROM layer_person ORDER BY person"  # noqa: S608 — names of our own schema


@dataclass(frozen=True, slots=True)
class Published:
    """A release: its number, cells in it, and how many of them are told."""

    release: int
    at: datetime
    month: int
    cells: int
    told: int


def publish(centre: Centre, report: Report) -> Published:
    """Release what the layers say now; raises ServiceError NOTHING_LAYERED or RELEASE_MADE, or LayeringError."""
    rules = load_release_rules()
    with centre.store.connect() as connection:
        state = _state(centre)
        people, profiles = described(connection)
        counted = sheets.count(rows.parts(connection), (_before(connection), state.at))
        money = funds.money(connection)
    report("read", 1, 3)
    cells = layering.release.release(people, profiles, rules.rules)
    told = sheets.sheets(counted, people, profiles, money, rules.rules.threshold)
    report("release", 2, 3)
    with Session(centre.store) as session, session.begin():
        made = Release(at=state.at, month=state.month, rules=rules.hash)
        session.add(made)
        session.flush()
        number = made.id or 0
        _write(session.connection(), number, cells, told)
        found = Published(number, state.at, state.month, len(cells), len(cells) - cells["people"].null_count)
        subject = {"release": number, "cells": found.cells, "told": found.told, "rules": rules.hash[:16]}
        journal.record(session, Event("RELEASED", journal.OPERATOR, "service", "", "", subject), centre.clock())
    report("written", 3, 3)
    return found


def described(connection: Connection) -> tuple[pa.Table, pa.Table]:
    """Return all persons (`persons.PERSONS`) and their profiles (`needs.PROFILES`)."""
    both = bulk.read(connection, _QUERY, _BOTH)
    since = both["since"].cast(PERSONS.field("since").type)
    people = both.set_column(both.column_names.index("since"), "since", since)
    return people.select(PERSONS.names).cast(PERSONS), both.select(PROFILES.names).cast(PROFILES)


def _state(centre: Centre) -> LayerState:
    with Session(centre.store) as session:
        state = session.get(LayerState, 1)
        if state is None:
            raise ServiceError("NOTHING_LAYERED", "there are no layers yet", hint="run `lapis centre layer` first")
        if session.exec(select(Release).where(Release.month == state.month)).first() is not None:
            hint = "the next one is of the next month"
            raise ServiceError("RELEASE_MADE", "this month was released", place=f"month {state.month}", hint=hint)
        session.expunge(state)
        return state


def _before(connection: Connection) -> datetime:
    """Return the moment of the release before, or one before all rows."""
    found: datetime | None = connection.execute(select(col(Release.at)).order_by(col(Release.id).desc())).scalar()
    return found or EPOCH


def _names(cells: pa.ChunkedArray) -> pa.ListArray:
    """Return the dimensions of cells that say `dimension=code`."""
    lists = cells.combine_chunks()
    names = pa.compute.replace_substring_regex(lists.flatten(), "=[^=]*$", "")
    return pa.ListArray.from_arrays(lists.offsets, names)


def _write(
    connection: Connection, release: int, cells: pa.Table, told: Mapping[str, Iterable[Mapping[str, Any]]]
) -> None:
    words = pa.compute.binary_join(cells["cell"], " ")
    crossed = pa.compute.binary_join(_names(cells["cell"]), " ")
    columns = {name: cells[name] for name in ("level", "place", "people")} | {"dimensions": crossed, "cell": words}
    numbers = {"release": pa.repeat(release, len(cells)), "number": pa.array(range(len(cells)), pa.int64())}
    bulk.write(connection, "released_cell", pa.table({**numbers, **columns}))
    for sheet, lines in told.items():
        bodies = [json.dumps(line, sort_keys=True) for line in lines]
        numbers = {"release": pa.repeat(release, len(bodies)), "number": pa.array(range(len(bodies)), pa.int64())}
        table = {**numbers, "sheet": pa.repeat(sheet, len(bodies)), "body": pa.array(bodies, pa.string())}
        bulk.write(connection, "released_row", pa.table(table))

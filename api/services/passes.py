"""Run an anchor's pass: read its filters a part at a time, compare what is new with all, and keep what was found.

One vault role opens one anchor's filters, and never a handle map: what a pass hands on is pairs of handles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import delete
from sqlmodel import Session, col, select

from api.centre import Centre
from api.services import pairs
from api.services.staging import filter_schema, write_ordered
from api.store import FilterFile
from linkage import engines
from linkage.engines import Engine, Filters, Local, Room
from linkage.matching import Pass
from vault import VaultSession, read_groups, read_table

NIK_FLOOR = 0.0
"""Every pair of one NIK is compared: the question there is whether the names contradict."""


@dataclass(frozen=True, slots=True)
class Means:
    """On what the passes run: an `engine`, and how much `memory` (bytes) those of one machine may take together.

    `folder`: where rows that do not fit wait, sealed; the workers of a cluster share it. None: beside the filters.
    """

    engine: Engine
    memory: int = 2 << 30
    folder: Path | None = None

    def room(self, centre: Centre) -> Room:
        """Return where a pass works."""
        return Room(self.folder or centre.filters.with_name("passes"), centre.entropy, self.memory)


USUAL = Means(Local(2))


def run(centre: Centre, anchor: str, visible: pa.ChunkedArray, gone: pa.ChunkedArray, means: Means = USUAL) -> Pass:
    """Run one anchor's pass with the one vault role that opens its filters.

    Rows still staged are left out, and what was withdrawn is forgotten.
    """
    floor = NIK_FLOOR if anchor == "nik" else centre.policy.floor(centre.policy.anchor(anchor))
    room, seen = means.room(centre), [pa.array([], pa.int64())]

    def noted(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
        for table in tables:
            seen.append(table["handle"].combine_chunks())
            yield table

    with centre.login(f"pass-{anchor}") as vault:
        _tidy(centre, vault, anchor, gone, room)
        mine, earlier = _stored(centre, vault, anchor), pairs.read(centre, vault, anchor)
        mine = replace(mine, tables=noted(_those(mine.tables, visible, True)))
        found = engines.run_pass(means.engine, mine, floor, room, earlier)
    handles = pa.chunked_array(seen)
    if not pairs.unchanged(earlier, handles, floor):
        pairs.keep(centre, anchor, handles, found)
    return found


def _stored(centre: Centre, vault: VaultSession, anchor: str) -> Filters:
    """Return an anchor's filters, which are read a row group at a time."""
    with Session(centre.store) as session:
        files = session.exec(select(FilterFile.name, FilterFile.rows).where(FilterFile.anchor == anchor)).all()
    form = filter_schema(centre, anchor)
    paths = [centre.filters / name for name, _ in files]
    tables = (table.cast(form) for path in paths for table in read_groups(vault, path, f"parquet-{anchor}"))
    return Filters(sum(rows for _, rows in files), form.field("filter").type.byte_width, tables)


def _those(tables: Iterator[pa.Table], handles: pa.ChunkedArray, wanted: bool) -> Iterator[pa.Table]:
    """Yield the rows whose handle is, or is not, one of `handles`."""
    known = np.sort(handles.to_numpy())
    for table in tables:
        mine = table["handle"].to_numpy()
        at = np.minimum(np.searchsorted(known, mine), len(known) - 1)
        found = known[at] == mine if len(known) else np.zeros(len(mine), bool)
        yield table.filter(pa.array(found == wanted))


def _tidy(centre: Centre, vault: VaultSession, anchor: str, gone: pa.ChunkedArray, room: Room) -> None:
    """Bring an anchor's files to one, in the order of its handles and without what is gone.

    A file a chunk tells whose list its rows are of.
    """
    with Session(centre.store) as session:
        names = session.exec(select(FilterFile.name).where(FilterFile.anchor == anchor)).all()
    if len(names) < 2 and not (len(gone) and names and _has(centre, vault, anchor, names[0], gone)):
        return
    mine, rows = _stored(centre, vault, anchor), 0

    def counted() -> Iterator[pa.Table]:
        nonlocal rows
        kept = replace(mine, tables=_those(mine.tables, gone, False))
        for table in engines.in_order(kept, room, filter_schema(centre, anchor)):
            rows += len(table)
            yield table

    fresh = write_ordered(centre, vault, anchor, counted())
    with Session(centre.store) as session, session.begin():
        session.connection().execute(delete(FilterFile).where(col(FilterFile.name).in_(names)))
        if rows:
            session.add(FilterFile(name=fresh, anchor=anchor, rows=rows))
    for name in names if rows else [*names, fresh]:
        (centre.filters / name).unlink(missing_ok=True)


def _has(centre: Centre, vault: VaultSession, anchor: str, name: str, handles: pa.ChunkedArray) -> bool:
    mine = read_table(vault, centre.filters / name, f"parquet-{anchor}", columns=["handle"])["handle"]
    return bool(pc.any(pc.is_in(mine, value_set=handles.combine_chunks())).as_py())

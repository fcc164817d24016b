"""Aid events from rows, and what was known when.

Two times: a *period* is when aid was for, *known* is when the centre came to know a row. A correction is a row of its
own that names the row it corrects; it replaces what it corrects from the moment it was known, and never before, so a
question about an earlier moment is answered as it was answered then. It reads no clock.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.layering import lists, periods, schema
from linkage.layering.columns import Bools, Ints, group, ints
from linkage.layering.errors import LayeringError

KNOWN = pa.timestamp("us", tz="UTC")
ROWS = pa.schema(
    [
        pa.field("record", pa.int64(), nullable=False),
        pa.field("corrects", pa.int64()),
        pa.field("person", pa.int64(), nullable=False),
        pa.field("household", pa.int64()),
        pa.field("agency", pa.string(), nullable=False),
        pa.field("known", KNOWN, nullable=False),
        *schema.SCHEMA,
    ]
)
"""Linked rows: content, its pseudonymous person and household (family card), who sent it and when it became known."""

EVENTS = pa.schema(
    [
        *(pa.field(name, pa.int64()) for name in ("record", "person")),
        *(pa.field(name, pa.string()) for name in ("programme", "fund", "form", "agency", "period")),
        *(pa.field(name, pa.int32()) for name in ("first", "last")),
        pa.field("exact", pa.bool_()),
        pa.field("amount", pa.int64()),
        *(pa.field(name, pa.string()) for name in ("regency", "village", "payee", "disbursement", "status")),
    ]
)
"""One aid a row: `first` to `last` its months (-1: no period), `exact` as in `periods`, amount in rupiah or null."""


_LINKS = ["record", "corrects", "agency", "known"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Rows that stand at a moment, one a chain, the withdrawn ones too: `root` is each chain's first record (int64)."""

    rows: pa.Table
    root: Ints
    withdrawn: Bools


def stand(rows: pa.Table, at: dt.datetime) -> Standing:
    """Find the newest row of each chain of corrections as known at a moment.

    Raise LayeringError CORRECTION_FOREIGN (an agency corrects its own rows only) or CORRECTION_CIRCLE.
    """
    known = pc.less_equal(rows["known"], pa.scalar(at, KNOWN)).to_numpy()
    seen = rows.select(_LINKS).filter(pa.array(known))
    root, last = ints(seen, "record").copy(), np.ones(len(seen), bool)
    named = pc.is_in(seen["record"], pc.drop_null(seen["corrects"].combine_chunks()))
    chained = np.flatnonzero(pc.or_(pc.is_valid(seen["corrects"]), named).to_numpy())
    if len(chained):
        links = seen.take(pa.array(chained))
        root[chained] = roots = _roots(links)
        order = np.lexsort((ints(links, "record"), ints(links, "known"), roots))
        last[chained[order]] = np.r_[roots[order][1:] != roots[order][:-1], True]
    kept = np.zeros(len(rows), bool)
    kept[np.flatnonzero(known)[last]] = True
    standing = rows if kept.all() else rows.filter(pa.array(kept))
    gone = pc.fill_null(pc.equal(standing["status"], "withdrawn"), False)
    return Standing(standing, root[last], np.asarray(gone.to_numpy(), dtype=bool))


def as_known(rows: pa.Table, at: dt.datetime) -> pa.Table:
    """Return the rows that stood at a moment: known by then, not corrected by then, not withdrawn by then.

    Raises as `stand` does.
    """
    standing = stand(rows, at)
    return standing.rows.filter(pa.array(~standing.withdrawn)) if standing.withdrawn.any() else standing.rows


def events(standing: pa.Table) -> pa.Table:
    """Return the aid events of standing rows; a programme's usual fund and form stand in where a row names none.

    A row without a status is a line on a list of recipients, and counts as paid; a register's row is no event.
    """
    standing = standing.filter(pc.invert(pc.fill_null(pc.equal(standing["status"], "registered"), False)))
    spans = periods.read(standing["period"])
    columns = {name: standing[name] for name in standing.column_names}
    known = lists.programmes()
    for name in ("fund", "form"):
        usual = pa.array([getattr(each, name) for each in known.values()])
        at = pc.index_in(standing["programme"], pa.array(list(known)))
        columns[name] = pc.coalesce(standing[name], usual.take(at.combine_chunks()))
    columns["status"] = pc.fill_null(standing["status"], "paid")
    columns |= {"first": pa.array(spans.first), "last": pa.array(spans.last), "exact": pa.array(spans.exact)}
    return pa.table({name: columns[name] for name in EVENTS.names}, schema=EVENTS)


def changed(rows: pa.Table, before: dt.datetime, after: dt.datetime) -> Ints:
    """Return the persons (sorted) about whom other rows stood at `after` than at `before`."""
    sets = [as_known(rows, moment).select(["record", "person"]) for moment in (before, after)]
    one, other = sets
    gone = one.filter(pc.invert(pc.is_in(one["record"], other["record"].combine_chunks())))
    come = other.filter(pc.invert(pc.is_in(other["record"], one["record"].combine_chunks())))
    return np.unique(np.concatenate([ints(gone, "person"), ints(come, "person")]))


def _roots(seen: pa.Table) -> Ints:
    """Return for each row the first record of its chain of corrections; one not seen may begin a chain."""
    record, corrects = ints(seen, "record"), ints(seen, "corrects")
    every = group(np.concatenate([record, corrects[corrects >= 0]]))
    parent = np.arange(len(every.keys))
    mine, theirs = (
        np.searchsorted(every.keys, values) for values in (record, np.where(corrects < 0, record, corrects))
    )
    parent[mine] = theirs
    _refuse_foreign(seen, mine, theirs)
    for _ in range(64):
        further = parent[parent]
        if np.array_equal(further, parent):
            break
        parent = further
    if np.any(parent[parent] != parent) or np.any((parent[mine] == mine) & (corrects >= 0)):
        raise LayeringError("CORRECTION_CIRCLE", "rows correct each other in a circle", place="column corrects")
    return np.asarray(every.keys[parent[mine]], dtype=np.int64)


def _refuse_foreign(seen: pa.Table, mine: Ints, theirs: Ints) -> None:
    """Refuse that one agency's row replaces another's: it could make aid vanish."""
    agency = seen["agency"].combine_chunks().dictionary_encode().indices.to_numpy()
    owner = np.full(int(max(mine.max(), theirs.max())) + 1, -1)
    owner[mine] = agency
    wrong = np.flatnonzero((owner[theirs] >= 0) & (owner[theirs] != agency))
    if wrong.size:
        place = f"row {int(wrong[0]) + 1} of those that correct or are corrected"
        raise LayeringError("CORRECTION_FOREIGN", "a row corrects another agency's row", place=place)

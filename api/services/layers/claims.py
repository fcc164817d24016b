"""What standing rows claim of the money, summed by submission, so that a new list sums nothing but itself again.

It knows no person: a claim is rupiah by fund, programme, agency, year, regency, reference and payee.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from api.store import bulk
from linkage.layering import money
from linkage.layering.events import ROWS, as_known, events

_REOPEN = """
    DELETE FROM layer_claimed WHERE submission IN (SELECT held.submission FROM content AS later
    JOIN content AS held ON held.record = later.corrects
    WHERE later.submission NOT IN (SELECT submission FROM layer_claimed))
"""
_LINKED = """
    INSERT INTO layer_claimed (submission) SELECT s.id FROM submission AS s
    WHERE s.visible_at IS NOT NULL AND s.id NOT IN (SELECT submission FROM layer_claimed)
    AND NOT EXISTS (SELECT 1 FROM content AS c LEFT JOIN membership AS m ON m.record = c.record
    WHERE c.submission = s.id AND m.record IS NULL)
"""
"""A list of which a row is not linked yet is summed again the next time."""


def stale(connection: Connection) -> None:
    """Say that every list has to be summed again."""
    connection.execute(text("DELETE FROM layer_claimed"))


def reopen(connection: Connection) -> None:
    """Say that lists have to be summed again whose rows a new list corrects."""
    connection.execute(text(_REOPEN))


def make(linked: pa.Table, at: datetime) -> pa.Table:
    """Return the claims (`money.CLAIMS`) by submission of rows with their submission (`rows.WITH_SUBMISSION`)."""
    return of(events(as_known(linked.select(ROWS.names), at)), linked)


def of(happened: pa.Table, linked: pa.Table) -> pa.Table:
    """Return likewise the claims of events (`events.EVENTS`) of these rows."""
    place = pc.index_in(happened["record"].combine_chunks(), linked["record"].combine_chunks())
    sent = linked["submission"].combine_chunks().take(place).cast(pa.string())
    return _numbered(money.claims(happened.append_column("submission", sent), _BY))


def together(claimed: pa.Table) -> pa.Table:
    """Add up claims by submission that were summed in parts."""
    return claimed if not len(claimed) else money.together(claimed, _BY)


def _numbered(claimed: pa.Table) -> pa.Table:
    return claimed.set_column(0, "submission", claimed["submission"].cast(pa.int64()))


def keep(connection: Connection, claimed: pa.Table, submissions: Collection[int] | None = None) -> None:
    """Put the claims of lists that were not summed yet in their place; of all lists, if none are named."""
    if submissions is None:
        connection.execute(text("DELETE FROM layer_claim"))
    else:
        done = set(bulk.read(connection, "SELECT submission FROM layer_claimed", _ONE)["submission"].to_pylist())
        claimed = claimed.filter(pc.invert(pc.is_in(claimed["submission"], pa.array(sorted(done), pa.int64()))))
        for submission in sorted(set(submissions) - done):
            connection.execute(text("DELETE FROM layer_claim WHERE submission = :of"), {"of": submission})
    bulk.write(connection, "layer_claim", claimed)
    connection.execute(text(_LINKED))


_BY = ("submission",)
_ONE = pa.schema([pa.field("submission", pa.int64())])


def read(connection: Connection) -> pa.Table:
    """Return the claims of all lists together (`money.CLAIMS`)."""
    keys, sums = ", ".join(money.CLAIM), ", ".join(f"sum({name})" for name in money.CLAIMS.names[len(money.CLAIM) :])
    query = f"SELECT {keys}, {sums} FROM layer_claim GROUP BY {keys}"  # noqa: S608 — names of our own schema
    order = [*money.CLAIM, *money.CLAIMS.names[len(money.CLAIM) :]]
    found = bulk.read(connection, query, pa.schema([money.CLAIMS.field(name) for name in order]))
    return found.select(money.CLAIMS.names)

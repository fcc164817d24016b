"""Make the layers from all linked rows, or again for those about whom something changed: the same either way.

It flags and describes, and decides nothing. Reading and computing happen outside of the transaction that writes; if the
persons moved meanwhile, it begins again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text
from sqlmodel import Session

from api.centre import Centre, Report
from api.errors import ServiceError
from api.services import journal
from api.services.journal import Event
from api.services.layers import claims, due, keep, made, rows
from api.store import LayerState
from linkage.layering import LISTS, codes, programmes
from linkage.layering.periods import month
from linkage.layering.rules import Rule
from policies.overlap_rules import load_overlap_rules

TRIES = 3


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a renewal came to: of which moment and month, for how many persons anew, and how many there are now."""

    at: datetime
    month: int
    whole: bool
    renewed: int
    persons: int = 0
    flags: int = 0


@dataclass(frozen=True, slots=True)
class _Plan:
    """Whom to look at, as it stood when it was read: `stamp` says whether the persons moved since."""

    at: datetime
    month: int
    form: str
    whole: bool
    stamp: tuple[int, int]


def renew(centre: Centre, report: Report) -> Renewed:
    """Bring the layers to what is linked now; raises ServiceError NOTHING_LINKED or LAYERS_MOVING."""
    rules = load_overlap_rules()
    for _ in range(TRIES):
        plan = _prepare(centre, form(rules.hash))
        found = _renew(centre, plan, rules.rules, report)
        if found is not None:
            return found
    raise ServiceError("LAYERS_MOVING", "the persons moved while the layers were made", hint="run it again")


def form(rules: str) -> str:
    """Return a hash of what the layers are made by: rules (their hash) and code lists, in their order."""
    lists = [*(f"{name}={','.join(codes(name))}" for name in LISTS), *(str(each) for each in programmes().values())]
    return hashlib.sha256("\n".join([rules, *lists]).encode()).hexdigest()


def _prepare(centre: Centre, wanted: str) -> _Plan:
    """Settle whom to look at: who is due, who is tied to them, and which lists' rupiah to sum again."""
    at = centre.clock().astimezone(UTC)
    now = month(at.year, at.month)
    with Session(centre.store) as session, session.begin():
        connection = session.connection()
        if not connection.exec_driver_sql("SELECT count(*) FROM (SELECT 1 FROM membership LIMIT 1) AS one").scalar():
            raise ServiceError("NOTHING_LINKED", "there are no persons yet", hint="run `lapis centre link` first")
        state = session.get(LayerState, 1)
        whole = state is None or (state.form, state.month) != (wanted, now)
        if whole:
            claims.stale(connection)
        else:
            due.close(connection)
            due.widen(connection)
            claims.reopen(connection)
        return _Plan(at, now, wanted, whole, _stamp(connection))


def _renew(centre: Centre, plan: _Plan, rules: Sequence[Rule], report: Report) -> Renewed | None:
    with centre.store.connect() as connection:
        found = made.make(_linked(connection, plan), plan.at, plan.month, rules)
        lists = None
        if not plan.whole:
            spent = rows.unclaimed(connection)
            lists = pc.unique(spent["submission"]).to_pylist()
            found = replace(found, claimed=claims.make(spent, plan.at))
    report("made", 1, 2)
    with Session(centre.store) as session, session.begin():
        connection = session.connection()
        if _stamp(connection) != plan.stamp:
            return None
        keep.put(connection, found, whole=plan.whole)
        claims.keep(connection, found.claimed, lists)
        session.merge(LayerState(id=1, at=plan.at, month=plan.month, form=plan.form))
        persons, flags = _count(connection, "layer_person"), _count(connection, "layer_flag")
        subject = {"persons": persons, "renewed": len(found.people), "flags": flags}
        journal.record(session, Event("LAYERED", journal.OPERATOR, "service", "", "", subject), plan.at)
    report("written", 2, 2)
    return Renewed(plan.at, plan.month, plan.whole, len(found.people), persons, flags)


def _linked(connection: Connection, plan: _Plan) -> Iterator[pa.Table]:
    if plan.whole:
        yield from rows.parts(connection)
    else:
        yield rows.due(connection)


def _stamp(connection: Connection) -> tuple[int, int]:
    """Return what changes with every link and every withdrawal."""
    run = connection.execute(text("SELECT coalesce(max(id), 0) FROM run")).scalar_one()
    return int(run), _count(connection, "withdrawal")


def _count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608 — our own names

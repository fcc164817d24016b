"""Linkage runs as data: by which model and policies, over how much, what was not compared, and what changed.

It reads what a run wrote down and computes nothing anew. A run of an older release kept less: what it did not keep is
None, and no zero is made up for it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from api.errors import ServiceError
from api.store import PersonChange, Run
from linkage.matching import Compared, Group, Uncompared

KINDS = ("MERGED", "SPLIT", "MOVED")


@dataclass(frozen=True, slots=True)
class Model:
    """What judged: the model's `hash`, the `records` it was fitted to, whether by this run, and the bits by level."""

    hash: str
    records: int
    fitted: bool
    weights: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Zones:
    """Candidate pairs by probability: `linked` from `accept`, `waiting` from `review`, `left` below; and expectations.

    A veto may still hold back a linked pair, and thin evidence too; `reasons` counts what waits in the end.
    """

    accept: float
    review: float
    linked: int
    waiting: int
    left: int
    expected_precision: float
    expected_recall: float
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Changes:
    """Since the run before: rows that `came` and `went`; persons by kind of change, and the rows that it moved."""

    came: int
    went: int
    persons: Mapping[str, int]
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Details:
    """What a run counted; `epochs`: rows by epoch, whose filters never meet; `across`: pairs left out by that."""

    topology: str
    rows: int
    persons: int
    candidates: int
    largest: int
    model: Model
    zones: Zones
    passes: Mapping[str, Compared]
    uncompared: Uncompared
    epochs: Mapping[str, int]
    groups: Mapping[str, Group]
    changes: Changes

    @property
    def across(self) -> int:
        """Return how many pairs of rows no filter can compare, because they are of two epochs."""
        whole = sum(self.epochs.values())
        return (whole**2 - sum(rows**2 for rows in self.epochs.values())) // 2


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run: when, under which linkage policy (a hash), and its details; None where an older release kept less."""

    run: int
    started_at: datetime
    finished_at: datetime
    policy: str
    details: Details | None


def listed(session: Session, limit: int) -> list[RunReport]:
    """Return the newest runs' reports, newest first."""
    found = session.exec(select(Run).order_by(col(Run.id).desc()).limit(limit)).all()
    changed = _changed(session, [run.id or 0 for run in found])
    return [_report(run, changed.get(run.id or 0, {})) for run in found]


def one(session: Session, number: int) -> RunReport:
    """Return one run's report; raises ServiceError RUN_UNKNOWN."""
    run = session.get(Run, number)
    if run is None:
        raise ServiceError("RUN_UNKNOWN", "no such run")
    return _report(run, _changed(session, [number]).get(number, {}))


def _changed(session: Session, runs: Collection[int]) -> dict[int, dict[str, tuple[int, int]]]:
    """Return by run and kind how many persons before were changed, and how many rows went."""
    query = select(PersonChange.run, PersonChange.kind, func.count(col(PersonChange.before).distinct()),
                   func.sum(PersonChange.records))  # fmt: skip
    query = query.where(col(PersonChange.run).in_(runs)).group_by(col(PersonChange.run), col(PersonChange.kind))
    found: dict[int, dict[str, tuple[int, int]]] = {}
    for run, kind, persons, rows in session.exec(query):
        found.setdefault(run, {})[kind] = int(persons), int(rows)
    return found


def _report(run: Run, changed: Mapping[str, tuple[int, int]]) -> RunReport:
    told: dict[str, Any] = json.loads(run.report)
    details = _details(told, changed) if "uncompared" in told and "epochs" in told else None
    return RunReport(run.id or 0, run.started_at, run.finished_at, run.policy, details)


def _details(told: Mapping[str, Any], changed: Mapping[str, tuple[int, int]]) -> Details:
    return Details(
        topology=told["topology"],
        rows=told["records"],
        persons=told["clusters"],
        candidates=told["candidates"],
        largest=told["largest_cluster"],
        model=Model(
            told["model"],
            told["fitted_records"],
            told["fitted"],
            {name: tuple(bits) for name, bits in told["weights"].items()},
        ),
        zones=_zones(told),
        passes={name: Compared(**each) for name, each in told["passes"].items()},
        uncompared=Uncompared(**told["uncompared"]),
        epochs=told["epochs"],
        groups={name: Group(**each) for name, each in told["groups"].items()},
        changes=Changes(
            told["came"],
            told["went"],
            {kind: changed.get(kind, (0, 0))[0] for kind in KINDS},
            {kind: changed.get(kind, (0, 0))[1] for kind in KINDS},
        ),
    )


def _zones(told: Mapping[str, Any]) -> Zones:
    return Zones(
        accept=told["accept"],
        review=told["review"],
        linked=told["accepted"],
        waiting=told["reviewed"],
        left=told["candidates"] - told["accepted"] - told["reviewed"],
        expected_precision=told["expected_precision"],
        expected_recall=told["expected_recall"],
        reasons=told["reviews"],
    )

"""Link everything visible: each anchor's pass under its own vault role, then the merge, persons and reviews.

A pass opens one anchor's filters, compares what is new with all, and hands on pairs of handles; the merge opens handle
maps and never a filter. The first link fits a model, which later links use as it stands until somebody refits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import delete, insert
from sqlmodel import Session, col, func, select

from api.centre import Centre, Report
from api.errors import ServiceError
from api.services import households, journal, passes, unlinking
from api.services.journal import Event
from api.services.layers import due
from api.services.lock import alone
from api.services.staging import open_handles
from api.store import (
    Content,
    Decision,
    HandleBlock,
    Membership,
    Person,
    PersonChange,
    Review,
    Run,
    Submission,
    Token,
    Withdrawal,
    forget_arrival,
)
from linkage import matching
from linkage.encoding.compartments import HANDLE_MAP, TOKENS, draw
from linkage.encoding.tokens import TOKEN
from linkage.matching import DECISIONS, Frozen, Linkage, MatchingError, Topology
from policies.topology_rules import TopologyRules, load_topology

MEMBERS = ("record", "person", "household")


@dataclass(frozen=True, slots=True)
class Linked:
    """What a run found: how many records, persons and reviews, under which run, and the report.

    `arrival_forgotten`: whether the store no longer tells which rows came together.
    """

    run: int
    records: int
    persons: int
    reviews: int
    report: dict[str, Any]
    arrival_forgotten: bool = False


def link(centre: Centre, report: Report, means: passes.Means = passes.USUAL, *, refit: bool = False) -> Linked:
    """Link all visible records; person ids stay with the records that carried them.

    The last run's frozen model judges, unless there is none yet or `refit` asks for a new one. Raises ServiceError
    NOTHING_TO_LINK or MODEL_OTHER_POLICY, VaultError or MatchingError; then the earlier persons stand.
    """
    started = centre.clock()
    frozen = None if refit else frozen_model(centre)
    anchors = [anchor.name for anchor in centre.policy.anchors]
    handle_map, gone = _handle_maps(centre)
    found_by = {}
    with alone(centre.lock):
        means.room(centre).sweep()
        for done, anchor in enumerate(anchors, start=1):
            found_by[anchor] = passes.run(centre, anchor, _handles(handle_map, anchor), _handles(gone, anchor), means)
            report("pass", done, len(anchors))
    if not len(handle_map):
        raise _nothing()
    tokens = _tokens(centre, handle_map)
    rules = load_topology()
    above = _decisions(centre), _topology(centre, rules)
    found = matching.link(handle_map, tokens, found_by, _settings(centre), frozen, *above)
    report("merge", 1, 1)
    under = {"topology": rules.hash, "fitted": frozen is None}
    linked = _store(centre, found, households.group(handle_map, tokens), started, under)
    return replace(linked, arrival_forgotten=forget_arrival(centre.store))


def frozen_model(centre: Centre) -> Frozen | None:
    """Return what the newest run judged by; None before the first, and after runs that kept no thresholds.

    Raises ServiceError MODEL_OTHER_POLICY: under other floors and other filters its weights mean nothing.
    """
    with Session(centre.store) as session:
        run = session.exec(select(Run).order_by(col(Run.id).desc())).first()
    if run is None:
        return None
    try:
        frozen = Frozen.from_json(run.model)
    except MatchingError as error:
        if error.code == "MODEL_VERSION":
            return None
        raise
    if run.policy != centre.policy.hash:
        message = "the model was fitted under another linkage policy"
        raise ServiceError("MODEL_OTHER_POLICY", message, hint="run `lapis centre refit`")
    return frozen


def _handles(handle_map: pa.Table, compartment: str) -> pa.ChunkedArray:
    return handle_map.filter(pc.equal(pc.cast(handle_map["compartment"], pa.string()), compartment))["handle"]


def _handle_maps(centre: Centre) -> tuple[pa.Table, pa.Table]:
    """Return the handles of what is visible, and of what its agencies withdrew; what people set apart is neither."""
    with Session(centre.store) as session:
        query = select(HandleBlock).join(Submission).where(col(Submission.visible_at).is_not(None))
        blocks = session.exec(query).all()
        gone = pa.array(session.exec(select(Withdrawal.record)).all(), pa.int64())
        apart = pa.array(unlinking.apart(session), pa.int64())
    if not blocks:
        raise _nothing()
    with centre.login("merge") as vault:
        maps = [open_handles(vault, block) for block in blocks]
    whole = pa.concat_tables([HANDLE_MAP.empty_table(), *maps]).unify_dictionaries().combine_chunks()
    withdrawn = pc.is_in(whole["record"], gone)
    visible = pc.invert(pc.or_(withdrawn, pc.is_in(whole["record"], apart)))
    return whole.filter(visible), whole.filter(withdrawn)


def _nothing() -> ServiceError:
    return ServiceError("NOTHING_TO_LINK", "no submission is visible", hint="ingest one first")


def _tokens(centre: Centre, handle_map: pa.Table) -> pa.Table:
    with Session(centre.store) as session:
        rows = session.exec(select(Token.handle, Token.nik, Token.kk)).all()
    handles, niks, kks = list(zip(*rows, strict=True)) or [(), (), ()]
    columns = {"handle": pa.array(handles, pa.int64()), "nik": pa.array(niks, TOKEN), "kk": pa.array(kks, TOKEN)}
    table = pa.table(columns)
    return table.filter(pc.is_in(table["handle"], _handles(handle_map, TOKENS)))


def _settings(centre: Centre) -> matching.LinkSettings:
    rules = centre.policy.matching
    budget = matching.Budget(rules.false_match_budget, rules.missed_match_budget, rules.least_probability)
    return matching.LinkSettings(budget=budget, all_scored=False)


def _decisions(centre: Centre) -> pa.Table:
    with Session(centre.store) as session:
        rows = session.exec(select(Decision.left, Decision.right, Decision.same, Decision.by_two)).all()
    return pa.table([list(column) for column in zip(*rows, strict=True)] or [[], [], [], []], schema=DECISIONS)


def _topology(centre: Centre, rules: TopologyRules) -> Topology | None:
    """Return which lists meet; None where all do."""
    if rules.plain:
        return None
    with Session(centre.store) as session:
        rows = session.exec(select(Content.record, Content.agency).order_by(col(Content.record))).all()
    sources = sorted({agency for _, agency in rows})
    number = {name: at for at, name in enumerate(sources)}
    records = np.array([record for record, _ in rows], np.int64)
    return Topology(records, np.array([number[agency] for _, agency in rows], np.int64), rules.meet(sources))


def _patterns(found: Linkage) -> pa.Table:
    """Return the reviews with each one's pattern, its levels as text."""
    levels = [pc.cast(found.scored[field.name], pa.string()) for field in found.frozen.model.fields]
    scored = found.scored.select(["left", "right"]).append_column("pattern", pc.binary_join_element_wise(*levels, ","))
    return found.reviews.select(["left", "right", "reason", "probability", "two_niks"]).join(scored, ["left", "right"])


def _store(centre: Centre, found: Linkage, cards: pa.Table, started: datetime, under: Mapping[str, Any]) -> Linked:
    """Replace memberships and reviews in one transaction, with its entry in the log; say whom layering must renew."""
    with Session(centre.store) as session, session.begin():
        before = session.exec(select(Membership.record, Membership.person, Membership.household)).all()
        columns = list(zip(*before, strict=True)) or [(), (), ()]
        previous = pa.table([pa.array(column, pa.int64()) for column in columns], names=list(MEMBERS))
        persons = matching.assign(found.clusters, previous, lambda count: draw(count, centre.entropy))
        homes = households.settle(
            cards, previous.select(["record", "household"]), lambda count: draw(count, centre.entropy)
        )
        details = _details(session, found, previous) | dict(under)
        persons = persons.append_column("household", households.beside(persons["record"].combine_chunks(), homes))
        run = Run(
            started_at=started,
            finished_at=centre.clock(),
            policy=centre.policy.hash,
            model=found.frozen.to_json(),
            report=json.dumps(details, sort_keys=True),
        )
        session.add(run)
        session.flush()
        if run.id is None:
            raise ServiceError("STORE_FAILED", "the store gave the run no number")
        _replace(session, run.id, persons, _patterns(found))
        changed = matching.changes(previous, persons)
        if len(changed):
            rows = [{**row, "run": run.id} for row in changed.to_pylist()]
            session.connection().execute(insert(PersonChange), rows)
        due.mark(session, households.moved(previous, persons))
        linked = Linked(run.id, len(persons), len(persons["person"].unique()), len(found.reviews), details)
        counts = {"rows": linked.records, "persons": linked.persons, "reviews": linked.reviews}
        subject = {"run": run.id, **counts, "model": found.frozen.hash}
        event = Event("LINKED", journal.OPERATOR, "service", "", "", subject)
        journal.record(session, event, run.finished_at)
        return linked


def _details(session: Session, found: Linkage, previous: pa.Table) -> dict[str, Any]:
    """Return what the run's report keeps: what linking counted, and what only the store knows."""
    records, before = (np.sort(table["record"].to_numpy()) for table in (found.clusters, previous))
    marked = {
        name: np.isin(records, np.array(session.exec(select(Content.record).where(col(column))).all(), np.int64))
        for name, column in (("mononym", Content.mononym), ("default_date", Content.default_date))
    }
    told = asdict(found.report)
    stood = matching.stand(records, found.clusters, found.reviews, marked)
    told["groups"] |= {name: asdict(group) for name, group in stood.items()}
    told["epochs"] = _epochs(session)
    came = int((~np.isin(records, before)).sum())
    # What was withdrawn since has no person any more: only the last run knows how many there were.
    last = session.exec(select(Run.report).order_by(col(Run.id).desc())).first()
    were = json.loads(last).get("records", len(before)) if last else 0
    return told | {"came": came, "went": were + came - len(records)}


def _epochs(session: Session) -> dict[str, int]:
    """Count visible rows by epoch: filters of two epochs never meet."""
    query = select(Submission.epoch, func.count()).join(Content, col(Content.submission) == col(Submission.id))
    query = query.where(col(Submission.visible_at).is_not(None)).group_by(col(Submission.epoch))
    return {epoch: int(rows) for epoch, rows in session.exec(query)}


def _replace(session: Session, run: int, persons: pa.Table, reviews: pa.Table) -> None:
    known = set(session.exec(select(Person.id)))
    new = [{"id": person, "first_run": run} for person in persons["person"].unique().to_pylist() if person not in known]
    memberships = [{**row, "run": run} for row in persons.select(list(MEMBERS)).to_pylist()]
    held = [{**row, "run": run} for row in reviews.to_pylist()]
    # Withdrawn while this run was under way.
    gone = set(session.exec(select(Withdrawal.record))) | unlinking.apart(session)
    memberships = [row for row in memberships if row["record"] not in gone]
    held = [row for row in held if not {row["left"], row["right"]} & gone]
    for table, rows in ((Membership, memberships), (Review, held)):
        session.execute(delete(table))
        if table is Membership and new:
            session.connection().execute(insert(Person), new)
        if rows:
            session.connection().execute(insert(table), rows)


def last_report(centre: Centre) -> dict[str, Any]:
    """Return the newest run's report; raises ServiceError NOTHING_LINKED."""
    with Session(centre.store) as session:
        run = session.exec(select(Run).order_by(col(Run.id).desc())).first()
    if run is None:
        raise ServiceError("NOTHING_LINKED", "there are no persons yet", hint="run `lapis centre link` first")
    return dict(json.loads(run.report))

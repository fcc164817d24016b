"""Take a submission in: pepper, layer, seal, split, and make it visible as a whole. Never keeps a t1 token.

A chunk is one transaction; files come first, so that a row in the store always has its file, and a file without a row
is an orphan of a killed run. What is staged stays invisible until the last chunk is there; a second run goes on with
the first chunk that is missing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from sqlmodel import Session, col, func, select

from api.centre import Centre, Report
from api.errors import ServiceError
from api.services import budget, corrections, intake, journal, staging
from api.services.corrections import Corrections
from api.services.intake import Accepted
from api.services.journal import Event
from api.services.lock import alone
from api.services.peppering import Pepperer
from api.store import FilterFile, HandleBlock, PairFile, Reference, Submission
from linkage.encoding import compartments
from linkage.encoding.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a submission: rows in it, rows that were known already, and whether all of it was."""

    agency: str
    content: str
    rows: int
    known_rows: int
    again: bool


def ingest(centre: Centre, path: Path, report: Report) -> Receipt:
    """Take in the submission at `path`, or go on with it; the same content twice is one submission.

    Raises EncodingError, ServiceError (TOKEN_BUDGET: go on the next day) or VaultError; then nothing of it is visible.
    """
    with alone(centre.lock), path.open("rb") as file:
        found = intake.identify(centre, file)
        entry = _entry(centre, found)
        if entry is not None and entry.visible_at is not None:
            return Receipt(entry.agency, entry.content, entry.rows, entry.known_rows, again=True)
        return _take(centre, file, found, report)


def _take(centre: Centre, file: BinaryIO, found: Envelope, report: Report) -> Receipt:
    vault = centre.login("ingest")
    accepted = intake.accept(centre, file, found, vault, report)
    _sweep(centre)
    number = _stage(centre, accepted)
    pepperer = Pepperer(centre, vault)
    done = _staged_groups(centre, number)
    replaced = corrections.resolve(centre, accepted)
    rows = 0
    for group in range(accepted.submission.groups):
        if group not in done:
            _chunk(centre, pepperer, number, group, accepted, replaced)
        rows += accepted.submission.group_rows(group)
        report("ingest", rows, accepted.submission.rows)
    return _publish(centre, number)


def _chunk(
    centre: Centre, pepperer: Pepperer, submission: int, group: int, accepted: Accepted, replaced: Corrections
) -> None:
    """Pepper, layer, split and stage one row group."""
    agency = accepted.envelope.header.agency
    table = accepted.submission.group(group)
    lookup = pepperer.look_up(table["ref"].combine_chunks())
    fresh = pc.invert(pc.is_in(lookup, _known(centre, agency, lookup)))
    table, lookup = table.filter(fresh), lookup.filter(fresh)
    asked = budget.count(table, centre.policy)
    day = budget.check(centre, agency, asked)
    peppered = pepperer.pepper(table, lookup)
    parts = compartments.split(corrections.content(table, replaced), peppered.rows, centre.entropy)
    names = staging.write_filters(centre, pepperer.vault, parts.filters)
    block = staging.seal_handles(centre, pepperer.vault, pepperer.versions[staging.HANDLES], parts.handle_map)
    with Session(centre.store) as session, session.begin():
        staging.store(session, submission, agency, parts, peppered.new_cells)
        budget.spend(session, agency, day, asked, centre.clock())
        for anchor, name in names.items():
            session.add(FilterFile(name=name, anchor=anchor, rows=len(parts.filters[anchor])))
        session.add(
            HandleBlock(
                submission=submission, number=group, rows=len(table), wrapped_key=block.wrapped_key, sealed=block.sealed
            )
        )


def _entry(centre: Centre, found: Envelope) -> Submission | None:
    with Session(centre.store) as session:
        return session.exec(
            select(Submission).where(Submission.agency == found.header.agency, Submission.content == found.content)
        ).first()


def _stage(centre: Centre, accepted: Accepted) -> int:
    """Return the submission's number, new or half-done; an agency's half-done submission is finished before another."""
    header = accepted.envelope.header
    with Session(centre.store) as session:
        unfinished = session.exec(
            select(Submission).where(Submission.agency == header.agency, col(Submission.visible_at).is_(None))
        ).first()
    if unfinished is not None and unfinished.content != accepted.envelope.content:
        hint = "ingest that file again first"
        raise ServiceError("INGEST_UNFINISHED", "an earlier submission is half-done", place=header.agency, hint=hint)
    entry = unfinished
    if entry is None:
        entry = Submission(
            agency=header.agency,
            content=accepted.envelope.content,
            epoch=header.epoch,
            policy=header.policy,
            rows=accepted.submission.rows,
            statistics=json.dumps(accepted.submission.statistics, sort_keys=True),
            staged_at=centre.clock(),
        )
        with Session(centre.store, expire_on_commit=False) as session, session.begin():
            session.add(entry)
    if entry.id is None:
        raise ServiceError("STORE_FAILED", "the store gave the submission no number")
    return entry.id


def _staged_groups(centre: Centre, submission: int) -> set[int]:
    with Session(centre.store) as session:
        return set(session.exec(select(HandleBlock.number).where(HandleBlock.submission == submission)))


def _known(centre: Centre, agency: str, lookup: pa.Array) -> pa.Array:
    """Return those look-ups that the agency's earlier rows have."""
    with Session(centre.store) as session:
        query = select(Reference.lookup).where(
            Reference.agency == agency, col(Reference.lookup).in_(lookup.to_pylist())
        )
        return pa.array(session.exec(query).all(), lookup.type)


def _publish(centre: Centre, submission: int) -> Receipt:
    """Make the submission visible, in one short transaction with its entry in the log."""
    with Session(centre.store) as session, session.begin():
        entry = session.get_one(Submission, submission)
        stored = session.exec(select(func.sum(HandleBlock.rows)).where(HandleBlock.submission == submission)).one()
        entry.known_rows = entry.rows - (stored or 0)
        entry.visible_at = centre.clock()
        subject = {"submission": submission, "agency": entry.agency, "rows": entry.rows, "known_rows": entry.known_rows}
        event = Event("SUBMISSION_VISIBLE", journal.OPERATOR, "service", "", "", subject)
        journal.record(session, event, entry.visible_at)
        return Receipt(entry.agency, entry.content, entry.rows, entry.known_rows, again=False)


def _sweep(centre: Centre) -> None:
    """Delete the filter files that no row of the store knows: what a killed run left behind."""
    with Session(centre.store) as session:
        known = {*session.exec(select(FilterFile.name)), *session.exec(select(PairFile.name))}
    for path in centre.filters.iterdir():
        if path.name not in known:
            path.unlink()

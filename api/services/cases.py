"""Cases: an officer says whose rows must be named and why, and asks the vault; two others approve there, or refuse.

It decides nothing that the vault decides: approvals are given in the vault, by its own logins, and learnt from it.
Never holds a reference in the clear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import exists, insert, literal, update
from sqlmodel import Session, col, func, select
from sqlmodel.sql.sqltypes import UTCDateTime

from api.centre import Centre
from api.errors import ServiceError
from api.services import references
from api.services.references import SealedReference
from api.store import Agency, Case, CaseApproval, CasePerson, CaseRequest
from vault import VaultError, VaultSession, cases

ROLE = "release"
LONGEST, URGENT_LONGEST = timedelta(days=14), timedelta(hours=4)
MOST_PERSONS, URGENT_PERSONS = 30, 5
MOST_REFERENCES = 150
"""Rows that one case may name: of thirty people, five lists each."""
URGENT_PURPOSE = "vital-interest"
REVIEW_WITHIN = timedelta(hours=24)
State = Literal["waiting", "refused", "released", "expired"]


@dataclass(frozen=True, slots=True)
class Draft:
    """What an officer asks for; `officer_key` (X25519, hex) takes answers, if there may be any."""

    persons: tuple[int, ...]
    purpose: str
    basis: str
    lasts: timedelta
    urgent: bool
    officer_key: str | None


@dataclass(frozen=True, slots=True)
class Watched:
    """What the vault says of a case's requests: who approved all of them, and whether it would open them."""

    approvers: tuple[str, ...]
    approved: bool


@dataclass(frozen=True, slots=True)
class Alert:
    """Something about an urgent case that a person must look at, and since when."""

    case: int
    code: Literal["URGENT_CASE", "REVIEW_OVERDUE"]
    since: datetime


def open_case(centre: Centre, session: Session, draft: Draft, by: str) -> Case:
    """Ask the vault for every reference of the case and write the case down.

    Raises ServiceError CASE_LIMITS, CASE_EMPTY or CASE_AGENCY_KEY, or VaultError; then nothing is written.
    """
    _check(draft)
    found = references.of_persons(centre, session, draft.persons)
    _check_references(session, found)
    asks = [cases.ask(lambda: release(centre), each.ciphertext) for each in found]
    kept = cases.keep(lambda: release(centre), asks)
    now = centre.clock()
    digests = [cases.digest(each.ciphertext) for each in found]
    case = Case(
        opened_by=by, opened_at=now, expires=now + draft.lasts, purpose=draft.purpose, basis=draft.basis,
        urgent=draft.urgent, officer_key=draft.officer_key, manifest=cases.manifest(digests),
    )  # fmt: skip
    session.add(case)
    session.flush()
    number = number_of(case)
    session.add_all(CasePerson(case=number, person=person) for person in set(draft.persons))
    for each, digest, ask, token in zip(found, digests, asks, kept, strict=True):
        session.add(CaseRequest(case=number, digest=digest, agency=each.agency, accessor=ask.accessor, token=token))
    session.flush()
    return case


def release(centre: Centre) -> VaultSession:
    """Log in as the role that asks and opens: the login serves twice."""
    return centre.login(ROLE)


def _check(draft: Draft) -> None:
    most, longest = (URGENT_PERSONS, URGENT_LONGEST) if draft.urgent else (MOST_PERSONS, LONGEST)
    if not 0 < len(set(draft.persons)) <= most:
        raise ServiceError("CASE_LIMITS", f"expected 1 to {most} persons", place="persons")
    if not timedelta() < draft.lasts <= longest:
        raise ServiceError("CASE_LIMITS", f"expected at most {longest}", place="hours")
    if draft.urgent and draft.purpose != URGENT_PURPOSE:
        raise ServiceError("CASE_LIMITS", f"an urgent case serves {URGENT_PURPOSE} alone", place="purpose")


def _check_references(session: Session, found: Sequence[SealedReference]) -> None:
    if not found:
        raise ServiceError("CASE_EMPTY", "no row of these persons is here")
    if len(found) > MOST_REFERENCES:
        raise ServiceError("CASE_LIMITS", f"expected at most {MOST_REFERENCES} rows", hint="open two cases")
    for agency in sorted({each.agency for each in found}):
        if session.get_one(Agency, agency).enrolment_key is None:
            hint = "enrol it again by its card: `lapis centre enrol`"
            raise ServiceError("CASE_AGENCY_KEY", "no key to seal a ticket to", place=agency, hint=hint)


def find(session: Session, number: int) -> Case:
    """Return a case; raises ServiceError NOT_FOUND."""
    found = session.get(Case, number)
    if found is None:
        raise ServiceError("NOT_FOUND", "no such case")
    return found


def number_of(case: Case) -> int:
    """Return the number of a case that is in the store."""
    if case.id is None:
        raise ServiceError("STORE_FAILED", "the store gave the case no number")
    return case.id


def name_of(case: Case) -> str:
    """Return what people and the log call a case."""
    return f"case-{number_of(case)}"


def listed(session: Session, limit: int) -> list[Case]:
    """Return the newest cases."""
    return list(session.exec(select(Case).order_by(col(Case.id).desc()).limit(limit)))


def requests(session: Session, case: Case) -> list[CaseRequest]:
    """Return what the vault was asked, by digest."""
    query = select(CaseRequest).where(CaseRequest.case == case.id).order_by(col(CaseRequest.digest))
    return list(session.exec(query))


def persons(session: Session, case: Case) -> list[int]:
    """Return whom a case is about, by id."""
    query = select(CasePerson.person).where(CasePerson.case == case.id).order_by(col(CasePerson.person))
    return list(session.exec(query))


def approvers(session: Session, case: Case) -> list[str]:
    """Return who has been seen to approve, by the vault's ids."""
    query = select(CaseApproval.person).where(CaseApproval.case == case.id).order_by(col(CaseApproval.person))
    return list(session.exec(query))


def counts(session: Session, case: Case) -> tuple[int, int]:
    """Return how many persons and how many references a case has."""
    people = select(func.count()).select_from(CasePerson).where(CasePerson.case == case.id)
    asked = select(func.count()).select_from(CaseRequest).where(CaseRequest.case == case.id)
    return session.exec(people).one(), session.exec(asked).one()


def state(case: Case, now: datetime) -> State:
    """Say how far a case is."""
    if case.refused_at is not None:
        return "refused"
    if now >= case.expires:
        return "expired"
    return "waiting" if case.released_at is None else "released"


def watch(centre: Centre, session: Session, case: Case) -> Watched:
    """Ask the vault who has approved, and remember it; raises ServiceError CASE_LOST, or VaultError."""
    asked = requests(session, case)
    try:
        pending = cases.watch(lambda: release(centre), [each.accessor for each in asked])
    except VaultError as failure:
        if failure.code != "CASE_UNKNOWN":
            raise
        hint = "a request waits for three days at most: open a new case"
        raise ServiceError("CASE_LOST", "the vault holds the requests no more", hint=hint) from None
    same = [each.digest for each in pending] == [each.digest for each in asked]
    everywhere = set.intersection(*(set(each.approvers) for each in pending)) if pending else set()
    for person in sorted(everywhere - set(approvers(session, case))):
        _remember(session, number_of(case), person, centre.clock())
    return Watched(tuple(sorted(everywhere)), bool(pending) and same and all(each.approved for each in pending))


def _remember(session: Session, case: int, person: str, now: datetime) -> None:
    """Write an approval down, unless another request has done so meanwhile."""
    there = exists().where(col(CaseApproval.case) == case, col(CaseApproval.person) == person)
    values = select(literal(case), literal(person), literal(now, UTCDateTime())).where(~there)
    session.connection().execute(insert(CaseApproval).from_select(["case", "person", "seen_at"], values))


def refuse(session: Session, case: Case, by: str, reason: str, now: datetime) -> None:
    """End a case for good: its requests' tokens go, so that nobody opens them whatever is approved in the vault.

    Raises ServiceError CASE_REFUSED, CASE_RELEASED or CASE_EXPIRED.
    """
    end(session, case, now, refused_by=by, refused_at=now, refused_for=reason)
    forget_tokens(session, case)


def end(session: Session, case: Case, now: datetime, **how: object) -> None:
    """End a waiting case, once: of two who try, one is refused."""
    waits = (col(Case.id) == case.id, col(Case.refused_at).is_(None), col(Case.released_at).is_(None))
    check_waits(case, now)
    ended = session.connection().execute(update(Case).where(*waits).values(**how)).rowcount
    session.refresh(case)
    if ended != 1:
        check_waits(case, now)


def check_waits(case: Case, now: datetime) -> None:
    """Raise ServiceError CASE_REFUSED, CASE_RELEASED or CASE_EXPIRED unless the case waits."""
    reached = state(case, now)
    if reached != "waiting":
        raise ServiceError(f"CASE_{reached.upper()}", f"the case is {reached}", place=name_of(case))


def forget_tokens(session: Session, case: Case) -> None:
    """Drop what opens the case's requests."""
    session.connection().execute(update(CaseRequest).where(col(CaseRequest.case) == case.id).values(token=None))


def review(session: Session, case: Case, by: str, verdict: str, now: datetime) -> None:
    """Record what the data-protection officer found of an urgent case, once.

    Raises ServiceError CASE_NOT_URGENT or CASE_REVIEWED.
    """
    if not case.urgent:
        raise ServiceError("CASE_NOT_URGENT", "only urgent cases are reviewed", place=name_of(case))
    if case.reviewed_at is not None:
        raise ServiceError("CASE_REVIEWED", "the case is reviewed already", place=name_of(case))
    case.reviewed_by, case.reviewed_at, case.verdict = by, now, verdict
    session.add(case)


def alerts(session: Session, now: datetime) -> list[Alert]:
    """Return every urgent case that waits for its review, and those whose review is late, oldest first."""
    query = select(Case).where(col(Case.urgent).is_(True), col(Case.reviewed_at).is_(None)).order_by(col(Case.id))
    found = []
    for case in session.exec(query):
        found.append(Alert(number_of(case), "URGENT_CASE", case.opened_at))
        due = case.opened_at + REVIEW_WITHIN
        if now >= due:
            found.append(Alert(number_of(case), "REVIEW_OVERDUE", due))
    return found

"""Open an approved case, once, into one signed ticket an agency, and take the agencies' answers.

References are in the clear in this process's memory between the vault's answer and the seal to their agency, and
nowhere else: never in the store, the log, an error or a result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from api.centre import Centre
from api.errors import ServiceError
from api.services import cases
from api.store import Agency, Case, CaseAnswer, CaseRequest
from api.store import Ticket as TicketRow
from linkage.encoding import answer, ticket
from linkage.encoding.ticket import Ticket
from vault import VaultError, sign, signing_key
from vault import cases as gated
from vault.keys import TICKET

LEAST_APPROVERS = 2


@dataclass(frozen=True, slots=True)
class Released:
    """What a release came to: the agencies that have a ticket, and who approved."""

    agencies: tuple[str, ...]
    approvers: tuple[str, ...]


def release(centre: Centre, session: Session, case: Case, by: str) -> Released:
    """Open every reference of an approved case and write each agency's ticket.

    Raises ServiceError CASE_NOT_APPROVED, CASE_SELF_APPROVED, CASE_LOST, or CASE_REFUSED, CASE_RELEASED, CASE_EXPIRED.
    If it breaks off half-way, what was opened is lost: the vault opens nothing twice, and a new case is needed.
    """
    now = centre.clock()
    cases.check_waits(case, now)
    watched = cases.watch(centre, session, case)
    _check(case, watched)
    asked = cases.requests(session, case)
    cases.end(session, case, now, released_by=by, released_at=now)
    opened = [_open(centre, each) for each in asked]
    refs: defaultdict[str, list[bytes]] = defaultdict(list)
    for request, each in zip(asked, opened, strict=True):
        refs[request.agency].append(each)
    for agency, own in sorted(refs.items()):
        session.add(_ticket(centre, session, case, agency, own))
    cases.forget_tokens(session, case)
    return Released(tuple(sorted(refs)), watched.approvers)


def _check(case: Case, watched: cases.Watched) -> None:
    # The vault's third factor counts people too; it cannot know who opened the case.
    if case.opened_by in watched.approvers:
        hint = "open it again, and let two others approve"
        raise ServiceError("CASE_SELF_APPROVED", "who opened a case cannot approve it", hint=hint)
    if not watched.approved or len(watched.approvers) < LEAST_APPROVERS:
        raise ServiceError("CASE_NOT_APPROVED", "not approved by two people yet", place=cases.name_of(case))


def _open(centre: Centre, request: CaseRequest) -> bytes:
    if request.token is None:
        raise ServiceError("CASE_LOST", "a request of the case cannot be opened any more")
    try:
        return gated.release_kept(lambda: cases.release(centre), request.token)
    except VaultError as failure:
        if failure.code != "CASE_NOT_APPROVED":
            raise
        hint = "someone else may have opened it: look at the vault's audit trail, and open a new case"
        raise ServiceError("CASE_LOST", "the vault opens a request of the case no more", hint=hint) from None


def _ticket(centre: Centre, session: Session, case: Case, agency: str, refs: Sequence[bytes]) -> TicketRow:
    officer = bytes.fromhex(case.officer_key or "")
    made = Ticket(cases.name_of(case), agency, case.purpose, int(case.expires.timestamp()), tuple(refs), officer)
    vault = cases.release(centre)
    try:
        key = signing_key(vault, TICKET.name)
        signed = ticket.issue(made, lambda text: sign(vault, key, text))
    finally:
        vault.leave()
    to = bytes.fromhex(session.get_one(Agency, agency).enrolment_key or "")
    sealed = ticket.seal(signed, made.case, agency, to).decode()
    return TicketRow(case=cases.number_of(case), agency=agency, sealed=sealed, issued_at=centre.clock())


def of_agency(session: Session, agency: str, now: datetime) -> list[tuple[Case, TicketRow]]:
    """Return an agency's tickets of cases that still run, newest first."""
    query = select(Case, TicketRow).where(col(TicketRow.case) == Case.id, TicketRow.agency == agency)
    query = query.where(col(Case.expires) > now).order_by(col(Case.id).desc())
    return [(case, row) for case, row in session.exec(query)]


def give(session: Session, case: Case, agency: str, sealed: str, now: datetime) -> None:
    """Keep an agency's answer, once, if the case takes answers and the agency signed it.

    Raises ServiceError CASE_TAKES_NO_ANSWERS, CASE_EXPIRED or ANSWER_GIVEN, or EncodingError ANSWER_INVALID.
    """
    if cases.state(case, now) != "released":
        raise ServiceError("CASE_EXPIRED", "the case takes answers no more", place=cases.name_of(case))
    if case.officer_key is None:
        raise ServiceError("CASE_TAKES_NO_ANSWERS", "the case asks for no answer", place=cases.name_of(case))
    key = session.get_one(Agency, agency).signing_key
    answer.verify(sealed.encode(), cases.name_of(case), agency, key, bytes.fromhex(case.officer_key))
    if session.get(CaseAnswer, (case.id, agency)) is not None:
        raise ServiceError("ANSWER_GIVEN", "this agency has answered the case", place=cases.name_of(case))
    session.add(CaseAnswer(case=cases.number_of(case), agency=agency, sealed=sealed, given_at=now))
    session.flush()


def answers(session: Session, case: Case, by: str) -> Mapping[str, str]:
    """Return each agency's sealed answer to whoever opened the case; raises ServiceError NOT_FOUND for anyone else."""
    if case.opened_by != by:
        raise ServiceError("NOT_FOUND", "no such case of yours")
    query = select(CaseAnswer).where(CaseAnswer.case == case.id).order_by(col(CaseAnswer.agency))
    return {each.agency: each.sealed for each in session.exec(query)}

"""Cases over HTTP. Approvals do not pass here: an approver gives them in the vault, with her own login.

Opening is by a router of its own, for it asks for a purpose and a legal basis.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, status

from api.access import Visit
from api.access.admission import VISIT
from api.routes import forms
from api.routes.case_forms import (
    AlertList,
    AlertView,
    AnswerList,
    AnswerView,
    Asked,
    CaseList,
    CaseView,
    EntryProof,
    NewAnswer,
    NewCase,
    NewRefusal,
    NewReview,
    ReleaseView,
    TicketList,
    TicketView,
)
from api.routes.forms import MOST, Limit
from api.services import cases, proofs, tickets
from api.services.cases import Draft
from api.store import Case

opening = APIRouter(prefix="/v1", tags=["cases"])
router = APIRouter(prefix="/v1", tags=["cases"])
Here = Annotated[Visit, VISIT]
CaseId = Annotated[str, Path(pattern="^case-[0-9]{1,9}$", examples=["case-12"])]
Since = Annotated[int, Query(ge=0, le=MOST, examples=[70], description="entries that the asker has seen signed")]
APPROVERS = frozenset({"dpo", "pmo-head"})


@opening.post("/cases", operation_id="createCase", status_code=status.HTTP_201_CREATED)
def create(visit: Here, wanted: NewCase) -> CaseView:
    """Open a case: ask the vault for the references of up to 30 persons. Two others must approve, in the vault."""
    draft = Draft(
        persons=tuple(forms.read(each) for each in wanted.persons),
        purpose=visit.asked.purpose or "",
        basis=visit.asked.basis or "",
        lasts=timedelta(hours=wanted.hours),
        urgent=wanted.urgent,
        officer_key=wanted.officer_key,
    )
    case = cases.open_case(visit.service.centre, visit.session, draft, visit.asked.entity)
    _enter_opening(visit, case)
    return _view(visit, case)


def _enter_opening(visit: Visit, case: Case) -> None:
    """Write what approvers will hold the vault's requests against."""
    people, asked = cases.counts(visit.session, case)
    entry = visit.enter(
        "CASE_OPENED_URGENT" if case.urgent else "CASE_OPENED",
        case=cases.name_of(case),
        manifest=case.manifest,
        count=asked,
        people=people,
        persons=[forms.shown(each) for each in cases.persons(visit.session, case)],
        asked=[each.accessor for each in cases.requests(visit.session, case)],
        expires=case.expires.isoformat(timespec="seconds"),
        officer=case.officer_key,
    )
    visit.session.flush()
    case.entry = entry.id


@router.get("/cases", operation_id="listCases")
def listed(visit: Here, limit: Limit = 50) -> CaseList:
    """List cases, newest first, as counts."""
    found = cases.listed(visit.session, limit)
    visit.enter("CASES_LISTED", count=len(found))
    return CaseList(cases=[_view(visit, each) for each in found])


@router.get("/cases/{case}", operation_id="readCase")
def read(visit: Here, case: CaseId) -> CaseView:
    """Show a case and who has approved it; to approvers also what the vault was asked, to be held against the vault."""
    found = _find(visit, case)
    if cases.state(found, visit.service.centre.clock()) == "waiting":
        cases.watch(visit.service.centre, visit.session, found)
    # Since when the service knows of approvals: what is approved in a breath is flagged.
    visit.enter("CASE_READ", case=case, approvers=cases.approvers(visit.session, found) or None)
    shown = _view(visit, found)
    if visit.asked.roles & APPROVERS:
        asked = cases.requests(visit.session, found)
        shown.asked = [Asked(digest=each.digest.hex(), accessor=each.accessor) for each in asked]
    return shown


@router.get("/cases/{case}/entry", operation_id="readCaseEntry")
def prove(visit: Here, case: CaseId, since: Since = 0) -> EntryProof:
    """Return the log entry of a case's opening with its inclusion proof under a signed checkpoint (RFC 6962)."""
    found = _find(visit, case)
    proof = proofs.of_entry(visit.session, found.entry, since)
    visit.enter("CASE_ENTRY_READ", case=case)
    return EntryProof.model_validate(proof, from_attributes=True)


@router.post("/cases/{case}/refusal", operation_id="sendRefusal")
def refuse(visit: Here, case: CaseId, wanted: NewRefusal) -> CaseView:
    """Refuse a case, for good: what was asked is never opened."""
    found = _find(visit, case)
    cases.refuse(visit.session, found, visit.asked.entity, wanted.reason, visit.service.centre.clock())
    visit.enter("CASE_REFUSED", case=case, reason=wanted.reason)
    return _view(visit, found)


@router.post("/cases/{case}/release", operation_id="createRelease")
def release(visit: Here, case: CaseId) -> ReleaseView:
    """Open a case that two people approved, once: each owning agency gets a signed ticket of its own references."""
    found = _find(visit, case)
    opened = tickets.release(visit.service.centre, visit.session, found, visit.asked.entity)
    visit.enter(
        "CASE_RELEASED",
        case=case,
        manifest=found.manifest,
        opened=[each.accessor for each in cases.requests(visit.session, found)],
        approvers=list(opened.approvers),
        agencies=list(opened.agencies),
    )
    return ReleaseView(case=case, agencies=list(opened.agencies))


@router.post("/cases/{case}/review", operation_id="sendReview")
def review(visit: Here, case: CaseId, wanted: NewReview) -> CaseView:
    """Record the review of an urgent case; it is due within 24 hours of its opening."""
    found = _find(visit, case)
    cases.review(visit.session, found, visit.asked.entity, wanted.verdict, visit.service.centre.clock())
    visit.enter("CASE_REVIEWED", case=case, verdict=wanted.verdict)
    return _view(visit, found)


@router.get("/alerts", operation_id="listAlerts")
def alerts(visit: Here) -> AlertList:
    """List urgent cases that wait for their review, and reviews that are late."""
    found = cases.alerts(visit.session, visit.service.centre.clock())
    visit.enter("ALERTS_LISTED", count=len(found))
    return AlertList(alerts=[AlertView(case=f"case-{each.case}", code=each.code, since=each.since) for each in found])


@router.get("/tickets", operation_id="listTickets")
def fetch(visit: Here) -> TicketList:
    """Fetch the tickets of one's own agency, each sealed to its enrolment key."""
    found = tickets.of_agency(visit.session, visit.asked.agency or "", visit.service.centre.clock())
    visit.enter("TICKETS_LISTED", count=len(found))
    shown = [
        TicketView(
            case=cases.name_of(case), expires=case.expires, answers=case.officer_key is not None, sealed=row.sealed
        )
        for case, row in found
    ]
    return TicketList(tickets=shown)


@router.post("/cases/{case}/answers", operation_id="sendAnswer", status_code=status.HTTP_201_CREATED)
def give(visit: Here, case: CaseId, wanted: NewAnswer) -> AnswerView:
    """Answer a ticket: sealed to the officer who opened the case, signed by the agency, relayed as ciphertext."""
    agency, now = visit.asked.agency or "", visit.service.centre.clock()
    tickets.give(visit.session, _find(visit, case), agency, wanted.sealed, now)
    visit.enter("ANSWER_GIVEN", case=case, octets=len(wanted.sealed))
    return AnswerView(agency=agency, sealed=wanted.sealed)


@router.get("/cases/{case}/answers", operation_id="listAnswers")
def answers(visit: Here, case: CaseId) -> AnswerList:
    """Fetch the answers to a case of one's own; only the officer's own key opens them."""
    found = tickets.answers(visit.session, _find(visit, case), visit.asked.entity)
    visit.enter("ANSWERS_READ", case=case, count=len(found))
    return AnswerList(answers=[AnswerView(agency=agency, sealed=sealed) for agency, sealed in found.items()])


def _find(visit: Visit, case: str) -> Case:
    return cases.find(visit.session, int(case.removeprefix("case-")))


def _view(visit: Visit, case: Case) -> CaseView:
    people, asked = cases.counts(visit.session, case)
    return CaseView(
        case=cases.name_of(case),
        state=cases.state(case, visit.service.centre.clock()),
        opened_at=case.opened_at,
        expires=case.expires,
        purpose=case.purpose,
        basis=case.basis,
        urgent=case.urgent,
        answers=case.officer_key is not None,
        persons=people,
        references=asked,
        approvals=len(cases.approvers(visit.session, case)),
        refused_for=case.refused_for,
        verdict=case.verdict,
    )

"""What officers oversee: the access log, with what was proved of it, and the cases. Looking is an entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.access import Visit
from api.access.admission import VISIT
from api.errors import ServiceError
from api.pages import cells, downloads, views
from api.pages.cells import Kind, named
from api.pages.fields import AnyAgency, AnyDay, AnyPerson
from api.pages.rendering import seconds_between
from api.pages.tables import FORMS, Asked, Column, Cursor, Table, asked, taken
from api.routes.cases import CaseId
from api.routes.forms import MOST
from api.services import cases, flags, logbook, timeline
from api.services.flags import Flag
from api.services.logbook import Line, Looked, Outcome
from api.store import Case

router = APIRouter(prefix="/pages", tags=["pages"], default_response_class=HTMLResponse)
Here = Annotated[Visit, VISIT]
cases_router = APIRouter(
    prefix="/pages", tags=["pages"], default_response_class=HTMLResponse, responses=downloads.GIVEN
)
"""Of pages that ask for no purpose: they say nothing about anybody."""
OUTCOMES = ("done", "denied", "refused")
SHOWN = ("person", "agency", "programme", "regency", "case", "request", "count", "rows", "persons", "submission", "job",
         "about", "verdict", "reason")  # fmt: skip
"""What of an entry's subject is shown, in this order."""
FLAG_DAYS = timedelta(days=30)
"""How far back flags are sought where no first day is chosen."""
MOST_FLAGGED = 10_000
LOG = Table("log", (
    Column("entry", cells.NUMBER, lambda line: None if line.index is None else line.index + 1, none="waits"),
    Column("when", cells.MOMENT, lambda line: line.at), Column("what", named("event"), lambda line: line.event.code),
    Column("who", get=lambda line: line.event.actor), Column("why", named("purpose"), lambda line: line.event.purpose),
    Column("about", Kind(lambda subject, _language: _subject(subject)), lambda line: line.event.subject),
), files=False)  # fmt: skip
CASES = Table("cases", (
    Column("case", cells.ID, lambda row: row.name), Column("state", named("case")),
    Column("why", named("purpose"), lambda row: row.case.purpose), Column("people", cells.NUMBER),
    Column("approvals", cells.NUMBER), Column("ends", cells.MOMENT, lambda row: row.case.expires),
))  # fmt: skip
STEPS = Table("steps", (
    Column("when", cells.MOMENT, lambda step: step.at), Column("what", named("step")),
    Column("reason", named("why"), lambda step: step.more or None),
    Column("who", cells.ID, lambda step: step.who or None),
), "steps-")  # fmt: skip
DISCLOSED = Table("disclosed", (
    Column("agency", get=lambda row: row[0]), Column("rows_told", cells.NUMBER, lambda row: row[1]),
), "disclosed-")  # fmt: skip
AnyFlag = Literal["", Flag]


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as counts."""

    case: Case
    name: str
    state: str
    people: int
    approvals: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What the form above the log chose, as it was written; nothing means all."""

    person: str
    agency: str
    why: str
    outcome: str
    since: str
    until: str
    who: str
    request: str
    flag: str


def chosen(
    person: AnyPerson = "",
    agency: AnyAgency = "",
    why: Annotated[str, Query(max_length=40, pattern="^[a-z-]*$", examples=["targeting"])] = "",
    outcome: Annotated[Literal["", "done", "denied", "refused"], Query(description="what came of it")] = "",
    since: AnyDay = "",
    until: AnyDay = "",
    who: Annotated[
        str, Query(pattern="^[A-Za-z0-9-]{0,64}$", examples=["5f0c8a1e"], description="how the party's id begins")
    ] = "",
    request: Annotated[
        str,
        Query(
            pattern="^((case|request)-[0-9]{1,9}|[1-9][0-9]{0,14})?$",
            examples=["case-12"],
            description="a case, a subject request, or a place in the log",
        ),
    ] = "",
    flag: Annotated[AnyFlag, Query(description="entries with that flag, of thirty days or since `since`")] = "",
) -> Choice:
    """Take the choice."""
    return Choice(person, agency, why, outcome, since, until, who, request, flag)


Sought = Annotated[Choice, Depends(chosen)]


def looked(visit: Visit, sought: Choice) -> Looked:
    """Return which entries are meant; raises ServiceError REQUEST_INVALID."""
    since, until = _day(sought.since), _day(sought.until)
    outcome = cast("Outcome | None", sought.outcome or None)
    return Looked(
        sought.person or None, sought.agency or None, sought.why or None, outcome, since, until,
        sought.who or None, sought.request or None, _with_flag(visit, sought.flag, since, until),
    )  # fmt: skip


def _with_flag(visit: Visit, flag: str, since: date | None, until: date | None) -> frozenset[int] | None:
    """Return the entries that have a flag, or nothing if none is chosen."""
    if not flag:
        return None
    now = visit.service.centre.clock()
    first = logbook.start(since) if since else now - FLAG_DAYS
    last = logbook.start(until) + timedelta(days=1) if until else now
    found = flags.flagged(visit.session, visit.service.oversight, first, last)
    return frozenset(sorted((each for each, names in found.items() if flag in names), reverse=True)[:MOST_FLAGGED])


def flags_of(visit: Visit, lines: Sequence[Line]) -> dict[int, frozenset[str]]:
    """Return the flags of lines, newest first."""
    return flags.flagged(visit.session, visit.service.oversight, lines[-1].at, lines[0].at) if lines else {}


@router.get("/log", operation_id="showLog")
def read(
    request: Request,
    visit: Here,
    sought: Sought,
    table: Annotated[Asked, Depends(asked(LOG))],
    before: Annotated[int | None, Query(ge=1, le=MOST, examples=[100], description="as the page before says")] = None,
) -> Response:
    """Show entries, newest first, what is flagged among them, and whether the log is whole."""
    meant = looked(visit, sought)
    found = logbook.newest(visit.session, meant, before, table.reach)
    view = LOG.view(request, found, table, Cursor("before", lambda line: line.number))
    lines = sorted(view.rows, key=lambda line: -line.number)
    flagged = flags_of(visit, lines)
    proof = logbook.prove(visit.service.centre, visit.session, lines)
    visit.enter("LOG_READ", count=len(lines), person=meant.person)
    now = visit.service.centre.clock()
    fields = {name: getattr(sought, name) for name in Choice.__slots__}
    exports = views.may(visit, "readLogTable")
    files = {form: f"/pages/log/table.{form}?{views.reason(visit, fields)}" for form in FORMS}
    # The log leaves by its own rule and with its own entry.
    view.files = files if exports else {}
    return views.tabled(
        request, "log.html", view, proof=proof, flagged=flagged,
        age=seconds_between(proof.signed_at, now) if proof.signed_at else 0.0, shown=SHOWN, outcomes=OUTCOMES,
        purposes=visit.service.rules.purposes, opens=views.may(visit, "showPerson"), flags=flags.FLAGS,
        exports=exports, sought=fields,
    )  # fmt: skip


@cases_router.get("/cases", operation_id="showCases")
def waiting(request: Request, visit: Here, table: Annotated[Asked, Depends(asked(CASES))]) -> Response:
    """Show cases as counts, newest first. Approving is done in the vault, with each one's own login, and not here."""
    now = visit.service.centre.clock()
    rows = [
        Standing(each, cases.name_of(each), cases.state(each, now), cases.counts(visit.session, each)[0],
                 len(cases.approvers(visit.session, each)))
        for each in cases.listed(visit.session, table.reach)
    ]  # fmt: skip
    view = CASES.view(request, rows, table)
    visit.enter("CASES_LISTED", count=len(view.rows), **view.taken)
    return views.tabled(request, "cases.html", view)


@cases_router.get("/cases/{case}", operation_id="showCase")
def followed(
    request: Request, visit: Here, case: CaseId, steps: Annotated[Asked, Depends(asked(STEPS))],
    disclosed: Annotated[Asked, Depends(asked(DISCLOSED))],
) -> Response:  # fmt: skip
    """Show how one case went, step by step, and what it discloses to which agency."""
    found = cases.find(visit.session, int(case.removeprefix("case-")))
    now = visit.service.centre.clock()
    if cases.state(found, now) == "waiting":
        cases.watch(visit.service.centre, visit.session, found)
    visit.session.flush()
    went = timeline.of_case(visit.session, found, now)
    people, asked = cases.counts(visit.session, found)
    shown = (
        STEPS.view(request, went.steps, steps), DISCLOSED.view(request, list(went.disclosed.items()), disclosed)
    )  # fmt: skip
    visit.enter("CASE_READ", case=case, approvers=cases.approvers(visit.session, found) or None, **taken(*shown))
    return views.tabled(
        request, "case.html", *shown, name=case, case=found, went=went, people=people, asked=asked,
        state=cases.state(found, now), approvals=len(cases.approvers(visit.session, found)),
    )  # fmt: skip


def _subject(subject: Mapping[str, Any]) -> str:
    """Return what an entry is about, in one line, as far as it is shown."""
    return " ".join(cells.text(subject[name], "") for name in SHOWN if name in subject)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ServiceError("REQUEST_INVALID", "not a day of the calendar") from None

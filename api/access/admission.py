"""The one gate before every route: who asks, how often, whether the rules allow it; and the entry that it leaves.

No route opts in: the gate reads the operation's name off the route, and an operation that no rule names is denied. An
answer leaves only after its transaction, with exactly one log entry in it, has been committed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Depends, Request
from sqlmodel import Session

from api.access import sessions
from api.access.principals import NOBODY, Principal
from api.access.sessions import COOKIE, Ended, Visitor
from api.errors import ServiceError
from api.service import Service
from api.services import journal
from api.services.journal import Event
from api.store import Agency, Job, PendingEntry, Ticket, Upload
from policies.access_rules import Asked

CASE = re.compile(r"case-([0-9]{1,9})")


@dataclass(slots=True)
class Visit:
    """One admitted request: its service, its transaction, who asks and why."""

    service: Service
    session: Session
    asked: Asked
    entries: int = field(default=0)

    def enter(self, code: str, **subject: int | str | list[str] | None) -> PendingEntry:
        """Write this request's entry, a stable code with ids and counts, and return it."""
        self.entries += 1
        return record(self.service, self.session, self.asked, code, subject)


def service_of(request: Request) -> Service:
    """Return the service that this application serves."""
    found: Service = request.app.state.service
    return found


def admit(request: Request) -> None:
    """Let the request in, or raise ServiceError TOKEN_*, RATE_LIMITED, ACCESS_DENIED or NOT_FOUND."""
    service = service_of(request)
    request.state.visitor = None
    principal = _principal(request, service)
    client = request.client.host if request.client else ""
    wait = service.requests.take(principal.entity if principal is not NOBODY else f"address {client}")
    if wait:
        raise ServiceError("RATE_LIMITED", "too many requests", hint=f"wait {wait:.0f} s")
    asked = request.state.tried = _asked(request, service, principal)
    if not service.rules.decide(asked).allowed:
        _deny(service, asked, principal)
    request.state.asked = asked
    # What is misspelt must not be taken for left out.
    if set(request.query_params) - request.app.state.queries.get(asked.action, frozenset()):
        raise ServiceError("REQUEST_INVALID", "a query parameter that is not of the published form")


def visit(request: Request) -> Iterator[Visit]:
    """Open the request's transaction, and commit it before the answer leaves; without an entry nothing leaves."""
    service = service_of(request)
    with Session(service.centre.store, expire_on_commit=False) as session, session.begin():
        found = Visit(service, session, request.state.asked)
        yield found
        if found.entries != 1:
            raise ServiceError("ENTRY_MISSING", "a request leaves exactly one entry", place=found.asked.action)


VISIT = Depends(visit, scope="function")
"""`scope="function"`: the default would commit after the answer has been sent."""


def refuse(request: Request, code: str) -> None:
    """Write that an admitted request was refused, and by which code."""
    asked = getattr(request.state, "asked", None)
    service = service_of(request)
    if isinstance(asked, Asked) and asked.entity != NOBODY.entity:
        with Session(service.centre.store) as session, session.begin():
            record(service, session, asked, "REQUEST_REFUSED", {"reason": code})


def record(service: Service, session: Session, asked: Asked, code: str, subject: Mapping[str, Any]) -> PendingEntry:
    """Insert and return an entry about a request; the caller's transaction carries it."""
    about = {"action": asked.action, "rules": service.rules.hash[:16], "agency": asked.owner, "case": asked.case}
    subject = {name: value for name, value in {**about, **subject}.items() if value is not None}
    role = "+".join(sorted(asked.roles))
    event = Event(code, asked.entity, role, asked.purpose or "", asked.basis or "", subject)
    return journal.record(session, event, service.centre.clock())


def _principal(request: Request, service: Service) -> Principal:
    given = request.headers.get("authorization")
    if request.url.path == "/oauth/token":
        return NOBODY
    if given is None:
        request.state.visitor = _visitor(request, service)
        return request.state.visitor.principal if request.state.visitor else NOBODY
    scheme, _, token = given.partition(" ")
    if scheme.lower() != "bearer":
        raise ServiceError("TOKEN_INVALID", "not a valid token", hint="log in again")
    return service.verifier.verify(token.strip())


def _visitor(request: Request, service: Service) -> Visitor | None:
    """Return who is at the browser. A cookie opens pages alone: to the API, a browser never speaks by itself."""
    secret = sessions.secret_of(request.cookies.get(COOKIE)) if is_page(request) else None
    if secret is None or service.sign_in is None:
        return None
    # What a page asks by itself, to show progress, keeps nobody signed in.
    quietly = request.headers.get("hx-trigger-name") == "progress"
    found = sessions.find(service.centre, service.sign_in.provider(), secret, quietly=quietly)
    if isinstance(found, Ended):
        who = found.principal
        asked = Asked(who.entity, who.roles, who.agency, "endLogin")
        with Session(service.centre.store) as session, session.begin():
            record(service, session, asked, "SESSION_ENDED", {"agency": who.agency})
        return None
    return found


def is_page(request: Request) -> bool:
    """Say whether a route is a page for people, and not of the API."""
    return "pages" in getattr(request.scope.get("route"), "tags", ())


def _asked(request: Request, service: Service, principal: Principal) -> Asked:
    route = request.scope["route"]
    asked = request.query_params
    public = principal is NOBODY
    roles = principal.roles | NOBODY.roles
    return Asked(
        entity=principal.entity,
        roles=principal.roles if public else roles,
        agency=principal.agency,
        action=str(getattr(route, "operation_id", None) or route.name),
        owner=_owner(request, service, principal),
        # What is not of the closed lists is dropped here: it would be denied anyway, and must not reach the log.
        purpose=_of(service.rules.purposes, asked.get("purpose")),
        basis=_of(service.rules.bases, asked.get("basis")),
        case=case if CASE.fullmatch(case := asked.get("case", "")) else None,
    )


def _owner(request: Request, service: Service, principal: Principal) -> str | None:
    """Return whose list or job is asked for; nothing if it is the centre's, or there is none of that id."""
    for name, table in (("submission", Upload), ("job", Job)):
        if name in request.path_params:
            with Session(service.centre.store) as session:
                found = session.get(table, request.path_params[name])
                return found.agency if isinstance(found, Upload | Job) else None
    action = getattr(request.scope["route"], "operation_id", "")
    if action == "sendAnswer":
        return _holder(request, service, principal)
    if action not in _OF_WHO_ASKS and action not in _LISTS:
        return None
    named = request.query_params.get("agency") if action in _LISTS else None
    if named is None:
        return principal.agency
    with Session(service.centre.store) as session:
        return named if session.get(Agency, named) else None


def _holder(request: Request, service: Service, principal: Principal) -> str | None:
    """Return the agency that asks, if the case it names gave it a ticket."""
    case = CASE.fullmatch(request.path_params.get("case", ""))
    with Session(service.centre.store) as session:
        found = session.get(Ticket, (int(case[1]), principal.agency)) if case and principal.agency else None
        return found.agency if found else None


def _of(known: tuple[str, ...], given: str | None) -> str | None:
    return given if given in known else None


def _deny(service: Service, asked: Asked, principal: Principal) -> None:
    if principal is NOBODY:
        raise ServiceError("TOKEN_MISSING", "this needs a token", hint="log in first")
    with Session(service.centre.store) as session, session.begin():
        record(service, session, asked, "ACCESS_DENIED", {})
    if principal.agency is not None and asked.owner != principal.agency and asked.action in _OF_AN_AGENCY:
        # The same answer as for an id that nobody has.
        raise ServiceError("NOT_FOUND", "no such submission, job or ticket")
    hint = "a question about people needs a purpose and a basis that your role may have"
    raise ServiceError("ACCESS_DENIED", "your role may not do this", hint=hint)


_LISTS = frozenset({"listSubmissions", "listJobs", "showSubmissions"})
_OF_WHO_ASKS = frozenset(
    {
        "createSubmission",
        "listCampaigns",
        "showDesk",
        "pullCampaign",
        "sendOutcomes",
        "readFeedback",
        "sendOwnAnswers",
        "withdrawRows",
        "listTickets",
        "createSubjectRequest",
        "listSubjectRequests",
    }
)
"""An agency's own by their nature: no parameter names another."""
_OF_AN_AGENCY = frozenset(
    {"readSubmission", "showSubmission", "sendPart", "completeSubmission", "readJob", "sendAnswer"}
)

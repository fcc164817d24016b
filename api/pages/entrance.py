"""The way in by browser: to the provider and back, out again, and the language. It never sees a password."""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Cookie, Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session

from api.access import Visit, oidc, sessions
from api.access.admission import VISIT, record, service_of
from api.access.oidc import Attempt, SignIn
from api.access.principals import ANYONE, Principal
from api.access.sessions import ATTEMPT_COOKIE, COOKIE
from api.errors import ServiceError
from api.pages import files, forms, languages, views
from api.pages.files import FILES
from api.service import Service
from linkage.encoding.keys import Secret
from linkage.errors import LapisError

router = APIRouter(tags=["pages"])
Here = Annotated[Visit, VISIT]
AWAY: dict[int | str, dict[str, Any]] = {303: {"description": "go on there"}}
GIVEN: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/css": {}, "text/javascript": {}}, "description": "the file"}
}
ATTEMPT_SECONDS = 600
REFUSALS = frozenset({"SIGN_IN_REFUSED", "TOKEN_INVALID"})
Opaque = Annotated[str | None, Query(max_length=2048, examples=["b2s1a9"])]


@router.get("/", operation_id="showFront", response_class=HTMLResponse, responses=AWAY)
def front(request: Request) -> Response:
    """Show what this is, and the way in."""
    if request.state.asked.entity != ANYONE:
        return RedirectResponse("/pages", 303)
    return views.show(request, "front.html", can_sign_in=service_of(request).sign_in is not None)


@router.get("/login", operation_id="startLogin", status_code=303, response_class=RedirectResponse)
def start(request: Request) -> RedirectResponse:
    """Send the browser to where people sign in, with a secret of its own to come back by."""
    service = service_of(request)
    seed = Secret(service.centre.entropy(32))
    answer = RedirectResponse(Attempt.of(seed).address(_sign_in(service).provider()), 303)
    _keep(answer, ATTEMPT_COOKIE, sessions.cookie_of(seed), ATTEMPT_SECONDS)
    return answer


@router.get("/login/callback", operation_id="finishLogin", status_code=303, response_class=RedirectResponse)
def finish(
    request: Request,
    code: Opaque = None,
    state: Opaque = None,
    error: Opaque = None,
    error_description: Opaque = None,  # noqa: ARG001 - published, so that a provider may send it
    iss: Opaque = None,  # noqa: ARG001 - likewise
    session_state: Opaque = None,  # noqa: ARG001 - likewise
    attempt: Annotated[str | None, Cookie(alias=ATTEMPT_COOKIE, max_length=64, include_in_schema=False)] = None,
    earlier: Annotated[str | None, Cookie(alias=COOKIE, max_length=64, include_in_schema=False)] = None,
) -> RedirectResponse:
    """Come back from the provider: the code is exchanged, checked, and becomes a session under a new name."""
    service = service_of(request)
    if service.logins.take(request.client.host if request.client else ""):
        raise ServiceError("RATE_LIMITED", "too many logins", hint="wait a little")
    try:
        principal, access = _identified(_sign_in(service), attempt, state, None if error else code)
    except LapisError as failure:
        if failure.code not in REFUSALS:
            raise
        with Session(service.centre.store) as session, session.begin():
            record(service, session, request.state.asked, "LOGIN_REFUSED", {"entity": None})
        raise ServiceError("SIGN_IN_REFUSED", "not signed in", hint="try again") from None
    answer = RedirectResponse("/pages", 303)
    _keep(answer, COOKIE, sessions.cookie_of(_begin(request, principal, access, earlier)), None)
    answer.delete_cookie(ATTEMPT_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return answer


@router.post("/logout", operation_id="endLogin", status_code=303, response_class=RedirectResponse,
             dependencies=[forms.OURS])  # fmt: skip
def end(
    visit: Here, earlier: Annotated[str | None, Cookie(alias=COOKIE, max_length=64, include_in_schema=False)] = None
) -> RedirectResponse:
    """End the session."""
    secret = sessions.secret_of(earlier)
    if secret is not None:
        sessions.close(visit.session, secret)
    visit.enter("LOGOUT")
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return answer


@router.post("/language", operation_id="chooseLanguage", status_code=303, response_class=RedirectResponse,
             dependencies=[forms.OURS])  # fmt: skip
def choose(
    language: Annotated[str, Form(json_schema_extra={"enum": list(languages.LANGUAGES)}, max_length=2)],
    back: Annotated[str, Form(max_length=1000)] = "/",
) -> RedirectResponse:
    """Keep the language that somebody reads, and show the page that she was on."""
    # Only ever to a page of ours.
    answer = RedirectResponse(back if forms.LOCAL.fullmatch(back) else "/", 303)
    if language in languages.LANGUAGES:
        _keep(answer, languages.COOKIE, language, 31_536_000)
    return answer


@router.get("/static/{file}", operation_id="readStatic", response_class=Response, responses=GIVEN)
def static(
    request: Request, file: Annotated[str, Path(max_length=40, json_schema_extra={"enum": list(FILES)})]
) -> Response:
    """Give one of the pages' own files."""
    if file not in FILES:
        raise ServiceError("NOT_FOUND", "no such file")
    return files.send(request, file)


def _sign_in(service: Service) -> SignIn:
    if service.sign_in is None:
        raise ServiceError("SIGN_IN_OFF", "signing in by browser is not set up", hint="lapis centre identities")
    return service.sign_in


def _identified(sign_in: SignIn, cookie: str | None, state: str | None, code: str | None) -> tuple[Principal, str]:
    """Return who came back and what asks after her later; raises ServiceError SIGN_IN_REFUSED or TOKEN_INVALID."""
    seed = sessions.secret_of(cookie)
    attempt = Attempt.of(seed) if seed else None
    # The state ties this answer to the browser that asked for it, so that nobody is signed in as somebody else.
    if attempt is None or code is None or not hmac.compare_digest(attempt.state.encode(), (state or "").encode()):
        raise ServiceError("SIGN_IN_REFUSED", "not signed in")
    tokens = oidc.exchange(sign_in.provider(), code, attempt.verifier)
    return sign_in.verifier.verify(tokens.identity, attempt.nonce), tokens.access


def _begin(request: Request, principal: Principal, access: str, earlier: str | None) -> Secret:
    """Open a session and end the browser's earlier one, with the entry of the login."""
    service, old = service_of(request), sessions.secret_of(earlier)
    asked = replace(request.state.asked, entity=principal.entity, roles=principal.roles, agency=principal.agency)
    with Session(service.centre.store) as session, session.begin():
        if old is not None:
            sessions.close(session, old)
        secret = sessions.open_(session, service.centre, principal, access)
        record(service, session, asked, "LOGIN", {"agency": principal.agency})
    return secret


def _keep(answer: Response, name: str, value: str, seconds: int | None) -> None:
    answer.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax")

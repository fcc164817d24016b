"""Every refusal as problem+json (RFC 9457) with its stable code. It never repeats what was sent.

The one table from codes to HTTP statuses; a code that is not in it is a fault of ours and shows as such.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from linkage.errors import LapisError

MEDIA = "application/problem+json"
STATUS: Mapping[str, int] = {
    "TOKEN_MISSING": 401,
    "TOKEN_INVALID": 401,
    "CREDENTIALS_REFUSED": 401,
    "SIGN_IN_REFUSED": 401,
    "ACCESS_DENIED": 403,
    "FORM_FOREIGN": 403,
    "SUBMISSION_FOREIGN": 403,
    "NOT_FOUND": 404,
    "SIGN_IN_OFF": 404,
    "FLAG_UNKNOWN": 404,
    "APPROVER_ROLE": 403,
    "CAMPAIGN_UNKNOWN": 404,
    "REVIEW_UNKNOWN": 404,
    "RUN_UNKNOWN": 404,
    "METHOD_UNKNOWN": 405,
    "UPLOAD_CLOSED": 409,
    "UPLOAD_DAMAGED": 409,
    "UPLOAD_DIFFERS": 409,
    "UPLOAD_OFFSET": 409,
    "UPLOAD_SHORT": 409,
    "UPLOAD_TOO_LONG": 409,
    "UPLOADS_OPEN": 409,
    "CASE_AGENCY_KEY": 409,
    "CASE_EMPTY": 409,
    "CASE_EXPIRED": 409,
    "CASE_LIMITS": 409,
    "CASE_LOST": 409,
    "CASE_NOT_APPROVED": 409,
    "CASE_NOT_URGENT": 409,
    "CASE_REFUSED": 409,
    "CASE_RELEASED": 409,
    "CASE_REVIEWED": 409,
    "CASE_SELF_APPROVED": 409,
    "CASE_TAKES_NO_ANSWERS": 409,
    "ANSWER_GIVEN": 409,
    "ANSWER_INVALID": 409,
    "LOG_NOT_YET": 409,
    "ENVELOPE_FORMAT": 409,
    "ENVELOPE_HEADER": 409,
    "ENVELOPE_VERSION": 409,
    "AGENCY_UNKNOWN": 409,
    "AGREEMENT_DAYS": 409,
    "AGREEMENT_MISSING": 409,
    "ASSESSMENT_DAYS": 409,
    "APPROVER_NOT_OTHER": 409,
    "CAMPAIGN_CLOSED": 409,
    "CAMPAIGN_EXPIRY": 409,
    "CAMPAIGN_NOT_IN_FORCE": 409,
    "FINDING_NO_OVERLAP": 409,
    "NOTHING_LAYERED": 409,
    "NOTHING_RELEASED": 409,
    "PROGRAMME_UNKNOWN": 409,
    "PULL_BUDGET": 409,
    "REVIEW_ASKED": 409,
    "REVIEW_UNPAID": 409,
    "SIGNOFF_GIVEN": 409,
    "SUBJECT_AMBIGUOUS": 409,
    "SUBJECT_BUDGET": 409,
    "SUBJECT_CLOSED": 409,
    "SUBJECT_NOT_APPROVED": 409,
    "SUBJECT_NOT_FOUND": 409,
    "SUBJECT_TIME": 409,
    "SUBJECT_UNKNOWN": 404,
    "TOKEN_BUDGET": 409,
    "SIGNOFF_OWN": 409,
    "BODY_TOO_LARGE": 413,
    "REQUEST_INVALID": 422,
    "GRANT_UNSUPPORTED": 400,
    "RATE_LIMITED": 429,
    "VAULT_UNREACHABLE": 503,
    "VAULT_SEALED": 503,
    "VAULT_NOT_READY": 503,
    "VAULT_BUSY": 503,
    "VAULT_FAILED": 503,
    "PROVIDER_AWAY": 503,
    "ENTRY_MISSING": 500,
    "STORE_FAILED": 503,
    "FAILED": 500,
}
TITLES = {400: "Bad request", 401: "Not logged in", 403: "Not allowed", 404: "Not found", 405: "Method not allowed",
          409: "Not in this state", 413: "Too large", 422: "Not valid", 429: "Too many requests", 500: "Failed",
          503: "Away for now"}  # fmt: skip
OAUTH = {400: "unsupported_grant_type", 401: "invalid_client", 422: "invalid_request"}
"""What RFC 6749 wants to read beside it at the token endpoint."""


def problem(code: str, detail: str, *, place: str = "", hint: str = "", **more: object) -> JSONResponse:
    """Return the answer for a code."""
    status = STATUS.get(code, 500)
    body: dict[str, Any] = {
        "type": f"urn:lapis:problem:{code.lower()}",
        "title": TITLES[status],
        "status": status,
        "code": code,
        "detail": detail,
        **{name: value for name, value in {"place": place, "hint": hint, **more}.items() if value},
    }
    headers = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "5"}, 503: {"Retry-After": "5"}}.get(status)
    return JSONResponse(body, status, headers, MEDIA)


def install(
    app: FastAPI,
    refused: Callable[[Request, str], None],
    shown: Callable[[Request, JSONResponse, str], Response] = lambda _request, answer, _code: answer,
) -> None:
    """Answer every refusal of the application in this form; `refused` writes it down, `shown` makes a page of it."""

    def _lapis(request: Request, error: Exception) -> Response:
        assert isinstance(error, LapisError)  # noqa: S101 - registered for this class alone
        if STATUS.get(error.code) not in {401, 403, 429}:
            refused(request, error.code)
        oauth = OAUTH.get(STATUS.get(error.code, 500)) if request.url.path == "/oauth/token" else None
        known = error.code in STATUS
        # A vault's or file's whereabouts are no business of a caller's.
        place = error.place if known and STATUS[error.code] < 500 else ""
        detail = error.message if known else "the service failed"
        answer = problem(error.code, detail, place=place, hint=error.hint if place or known else "", error=oauth)
        return shown(request, answer, error.code)

    def _invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
        refused(request, "REQUEST_INVALID")
        oauth = "invalid_request" if request.url.path == "/oauth/token" else None
        faults = [{"where": _place(each), "kind": each["type"]} for each in error.errors()]
        answer = problem("REQUEST_INVALID", "not of the published form", faults=faults, error=oauth)
        return shown(request, answer, "REQUEST_INVALID")

    def _http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - as above
        code = {404: "NOT_FOUND", 405: "METHOD_UNKNOWN", 413: "BODY_TOO_LARGE"}.get(
            error.status_code, "REQUEST_INVALID"
        )
        answer = problem(code, TITLES[STATUS[code]].lower())
        answer.headers.update(error.headers or {})
        return shown(request, answer, code)

    def _failed(request: Request, error: Exception) -> Response:
        code = "STORE_FAILED" if type(error).__module__.startswith("sqlalchemy") else "FAILED"
        return shown(request, problem(code, "the service failed"), code)

    app.add_exception_handler(Exception, _failed)
    app.add_exception_handler(LapisError, _lapis)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def _place(fault: Mapping[str, Any]) -> list[str]:
    """Return where a fault is, as far as the published form names it: a name that was made up is input too."""
    return [str(part) for part in fault["loc"][: 1 if fault["type"] == "extra_forbidden" else 2]]


class Problem(BaseModel):
    """A refusal (RFC 9457)."""

    type: str = Field(examples=["urn:lapis:problem:access_denied"])
    title: str = Field(examples=["Not allowed"])
    status: int = Field(examples=[403])
    code: str = Field(examples=["ACCESS_DENIED"], description="stable")
    detail: str = Field(examples=["your role may not do this"])
    place: str | None = Field(None, description="where, never what")
    hint: str | None = Field(None, description="what to do")
    faults: list[dict[str, Any]] | None = Field(None, description="where and of which kind, never the value")
    error: str | None = Field(None, description="the code of RFC 6749, at the token endpoint")


def documented() -> dict[int | str, dict[str, Any]]:
    """Return the refusals that any route may answer with, for the published form."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {status: {"description": title, "content": {MEDIA: {"schema": schema}}} for status, title in TITLES.items()}

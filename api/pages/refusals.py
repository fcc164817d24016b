"""A refusal as a page, for whoever asked for a page: what happened and what to do, and nothing that was sent."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from api.access.sessions import COOKIE
from api.pages import rendering
from api.pages.home import ABOUT_PEOPLE
from api.pages.labels import LABELS, OTHERWISE

TO_SIGN_IN = frozenset({"TOKEN_MISSING", "TOKEN_INVALID", "SIGN_IN_REFUSED"})


def shown(request: Request, answer: JSONResponse, code: str) -> Response:
    """Return the page, or the answer as it is for whoever reads no pages."""
    if "text/html" not in request.headers.get("accept", "") or request.url.path.startswith("/v1/"):
        return answer
    if request.headers.get("hx-request"):
        # A part of a page was asked for: the whole page is shown anew, and says it.
        answer.headers["HX-Refresh"] = "true"
        return answer
    text = LABELS["refusal"].get(code, OTHERWISE)
    context = {"text": text, "sign_in": code in TO_SIGN_IN, "code": code, "ask": _ask(request, code)}
    found = rendering.page(request, "refusal.html", context, status=answer.status_code)
    found.headers.update({name: answer.headers[name] for name in ("retry-after",) if name in answer.headers})
    if code in {"TOKEN_MISSING", "TOKEN_INVALID"} and COOKIE in request.cookies:
        found.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return found


def _ask(request: Request, code: str) -> str | None:
    """Return where to say why, if that was missing."""
    asked = getattr(request.state, "tried", None)
    missing = code == "ACCESS_DENIED" and asked is not None and not asked.purpose and asked.action in ABOUT_PEOPLE
    return f"/pages/reason?to={asked.action}" if missing and asked is not None else None

"""The login page as an application: the form, the vault's answer, and the way back with a code or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from api.access.buckets import Buckets
from api.guard import Guard
from api.pages import files, rendering
from api.pages.forms import from_here
from linkage.errors import LapisError
from vault import browser
from vault.browser import Door, SecondFactor

FIELDS = ("client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge",
          "code_challenge_method")  # fmt: skip
LONGEST = 500
STYLES = ("pico.min.css", "lapis.css")


@dataclass(frozen=True, slots=True)
class Hall:
    """What the door opens to: the vault that is asked, the one client, the one address that browsers go back to."""

    vault: Door
    client: str
    redirect: str
    logins: Buckets

    @property
    def service(self) -> str:
        """Return the service's own address."""
        parts = urlsplit(self.redirect)
        return f"{parts.scheme}://{parts.netloc}"


class _Application(FastAPI):
    def build_middleware_stack(self) -> ASGIApp:
        return Guard(super().build_middleware_stack())


def create_door(hall: Hall) -> FastAPI:
    """Return the application; it serves the form, its styles, and nothing else."""
    app = _Application(title="Lapis door", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/authorize")
    def form(request: Request) -> HTMLResponse:
        """Show the form, if the service sent the browser here."""
        return _show(request, hall, _asked(hall, request.query_params))

    @app.post("/authorize")
    async def enter(request: Request) -> Response:
        """Ask the vault, and go back with its code, or with a refusal that the service writes down."""
        given = await request.form(max_files=0, max_fields=20)
        sent = {name: value for name, value in given.multi_items() if isinstance(value, str)}
        methods = tuple(each for each in given.getlist("method") if isinstance(each, str))
        return await run_in_threadpool(_enter, request, hall, sent, methods)

    @app.get("/static/{file}")
    def static(request: Request, file: str) -> Response:
        """Give the styles."""
        if file not in STYLES:
            raise HTTPException(404)
        return files.send(request, file)

    @app.get("/health")
    def health() -> PlainTextResponse:
        """Say that the door is there."""
        return PlainTextResponse("alive")

    return app


def _asked(hall: Hall, given: Mapping[str, str]) -> dict[str, str] | None:
    """Return the request that the service made, nothing if it is not for this client or leads elsewhere."""
    found = {name: given.get(name, "") for name in FIELDS}
    if not all(found.values()) or any(len(value) > LONGEST for value in found.values()):
        return None
    known = (found["client_id"], found["redirect_uri"], found["response_type"], found["code_challenge_method"])
    return found if known == (hall.client, hall.redirect, "code", "S256") else None


def _enter(request: Request, hall: Hall, sent: Mapping[str, str], methods: tuple[str, ...]) -> Response:
    asked = _asked(hall, sent)
    if asked is None or not from_here(request):
        return _show(request, hall, None)
    if hall.logins.take(request.client.host if request.client else ""):
        return _back(hall, {"error": "temporarily_unavailable", "state": asked["state"]})
    try:
        if "waiting" in sent:
            person = browser.finish(hall.vault, SecondFactor(sent["waiting"], methods), sent.get("passcode", ""))
        else:
            found = browser.begin(hall.vault, sent.get("name", "").strip(), sent.get("password", ""))
            if isinstance(found, SecondFactor):
                return _show(request, hall, asked, waiting=found)
            person = found
        code = browser.code(hall.vault, person, asked)
    except LapisError as failure:
        if failure.code != "VAULT_LOGIN_REFUSED":
            return _show(request, hall, asked, away=True, status=503)
        return _back(hall, {"error": "access_denied", "state": asked["state"]})
    return _back(hall, {"code": code, "state": asked["state"]})


def _back(hall: Hall, answer: Mapping[str, str]) -> RedirectResponse:
    """Go back to the one registered address, wherever the browser said it came from."""
    return RedirectResponse(f"{hall.redirect}?{urlencode(answer)}", 303)


def _show(
    request: Request, hall: Hall, asked: dict[str, str] | None, *, waiting: SecondFactor | None = None,
    away: bool = False, status: int = 200,
) -> HTMLResponse:  # fmt: skip
    context = {"asked": asked, "waiting": waiting, "away": away, "service": hall.service}
    # A form's answer leads to the service: a browser holds redirects to this too.
    forms = f"'self' {hall.service}"
    return rendering.page(request, "door.html", context, status=status if asked else 400, forms=forms)

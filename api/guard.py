"""The outermost layer: bodies have a limit, answers have headers, and a fault of ours says nothing of its data."""

from __future__ import annotations

import logging
import re
import traceback
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LIMIT = 64 * 1024
PART_LIMIT = 8 * 2**20
ROWS_LIMIT = 4 * 2**20
"""Octets of a body: of a part of a list, of references of rows, and of anything else."""
ROWS = re.compile(r"/v1/(campaigns/[0-9]{1,9}/(pulls|outcomes)|feedback|withdrawals)")
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
log = logging.getLogger("lapis.service")


class Guard:
    """Wrap an application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                more = [
                    (name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in given
                ]
                message["headers"] = [*message["headers"], *more]
            await send(message)

        try:
            await self._app(scope, _limited(scope, receive), answer)
        except Exception as error:
            # The application has answered already, and raises again for a server that would print all of it.
            log.error("%s", whereabouts(error))  # noqa: TRY400 - the trace would hold data


def _limited(scope: Scope, receive: Receive) -> Receive:
    limit = ROWS_LIMIT if ROWS.fullmatch(scope["path"]) else LIMIT
    limit = PART_LIMIT if scope["method"] == "PATCH" else limit
    seen = 0

    async def read() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise HTTPException(413)
        return message

    return read


def whereabouts(error: BaseException) -> str:
    """Return the kind of an error and where it arose: never its text, which may hold data."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " ".join([type(error).__name__, *(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)])

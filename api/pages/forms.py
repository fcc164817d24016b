"""What a page's own forms carry, and what proves that they are ours: no other site can have a browser post here."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Form, Request

from api.errors import ServiceError

LOCAL = re.compile(r"/(?!/)[A-Za-z0-9/._~?&=%+-]{0,999}", re.ASCII)


def from_here(request: Request) -> bool:
    """Say whether a browser sent this from a page of this very address."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


def ours(request: Request, form_token: Annotated[str, Form(max_length=64)] = "") -> None:
    """Let a form in only if a page of ours made it for this very session; raises ServiceError FORM_FOREIGN.

    Who sends a token of her own in a header needs none of it: no browser adds that by itself.
    """
    if "authorization" in request.headers:
        return
    visitor = request.state.visitor
    if not from_here(request) or (visitor is not None and not visitor.sent(form_token)):
        raise ServiceError("FORM_FOREIGN", "this form did not come from a page of this service", hint="open it again")


OURS = Depends(ours)

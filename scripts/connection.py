"""A session with the centre: log in, ask until answered, wait through passing failures. It prints no token."""

from __future__ import annotations

import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import httpx

from linkage.errors import LapisError

PATIENCE = 300.0
"""Seconds for which the centre may be away before the command gives up; it goes on when it is run again."""
PASSING = frozenset({429, 500, 502, 503, 504})


class Connection(ABC):
    """Ask one centre as one party; how that party logs in is its own."""

    def __init__(self, address: str, authority: Path, pause: Callable[[float], None] = time.sleep) -> None:
        """Trust `authority` if it is there, else the system's; raises LapisError CENTRE_UNTRUSTED."""
        if not address.startswith("https://"):
            raise LapisError("CENTRE_UNTRUSTED", "expected an https address", place=address)
        self._pause, self._token = pause, ""
        trust = ssl.create_default_context(cafile=authority if authority.exists() else None)
        self._http = httpx.Client(base_url=address, verify=trust, timeout=60, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    @abstractmethod
    def log_in(self) -> str | httpx.Response:
        """Return a token, or the answer that refused one."""

    def ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """Make a request until it is answered: passing failures are waited for, a spent token is renewed once.

        Raises LapisError with the centre's own code, or CENTRE_AWAY.
        """
        until, wait, renewed = time.monotonic() + PATIENCE, 0.2, False
        while True:
            answer = self._once(method, path, more)
            if answer is not None and answer.status_code == 401 and not renewed:
                self._token, renewed = "", True
            elif answer is not None and answer.status_code not in PASSING:
                return content(answer, path)
            elif time.monotonic() > until:
                raise LapisError("CENTRE_AWAY", "the centre does not answer", place=path, hint="run it again later")
            else:
                self._pause(wait)
                wait = min(2 * wait, 10.0)

    def _once(self, method: str, path: str, more: dict[str, Any]) -> httpx.Response | None:
        try:
            if not self._token:
                found = self.log_in()
                if isinstance(found, httpx.Response):
                    return found
                self._token = found
            headers = {**more.get("headers", {}), "Authorization": f"Bearer {self._token}"}
            return self._http.request(method, path, **{**more, "headers": headers})
        except httpx.TransportError:
            return None


def content(answer: httpx.Response, path: str) -> dict[str, Any]:
    """Return what an answer holds; raises LapisError with the centre's own code if it refused."""
    try:
        found = dict(answer.json())
    except ValueError:
        found = {}
    if answer.is_success:
        return found
    code, detail = str(found.get("code", "CENTRE_FAILED")), str(found.get("detail", "the centre refused"))
    raise LapisError(code, detail, place=str(found.get("place") or path), hint=str(found.get("hint", "")))

"""Who may ask: the browser that was opened with this run's token, for this address, by forms of our own pages.

1. The host must be ours: a name that somebody points at 127.0.0.1 is none (DNS rebinding).
2. Everything lies under a path that nobody can guess, and so does the cookie: cookies know no ports, and a program
   that listens at another port of the laptop would get it otherwise.
3. The token in the first address is good once; from then on a cookie that no other site can send along.
4. What changes anything comes from our own origin and carries this run's form token.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from scripts.page.exchange import Answer, Form, Head, RefusedError

COOKIE = "lapis-page"
FORM_TOKEN = "form_token"  # noqa: S105 - names a field
_SECRET = 32
_PLACE = 8
READS = ("GET", "HEAD")


class Guard:
    """Hold the secrets of one run of the page. Does not print."""

    def __init__(self, port: int, entropy: Callable[[int], bytes]) -> None:
        """Draw them; `port` is where the page listens."""
        self._host = f"127.0.0.1:{port}"
        self._token: str | None = entropy(_SECRET).hex()
        self._cookie, self.form_token = entropy(_SECRET).hex(), entropy(_SECRET).hex()
        self.place = f"/{entropy(_PLACE).hex()}"

    def __repr__(self) -> str:
        """Show nothing."""
        return "Guard()"

    @property
    def address(self) -> str:
        """Return the address to open once."""
        return f"http://{self._host}{self.place}/?token={self._token}"

    def check_host(self, head: Head) -> None:
        """Refuse what is not meant for this address: (1) and (2)."""
        if head.header("host") != self._host:
            raise RefusedError(421, "HOST_FOREIGN")
        if not head.path.startswith(f"{self.place}/"):
            raise RefusedError(404, "NOT_FOUND")

    def redeem(self, head: Head) -> Answer:
        """Return what a browser that brings the token gets, once: (3)."""
        token = self._token
        if token is None or head.method not in READS or not _same(head.query.get("token", ""), token):
            raise RefusedError(403, "TOKEN_SPENT")
        self._token = None
        cookie = f"{COOKIE}={self._cookie}; HttpOnly; SameSite=Strict; Path={self.place}/"
        return Answer(b"", 200, {"set-cookie": cookie})

    def check_known(self, head: Head) -> None:
        """Refuse a browser that was not opened by the token: (3)."""
        if head.header("sec-fetch-site") not in {None, "same-origin", "none"}:
            raise RefusedError(403, "ORIGIN_FOREIGN")
        try:
            found = SimpleCookie(head.header("cookie") or "").get(COOKIE)
        except CookieError:
            found = None
        if found is None or not _same(found.value, self._cookie):
            raise RefusedError(403, "TOKEN_MISSING")

    def check_origin(self, head: Head) -> None:
        """Refuse what another origin sends: (4)."""
        if head.header("origin") != f"http://{self._host}":
            raise RefusedError(403, "ORIGIN_FOREIGN")

    def check_form(self, form: Form) -> None:
        """Refuse a form that is not of our own pages: (4)."""
        if not _same(form.one(FORM_TOKEN), self.form_token):
            raise RefusedError(403, "FORM_FOREIGN")


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), known.encode())

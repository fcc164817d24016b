"""One request on its way through a page: the session, what was asked, and the ways to answer. Does not print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from linkage.errors import LapisError
from scripts.page import exchange, rendering
from scripts.page.exchange import Answer, Form, Head
from scripts.page.session import Session
from scripts.page.work import Act

PLACES = ("", "person", "outbox", "rows", "referrals", "tickets", "keys", "centre")
"""The pages that are reached from everywhere."""


@dataclass(frozen=True, slots=True, repr=False)
class Visit:
    """What a page needs: `place` is the path that all lies under, `here` the page under it, `args` what it names."""

    session: Session
    head: Head
    form: Form
    place: str
    form_token: str
    here: str
    args: tuple[str, ...] = ()

    def page(self, template: str, *, status: int = 200, error: LapisError | None = None, **context: Any) -> Answer:
        """Show a page, with an error above it if there is one."""
        session = self.session
        frame = {
            "place": self.place, "form_token": self.form_token, "here": self.here, "places": PLACES,
            "agency": session.agency, "enrolled": session.enrolled,
            "days_left": session.days_left, "ends_soon": session.ends_soon,
            "error": None if error is None else rendering.explain(error, session.language),
            "error_code": error.code if error else "", "error_place": error.place if error else "",
            "refresh": None,
        }  # fmt: skip
        return rendering.page(template, session.language, {**frame, **context}, status)

    def go(self, where: str) -> Answer:
        """Send the browser to another page."""
        return exchange.go(f"{self.place}/{where}")

    def begin(self, act: Act, back: str) -> Answer:
        """Start work, and show how far it is; failing, it leads `back`."""
        return self.go(f"work/{self.session.begin(act, back)}")


Page = Callable[[Visit], Answer]

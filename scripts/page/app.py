"""Where each address leads, and what stands before all of them. Decides who may ask by `guard` alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from linkage.errors import LapisError
from scripts.page import asking, desk, entry, keys, listing, mappings, rendering, rows, sending, tickets
from scripts.page.exchange import Answer, Form, Head, RefusedError, go
from scripts.page.guard import READS, Guard
from scripts.page.session import Session
from scripts.page.visit import Page, Visit

_N = "([0-9]{1,9})"
ROUTES: Mapping[tuple[str, str], Page] = {
    ("GET", ""): listing.show_home,
    ("POST", "lists"): listing.put,
    ("GET", f"lists/{_N}"): listing.show_findings,
    ("GET", f"lists/{_N}/columns"): listing.show_columns,
    ("POST", f"lists/{_N}/columns"): listing.settle_columns,
    ("GET", f"lists/{_N}/columns.json"): mappings.give,
    ("POST", f"lists/{_N}/workbook"): listing.give_workbook,
    ("POST", f"lists/{_N}/minutes"): listing.give_minutes,
    ("POST", f"lists/{_N}/seal"): listing.seal,
    ("POST", f"lists/{_N}/forget"): listing.forget,
    ("GET", "template.xlsx"): listing.give_template,
    ("GET", "person"): entry.show,
    ("POST", "person"): entry.put,
    ("GET", "outbox"): sending.show,
    ("POST", "outbox"): sending.send,
    ("GET", "centre"): sending.show_centre,
    ("POST", "centre"): sending.settle_centre,
    ("GET", "referrals"): asking.show,
    ("POST", "referrals"): asking.pull,
    ("GET", f"referrals/{_N}"): asking.show_pulled,
    ("POST", "outcomes"): asking.tell,
    ("GET", "tickets"): tickets.show,
    ("POST", "tickets"): tickets.fetch,
    ("GET", "tickets/([A-Za-z0-9._-]{1,64})"): tickets.show_one,
    ("POST", "tickets/([A-Za-z0-9._-]{1,64})"): tickets.resolve,
    ("GET", f"found/{_N}"): tickets.show_found,
    ("POST", f"found/{_N}/answer"): tickets.answer,
    ("GET", f"downloads/{_N}"): desk.give,
    ("GET", f"work/{_N}"): desk.show_work,
    ("POST", f"work/{_N}/stop"): desk.stop_work,
    ("GET", "unlock"): desk.show_unlock,
    ("POST", "unlock"): desk.unlock,
    ("GET", "keys"): keys.show,
    ("POST", "keys"): keys.enrol,
    ("POST", "keys/restored"): keys.restore,
    ("POST", "keys/backup"): keys.back_up,
    ("GET", "keys/card.json"): keys.give_card,
    ("POST", "epoch"): keys.accept_epoch,
    ("GET", "rows"): rows.show,
    ("POST", "rows"): rows.ask,
    ("GET", f"rows/{_N}"): rows.show_stand,
    ("POST", "withdrawals"): rows.choose,
    ("GET", f"withdrawals/{_N}"): rows.show_withdrawal,
    ("POST", f"withdrawals/{_N}"): rows.withdraw,
    ("POST", "renewals"): rows.resubmit,
    ("POST", "lock"): desk.lock,
    ("POST", "language"): desk.choose_language,
    ("POST", "close"): desk.close,
}
_COMPILED = [(method, re.compile(pattern), page) for (method, pattern), page in ROUTES.items()]


class App:
    """The page as a whole: a request goes in, an answer comes out."""

    def __init__(self, guard: Guard, session: Session) -> None:
        """Put it together."""
        self.guard, self.session = guard, session

    def answer(self, head: Head, body: Callable[[], Form]) -> Answer:
        """Answer a request; `body` reads its form, and is asked only when the rest was allowed."""
        try:
            found = self._admit(head, body)
        except LapisError as error:
            found = self._refuse(head, error)
        except Exception:
            # Whatever it is, it must not name a value on the terminal.
            found = self._refuse(head, RefusedError(500, "FAILED"))
        return Answer(found.body, found.status, {**rendering.HEADERS, **found.headers})

    def _admit(self, head: Head, body: Callable[[], Form]) -> Answer:
        self.guard.check_host(head)
        here = head.path.removeprefix(f"{self.guard.place}/")
        if "token" in head.query:
            return self._open(head)
        self.guard.check_known(head)
        self.session.touch()
        if head.method in READS:
            return rendering.style(here.removeprefix("static/")) or self._route("GET", here, head, Form())
        self.guard.check_origin(head)
        form = body()
        self.guard.check_form(form)
        return self._route(head.method, here, head, form)

    def _open(self, head: Head) -> Answer:
        try:
            redeemed = self.guard.redeem(head)
        except RefusedError:
            # Whoever opens the first address again from the same browser is known already.
            self.guard.check_known(head)
            return go(f"{self.guard.place}/")
        # A page that leads on by itself: a cookie as strict as ours is not sent along a redirect from elsewhere.
        shown = self._visit("", head, Form()).page("opened.html", refresh=f"0; url={self.guard.place}/")
        return Answer(shown.body, 200, {**shown.headers, **redeemed.headers})

    def _route(self, method: str, here: str, head: Head, form: Form) -> Answer:
        known = False
        for allowed, pattern, page in _COMPILED:
            found = pattern.fullmatch(here)
            if found and allowed == method:
                return page(self._visit(here, head, form, found.groups()))
            known = known or found is not None
        raise RefusedError(405 if known else 404, "METHOD_UNKNOWN" if known else "NOT_FOUND")

    def _visit(self, here: str, head: Head, form: Form, args: tuple[str, ...] = ()) -> Visit:
        return Visit(self.session, head, form, self.guard.place, self.guard.form_token, here, args)

    def _refuse(self, head: Head, error: LapisError) -> Answer:
        """Show why not: to whoever is known a page with its ways on, to others the bare sentence."""
        status = error.status if isinstance(error, RefusedError) else 409
        try:
            self.guard.check_host(head)
            self.guard.check_known(head)
        except RefusedError:
            text = f"{rendering.explain(error, 'id')}\n{rendering.explain(error, 'en')}\n"
            return Answer(text.encode(), status, {"content-type": "text/plain; charset=utf-8"})
        if error.code == "LOCKED" and head.method in READS:
            return go(f"{self.guard.place}/unlock")
        return self._visit("", head, Form()).page("refusal.html", status=status, error=error)

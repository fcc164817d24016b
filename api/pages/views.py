"""What every signed-in page has around it: who she is, why she asks, and which pages the access rules leave open.

The rules are asked here to show or hide a link; whether a page opens is decided at the gate, by the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from api.access import Visit
from api.access.admission import service_of
from api.access.principals import ANYONE
from api.pages import downloads, rendering
from api.pages.tables import View
from policies.access_rules import AccessRules, Asked
from policies.overlap_rules import load_overlap_rules

PLACES: Mapping[str, str] = {
    "showPersons": "/pages/persons",
    "showOverlaps": "/pages/overlaps",
    "showCoverage": "/pages/coverage",
    "showLayers": "/pages/layers",
    "showGaps": "/pages/gaps",
    "showFunds": "/pages/funds",
    "showFlags": "/pages/flags",
    "showUnregistered": "/pages/unregistered",
    "showReviews": "/pages/reviews",
    "showVillages": "/pages/villages",
    "showDesk": "/pages/desk",
    "showSubmissions": "/pages/submissions",
    "showRuns": "/pages/runs",
    "showCampaigns": "/pages/campaigns",
    "showReleases": "/pages/releases",
    "showApprovals": "/pages/approvals",
    "showCases": "/pages/cases",
    "showQueue": "/pages/queue",
    "showSubjects": "/pages/subjects",
    "showRegister": "/pages/register",
    "showLog": "/pages/log",
}
WITHOUT_REASON = frozenset(
    {"showDesk", "showSubmissions", "showRuns", "showCampaigns", "showReleases", "showApprovals", "showCases",
     "showQueue", "showSubjects", "showRegister"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A page that may be opened: its action, where it is, and whether that is here."""

    action: str
    address: str
    current: bool = False


def show(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Return a page with all that is around it."""
    asked: Asked = request.state.asked
    rules = service_of(request).rules
    why = _why(asked)
    around: dict[str, Any] = {
        "roles": sorted(asked.roles - {ANYONE, "approvers"}),
        "agency": asked.agency,
        "places": places(rules, asked),
        "why": why,
        "reason": lambda **more: _query({**(why or {}), **more}),
        "form_token": request.state.visitor.form_token if request.state.visitor else "",
        "signed_in": asked.entity != ANYONE,
    }
    return rendering.page(request, template, {**around, **context}, status=status)


def tabled(request: Request, template: str, *shown: View, **context: Any) -> Response:
    """Return a page with tables, each under its name with `_table` after it; or the file of one of them."""
    for each in shown:
        if each.form:
            return downloads.give(each)
    tables: dict[str, Any] = {f"{each.table.name}_table": each for each in shown}
    return show(request, template, **tables, **context)


_PLACES: dict[tuple[str, Asked], list[Place]] = {}
MOST_PLACES = 1000
"""Answers of the rules that are kept: they follow from the rules and from who asks why, and from nothing else."""


def places(rules: AccessRules, asked: Asked) -> list[Place]:
    """Return the pages that she may open, for the reason given or for another."""
    key = (rules.hash, replace(asked, owner=None))
    if key not in _PLACES:
        if len(_PLACES) >= MOST_PLACES:
            _PLACES.clear()
        _PLACES[key] = _places(rules, asked)
    return _PLACES[key]


def _places(rules: AccessRules, asked: Asked) -> list[Place]:
    found: list[Place] = []
    for action, path in PLACES.items():
        here = asked.action == action
        for_her = replace(asked, action=action, owner=asked.agency)
        if action in WITHOUT_REASON:
            if rules.decide(replace(for_her, purpose=None, basis=None, case=None)).allowed:
                found.append(Place(action, path, here))
        elif asked.purpose and asked.basis and rules.decide(replace(for_her, owner=None)).allowed:
            found.append(Place(action, f"{path}?{urlencode(_why(asked) or {})}", here))
        elif purposes(rules, asked, action):
            found.append(Place(action, f"/pages/reason?{urlencode({'to': action})}", here))
    return found


def purposes(rules: AccessRules, asked: Asked, action: str) -> list[str]:
    """Return for which purposes she may do something about people."""
    tried = replace(asked, action=action, owner=None, basis=rules.bases[0], case=None)
    return [each for each in rules.purposes if rules.decide(replace(tried, purpose=each)).allowed]


@cache
def titles() -> dict[str, dict[str, str]]:
    """Return what each overlap rule is called, by language."""
    return {rule.id: {"id": rule.title_id, "en": rule.title_en} for rule in load_overlap_rules().rules}


def reason(visit: Visit, more: Mapping[str, object]) -> str:
    """Return the query of a page for the reason that she gave."""
    return _query({**(_why(visit.asked) or {}), **more})


def may(visit: Visit, action: str) -> bool:
    """Say whether she may do something for the reason that she gave: a link to what is denied helps nobody."""
    return visit.service.rules.decide(replace(visit.asked, action=action, owner=None)).allowed


def _why(asked: Asked) -> dict[str, str] | None:
    if not (asked.purpose and asked.basis):
        return None
    return {"purpose": asked.purpose, "basis": asked.basis, **({"case": asked.case} if asked.case else {})}


def _query(fields: Mapping[str, object]) -> str:
    return urlencode({name: value for name, value in fields.items() if value is not None and value != ""})

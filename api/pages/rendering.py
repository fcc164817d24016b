"""Templates become pages: escaped, in the visitor's language, under a policy that runs no script but ours.

It knows no service and no store; what a page shows is handed to it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, partial
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.pages import cells, languages
from api.pages.labels import LABELS
from linkage.identity.regions import gazetteer
from linkage.layering import lists

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action {forms}; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    # Without it a form of ours would be sent without its origin.
    "referrer-policy": "same-origin",
    "vary": "Accept-Language, Cookie, HX-Request",
}


def language_of(request: Request) -> str:
    """Return the visitor's language."""
    return languages.chosen(request.cookies.get(languages.COOKIE), request.headers.get("accept-language", ""))


def page(
    request: Request, template: str, context: Mapping[str, Any], *, status: int = 200, forms: str = "'self'"
) -> HTMLResponse:
    """Return a page. `forms`: where its forms may lead, as CSP has it."""
    language = language_of(request)
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    here = {"language": language, "languages": languages.LANGUAGES, "here": request.url.path, "back": back}
    text = _environment(language).get_template(template).render({**here, **context})
    return HTMLResponse(text, status, {**HEADERS, "content-security-policy": POLICY.format(forms=forms)})


@cache
def _environment(language: str) -> Environment:
    made = Environment(
        loader=PackageLoader("api.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, extensions=["jinja2.ext.i18n"],
    )  # fmt: skip
    found = languages.translations(language)
    made.install_gettext_callables(found.gettext, found.ngettext, newstyle=True)  # type: ignore[attr-defined]
    filters: Mapping[str, Callable[..., object]] = {
        "moment": languages.moment, "number": languages.number, "rupiah": languages.rupiah, "month": languages.month,
        "day": languages.day, "probability": languages.probability,
    }  # fmt: skip
    for name, act in filters.items():
        made.filters[name] = partial(act, language=language)
    made.filters["place"] = place
    made.filters["share"] = lambda value: cells.share(value, language)
    made.filters["lines"] = lambda text, width: textwrap.wrap(text, width)
    made.filters["label"] = lambda code, kind: found.gettext(LABELS[kind][code]) if code in LABELS[kind] else code
    made.filters["code"] = lambda code, kind: getattr(lists.codes(kind).get(code), language, code)
    made.filters["likeness"] = likeness
    made.filters["age"] = lambda seconds: _age(seconds, found.ngettext)
    return made


def place(code: str) -> str:
    """Return the name of a region by its official code, or the code."""
    return gazetteer().names.get(code, code)


def likeness(compared: Any) -> str:
    """Name how alike a field is, by its `level` of `levels`."""
    if compared.level < 0:
        return "unknown"
    return "unlike" if compared.level == 0 else "like" if compared.level == compared.levels - 1 else "between"


def _age(seconds: float, plural: Callable[[str, str, int], str]) -> str:
    minutes = int(seconds // 60)
    if minutes < 1:
        return plural("%(num)d second ago", "%(num)d seconds ago", int(seconds)) % {"num": int(seconds)}
    if minutes < 120:
        return plural("%(num)d minute ago", "%(num)d minutes ago", minutes) % {"num": minutes}
    return plural("%(num)d hour ago", "%(num)d hours ago", minutes // 60) % {"num": minutes // 60}


def seconds_between(then: datetime, now: datetime) -> float:
    """Return how long ago something was, never less than nothing."""
    return max(0.0, (now - then).total_seconds())

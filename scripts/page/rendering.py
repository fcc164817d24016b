"""Templates become pages: escaped, in the operator's language, under a policy that runs no script at all.

Style sheets are those of the centre's pages and one of its own; no page asks another host for anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from linkage import identity
from linkage.errors import LapisError
from linkage.giveback import LANGUAGES, Language, status
from scripts.page.exchange import Answer
from scripts.page.labels import LABELS, OTHERWISE

POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    # A form of ours would be sent without its origin if no referrer were.
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}
STYLES = {"pico.min.css": "api.pages", "lapis.css": "api.pages", "agency.css": "scripts.page"}


@cache
def translations(language: Language) -> NullTranslations:
    """Return what turns the text of templates into a language; `locale/id.mo` is made of `id.po` by Babel."""
    if language == "en":
        return NullTranslations()
    with (resources.files("scripts.page") / "locale" / f"{language}.mo").open("rb") as file:
        return GNUTranslations(file)


@cache
def _environment(language: Language) -> Environment:
    made = Environment(
        loader=PackageLoader("scripts.page"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, extensions=["jinja2.ext.i18n"],
    )  # fmt: skip
    found = translations(language)
    made.install_gettext_callables(found.gettext, found.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters["number"] = lambda value: number(value, language)
    made.filters["label"] = lambda code, kind: found.gettext(LABELS[kind][code]) if code in LABELS[kind] else code
    made.filters["status"] = lambda name: status(language, name)
    made.filters["said"] = lambda code: code.id if language == "id" else code.en
    made.filters["todo"] = lambda code: code.todo_id if language == "id" else code.todo_en
    made.filters["size"] = lambda value: f"{number(-(-value // 1024), language)} kB"
    made.filters["region"] = lambda code: identity.gazetteer().names.get(code, code)
    return made


def number(value: int, language: Language) -> str:
    """Write a number: '12.500' or '12,500'."""
    written = f"{value:,}"
    return written.replace(",", ".") if language == "id" else written


def explain(error: LapisError, language: Language) -> str:
    """Return what an error says to a person, in her language; never its own message, which is for commands."""
    code = identity.codes().get(error.code)
    if error.code in LABELS["refusal"]:
        return translations(language).gettext(LABELS["refusal"][error.code])
    if code is not None:
        return f"{code.id} {code.todo_id}" if language == "id" else f"{code.en} {code.todo_en}"
    return translations(language).gettext(OTHERWISE)


def page(template: str, language: Language, context: Mapping[str, Any], status: int = 200) -> Answer:
    """Return a page."""
    text = _environment(language).get_template(template).render(language=language, languages=LANGUAGES, **context)
    return Answer(text.encode(), status, {"content-type": "text/html; charset=utf-8"})


def style(name: str) -> Answer | None:
    """Return a style sheet, if it is one of the three."""
    if name not in STYLES:
        return None
    return Answer(_style(name), 200, {"content-type": "text/css; charset=utf-8"})


@cache
def _style(name: str) -> bytes:
    return (resources.files(STYLES[name]) / "static" / name).read_bytes()

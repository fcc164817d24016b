"""Kinds of a table's cells: how a value is written for people, and how in a file. It knows no table and no service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from api.pages import languages
from api.pages.labels import LABELS
from linkage.identity.regions import gazetteer
from linkage.layering import lists

Writing = Callable[[Any, str], str]


def _same(value: Any, _language: str) -> Any:
    return value


def _itself(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Kind:
    """How a column's values are written: `text` for people in a language, `typed` for a workbook.

    `pattern`: a workbook's number format; `style`: a class of the pages; `sorts`: what a value is sorted by, its text
    if nothing is said.
    """

    text: Writing
    typed: Callable[[Any, str], Any] | None = None
    pattern: str = ""
    style: str = ""
    sorts: Callable[[Any], Any] | None = None


def text(value: Any, _language: str) -> str:
    """Write as it is; several with commas."""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def place(code: str, _language: str) -> str:
    """Return a region's name by its official code."""
    return gazetteer().names.get(code, code)


def share(value: float, _language: str) -> str:
    """Write a share of one in per cent."""
    return f"{round(100 * value)} %"


def day(value: date, language: str) -> str:
    """Write a day: '24 Nov 2026'."""
    return languages.day(value, language)


def _local(at: datetime, _language: str) -> datetime:
    """Return a moment as a workbook holds it: western Indonesian time, without saying so."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(languages.WIB).replace(tzinfo=None)


def _month(period: str, _language: str) -> object:
    """Return a month as a day of it; a year, quarter or stage as it is."""
    year, _, part = period.partition("-")
    return date(int(year), int(part), 1) if len(part) == 2 and part.isdigit() and 1 <= int(part) <= 12 else period


TEXT = Kind(text)
ID = Kind(text, style="id")
NUMBER = Kind(languages.number, _same, "#,##0", "number", _itself)  # fmt: skip
YEAR = Kind(text, _same, "0", "number", _itself)
RUPIAH = Kind(languages.rupiah, _same, '"Rp" #,##0', "number", _itself)
SHARE = Kind(share, _same, "0%", "number", _itself)
DAY = Kind(day, _same, "d mmm yyyy", "", _itself)
MOMENT = Kind(languages.moment, _local, "d mmm yyyy hh:mm", "", _itself)
MONTH = Kind(languages.month, _month, "mmm yyyy", "", _itself)
PLACE = Kind(place)


def named(group: str) -> Kind:
    """Return the kind of codes that the pages have names for."""
    return Kind(lambda code, language: label(code, group, language))


def coded(name: str) -> Kind:
    """Return the kind of codes of a published list."""
    return Kind(lambda code, language: str(getattr(lists.codes(name).get(code), language, code)))


def label(code: str, group: str, language: str) -> str:
    """Return what a code is called; a code without a name is shown as it is."""
    names = LABELS[group]
    return languages.translations(language).gettext(names[code]) if code in names else str(code)

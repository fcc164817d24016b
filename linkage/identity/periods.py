"""Read the period of an aid: a month `2026-03`, a quarter `2026-Q1`, a stage `2026-T1`, or a year `2026`."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from linkage.identity import dates
from linkage.identity.cells import Cell
from linkage.identity.labels import fold
from linkage.identity.tables import load_toml

_YEAR = re.compile(r"\b(20[0-9]{2})\b")
_ISO = re.compile(r"(20[0-9]{2})[-/. ]?(0[1-9]|1[0-2])")
_MONTH_YEAR = re.compile(r"(0?[1-9]|1[0-2])[-/. ](20[0-9]{2})")
_SHORT_YEAR = re.compile(r"([A-Z]+) ?([0-9]{2})")
_OWN_FORM = re.compile(r"20[0-9]{2}(?:-(?:0[1-9]|1[0-2]|Q[1-4]|T[1-9]))?")
_LONGEST = 300
_END_OF_CENTURY = dt.date(2099, 12, 31)


@dataclass(frozen=True, slots=True)
class Period:
    """Hold `text` in one of the four forms, or None and a code."""

    text: str | None = None
    reason: str | None = None


def parse(cell: Cell, year: str | None = None) -> Period:
    """Read one cell. `year` (four digits) completes a period that names none. An empty cell says nothing."""
    if isinstance(cell, (dt.date, dt.datetime)):
        return Period(f"{cell.year:04d}-{cell.month:02d}")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell).strip() if isinstance(cell, (str, int)) and not isinstance(cell, bool) else ""
    if len(text) > _LONGEST:
        return Period(reason="PERIOD_UNREADABLE")
    return _parse_text(text, fold(text), year) if fold(text) else Period()


def read(cell: Cell) -> str | None:
    """Return the period that a cell names whole, or None."""
    return parse(cell).text


def _parse_text(raw: str, text: str, year: str | None) -> Period:
    if _OWN_FORM.fullmatch(raw):
        return Period(raw)
    for form, order in ((_ISO, (1, 2)), (_MONTH_YEAR, (2, 1))):
        found = form.fullmatch(raw)
        if found:
            return Period(f"{found.group(order[0])}-{int(found.group(order[1])):02d}")
    named = _YEAR.search(text)
    part = _part(_YEAR.sub(" ", text))
    if part is None:
        return _parse_date(raw)
    found_year = named.group(1) if named else _short_year(text) or year
    return Period(f"{found_year}-{part}") if found_year else Period(reason="PERIOD_NO_YEAR")


def _part(text: str) -> str | None:
    """Return 03 for a month, T1 for a stage, Q1 for a quarter; the first month of a span."""
    words = text.split()
    stages, quarters, roman = _words()
    for word, following in pairwise([*words, ""]):
        number = _number(following, roman)
        if word in quarters and number and number <= 4:
            return f"Q{number}"
        if word in stages and number and number <= 9:
            return f"T{number}"
    named = [dates.months()[word] for word in re.findall(r"[A-Z]+", text) if word in dates.months()]
    return f"{named[0]:02d}" if named else None


def _number(word: str, roman: dict[str, int]) -> int | None:
    return int(word) if word.isdigit() and word.isascii() and len(word) < 3 else roman.get(word)


@cache
def _words() -> tuple[frozenset[str], frozenset[str], dict[str, int]]:
    table = load_toml("periods")
    roman = {word: place for place, word in enumerate(table["roman"], start=1)}
    return frozenset(table["stage"]), frozenset(table["quarter"]), roman


def _short_year(text: str) -> str | None:
    """Return the year of `MAR 26`."""
    found = _SHORT_YEAR.fullmatch(text)
    return f"20{found.group(2)}" if found and found.group(1) in dates.months() else None


def _parse_date(raw: str) -> Period:
    """Read a date, if day and month cannot be confused, or a bare year."""
    written = dates.parse(raw, _END_OF_CENTURY)
    if written.day_first and written.day_first == written.month_first and written.day_first.year >= 2000:
        return Period(f"{written.day_first.year:04d}-{written.day_first.month:02d}")
    return Period(reason="PERIOD_UNREADABLE")

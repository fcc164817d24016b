"""Read birth dates in every form that lists use, and settle day and month for a whole column. Never guesses an order.

A cell gives one date, or two readings (day first, month first), or a code. The column and the NIK settle the rest.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache

from linkage.identity.cells import Cell
from linkage.identity.labels import fold
from linkage.identity.tables import load_toml

_NUMBERS = re.compile(r"([0-9]{1,4})[-/. ]+([0-9]{1,2})[-/. ]+([0-9]{1,4})")
_EIGHT = re.compile(r"[0-9]{8}")
_SERIAL = re.compile(r"[0-9]{5}(?:[.,]0+)?")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}|(?:[0-9]{1,2}[-/. ])(?:19|20)[0-9]{2}")
_TIME = re.compile(r"[T ]+[0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2}(?:[.,][0-9]+)?)? *(?:[AP]M|Z|WIB)?$", re.IGNORECASE)
_PLACE = re.compile(r"^[^0-9]+?[\s,./:;-]*(?=[0-9])")
_MONTH_WORD = re.compile(r"[A-Z]+")
_ROMAN = re.compile(r"([0-9]{1,2})[-/. ]+([IVX]{1,4})[-/. ]+([0-9]{4}|[0-9]{2})")
_AGE = re.compile(r"[,;/(]\s*[0-9]{1,3}\s*(?:TH|THN|TAHUN)\.?\s*\)?$", re.IGNORECASE)
_EPOCH = dt.date(1899, 12, 30)
_LONGEST = 100
_LEAP_BUG = 60  # spreadsheets count a 29 February 1900 that never was


@dataclass(frozen=True, slots=True, repr=False)
class Written:
    """Hold what a cell says: `day_first` and `month_first` are equal if the cell leaves no doubt.

    `proof` is dmy or mdy if the cell shows the order (a part above 12). `short` marks a two-digit year.
    `reason` is a code if there is no date.
    """

    day_first: dt.date | None = None
    month_first: dt.date | None = None
    proof: str = ""
    short: bool = False
    reason: str | None = None


def parse(cell: Cell, as_of: dt.date) -> Written:
    """Read one cell; no birth is later than `as_of`, which also settles two-digit years."""
    if isinstance(cell, dt.datetime):
        return _certain(cell.date(), as_of)
    if isinstance(cell, dt.date):
        return _certain(cell, as_of)
    if isinstance(cell, (bool, dt.time, dt.timedelta)):
        return Written(reason="DATE_UNREADABLE")
    if isinstance(cell, (int, float)):
        return _parse_number(cell, as_of)
    text = (cell or "").strip()
    if len(text) > _LONGEST:
        return Written(reason="DATE_UNREADABLE")
    if fold(text) in _none():
        return Written(reason="DATE_MISSING")
    return _parse_text(_bare(text), as_of)


def _bare(text: str) -> str:
    """Drop what stands around a date: a weekday or `Tgl.` before it, a time or an age behind it."""
    return _lead().sub("", _AGE.sub("", _TIME.sub("", text)).strip()).replace("'", " ").replace("’", " ").strip()


@cache
def _lead() -> re.Pattern[str]:
    words = "|".join(map(re.escape, load_toml("dates")["lead"]["words"]))
    return re.compile(rf"^(?:(?:{words})\b[\s.,:'’]*)+(?=\S)", re.IGNORECASE)


def parse_after_place(cell: Cell, as_of: dt.date) -> Written:
    """Read the date behind a place: `Metro, 12 Agustus 1980`. The place is not kept; alone it is no date."""
    if not isinstance(cell, str) or len(cell) > _LONGEST:
        return parse(cell, as_of)
    date = _PLACE.sub("", cell.strip(), count=1)
    return parse(date, as_of) if any(map(str.isdigit, date)) else Written(reason="DATE_MISSING")


def is_default(date: dt.date) -> bool:
    """Tell whether registrars use this day where the real one is unknown."""
    table = load_toml("dates")["defaults"]
    return f"{date.day:02d}-{date.month:02d}" in table["day_month"] or date.day in table["day"]


@cache
def _none() -> frozenset[str]:
    return frozenset(load_toml("dates")["dummies"]["none"])


@cache
def months() -> dict[str, int]:
    """Return the number of each month by its folded names."""
    table: dict[str, int] = load_toml("dates")["months"]
    return table


def _certain(date: dt.date, as_of: dt.date, *, proof: str = "", short: bool = False) -> Written:
    if date > as_of:
        return Written(reason="DATE_FUTURE")
    if date.year < load_toml("dates")["limits"]["earliest"]:
        return Written(reason="DATE_IMPOSSIBLE")
    return Written(date, date, proof, short)


def _parse_number(value: float, as_of: dt.date) -> Written:
    if value == 0:
        return Written(reason="DATE_MISSING")
    if not 0 < value < 1e8 or value != int(value):
        return Written(reason="DATE_UNREADABLE")
    return _parse_text(str(int(value)), as_of)


def _parse_text(text: str, as_of: dt.date) -> Written:
    numbers = _NUMBERS.fullmatch(text)
    if numbers:
        return _parse_parts(numbers.group(1), numbers.group(2), numbers.group(3), as_of)
    if _EIGHT.fullmatch(text):
        return _parse_eight(text, as_of)
    if _YEAR.fullmatch(text):
        return Written(reason="DATE_PARTIAL")
    if _SERIAL.fullmatch(text):
        serial = int(text[:5])
        return (
            _certain(_EPOCH + dt.timedelta(serial), as_of) if serial > _LEAP_BUG else Written(reason="DATE_UNREADABLE")
        )
    roman = _ROMAN.fullmatch(text.upper())
    if roman and roman.group(2) in _romans():
        month = str(_romans().index(roman.group(2)) + 1)
        date = _year_date(roman.group(3), month, roman.group(1), as_of)
        return _certain_or_impossible(date, as_of, short=len(roman.group(3)) == 2)
    return _parse_words(fold(text), as_of)


@cache
def _romans() -> list[str]:
    months: list[str] = load_toml("periods")["roman"]
    return months


def _parse_eight(text: str, as_of: dt.date) -> Written:
    """Read 19800812 or 12081980, if only one of them can be."""
    year_first = _date(text[:4], text[4:6], text[6:])
    day_first = _date(text[4:], text[2:4], text[:2])
    usable = [date for date in (year_first, day_first) if date and _certain(date, as_of).reason is None]
    if len(usable) == 1:
        return _certain(usable[0], as_of)
    return Written(reason="DATE_UNREADABLE" if usable else "DATE_IMPOSSIBLE")


def _parse_parts(first: str, middle: str, last: str, as_of: dt.date) -> Written:
    if len(first) > 2:
        return _certain_or_impossible(_date(first, middle, last), as_of)
    if len(last) == 3:
        return Written(reason="DATE_UNREADABLE")
    short = len(last) <= 2
    dmy, mdy = _year_date(last, middle, first, as_of), _year_date(last, first, middle, as_of)
    if dmy and mdy:
        return _readings(dmy, mdy, as_of, short=short)
    date = dmy or mdy
    return _certain_or_impossible(date, as_of, proof="dmy" if dmy else "mdy", short=short)


def _readings(dmy: dt.date, mdy: dt.date, as_of: dt.date, *, short: bool) -> Written:
    certain = _certain(max(dmy, mdy), as_of)
    if certain.reason == "DATE_FUTURE" and min(dmy, mdy) <= as_of:
        date = min(dmy, mdy)
        return _certain(date, as_of, short=short)
    early = _certain(min(dmy, mdy), as_of)
    return Written(reason=early.reason) if early.reason else Written(dmy, mdy, short=short)


def _certain_or_impossible(date: dt.date | None, as_of: dt.date, *, proof: str = "", short: bool = False) -> Written:
    return _certain(date, as_of, proof=proof, short=short) if date else Written(reason="DATE_IMPOSSIBLE")


def _parse_words(text: str, as_of: dt.date) -> Written:
    """Read `12 AGUSTUS 1980`, `12AGT80` or `AGUSTUS 12 1980`."""
    word = _MONTH_WORD.search(text)
    month = months().get(word.group()) if word else None
    if word is None or month is None:
        return Written(reason="DATE_UNREADABLE")
    parts = (text[: word.start()] + " " + text[word.end() :]).split()
    if not all(part.isdigit() for part in parts) or not 1 <= len(parts) <= 2:
        return Written(reason="DATE_UNREADABLE")
    if len(parts) == 1:
        return Written(reason="DATE_PARTIAL")
    day, year = parts if len(parts[0]) <= 2 else reversed(parts)
    if len(year) not in (2, 4) or len(day) > 2:
        return Written(reason="DATE_UNREADABLE")
    return _certain_or_impossible(_year_date(year, str(month), day, as_of), as_of, short=len(year) == 2)


def _year_date(year: str, month: str, day: str, as_of: dt.date) -> dt.date | None:
    """Return the date; a two-digit year lies in this century unless that is after `as_of`."""
    if len(year) > 2:
        return _date(year, month, day)
    this = _date(str(2000 + int(year)), month, day)
    return this if this and this <= as_of else _date(str(1900 + int(year)), month, day)


def _date(year: str, month: str, day: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None

"""Indonesian and English. The text in code and templates is English; `locale/id.po` is read once, at start.

Dates and numbers are in the language's form, times in western Indonesian time.
"""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources

from babel import Locale, dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("id", "en")
COOKIE = "__Host-lapis-language"
WIB = timezone(timedelta(hours=7), "WIB")


def chosen(cookie: str | None, accepted: str) -> str:
    """Return the language of a cookie, else the first that the browser asks for and we have, else Indonesian."""
    if cookie in LANGUAGES:
        return cookie
    for each in accepted.split(","):
        tag = each.partition(";")[0].strip().lower().partition("-")[0]
        if tag in LANGUAGES:
            return tag
    return LANGUAGES[0]


@cache
def translations(language: str) -> NullTranslations:
    """Return what turns the text of templates into a language."""
    if language == "en":
        return NullTranslations()
    text = (resources.files("api.pages") / "locale" / f"{language}.po").read_bytes()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(text), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def moment(at: datetime, language: str) -> str:
    """Write a time: '24 Nov 2026, 16.05 WIB'."""
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    shown = "d MMM y, HH.mm" if language == "id" else "d MMM y, HH:mm"
    return f"{dates.format_datetime(aware.astimezone(WIB), shown, locale=Locale(language))} WIB"


def day(on: date, language: str) -> str:
    """Write a day: '24 Nov 2026'."""
    return str(dates.format_date(on, "d MMM y", locale=Locale(language)))


def number(value: int, language: str) -> str:
    """Write a number: '12.500' or '12,500'."""
    return str(numbers.format_decimal(value, locale=Locale(language)))


def rupiah(value: int, language: str) -> str:
    """Write an amount: 'Rp 300.000' or 'Rp 300,000'."""
    return f"Rp\N{NO-BREAK SPACE}{number(value, language)}"


def month(period: str, language: str) -> str:
    """Write a period of the published form: '2026-03' as 'Maret 2026'; a year, quarter or stage as it is."""
    year, _, part = period.partition("-")
    if len(part) == 2 and part.isdigit() and 1 <= int(part) <= 12:
        return str(dates.format_date(datetime(int(year), int(part), 1, tzinfo=UTC), "MMMM y", locale=Locale(language)))
    return period


def probability(value: float, language: str) -> str:
    """Write a probability with as many figures as tell it from one: '0,9986' in Indonesian."""
    return numbers.format_decimal(value, format="0.####", locale=Locale.parse(language))

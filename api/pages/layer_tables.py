"""The tables of the PMO's pages: what each has for columns. Counts of a release, or pseudonyms; it reads nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from api.pages import cells, languages
from api.pages.cells import Kind, named
from api.pages.tables import Column, Table
from api.pages.views import titles
from api.routes.forms import shown

DAY = 86_400_000_000
"""Microseconds."""


def _cause() -> Kind:
    """Return causes, those of the code list and our own."""
    said = cells.coded("lacks")
    return Kind(lambda code, language: cells.label(said.text(code, language), "cause", language))


def _each(field: str) -> Callable[[Any], list[str] | None]:
    """Return what gives a flag's rows' values of a field, each once."""
    return lambda flagged: sorted({value for row in flagged.rows if (value := getattr(row, field))}) or None


def _total(flagged: Any) -> int | None:
    told = [row.amount for row in flagged.rows if row.amount is not None]
    return sum(told) if told else None


def _people(key: str, get: Callable[[Any], Any] | None = None) -> Column:
    return Column(key, cells.NUMBER, get, none="hidden")


MONTHS = Kind(lambda periods, language: ", ".join(languages.month(each, language) for each in periods))
LAYERS = Table(
    "layers", (Column("layers", get=lambda row: row.label), _people("people", lambda row: row.value)), "layers-"
)
PLACES = Table("places", (
    Column("place", cells.PLACE, lambda row: row[0]), _people("untouched", lambda row: row[1]),
    _people("people_there", lambda row: row[2]),
), "places-")  # fmt: skip
PAIRS = Table("pairs", (
    Column("programme", get=lambda row: row[0]), Column("other", get=lambda row: row[1]),
    _people("people", lambda row: row[2].people),
    Column("rule", named("effect"), lambda row: row[2].asked or None),
), "pairs-")  # fmt: skip
NEEDS = Table("needs", (Column("need", cells.coded("needs")), _people("met"), _people("unmet")), "needs-")
CAUSES = Table("causes", (
    Column("cause", _cause()), _people("affected"), _people("in_need"), Column("affected_before", cells.NUMBER),
), "causes-")  # fmt: skip
PLANS = Table("plans", (
    Column("fund", cells.coded("funds")), Column("programme"), Column("agency"), Column("year", cells.YEAR),
    Column("budget", cells.RUPIAH), Column("disbursed", cells.RUPIAH), Column("undisbursed", cells.RUPIAH),
    Column("over", cells.RUPIAH, lambda row: row["over"] or None),
), "plans-")  # fmt: skip
LOST = Table("lost", (
    Column("fund", cells.coded("funds")), Column("programme"), Column("agency"),
    Column("regency", cells.PLACE, lambda row: row["regency"] or None, none="unnamed"),
    Column("disbursed", cells.RUPIAH), Column("untraced", cells.RUPIAH),
), "lost-")  # fmt: skip
VILLAGES = Table("villages", (
    Column("village", cells.PLACE), Column("code", cells.ID, lambda row: row["village"]), _people("rows"),
    *(Column(each, cells.SHARE, none="hidden") for each in
      ("sound", "bad_nik", "no_nik", "default_date", "mended", "merit")),
))  # fmt: skip
FLAGS = Table("flags", (
    Column("asked", named("effect"), lambda row: row.flag.effect),
    Column("rule", Kind(lambda rule, language: titles()[rule][language]), lambda row: row.flag.rule),
    Column("citation", get=lambda row: row.flag.citation, shown=False),
    Column("person", cells.ID, lambda row: sorted({shown(each.person) for each in row.rows})),
    Column("agencies", get=_each("agency")), Column("programmes", get=_each("programme")),
    Column("period", MONTHS, _each("period")), Column("amount", cells.RUPIAH, _total),
    Column("outcome", named("outcome-of-flag")),
), whole=False)  # fmt: skip
UNREGISTERED = Table("unregistered", (
    Column("person", cells.ID, lambda row: shown(row["person"])), Column("village", cells.PLACE),
    Column("reason", named("nik")), Column("days", cells.NUMBER), Column("layers", cells.NUMBER),
), whole=False)  # fmt: skip


def waited(since: int, now: datetime) -> int:
    """Return for how many days somebody waits who is known since a moment (microseconds since 1970)."""
    return max(0, (int(now.timestamp() * 1_000_000) - since) // DAY)

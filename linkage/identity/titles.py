"""Read what the titles above a list say about all its rows: a village, a period, a programme. Never a person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from linkage.identity import periods, programmes
from linkage.identity.labels import fold

_LEVELS = {
    "village": "(?<!DANA )(?<!BLT )(?:DESA|KELURAHAN|PEKON|TIYUH|KAMPUNG)",
    "district": "(?:KECAMATAN|KEC)",
    "regency": "(?:KABUPATEN|KAB|KOTA)",
}
_ENDS = (
    "DESA", "KELURAHAN", "PEKON", "TIYUH", "KAMPUNG", "KECAMATAN", "KEC", "KABUPATEN", "KAB", "KOTA", "PROVINSI",
    "PROPINSI", "TAHUN", "TAHAP", "BULAN", "PERIODE", "TRIWULAN", "TA",
)  # fmt: skip
_STOP = f"(?= (?:{'|'.join(_ENDS)}) |$)"
_FORMS = {level: re.compile(rf"\b{word} (.+?){_STOP}") for level, word in _LEVELS.items()}
_YEAR = re.compile(r"\b20[0-9]{2}\b")


@dataclass(frozen=True, slots=True)
class Context:
    """Hold what the titles settle for every row; None where they are silent or in doubt.

    `names` has what stands behind DESA, KECAMATAN and KABUPATEN, by level; empty if nothing does.
    """

    names: dict[str, str]
    programme: str | None = None
    period: str | None = None


def read(titles: Sequence[str], sheet: str = "") -> Context:
    """Read the titles of a sheet; its name says what they leave open, such as a month or a programme."""
    lines = [fold(title) for title in titles]
    years = {year for line in lines for year in _YEAR.findall(line)}
    year = years.pop() if len(years) == 1 else None
    names, name = _find_names(lines), fold(sheet)
    period, programme = _find_period(lines, year), programmes.find(" ".join(lines))
    if name:
        names = {level: found or _find_names([name])[level] for level, found in names.items()}
        programme = programme or programmes.find(name)
        # A year alone is a frame: the sheet of a month, a stage or a quarter fills it.
        period = (_find_period([name], year) or period) if period in {None, year} else period
    return Context(names, programme, period)


def _find_names(lines: Sequence[str]) -> dict[str, str]:
    names = dict.fromkeys(_LEVELS, "")
    for line in lines:
        for level, form in _FORMS.items():
            found = form.search(line)
            names[level] = names[level] or (found.group(1) if found else "")
    return names


def _find_period(lines: Sequence[str], year: str | None) -> str | None:
    """Return the one month, quarter or stage that the titles name, else the year."""
    found = {periods.parse(line, year).text for line in lines} - {None, year}
    return found.pop() if len(found) == 1 else year if not found else None

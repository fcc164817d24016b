"""Cells: what each column of a layout holds for a list's rows, as text, numbers and dates that a file can carry.

Mixes the forms that people write (12 Agustus 1980, 12-08-1980, Agt, date cells). Injects no fault of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from linkage.layering.lists import programmes
from linkage.synth import regions
from linkage.synth.dials import Dials
from linkage.synth.errors import SynthError
from linkage.synth.households import ROLES
from linkage.synth.layouts import Layout
from linkage.synth.numbers import split_dates
from linkage.synth.randomness import Bools, Ints, pick
from linkage.synth.regions import Village
from linkage.synth.rows import Rows
from linkage.synth.welfare import SIGNS, VERSION, Sign, Welfare

Cell = str | int | float | date | None
Column = list[Cell]

_FIRST_DAY, _LAST_DAY = np.datetime64("1910-01-01", "D"), np.datetime64("2026-12-31", "D")
_EXCEL_ZERO = np.datetime64("1899-12-30", "D")
_MONTHS = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]
_SHORT_MONTHS = ["Jan", "Peb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agt", "Sep", "Okt", "Nop", "Des"]
_STREETS = (
    "Jl. Merdeka",
    "Jl. Raya Lintas",
    "Dusun I",
    "Dusun II",
    "Dusun III",
    "Jl. Melati",
    "Gg. Mawar",
    "Jl. Pasar",
)
_WORK = ("Petani", "Buruh Harian Lepas", "Pedagang", "Tidak Bekerja", "Buruh Tani", "Nelayan", "Ibu Rumah Tangga")
_CRITERIA = ("Kemiskinan ekstrem", "Kehilangan mata pencaharian", "Sakit menahun", "Lansia tunggal", "Difabel")
_ASNAF = ("Fakir", "Miskin", "Miskin", "Gharim", "Muallaf")
_ORDERED = ("BANSOS-PROVINSI", "RTLH")
"""Programmes whose lists name the treasury's orders."""
AMOUNTS: dict[str, tuple[int, ...]] = {
    "PKH": (225_000, 375_000, 500_000, 600_000, 750_000),
    "SEMBAKO": (200_000, 400_000, 600_000),
    "BANSOS-PROVINSI": (600_000,),
    "BANSOS-KABUPATEN": (300_000, 500_000),
    "RTLH": (15_000_000, 20_000_000),
    "BLT-DD": (300_000, 900_000),
    "ZAKAT": (250_000, 300_000, 500_000),
    "CSR-SEMBAKO": (150_000, 200_000),
    "BANTUAN-PERORANGAN": (100_000, 250_000, 500_000, 1_000_000),
}


@cache
def _days(form: str) -> NDArray[np.object_]:
    """Write every day from 1910 to 2026 in one form."""
    days = np.arange(_FIRST_DAY, _LAST_DAY + 1)
    parts = zip(*(part.tolist() for part in split_dates(days)), strict=True)
    write: dict[str, Callable[[int, int, int], Cell]] = {
        "iso": lambda y, m, d: f"{y}-{m:02}-{d:02}",
        "slash": lambda y, m, d: f"{d:02}/{m:02}/{y}",
        "dash": lambda y, m, d: f"{d:02}-{m:02}-{y}",
        "month": lambda y, m, d: f"{d} {_MONTHS[m - 1]} {y}",
        "short": lambda y, m, d: f"{d:02} {_SHORT_MONTHS[m - 1]} {y}",
        "month_first": lambda y, m, d: f"{m:02}/{d:02}/{y}",
        "cell": date,
        "serial": lambda y, m, d: int((np.datetime64(f"{y}-{m:02}-{d:02}") - _EXCEL_ZERO).astype(int)),
    }
    column = np.empty(len(days), dtype=object)
    column[:] = [write[form](*part) for part in parts]
    return column


def write_dates(
    rng: np.random.Generator, born: NDArray[np.datetime64], dated: Bools, month_first: Bools, layout: Layout
) -> Column:
    """Write dates in the forms of a layout, mixed; empty where undated, m/d/y where said."""
    forms = list(layout.dates)
    form = rng.choice(len(forms), size=len(born), p=list(layout.dates.values()))
    index = (born - _FIRST_DAY).astype(np.int64)
    column = np.full(len(born), None, dtype=object)
    for position, name in enumerate(forms):
        here = dated & (form == position)
        column[here] = _days(name)[index[here]]
    column[month_first] = _days("month_first")[index[month_first]]
    return column.tolist()


@dataclass(frozen=True, slots=True)
class Page:
    """What the columns of one list are filled from; `start` (int64) is each row's running number in its sheet."""

    rng: np.random.Generator
    rows: Rows
    layout: Layout
    start: Ints
    dials: Dials

    def choose(self, options: tuple[Cell, ...]) -> Column:
        """Choose one of the options for each row."""
        return [options[at] for at in self.rng.integers(0, len(options), size=len(self.start)).tolist()]

    def place(self, name: Callable[[Village], str]) -> Column:
        """Name each row's village, district or regency."""
        names = [name(village) for village in self.rows.people.villages]
        return [names[at] for at in self.rows.people.village[self.rows.at].tolist()]


def lay_out(page: Page) -> list[Column]:
    """Fill a layout's columns in their order."""
    return [_FILLERS[role](page) for _, role in page.layout.columns]


def _fill_names(page: Page) -> Column:
    capitals = page.rng.random(len(page.start)) < page.layout.upper
    return [name.upper() if up else name for name, up in zip(page.rows.name, capitals.tolist(), strict=True)]


def _fill_niks(page: Page) -> Column:
    """Write numbers as text, some decorated; number cells where the damage says so, scientific in text files."""
    column: Column = list(page.rows.nik.text)
    for row in np.flatnonzero(page.rows.nik.number).tolist():
        number = int(page.rows.nik.text[row])
        column[row] = number if page.layout.is_workbook else f"{number:.5E}".replace(".", ",")
    whole = np.array([isinstance(cell, str) and len(cell) == 16 and cell.isdigit() for cell in column], dtype=bool)
    for row in pick(page.rng, whole, page.dials.decorated_nik * float(whole.sum())).tolist():
        column[row] = _decorate(page.rows.nik.text[row], row)
    return column


def _decorate(nik: str, row: int) -> str:
    forms = ("'" + nik, f"{nik[:6]}.{nik[6:12]}.{nik[12:]}", " ".join(nik[at : at + 4] for at in range(0, 16, 4)))
    return forms[row % len(forms)]


def _fill_sexes(page: Page) -> Column:
    words = page.layout.sexes
    return [
        words[female] if sexed else None
        for female, sexed in zip(page.rows.female.tolist(), page.rows.sexed.tolist(), strict=True)
    ]


def _fill_dates(page: Page) -> Column:
    return write_dates(page.rng, page.rows.born, page.rows.dated, page.rows.month_first, page.layout)


def _fill_birthplaces(page: Page) -> Column:
    """Write `Place, date`, the place being the regency of first registration; the place alone where undated."""
    codes = (page.rows.people.region[page.rows.at] // 100).tolist()
    names = {code: regions.shorten(regions.name_region(f"{code // 100}.{code % 100:02}")) for code in set(codes)}
    dates = _fill_dates(page)
    return [names[code] if day is None else f"{names[code]}, {day}" for code, day in zip(codes, dates, strict=True)]


def _fill_amounts(page: Page) -> Column:
    amounts = page.choose(AMOUNTS[page.rows.roll.programme])
    if page.layout.money == "number":
        return amounts
    if page.layout.money == "digits":
        return [str(amount) for amount in amounts]
    return [f"Rp {amount:,}".replace(",", ".") + ",-" for amount in amounts]


def _fill_members(page: Page) -> Column:
    return page.choose((1, 2, 3, 3, 4, 4, 5, 6))


def _fill_individuals(page: Page) -> Column:
    """Give each row a number of its own: a key that led to the person would give the answer away."""
    return [f"{page.rows.roll.programme or page.rows.roll.key.upper()}-{number:08}" for number in page.start.tolist()]


def _fill_addresses(page: Page) -> Column:
    numbers = page.rng.integers(1, 180, size=len(page.start)).tolist()
    return [f"{street} No. {number}" for street, number in zip(page.choose(_STREETS), numbers, strict=True)]


def _fill_roles(page: Page) -> Column:
    return [ROLES[role].capitalize() for role in page.rows.people.role[page.rows.at].tolist()]


def _fill_orders(page: Page) -> Column:
    """Name the treasury's order of the regency's list; every tenth row names none."""
    code = page.rows.people.villages[0].regency.code.replace(".", "")
    number = f"{code}{_ORDERED.index(page.rows.roll.programme):02}"
    return [None if at % 10 == 0 else f"{number}/SP2D/LS/2026" for at in page.start.tolist()]


def _welfare(page: Page) -> Welfare:
    if page.rows.welfare is None:
        raise SynthError("NO_WELFARE", "a list of recipients says nothing of deciles", place=page.rows.roll.key)
    return page.rows.welfare


def _fill_signs(sign: Sign, page: Page) -> Column:
    return [sign.bad if bad else sign.good for bad in _welfare(page).shown[sign.role][page.rows.at].tolist()]


_FILLERS: dict[str, Callable[[Page], Column]] = {
    "number": lambda page: page.start.tolist(),
    "individual": _fill_individuals,
    "name": _fill_names,
    "nik": _fill_niks,
    "kk": lambda page: list(page.rows.kk),
    "sex": _fill_sexes,
    "role": _fill_roles,
    "born": _fill_dates,
    "birthplace": _fill_birthplaces,
    "regency": lambda page: page.place(lambda village: village.regency.name),
    "district": lambda page: page.place(lambda village: village.district),
    "village": lambda page: page.place(lambda village: village.name),
    "programme": lambda page: [page.rows.roll.programme] * len(page.start),
    "period": lambda page: ["Maret 2026"] * len(page.start),
    "stage": lambda page: ["Tahap 1"] * len(page.start),
    "amount": _fill_amounts,
    "members": _fill_members,
    "address": _fill_addresses,
    "rt": lambda page: page.choose(("001", "002", "003", "004", "005")),
    "rw": lambda page: page.choose(("001", "002", "003")),
    "work": lambda page: page.choose(_WORK),
    "criterion": lambda page: page.choose(_CRITERIA),
    "asnaf": lambda page: page.choose(_ASNAF),
    "blank": lambda page: [None] * len(page.start),
    "fund": lambda page: [programmes()[page.rows.roll.programme].fund.replace("-", " ")] * len(page.start),
    "order": _fill_orders,
    "decile": lambda page: [f"Desil {decile}" for decile in _welfare(page).decile[page.rows.at].tolist()],
    "version": lambda page: [VERSION] * len(page.start),
    "state": lambda page: ["Meninggal" if gone else "Ya" for gone in page.rows.people.deceased[page.rows.at].tolist()],
    **{sign.role: partial(_fill_signs, sign) for sign in SIGNS},
}

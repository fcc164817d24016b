"""Batches: a list's rows laid out and cut by file and sheet, each with the truth about where its rows stand.

Counts rows and names files and sheets; opens none of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from linkage.synth import regions
from linkage.synth.cells import Column, Page, lay_out
from linkage.synth.dials import Dials
from linkage.synth.faults import list_faults
from linkage.synth.layouts import LAYOUTS, Layout
from linkage.synth.lists import Roll
from linkage.synth.numbers import is_sound
from linkage.synth.randomness import Ints
from linkage.synth.rows import Rows

SHEET = "Penerima"
_ROWS_PER_FILE = 250_000

ROWS_SCHEMA = pa.schema(
    [
        ("agency", pa.string()),
        ("file", pa.string()),
        ("sheet", pa.string()),
        ("row", pa.int32()),
        ("programme", pa.string()),
        ("person", pa.int64()),
        ("faults", pa.list_(pa.string())),
        ("sound_nik", pa.bool_()),
        ("own_nik", pa.bool_()),
        ("shows_birth_date", pa.bool_()),
        ("nik", pa.string()),
        ("birth_date", pa.date32()),
        ("decile", pa.int8()),
        *((name, pa.list_(pa.string())) for name in ("needs", "lacks", "exposures")),
    ]
)
"""The truth about rows: where each stands, whose it is, what is wrong with it.

`row` as a spreadsheet shows it, from 1 · `sound_nik`: the number shown is a NIK by form · `own_nik`: and the person's
own · `nik`, `birth_date`: the person's, not what is shown · `decile` and what follows: as a register's row says.
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows to add to one sheet of one file: columns in the layout's order, and their truth (`ROWS_SCHEMA`).

    `titles`, `headers` and `notes` are already filled in; the sheet's first batch writes them. `regency` is the file's,
    if it is of one; `home` that of the rows.
    """

    roll: Roll
    layout: Layout
    file: str
    sheet: str
    titles: tuple[str, ...]
    headers: tuple[str, ...]
    notes: tuple[str, ...]
    regency: str
    home: str
    columns: list[Column]
    truth: pa.Table


class Shelf:
    """Remembers how many rows each file and sheet holds, which part is open, and which sheet names are taken."""

    def __init__(self) -> None:
        self.rows: Counter[tuple[str, str]] = Counter()
        self.parts: Counter[str] = Counter()
        self.sheets: Counter[tuple[str, str]] = Counter()

    def find_file(self, roll: Roll, layout: Layout, regency: str, more: int) -> str:
        """Name the file that the next rows go to; a full one is followed by part 2, 3, …."""

        def name() -> str:
            part = f"-{self.parts[roll.key] + 1}" if self.parts[roll.key] else ""
            return layout.file.format(part=part, regency=regency)

        held = self.rows[name(), SHEET]
        if layout.split == "province" and held and held + more > _ROWS_PER_FILE:
            self.parts[roll.key] += 1
        return name()

    def name_sheet(self, file: str, wanted: str) -> str:
        """Name a new sheet after a village: no sign that a sheet's name forbids, no name twice."""
        clean = "".join(sign for sign in wanted if sign not in "[]:*?/\\'")[:26]
        self.sheets[file, clean.lower()] += 1
        times = self.sheets[file, clean.lower()]
        return clean if times == 1 else f"{clean} ({times})"

    def number_rows(self, file: str, sheet: str, count: int) -> Ints:
        """Give the next running numbers of a sheet, from 1."""
        first = self.rows[file, sheet] + 1
        self.rows[file, sheet] += count
        return np.arange(first, first + count)


def cut_batches(rng: np.random.Generator, rows: Rows, shelf: Shelf, dials: Dials) -> Iterator[Batch]:
    """Lay out one list's rows: a sheet a village for a village's list, else one sheet."""
    layout, village = LAYOUTS[rows.roll.key], rows.people.village[rows.at]
    first = rows.people.villages[0]
    file = shelf.find_file(rows.roll, layout, first.regency.code, len(village))
    if not rows.roll.desa_only:
        sheet = SHEET if layout.is_workbook else ""
        spans = [(0, len(village), sheet, first)]
    else:
        edges = np.flatnonzero(np.r_[True, village[1:] != village[:-1], True]).tolist()
        here = [rows.people.villages[at] for at in village[edges[:-1]].tolist()]
        spans = [(a, b, shelf.name_sheet(file, v.name), v) for a, b, v in zip(edges, edges[1:], here, strict=False)]
    start = np.concatenate([shelf.number_rows(file, sheet or SHEET, b - a) for a, b, sheet, _ in spans])
    columns = lay_out(Page(rng, rows, layout, start, dials))
    truth = _tabulate_rows(rows, layout, start)
    for a, b, sheet, place in spans:
        yield _cut_batch(rows, layout, (file, sheet), place, [column[a:b] for column in columns], truth.slice(a, b - a))


def _cut_batch(
    rows: Rows, layout: Layout, where: tuple[str, str], place: regions.Village, columns: list[Column], truth: pa.Table
) -> Batch:
    words = {
        "village_word": place.regency.village_word,
        "village": place.name,
        "district": place.district.upper(),
        "regency": place.regency.name.upper(),
    }
    shouted = {**words, "village_word": words["village_word"].upper(), "village": place.name.upper()}
    file, sheet = where
    located = pa.table(
        {
            "agency": pa.repeat(rows.roll.agency, len(truth)),
            "file": pa.repeat(file, len(truth)),
            "sheet": pa.repeat(sheet, len(truth)),
            **{name: truth[name] for name in truth.column_names},
        }
    )
    return Batch(
        roll=rows.roll,
        layout=layout,
        file=file,
        sheet=sheet,
        titles=tuple(title.format(**shouted) for title in layout.titles),
        headers=tuple(header.format(**words) for header, _ in layout.columns),
        notes=tuple(note.format(**words) for note in layout.notes),
        regency=place.regency.code if layout.split == "regency" else "",
        home=place.regency.code,
        columns=columns,
        truth=located.select(ROWS_SCHEMA.names).cast(ROWS_SCHEMA),
    )


def _tabulate_rows(rows: Rows, layout: Layout, start: Ints) -> pa.Table:
    people, at = rows.people, rows.at
    sound = np.array([is_sound(text) for text in rows.nik.text], dtype=bool) & ~rows.nik.number
    own = pa.array(people.nik[at]).cast(pa.string()).to_pylist()
    welfare, lists = rows.welfare, ("needs", "lacks", "exposures")
    said = {name: welfare.codes(name, at) if welfare else [None] * len(at) for name in lists}
    return pa.table(
        {
            "row": pa.array(start - 1 + layout.first_row, type=pa.int32()),
            "programme": pa.repeat(rows.roll.programme, len(at)),
            "person": people.person[at],
            "faults": list_faults(rows.faults),
            "sound_nik": sound,
            "own_nik": sound & np.array([a == b for a, b in zip(rows.nik.text, own, strict=True)], dtype=bool),
            "shows_birth_date": rows.dated,
            "nik": pa.array(people.nik[at], mask=people.nik[at] == 0).cast(pa.string()),
            "birth_date": pa.array(people.born[at]),
            "decile": pa.array(welfare.decile[at] if welfare else [None] * len(at), pa.int8()),
            **{name: pa.array(codes, pa.list_(pa.string())) for name, codes in said.items()},
        }
    )

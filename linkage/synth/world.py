"""The world, block by block: people, then their rows on every list, laid out for files and with the truth beside.

Holds one block at a time (and the ledgers of numbers given out), so memory does not grow with the rows. Opens no file.
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
from linkage.synth.errors import SynthError
from linkage.synth.faults import flag, list_faults
from linkage.synth.layouts import LAYOUTS, Layout
from linkage.synth.lists import ROLLS, Roll, enrol, expect_listed
from linkage.synth.nik_faults import NikColumn
from linkage.synth.numbers import Ledger, is_sound
from linkage.synth.people import People, people_villages, tabulate_people
from linkage.synth.randomness import Ints, open_stream
from linkage.synth.rows import Rows, fill_rows

DAMAGED_REGENCY = "18.06"
"""The regency whose own list was typed as numbers throughout: the one whole Excel-damaged file of domain §7."""
_PEOPLE_PER_BLOCK = 25_000
_ROWS_PER_FILE = 250_000
_PEOPLE, _LISTS = 1, 2

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
    ]
)
"""The truth about rows: where each stands, whose it is, what is wrong with it.

`row` as a spreadsheet shows it, from 1 · `sound_nik`: the number shown is a NIK by form · `own_nik`: and the person's
own · `nik`, `birth_date`: the person's, not what is shown.
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows to add to one sheet of one file: columns in the layout's order, and their truth (`ROWS_SCHEMA`).

    `titles`, `headers` and `notes` are already filled in; the sheet's first batch writes them.
    """

    roll: Roll
    layout: Layout
    file: str
    sheet: str
    titles: tuple[str, ...]
    headers: tuple[str, ...]
    notes: tuple[str, ...]
    regency: str
    columns: list[Column]
    truth: pa.Table


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the world: the truth about its people (`PEOPLE_SCHEMA`) and its rows on every list."""

    people: pa.Table
    batches: tuple[Batch, ...]


def generate(people: int, seed: int, dials: Dials) -> Iterator[Block]:
    """Generate a world of `people` people, block by block, in the order of regencies; all follows from `seed`.

    Raise `PEOPLE_OUT_OF_RANGE` unless 1 ≤ people ≤ 20,000,000.
    """
    if not 1 <= people <= 20_000_000:
        raise SynthError("PEOPLE_OUT_OF_RANGE", "expected 1 to 20,000,000 people", hint="give --people a number within")
    villages = regions.settle(people, dials.people_per_village / expect_listed(dials), seed)
    ledgers, shelf, persons, households = (Ledger(), Ledger()), _Shelf(), 0, 0
    for number, block in enumerate(_cut_blocks(villages)):
        rng = open_stream(seed, _PEOPLE, number)
        members = people_villages(rng, block, (persons, households), ledgers, dials)
        persons += len(members.person)
        households = int(members.household[-1]) + 1
        eagerness = rng.random(households)[members.household]
        batches: list[Batch] = []
        for position, roll in enumerate(ROLLS):
            stream = open_stream(seed, _LISTS, number, position)
            enrolment = enrol(stream, members, roll, eagerness, dials)
            if len(enrolment.at):
                rows = _damage_file(fill_rows(stream, members, enrolment, ledgers[0], dials))
                batches += _lay_out_batches(stream, rows, shelf, dials)
        yield Block(tabulate_people(members), tuple(batches))


def _cut_blocks(villages: tuple[regions.Village, ...]) -> Iterator[tuple[regions.Village, ...]]:
    """Cut the villages into blocks within one regency of at most about 25,000 people."""
    block: list[regions.Village] = []
    for village in villages:
        full = sum(v.people for v in block) + village.people > _PEOPLE_PER_BLOCK
        if block and (full or block[0].regency != village.regency):
            yield tuple(block)
            block = []
        block.append(village)
    if block:
        yield tuple(block)


class _Shelf:
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

        held = self.rows[name(), _SHEET]
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


_SHEET = "Penerima"


def _damage_file(rows: Rows) -> Rows:
    """Type the whole NIK column as numbers, fifteen digits kept, where it is the damaged regency's list."""
    if rows.roll.key != "kabupaten" or rows.people.villages[0].regency.code != DAMAGED_REGENCY:
        return rows
    for row, text in enumerate(rows.nik.text):
        if text.isdigit() and len(text) == 16:
            rows.nik.text[row] = text[:15] + "0"
            rows.nik.number[row] = True
            rows.faults[row] |= flag("nik_file_damaged")
    return rows


def _lay_out_batches(rng: np.random.Generator, rows: Rows, shelf: _Shelf, dials: Dials) -> Iterator[Batch]:
    """Lay out one list's rows: a sheet a village for a village's list, else one sheet."""
    layout, village = LAYOUTS[rows.roll.key], rows.people.village[rows.at]
    first = rows.people.villages[0]
    file = shelf.find_file(rows.roll, layout, first.regency.code, len(village))
    if not rows.roll.desa_only:
        sheet = _SHEET if layout.is_workbook else ""
        spans = [(0, len(village), sheet, first)]
    else:
        edges = np.flatnonzero(np.r_[True, village[1:] != village[:-1], True]).tolist()
        here = [rows.people.villages[at] for at in village[edges[:-1]].tolist()]
        spans = [(a, b, shelf.name_sheet(file, v.name), v) for a, b, v in zip(edges, edges[1:], here, strict=False)]
    start = np.concatenate([shelf.number_rows(file, sheet or _SHEET, b - a) for a, b, sheet, _ in spans])
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
        columns=columns,
        truth=located.select(ROWS_SCHEMA.names).cast(ROWS_SCHEMA),
    )


def _tabulate_rows(rows: Rows, layout: Layout, start: Ints) -> pa.Table:
    people, at = rows.people, rows.at
    sound = np.array([is_sound(text) for text in rows.nik.text], dtype=bool) & ~rows.nik.number
    own = pa.array(people.nik[at]).cast(pa.string()).to_pylist()
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
        }
    )

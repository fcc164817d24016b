"""The world, block by block: people, then their rows on every list, laid out for files and with the truth beside.

Holds one block at a time (and the ledgers of numbers given out), so memory does not grow with the rows. Opens no file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from linkage.synth import regions
from linkage.synth.batches import Batch, Shelf, cut_batches
from linkage.synth.dials import Dials
from linkage.synth.errors import SynthError
from linkage.synth.faults import flag
from linkage.synth.lists import PLAIN, REGISTER, ROLLS, Enrolment, enrol, expect_listed
from linkage.synth.numbers import Ledger
from linkage.synth.people import People, people_villages, tabulate_people
from linkage.synth.randomness import open_stream
from linkage.synth.rows import Rows, fill_rows
from linkage.synth.welfare import Welfare, choose_listed, draw_welfare

DAMAGED_REGENCY = "18.06"
"""The regency whose own list was typed as numbers throughout: the one whole Excel-damaged file of domain §7."""
_PEOPLE_PER_BLOCK = 25_000
_PEOPLE, _LISTS, _WELFARE = 1, 2, 4
"""Streams; 0 is the villages', 3 that of planted aid."""


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
    return _generate(people, seed, dials)


def _generate(people: int, seed: int, dials: Dials) -> Iterator[Block]:
    villages = regions.settle(people, dials.people_per_village / expect_listed(dials), seed)
    ledgers, shelf, persons, households = (Ledger(), Ledger()), Shelf(), 0, 0
    for number, block in enumerate(_cut_blocks(villages)):
        rng = open_stream(seed, _PEOPLE, number)
        members = people_villages(rng, block, (persons, households), ledgers, dials)
        persons += len(members.person)
        households = int(members.household[-1]) + 1
        eagerness = rng.random(households - int(members.household[0]))[members.household - members.household[0]]
        batches: list[Batch] = []
        for position, roll in enumerate(ROLLS):
            stream = open_stream(seed, _LISTS, number, position)
            enrolment = enrol(stream, members, roll, eagerness, dials)
            if len(enrolment.at):
                rows = _damage_file(fill_rows(stream, members, enrolment, ledgers[0], dials))
                batches += cut_batches(stream, rows, shelf, dials)
        stream = open_stream(seed, _WELFARE, number)
        welfare = draw_welfare(stream, members, eagerness)
        batches += _register(stream, members, welfare, ledgers[0], shelf, dials)
        yield Block(tabulate_people(members, welfare.decile), tuple(batches))


def _register(
    rng: np.random.Generator, people: People, welfare: Welfare, ledger: Ledger, shelf: Shelf, dials: Dials
) -> list[Batch]:
    """Write the poorest into the register: once each, with what a list's rows have wrong."""
    at = choose_listed(rng, people, welfare)
    if not len(at):
        return []
    rows = fill_rows(rng, people, Enrolment(REGISTER, at, np.full(len(at), PLAIN)), ledger, dials)
    return list(cut_batches(rng, replace(rows, welfare=welfare), shelf, dials))


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

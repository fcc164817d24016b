"""What the NIK column shows: the person's number, none, or one of the damages of domain §2 and §7.

Works on one list of one block in its row order, since fill-down and repeated numbers need neighbours.
Leaves the thirteenth digit of a sound-looking number alone: 9 there marks it as synthetic whatever else is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.synth import lists, numbers, regions
from linkage.synth.dials import Dials
from linkage.synth.faults import flag
from linkage.synth.lists import Enrolment
from linkage.synth.nik_damage import break_nik, change_length, substitute, transpose, write_o
from linkage.synth.people import People
from linkage.synth.randomness import Bools, Ints, pick

_NONE_TEXTS = ("", "", "", "", "-", "-", "0", "belum ada", "0000000000000000", "9999999999999999")
_RUN = (4, 13)


@dataclass(frozen=True, slots=True)
class NikColumn:
    """A NIK column: `text` (list of str, one a row), `faults` (int64 bits), `number` (bool: a number cell)."""

    text: list[str]
    faults: Ints
    number: Bools

    def put(self, row: int, text: str, fault: str) -> None:
        """Write one cell and note its fault."""
        self.text[row] = text
        self.faults[row] |= flag(fault)


def show_niks(
    rng: np.random.Generator, people: People, enrolment: Enrolment, ledger: numbers.Ledger, sheets: Ints, dials: Dials
) -> NikColumn:
    """Fill the NIK column of a list; `sheets` (int64) tells rows of different sheets apart."""
    nik, way = people.nik[enrolment.at], enrolment.way
    count = len(nik)
    column = NikColumn(nik.astype("U16").tolist(), np.zeros(count, dtype=np.int64), np.zeros(count, dtype=bool))
    none = _blank_some(rng, column, (nik == 0) | (way == lists.NO_NIK), enrolment, dials)
    shown = float(count - none.sum())
    _write_second_niks(rng, people, enrolment, column, ledger, ~none & (way == lists.SECOND_NIK))
    plain = ~none & (way == lists.PLAIN)
    _fill_down(rng, column, plain, sheets, dials.fill_down * shown)
    _repeat_niks(rng, column, plain, sheets, (dials.same_nik_in_file - _expect_repeats(dials)) * shown)
    unsound = _mistype(rng, people, enrolment, column, ~none & (way == lists.TYPO), plain, dials, shown)
    for row in pick(rng, plain & (column.faults == 0), dials.o_for_zero * shown).tolist():
        column.put(row, write_o(column.text[row]), "nik_o_for_zero")
    for row in pick(rng, plain & (column.faults == 0) & (nik % 10 != 0), dials.excel_zeroed * shown).tolist():
        column.put(row, column.text[row][:15] + "0", "nik_zeroed")
        column.number[row] = True
    unsound += (dials.o_for_zero + dials.excel_zeroed) * shown
    already = np.flatnonzero(~none & (way == lists.UNSOUND_NIK))
    more = pick(rng, plain & (column.faults == 0), dials.invalid_nik * shown - unsound - len(already))
    rows = np.concatenate([already, more])
    for row, chance in zip(rows.tolist(), rng.random(len(rows)).tolist(), strict=True):
        column.put(row, break_nik(column.text[row], chance), "nik_unsound")
    return column


def _expect_repeats(dials: Dials) -> float:
    """Expect how many rows repeat a number anyway: second rows that do, where both show it rightly."""
    return dials.duplicates * dials.duplicate_same_nik * (1 - dials.invalid_nik - dials.typos)


def _blank_some(rng: np.random.Generator, column: NikColumn, none: Bools, enrolment: Enrolment, dials: Dials) -> Bools:
    """Blank rows that must show none, and plain ones until the source's rate is met; return which show none."""
    expected = lists.no_nik_rate(dials, enrolment.roll) * len(none) - float(none.sum())
    none = none.copy()
    none[pick(rng, ~none & (enrolment.way == lists.PLAIN), expected)] = True
    rows = np.flatnonzero(none)
    texts = rng.choice(len(_NONE_TEXTS), size=len(rows))
    for row, text in zip(rows.tolist(), texts.tolist(), strict=True):
        column.put(row, _NONE_TEXTS[text], "nik_none")
    return none


def _write_second_niks(
    rng: np.random.Generator, people: People, enrolment: Enrolment, column: NikColumn, ledger: numbers.Ledger, on: Bools
) -> None:
    """Give second rows another number of the same person: another district of Lampung, the same date and sex."""
    rows = np.flatnonzero(on)
    at = enrolment.at[rows]
    lampung = np.concatenate([regions.list_districts(regency.code) for regency in regions.list_regencies()])
    region = rng.choice(lampung, size=len(rows))
    region = np.where(region == people.region[at], lampung[0], region)
    niks = ledger.number(numbers.begin_numbers(region, people.born[at], people.female[at]))
    for row, nik in zip(rows.tolist(), niks.tolist(), strict=True):
        column.put(row, str(nik), "nik_second")


def _fill_down(rng: np.random.Generator, column: NikColumn, plain: Bools, sheets: Ints, expected: float) -> None:
    """Drag the number of a row over the next three to eleven rows of its sheet, adding one each time."""
    count, left = len(plain), round(expected + rng.random() - 0.5)
    starts, lengths = rng.permutation(np.flatnonzero(plain)).tolist(), rng.integers(*_RUN, size=count).tolist()
    for start, length in zip(starts, lengths, strict=False):
        end = start + 1
        while end < count and end - start < length and plain[end] and sheets[end] == sheets[start]:
            end += 1
        end = min(end, start + 1 + left)
        first = column.text[start]
        if left <= 0:
            break
        if end - start < min(4, left + 1) or column.faults[start:end].any() or int(first[12:]) > 9980:
            continue
        for row in range(start + 1, end):
            column.put(row, str(int(first) + row - start), "nik_fill_down")
        left -= end - start - 1


def _repeat_niks(rng: np.random.Generator, column: NikColumn, plain: Bools, sheets: Ints, expected: float) -> None:
    """Write the number of the row above once more: a family member's or a slip of the eye."""
    clean = plain & (column.faults == 0)
    eligible = clean & np.r_[False, clean[:-1] & (sheets[1:] == sheets[:-1])]
    for row in pick(rng, eligible, expected).tolist():
        if column.faults[row - 1] == 0:
            column.put(row, column.text[row - 1], "nik_same_in_file")


def _mistype(
    rng: np.random.Generator,
    people: People,
    enrolment: Enrolment,
    column: NikColumn,
    second: Bools,
    plain: Bools,
    dials: Dials,
    shown: float,
) -> float:
    """Mistype the second rows that hide behind a typo and plain ones to the dial; count those now unsound."""
    more = pick(rng, plain & (column.faults == 0), dials.typos * shown - float(second.sum()))
    rows = np.concatenate([np.flatnonzero(second), more])
    shares = np.array([dials.typo_substituted, dials.typo_transposed, dials.typo_length, dials.typo_neighbour])
    kinds = rng.choice(4, size=len(rows), p=shares / shares.sum())
    chances = rng.random(len(rows))
    writers = (
        (substitute, "nik_typo_substituted"),
        (transpose, "nik_typo_transposed"),
        (change_length, "nik_typo_length"),
    )
    for row, kind, chance in zip(rows.tolist(), kinds.tolist(), chances.tolist(), strict=True):
        if kind == 3:
            column.put(row, _find_neighbour(people, int(enrolment.at[row]), chance), "nik_typo_neighbour")
        else:
            write, fault = writers[kind]
            column.put(row, write(column.text[row], chance), fault)
    return float(sum(not numbers.is_sound(column.text[row]) for row in rows.tolist()))


def _find_neighbour(people: People, at: int, chance: float) -> str:
    """Find the number of somebody within a few houses (the block is in the order of houses)."""
    near = np.arange(max(0, at - 40), min(len(people.nik), at + 40))
    near = near[(people.nik[near] > 0) & (near != at)]
    if not len(near):
        return str(people.nik[at])
    return str(people.nik[near[int(chance * len(near))]])

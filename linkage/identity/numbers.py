"""Read a whole column of NIKs or KKs: each distinct cell once, then what a spreadsheet did to the column.

All arrays have shape (rows,).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.identity import damage
from linkage.identity.birth import Dates
from linkage.identity.cells import Cell, Column
from linkage.identity.number_columns import Read, Texts
from linkage.identity.verdicts import Verdicts


@dataclass(frozen=True, slots=True, repr=False)
class Numbers:
    """Hold what the distinct cells of one column say, and `codes`, int32 of shape (rows,), that place them on rows."""

    role: str
    read: Read
    codes: NDArray[np.int32]

    def has_digits(self) -> NDArray[np.bool_]:
        """Tell which rows show a number, sound or damaged."""
        return np.asarray(np.isin(self.read.statuses, ["ok", "damaged"])[self.codes])

    def keep(self, rows: NDArray[np.bool_]) -> Numbers:
        """Return the chosen rows only."""
        return replace(self, codes=self.codes[rows])


@dataclass(frozen=True, slots=True, repr=False)
class Settled:
    """Hold the usable numbers (Arrow string, null), the status of each row (Arrow string), and which are usable."""

    texts: pa.Array
    statuses: pa.Array
    usable: NDArray[np.bool_]


def read(role: str, column: Column | None, rows: int, parse: Callable[[Sequence[Cell]], Read]) -> Numbers:
    """Read a column; one that is missing says none on each of its `rows`."""
    values, codes = (column.values, column.codes) if column else ([None], np.zeros(rows, np.int32))
    return Numbers(role, parse(values), codes)


def settle(numbers: Numbers, verdicts: Verdicts, header_row: int | None) -> Settled:
    """Take back what the column's damage touches, and say so; `header_row` is None if there is no such column."""
    name = numbers.role.upper()
    read, codes = numbers.read, numbers.codes
    known = sorted(set(read.reasons.tolist()) - {None})
    found = damage.find(read.digits.tolist(), _endings(read.reasons, f"{name}_"), codes)
    lost = found.zeroed | found.filled
    if header_row is not None:
        if found.column:
            verdicts.add_at(header_row, numbers.role, f"{name}_COLUMN_DAMAGED")
        verdicts.add(numbers.role, f"{name}_FILLED", found.filled)
        verdicts.add(numbers.role, f"{name}_ZEROED", found.zeroed & ~found.filled)
        for code in known:
            verdicts.add(numbers.role, code, (read.reasons == code)[codes] & ~lost)
        verdicts.propose(numbers.role, _each(read.proposals, codes))
    statuses, texts = _each(read.statuses, codes), _each(read.digits, codes)
    kept = pa.array(~lost)
    texts = pc.if_else(kept, texts, pa.scalar(None, pa.string()))
    return Settled(texts, pc.if_else(kept, statuses, "damaged"), np.asarray(texts.is_valid()))


def apart(kk: Settled, nik: Settled, verdicts: Verdicts) -> Settled:
    """Take back cards that only repeat the NIK of their row: a form insisted, and somebody filled it."""
    same = pc.fill_null(pc.equal(kk.texts, nik.texts), False)
    verdicts.add("kk", "KK_IS_NIK", same.to_numpy(zero_copy_only=False))
    texts = pc.if_else(same, pa.scalar(None, pa.string()), kk.texts)
    return Settled(texts, pc.if_else(same, "invalid", kk.statuses), np.asarray(texts.is_valid()))


def lanes(numbers: Numbers, settled: Settled) -> pa.Array:
    """Return why each row has no usable NIK (`Nik.lane`, or damaged), null where it has one: string[rows]."""
    own = _each(numbers.read.lanes, numbers.codes)
    why = pc.if_else(pc.equal(settled.statuses, "damaged"), "damaged", own)
    return pc.if_else(pa.array(settled.usable), pa.scalar(None, pa.string()), why)


def _endings(reasons: Texts, start: str) -> list[str | None]:
    return [reason and reason.removeprefix(start) for reason in reasons.tolist()]


def _each(values: Texts, codes: NDArray[np.int32]) -> pa.Array:
    return pa.array(values, pa.string()).take(pa.array(codes))


def birth_dates(numbers: Numbers, usable: NDArray[np.bool_]) -> Dates:
    """Return the birth dates of usable NIKs, NaT for the rest."""
    return np.where(usable, numbers.read.births[numbers.codes], np.datetime64("NaT"))


def sexes(numbers: Numbers, usable: NDArray[np.bool_]) -> pa.Array:
    """Return the sexes of usable NIKs as an Arrow string array, null for the rest."""
    return pc.if_else(pa.array(usable), _each(numbers.read.sexes, numbers.codes), pa.scalar(None, pa.string()))


def add_notes(numbers: Numbers, usable: NDArray[np.bool_], verdicts: Verdicts) -> None:
    """Say what is unusual about usable NIKs, such as a district that was split."""
    notes = numbers.read.notes
    for code in sorted(set(notes.tolist()) - {None}):
        verdicts.add(numbers.role, code, (notes == code)[numbers.codes] & usable)

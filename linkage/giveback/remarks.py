"""From the verdicts about a list to the columns STATUS, SEBAB and SARAN of each of its sheets. Never a value.

A row's status is the worst of its verdicts; the sentences are those of the verdict codes, the worst first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.giveback.columns import Cells, Columns, widen
from linkage.giveback.words import STATUSES, Language, status, titles, word
from linkage.identity import Code, Reading, codes

_WORD = 64


@dataclass(frozen=True, slots=True, repr=False)
class Judged:
    """Say of one sheet: `rows`, int32, those of the list, `kinds`, what each got, an index into `sets` of codes."""

    rows: NDArray[np.int32]
    kinds: NDArray[np.int32]
    sets: list[tuple[Code, ...]]

    def statuses(self) -> list[str]:
        """Return the status of each of `sets`."""
        return [worst(one) for one in self.sets]


def worst(found: tuple[Code, ...]) -> str:
    """Return the worst severity of some codes, or `ok`."""
    return min((code.severity for code in found), key=STATUSES.index, default="ok")


def judge(reading: Reading) -> dict[str, Judged]:
    """Return what was said about the rows of each sheet that holds a list."""
    return {name: _judge(reading, name) for name in reading.mappings}


def _judge(reading: Reading, sheet: str) -> Judged:
    accepted = _of_sheet(reading.records.select(["sheet", "row"]), sheet)
    said = _of_sheet(reading.verdicts, sheet)
    refused = said.filter(pc.equal(said["severity"], "reject"))
    rows = np.union1d(accepted["row"].to_numpy(), refused["row"].to_numpy()).astype(np.int32)
    said = said.filter(pc.is_in(said["row"], pa.array(rows)))
    names = list(codes())
    code = np.array([names.index(each) for each in said["code"].unique().to_pylist()], np.int64)
    given = code[said["code"].combine_chunks().dictionary_encode().indices.to_numpy()] if len(said) else code
    masks = np.zeros((len(rows), -(-len(names) // _WORD)), np.uint64)
    at = np.searchsorted(rows, said["row"].to_numpy())
    np.bitwise_or.at(masks, (at, given // _WORD), np.uint64(1) << (given % _WORD).astype(np.uint64))
    distinct, kinds = np.unique(masks, axis=0, return_inverse=True)
    return Judged(rows, kinds.reshape(-1).astype(np.int32), [_decode(mask, names) for mask in distinct])


def _of_sheet(table: pa.Table, sheet: str) -> pa.Table:
    return table.filter(pc.equal(table["sheet"], sheet)).combine_chunks()


def _decode(mask: NDArray[np.uint64], names: list[str]) -> tuple[Code, ...]:
    """Return the codes of a mask, the worst first."""
    bits = [number for number in range(len(names)) if int(mask[number // _WORD]) >> (number % _WORD) & 1]
    return tuple(sorted((codes()[names[bit]] for bit in bits), key=lambda one: STATUSES.index(one.severity)))


def columns(judged: Judged, header_row: int, language: Language) -> Columns:
    """Return what is written beside the rows of one sheet."""
    texts = [_texts(found, language) for found in judged.sets]
    of = np.full(int(judged.rows.max(initial=0)) + 1, -1, np.int32)
    of[judged.rows] = judged.kinds
    return Columns(header_row, titles(language), texts, of)


def with_proposals(columns: Columns, reading: Reading, sheet: str, language: Language) -> Columns:
    """Add what is proposed for single rows, if anything is: a repaired value, or the row that one repeats.

    These are values of people: they stay in the operator's own workbook.
    """
    said: dict[int, list[str]] = {}
    for each in _of_sheet(reading.proposals, sheet).to_pylist():
        said.setdefault(each["row"], []).append(f"{each['column'].upper()} {each['proposal']}")
    for each in _of_sheet(reading.duplicates, sheet).to_pylist():
        other = f"{each['other_sheet']} " if each["other_sheet"] != sheet else ""
        said.setdefault(each["row"], []).append(f"{word(language, 'same')} {other}{each['other_row']}")
    if not said:
        return columns
    return widen(columns, (word(language, "hint"),), {row: ("; ".join(texts),) for row, texts in said.items()})


def _texts(found: tuple[Code, ...], language: Language) -> Cells:
    reasons = [f"{sentence(code, language)} [{code.code}]" for code in found]
    advice = dict.fromkeys(todo(code, language) for code in found)
    return status(language, worst(found)), " ".join(reasons), " ".join(filter(None, advice))


def sentence(code: Code, language: Language) -> str:
    """Return what was found."""
    return code.id if language == "id" else code.en


def todo(code: Code, language: Language) -> str:
    """Return what to do about it."""
    return str(getattr(code, f"todo_{language}", ""))

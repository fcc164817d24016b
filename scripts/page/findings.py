"""What was found in a list, counted by cause and by village, with the places of the first rows. Never a cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage import giveback as words
from linkage import identity
from linkage.giveback import Language, Tally
from linkage.identity import Code, Reading

NOT_SENT = "-"
_PLACES = 12
_VILLAGES = 200


@dataclass(frozen=True, slots=True)
class Cause:
    """A verdict code, how many rows it meets, and the places of the first of them."""

    code: Code
    rows: int
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Village:
    """A village: its name, counts of rows by status, and what was found there, the worst first."""

    name: str
    rows: int
    statuses: dict[str, int]
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in a list: its counts, everything by cause, and the villages with most to do first."""

    tally: Tally
    causes: tuple[Cause, ...]
    villages: tuple[Village, ...]
    left_out: int


def findings(reading: Reading, language: Language) -> Findings:
    """Count what was found; of many villages only the first are told, and how many are left out."""
    tally = words.tally(reading, words.judge(reading))
    met = _met(reading)
    by_village = _causes(met, met.village, reading)
    every = _causes(met, np.zeros(len(met.code), np.int64), reading)
    found = [
        Village(words.village_name(code, language), sum(counts.values()), counts, by_village.get(met.number(code), ()))
        for code, counts in tally.villages.items()
    ]
    found.sort(key=lambda one: ([-one.statuses.get(status, 0) for status in words.STATUSES[:3]], one.name))
    return Findings(tally, every.get(0, ()), tuple(found[:_VILLAGES]), max(0, len(found) - _VILLAGES))


@dataclass(frozen=True, slots=True, repr=False)
class _Met:
    """Verdicts of rows in the order of the list: int64 numbers of village and code, sheet and row of each."""

    village: NDArray[np.int64]
    code: NDArray[np.int64]
    sheets: pa.Array
    rows: NDArray[np.int32]
    villages: list[str]
    codes: list[str]

    def number(self, village: str) -> int:
        """Return the number of a village, -1 if nothing was found there."""
        return self.villages.index(village) if village in self.villages else -1


def _met(reading: Reading) -> _Met:
    """Return each verdict code once for each row that it meets, with the village of the row."""
    rows = reading.records.select(["sheet", "row", "village"])
    rejects = reading.verdicts.filter(pc.equal(reading.verdicts["severity"], "reject")).select(["sheet", "row"])
    gone = rejects.group_by(["sheet", "row"]).aggregate([])
    gone = gone.append_column("village", pa.array([NOT_SENT] * len(gone), pa.string()))
    listed = pa.concat_tables([rows, gone.select(["sheet", "row", "village"]).cast(rows.schema)])
    told = reading.verdicts.select(["sheet", "row", "code"]).group_by(["sheet", "row", "code"]).aggregate([])
    met = told.join(listed, ["sheet", "row"], join_type="inner").sort_by([("sheet", "ascending"), ("row", "ascending")])
    met = met.combine_chunks()
    village, code = (pc.dictionary_encode(_one(pc.fill_null(met[name], ""))) for name in ("village", "code"))
    return _Met(
        village.indices.to_numpy().astype(np.int64),
        code.indices.to_numpy().astype(np.int64),
        _one(met["sheet"]),
        met["row"].to_numpy(),
        village.dictionary.to_pylist(),
        code.dictionary.to_pylist(),
    )


def _one(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _causes(met: _Met, group: NDArray[np.int64], reading: Reading) -> dict[int, tuple[Cause, ...]]:
    """Return the causes in each group of verdicts, the worst first."""
    several = len(reading.mappings) > 1
    keys = group * max(1, len(met.codes)) + met.code
    order = np.argsort(keys, kind="stable")
    distinct, starts, counts = np.unique(keys[order], return_index=True, return_counts=True)
    found: dict[int, list[Cause]] = {}
    for key, start, count in zip(distinct.tolist(), starts.tolist(), counts.tolist(), strict=True):
        where = order[start : start + min(count, _PLACES)].tolist()
        places = tuple(f"{met.sheets[at]} {met.rows[at]}" if several else str(met.rows[at]) for at in where)
        number, code = divmod(key, len(met.codes))
        found.setdefault(number, []).append(Cause(identity.codes()[met.codes[code]], count, places))
    return {number: tuple(sorted(every, key=_weight)) for number, every in found.items()}


def _weight(one: Cause) -> tuple[int, int]:
    return words.STATUSES.index(one.code.severity), -one.rows

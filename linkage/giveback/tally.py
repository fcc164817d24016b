"""Count what was said about a list, by status, by code and by village. Holds counts, and no row of the list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.giveback.remarks import Judged
from linkage.giveback.words import STATUSES, Language, word
from linkage.identity import Reading, codes, gazetteer

NOT_SENT = "-"
"""Stands for the village of rows that cannot be sent: nothing of them is read any further."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of rows: `statuses` by status, `codes` by verdict code, `villages` by village code and status.

    The village is an official code, `""` if not known, or `NOT_SENT`. `sheets` are findings about sheets and columns:
    sheet, code.
    """

    rows: int
    statuses: dict[str, int]
    codes: dict[str, int]
    villages: dict[str, dict[str, int]]
    sheets: tuple[tuple[str, str], ...]


def tally(reading: Reading, judged: dict[str, Judged]) -> Tally:
    """Count a reading and what was judged of it."""
    statuses: Counter[str] = Counter()
    said: Counter[str] = Counter()
    villages: dict[str, Counter[str]] = {}
    for name, sheet in judged.items():
        worst, counts = sheet.statuses(), np.bincount(sheet.kinds, minlength=len(sheet.sets)).tolist()
        for status, found, count in zip(worst, sheet.sets, counts, strict=True):
            statuses[status] += count
            said.update({code.code: count for code in found})
        for (village, status), count in _by_village(reading, name, sheet, worst).items():
            villages.setdefault(village, Counter())[status] += count
    ordered = {status: statuses[status] for status in STATUSES if statuses[status]}
    known = {code: said[code] for code in codes() if said[code]}
    return Tally(
        sum(statuses.values()), ordered, known, {key: dict(villages[key]) for key in sorted(villages)},
        _about_sheets(reading, judged),
    )  # fmt: skip


def _by_village(reading: Reading, name: str, sheet: Judged, worst: list[str]) -> Counter[tuple[str, str]]:
    records = reading.records.filter(pc.equal(reading.records["sheet"], name))
    villages = pc.fill_null(records["village"], "").combine_chunks().dictionary_encode()
    known = [*villages.dictionary.to_pylist(), NOT_SENT]
    of = np.full(len(sheet.rows), len(known) - 1, np.int64)
    of[np.searchsorted(sheet.rows, records["row"].to_numpy())] = villages.indices.to_numpy()
    status = np.array([STATUSES.index(each) for each in worst], np.int64)[sheet.kinds]
    pairs, counts = np.unique(of * len(STATUSES) + status, return_counts=True)
    return Counter({
        (known[pair // len(STATUSES)], STATUSES[pair % len(STATUSES)]): count
        for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True)
    })  # fmt: skip


def _about_sheets(reading: Reading, judged: dict[str, Judged]) -> tuple[tuple[str, str], ...]:
    """Return the findings that stand at no row of the list: a sheet left out, a column damaged."""
    found: list[tuple[str, str]] = []
    listed = {name: pa.array(sheet.rows) for name, sheet in judged.items()}
    for name in dict.fromkeys(reading.verdicts["sheet"].unique().to_pylist()):
        said = reading.verdicts.filter(pc.equal(reading.verdicts["sheet"], name))
        if name in listed:
            said = said.filter(pc.invert(pc.is_in(said["row"], listed[name])))
        found += [(name, code) for code in said["code"].unique().to_pylist()]
    return tuple(found)


def village_name(village: str, language: Language) -> str:
    """Return a village as people read it: its name and its official code."""
    if village in {"", NOT_SENT}:
        return word(language, "not_sent" if village else "no_village")
    return f"{gazetteer().names.get(village, '')} {village}".strip()

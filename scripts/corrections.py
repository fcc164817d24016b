"""Which earlier rows of its own a corrected list replaces, by what the agency remembers: keyed values, and no row.

A row is the same as before if it shows the same person, programme and period; what it says besides may have changed.
Nothing of the past is rewritten: a correction is a row of its own that names the one it replaces.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from linkage.encoding import Secret
from linkage.encoding.references import digest, refer, refer_corrections
from linkage.encoding.submission import CORRECTS
from linkage.errors import LapisError
from linkage.identity import Defaults, read_period

DIGEST = pa.field("digest", CORRECTS.type)
REF = pa.field("ref", CORRECTS.type)


@dataclass(frozen=True, slots=True, repr=False)
class Memory:
    """Hold what was submitted: each reference's digest (None: not noted), and which reference replaced it."""

    digests: dict[bytes, bytes | None]
    replaced: dict[bytes, bytes]

    def newest(self, ref: bytes) -> bytes:
        """Return the last reference of a chain of corrections."""
        while ref in self.replaced:
            ref = self.replaced[ref]
        return ref


@dataclass(frozen=True, slots=True, repr=False)
class Corrected:
    """Hold the rows to submit, with `corrects`, and their references; how many are corrected, new, and as before."""

    records: pa.Table
    refs: pa.FixedSizeBinaryArray
    corrected: int
    new: int
    unchanged: int


def remembered(home: Path) -> Memory:
    """Read what the agency remembers."""
    digests: dict[bytes, bytes | None] = {}
    replaced: dict[bytes, bytes] = {}
    for path in sorted((home / "references").glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns):
        table = pq.read_table(path)
        nothing = [None] * len(table)
        refs = table["ref"].to_pylist()
        noted, earlier = (
            table[name].to_pylist() if name in table.column_names else nothing for name in (DIGEST.name, CORRECTS.name)
        )
        digests.update(zip(refs, noted, strict=True))
        replaced.update((old, ref) for old, ref in zip(earlier, refs, strict=True) if old is not None)
    return Memory(digests, replaced)


def note(table: pa.Table, records: pa.Table, key: Secret) -> pa.Table:
    """Note beside references what their rows say, as a keyed digest, and which earlier ones they replace."""
    earlier = records[CORRECTS.name] if CORRECTS.name in records.column_names else pa.nulls(len(records), CORRECTS.type)
    return table.append_column(DIGEST, digest(records, key)).append_column(CORRECTS, earlier)


def find(records: pa.Table, period: str, memory: Memory, key: Secret, file_name: str) -> Corrected:
    """Find what a list corrects of the rows that were sent for `period`; its rows may name another period.

    Raises LapisError CORRECTS_PERIOD, CORRECTS_UNKNOWN (no row of it was sent) or CORRECTS_NOTHING (none changed).
    """
    then = read_period(period)
    if then is None:
        raise LapisError("CORRECTS_PERIOD", "the period cannot be read", place="--corrects", hint="write it as 2026-03")
    at = records.schema.get_field_index("period")
    before = records.set_column(at, records.schema.field(at), pa.repeat(pa.scalar(then), len(records)))
    roots, own = refer(before, key).to_pylist(), refer(records, key)
    digests = digest(records, key)
    known = np.array([root in memory.digests for root in roots], np.bool_)
    if not known.any():
        hint = "give the period that the rows were sent for; for a new list leave --corrects away"
        raise LapisError("CORRECTS_UNKNOWN", "no row of that period was submitted before", place=file_name, hint=hint)
    heads = [memory.newest(root) for root in roots]
    same = [memory.digests.get(head) == said for head, said in zip(heads, digests.to_pylist(), strict=True)]
    changed = known & ~np.array(same, np.bool_)
    if not (changed | ~known).any():
        hint = "its rows stand as they were sent: there is nothing to send"
        raise LapisError("CORRECTS_NOTHING", "no row says anything else than before", place=file_name, hint=hint)
    earlier = pa.array([head if on else None for head, on in zip(heads, changed.tolist(), strict=True)], CORRECTS.type)
    fresh = refer_corrections(pa.array(heads, REF.type), digests, key)
    refs = pa.array([new if on else old for new, old, on in _beside(fresh, own, changed)], REF.type)
    kept = pa.array(changed | ~known)
    sent = records.append_column(CORRECTS, earlier).filter(kept)
    return Corrected(sent, refs.filter(kept), int(changed.sum()), int((~known).sum()), int((known & ~changed).sum()))


def _beside(fresh: pa.Array, own: pa.Array, changed: np.ndarray) -> zip[tuple[bytes, bytes, bool]]:
    return zip(fresh.to_pylist(), own.to_pylist(), changed.tolist(), strict=True)


def read_default(defaults: Defaults, corrects: str | None) -> Defaults:
    """Return the defaults of a list: its rows are of the period that it corrects where nothing else says."""
    return replace(defaults, period=corrects) if corrects and not defaults.period else defaults

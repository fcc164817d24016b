"""What an agency remembers of its submissions, and whether a list is one of them. Knows references, and no row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from linkage.errors import LapisError

_EPOCH = b"lapis-epoch"


@dataclass(frozen=True, slots=True)
class Renewed:
    """What became of one list: rows submitted, how many of them were known before, where the submission lies."""

    file: str
    submitted: int
    known: int
    new: int
    path: str


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """Hold the references of all submissions by the epoch that they were made under; `""` where it was not noted."""

    refs: dict[str, pa.Array]


def mark(table: pa.Table, epoch: str) -> pa.Table:
    """Note beside references under which epoch they were submitted."""
    return table.replace_schema_metadata({_EPOCH: epoch.encode()})


def remembered(home: Path) -> Known:
    """Read what the agency remembers."""
    found: dict[str, list[pa.Array]] = {}
    for path in sorted((home / "references").glob("*.parquet")):
        table = pq.read_table(path)
        epoch = (table.schema.metadata or {}).get(_EPOCH, b"").decode()
        found.setdefault(epoch, []).extend(table["ref"].chunks)
    return Known({epoch: pa.concat_arrays(chunks) for epoch, chunks in found.items() if chunks})


def check(known: Known, refs: pa.Array, epoch: str, file_name: str) -> int:
    """Return how many of a list's references are known from earlier epochs; raises LapisError RESUBMIT_*."""
    earlier = [one for name, one in known.refs.items() if name != epoch]
    if epoch in known.refs and len(refs) and _all_in(refs, known.refs[epoch]):
        hint = "nothing to do: its rows are already submitted under this epoch"
        raise LapisError("RESUBMIT_SAME", f"submitted under epoch {epoch}", place=file_name, hint=hint)
    count = int(pc.sum(pc.is_in(refs, pa.concat_arrays(earlier))).as_py() or 0) if earlier else 0
    if not count:
        hint = "give it as it was then, with the same options; for a new list: lapis agency tokenise"
        raise LapisError("RESUBMIT_UNKNOWN", "no row of it was submitted before", place=file_name, hint=hint)
    return count


def _all_in(refs: pa.Array, known: pa.Array) -> bool:
    return bool(pc.all(pc.is_in(refs, known)).as_py())

"""A pass over an anchor that may be larger than memory: deal, compare on an engine, gather. Same pairs on every engine.

Never sees a record, a token, a place or another anchor; never holds more of the anchor than its setting allows, but for
the pairs, which the merge needs together.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from linkage.encoding import Secret
from linkage.encoding.keys import KEY_BYTES
from linkage.engines.buckets import Plan, deal, plan, range_of
from linkage.engines.stores import Entropy, Memory, Sealed, Store
from linkage.engines.work import PAIRS_OF, Done, Engine
from linkage.matching import PAIRS, Pass
from linkage.matching.passes import once

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Room:
    """What a pass may take: `memory` in bytes, of all workers of a machine together, and `folder`, where rows spill.

    On a cluster the folder is one that all machines share. `entropy` draws each pass its key.
    """

    folder: Path
    entropy: Entropy
    memory: int = 2 * GIB


@dataclass(frozen=True, slots=True)
class Filters:
    """An anchor's filters: how many `rows` there are at most, their `width` in bytes, and the `tables` they come in.

    Each table has handle int64, cell int64, filter fixed_size_binary, none null.
    """

    rows: int
    width: int
    tables: Iterator[pa.Table]


def run_pass(engine: Engine, filters: Filters, floor: float, room: Room) -> Pass:
    """Pair the handles that share a cell and whose filters reach the floor: what `matching.run_pass` returns.

    Raises EngineError MEMORY_RANGE or BUCKET_DAMAGED, and what `matching.run_pass` and the engine raise.
    """
    planned = plan(filters.rows, filters.width, room.memory, engine.workers)
    with closing(_store(engine, planned, room)) as store:
        buckets = deal(filters.tables, planned.buckets, store)
        with closing(engine.run(store, buckets, floor)) as answers:
            return _gather(store, answers, floor)


def _store(engine: Engine, planned: Plan, room: Room) -> Store:
    if not (planned.spill or engine.apart):
        return Memory()
    return _sealed(room)


def _sealed(room: Room) -> Sealed:
    folder = room.folder / f"pass-{room.entropy(8).hex()}"
    folder.mkdir(mode=0o700, parents=True)
    return Sealed(folder, Secret(room.entropy(KEY_BYTES)), room.entropy)


def in_order(filters: Filters, room: Room, schema: pa.Schema) -> Iterator[pa.Table]:
    """Hand out the rows by handle, range by range; handles are drawn at random, so ranges are of about one size."""
    planned = plan(filters.rows, filters.width, room.memory, 1)
    with closing(_sealed(room) if planned.spill else Memory()) as store:
        for bucket in sorted(deal(filters.tables, planned.buckets, store, of=range_of), key=lambda each: each.name):
            yield store.take(bucket.name, bucket.rows).sort_by("handle").cast(schema)


def _gather(store: Store, answers: Iterator[Done], floor: float) -> Pass:
    """Bring the buckets' pairs together; a pair that met in two keeps its best Dice."""
    handles = compared = 0
    pairs = [PAIRS.empty_table()]
    for done in answers:
        handles, compared = handles + done.handles, compared + done.compared
        if done.pairs:
            pairs.append(store.take(PAIRS_OF + done.bucket, done.pairs))
    whole = pa.concat_tables(pairs)
    return Pass(once(*(whole[name].to_numpy() for name in PAIRS.names)), handles, compared, floor)

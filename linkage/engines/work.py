"""What a worker does with one bucket: take it, compare it, put its pairs back. It knows a store, a floor and a name.

Local threads and Spark's workers run this one function. Never sees a record, a token, a place or another anchor.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from linkage import matching
from linkage.engines.buckets import Bucket
from linkage.engines.stores import Store

PAIRS_OF = "pairs-"
"""The name of a bucket's pairs begins so."""


@dataclass(frozen=True, slots=True)
class Done:
    """A bucket that was compared: how many `handles` it had, pairs it `compared`, and `pairs` that it put back."""

    bucket: str
    handles: int
    compared: int
    pairs: int


class Engine(Protocol):
    """Whatever runs `compare` on many buckets."""

    @property
    def workers(self) -> int:
        """How many buckets are compared at once, of those that share one memory."""

    @property
    def apart(self) -> bool:
        """Whether workers are other processes, which cannot see this one's memory."""

    def run(self, store: Store, buckets: Sequence[Bucket], floor: float) -> Generator[Done]:
        """Compare every bucket of a store, in any order."""


def compare(store: Store, bucket: Bucket, floor: float) -> Done:
    """Find a bucket's pairs that reach the floor and put them back under its name. Raises BUCKET_DAMAGED."""
    found = matching.run_pass(store.take(bucket.name, bucket.rows), floor)
    if len(found.pairs):
        store.append(PAIRS_OF + bucket.name, found.pairs)
    return Done(bucket.name, found.handles, found.compared, len(found.pairs))

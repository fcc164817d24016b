"""Workers on this machine: threads, for the compiled kernel and NumPy's sorts let others run beside them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from linkage.engines.buckets import Bucket
from linkage.engines.stores import Store
from linkage.engines.work import Done, compare


@dataclass(frozen=True, slots=True)
class Local:
    """So many threads."""

    workers: int
    apart: bool = False

    def run(self, store: Store, buckets: Sequence[Bucket], floor: float) -> Generator[Done]:
        """Compare the buckets, `workers` at a time; the first failure ends it."""
        with ThreadPoolExecutor(self.workers) as threads:
            try:
                yield from threads.map(lambda bucket: compare(store, bucket, floor), buckets)
            finally:
                threads.shutdown(cancel_futures=True)

"""Workers of a Spark cluster. They are given names of sealed files and give names back; a row never enters Spark.

So its shuffles, caches, logs and results hold counts and file names. The key of one pass goes to the workers as a
broadcast, sealed on the way and on disks by Spark itself; a cluster that does not do that is refused. A worker meets no
vault and holds no credentials: with what it has it opens the buckets of the pass it works on, while they are there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from linkage.encoding import Secret
from linkage.engines.buckets import Bucket
from linkage.engines.errors import EngineError
from linkage.engines.stores import Sealed, Store
from linkage.engines.work import Done, compare
from linkage.errors import LapisError

SEALED = {
    # Blocks, broadcasts and shuffles on disks; then whatever goes from machine to machine.
    "spark.io.encryption.enabled": "true",
    "spark.io.encryption.keySizeBits": "256",
    "spark.authenticate": "true",
    "spark.network.crypto.enabled": "true",
}
QUIET = {
    "spark.ui.enabled": "false",
    "spark.eventLog.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
    # A killed task's bucket is gone, for it is read once: a second attempt could only fail more slowly.
    "spark.task.maxFailures": "1",
    "spark.speculation": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "1",
}
BUCKETS = "bucket string, rows long"
DONE = "bucket string, handles long, compared long, pairs long"
FORM = pa.schema([("bucket", pa.string()), ("handles", pa.int64()), ("compared", pa.int64()), ("pairs", pa.int64())])


@dataclass(frozen=True, slots=True)
class Spark:
    """A cluster by its `master` (`local[2]`, `spark://host:7077`, `yarn`, `k8s://…`), PySpark 3.5 or 4.

    `workers`: tasks that share one machine's memory. `settings`: Spark's own, which may add to what seals, not take
    from it. `python`: the workers' own, which has this package.
    """

    master: str
    workers: int
    python: str = sys.executable
    settings: dict[str, str] = field(default_factory=dict)
    apart: bool = True
    _held: list[Any] = field(default_factory=list, repr=False)

    def run(self, store: Store, buckets: Sequence[Bucket], floor: float) -> Generator[Done]:
        """Compare the buckets on the cluster, a task each; raises EngineError SPARK_*."""
        if not isinstance(store, Sealed):
            raise EngineError("SPARK_UNSEALED", "workers of a cluster share sealed files alone", place=self.master)
        if not buckets:
            return
        yield from _answers(self._session(), store, buckets, floor)

    def close(self) -> None:
        """Give the cluster back."""
        while self._held:
            self._held.pop().stop()

    def _session(self) -> Any:
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            hint = "install the extra `spark`, and Java 17"
            raise EngineError("SPARK_ABSENT", "PySpark is not installed", place=self.master, hint=hint) from None
        builder = SparkSession.builder.master(self.master).appName("lapis")
        for name, value in (QUIET | self.settings | SEALED).items():
            builder = builder.config(name, value)
        session = _started(builder, self.master)
        # A session that was there before keeps settings of its own.
        if any(session.sparkContext.getConf().get(name) != value for name, value in SEALED.items()):
            session.stop()
            raise EngineError("SPARK_UNSEALED", "the cluster does not seal what it keeps and sends", place=self.master)
        session.sparkContext.pythonExec = self.python
        self._held[:] = [session]
        return session


def _started(builder: Any, master: str) -> Any:
    with suppress(Exception):
        return builder.getOrCreate()
    raise EngineError("SPARK_AWAY", "the cluster did not start", place=master, hint="is Java 17 there, and the master?")


def _answers(session: Any, store: Sealed, buckets: Sequence[Bucket], floor: float) -> Iterator[Done]:
    key = session.sparkContext.broadcast(store.key.expose())
    try:
        yield from _collected(session, buckets, _worker(str(store.folder.absolute()), key, floor))
    finally:
        key.destroy()


def _collected(session: Any, buckets: Sequence[Bucket], work: Any) -> list[Done]:
    rows = session.sparkContext.parallelize([(bucket.name, bucket.rows) for bucket in buckets], len(buckets))
    # Whatever fails, its words may quote a worker's: only codes come out.
    with suppress(Exception):
        found = session.createDataFrame(rows, BUCKETS).mapInArrow(work, DONE).collect()
        return [Done(row.bucket, row.handles, row.compared, row.pairs) for row in found]
    hint = "see the workers' own logs; link again"
    raise EngineError("SPARK_FAILED", "a task failed on the cluster", place="spark", hint=hint)


def _worker(folder: str, key: Any, floor: float) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what runs on a worker; it carries a folder, a floor and the broadcast's number."""

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        store = Sealed(Path(folder), Secret(bytes(key.value)), os.urandom)
        for batch in batches:
            for row in batch.to_pylist():
                yield _answer(store, Bucket(row["bucket"], row["rows"]), floor)

    return work


def _answer(store: Sealed, bucket: Bucket, floor: float) -> pa.RecordBatch:
    done, code = None, "SPARK_FAILED"
    try:
        done = compare(store, bucket, floor)
    except LapisError as error:
        code = error.code
    except Exception:
        done = None
    if done is None:
        raise EngineError(code, "a worker could not compare a bucket", place=bucket.name)
    answer = {"bucket": [done.bucket], "handles": [done.handles], "compared": [done.compared], "pairs": [done.pairs]}
    return pa.RecordBatch.from_pydict(answer, schema=FORM)

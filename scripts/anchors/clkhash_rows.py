"""clkhash on the rows of a table, timed, one run a line of input. Runs in its own environment, on one core.

Each line of standard input is JSON with `fields`, columns of a Parquet file, and `rows`; each answer is a line with
`seconds`. Dates are written as yyyymmdd, what is missing as nothing. The first line, unasked, says which version it
is. Keys and rows are set up before the clock starts, values are not checked, and no process is started: what is timed
is the encoding alone, in seconds of the processor.

clkhash remembers the n-grams and values that it has seen under a key. A list is met once, so its memory is emptied
before each run (kept, repeated runs time the memory: three times as fast); what repeats within a run still profits.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib.metadata import version
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from clkhash import bloomfilter  # type: ignore[import-not-found]  # only its own environment has it
from clkhash.clk import hash_chunk  # type: ignore[import-not-found]  # likewise
from clkhash.comparators import NgramComparison  # type: ignore[import-not-found]  # likewise
from clkhash.field_formats import (  # type: ignore[import-not-found]  # likewise
    BitsPerTokenStrategy,
    FieldHashingProperties,
    StringSpec,
)
from clkhash.key_derivation import generate_key_lists  # type: ignore[import-not-found]  # likewise
from clkhash.schema import Schema  # type: ignore[import-not-found]  # likewise

BITS, HASHES = 1024, 12


def main(path: str, core: int) -> None:
    """Answer each line of input with the seconds that one run took."""
    os.sched_setaffinity(0, {core})
    table = pq.read_table(path)
    properties = FieldHashingProperties(comparator=NgramComparison(2), strategy=BitsPerTokenStrategy(HASHES))
    _answer({"version": f"clkhash {version('clkhash')}", "python": sys.version.split()[0]})
    for line in sys.stdin:
        asked = json.loads(line)
        columns = [_texts(table[name].slice(0, asked["rows"])) for name in asked["fields"]]
        rows = list(zip(*columns, strict=True))
        schema = Schema([StringSpec(name, properties) for name in asked["fields"]], BITS)
        keys = generate_key_lists("an anchor's key protects nothing", len(asked["fields"]))
        _forget()
        start = time.process_time()
        hash_chunk(rows, keys, schema, False)
        _answer({"seconds": time.process_time() - start})


def _texts(column: pa.ChunkedArray) -> list[str]:
    texts = pc.strftime(column, format="%Y%m%d") if pa.types.is_date(column.type) else column
    return list(pc.fill_null(texts, "").to_pylist())


def _forget() -> None:
    for each in vars(bloomfilter).values():
        if hasattr(each, "cache_clear"):
            each.cache_clear()


def _answer(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

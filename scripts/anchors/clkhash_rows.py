"""clkhash on the rows of a table, timed, one run a line of input. Runs in its own environment, on one core.

Reads `name, birth_date` from Parquet. For each line on standard input encodes all rows once and answers with a line
of JSON: `{"seconds"}`. The first line it writes, unasked, says which version it is. Keys and rows are set up before,
values are not checked, and no process is started: what is timed is the encoding alone.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib.metadata import version
from typing import Any

import pyarrow.parquet as pq
from clkhash.clk import hash_chunk  # type: ignore[import-not-found]  # only its own environment has it
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
    rows = [[name] for name in pq.read_table(path)["name"].to_pylist()]
    properties = FieldHashingProperties(comparator=NgramComparison(2), strategy=BitsPerTokenStrategy(HASHES))
    schema = Schema([StringSpec("name", properties)], BITS)
    keys = generate_key_lists("an anchor's key protects nothing", 1)
    _answer({"version": f"clkhash {version('clkhash')}", "python": sys.version.split()[0]})
    for _ in sys.stdin:
        start = time.perf_counter()
        hash_chunk(rows, keys, schema, False)
        _answer({"seconds": time.perf_counter() - start})


def _answer(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

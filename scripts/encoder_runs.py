"""Our encoder on the rows of a table, timed, one run a line of input: the bench's own worker, on one core.

Reads `name, sex, village, nik, kk` and a birth date for each number of rows a cell from Parquet. Each line of standard
input is JSON: `{"what", "rows", "rows_a_cell"}`; each answer is a line with `seconds` and `peak_mb`. `names`: the whole
agency call, from names as a list shows them. `filters`: the same from normalised names. `layer`: the centre's second
encoding as the policy ships it; `layer_three`: with three majorities. Rows and keys are set up before the clock starts;
nothing is written. Seconds are of the processor, so that a busy neighbour counts for less.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

WITHOUT_NUMBA = "--without-numba"
if WITHOUT_NUMBA in sys.argv:
    # What an agency's laptop has: the import fails there as it does here.
    sys.modules["numba"] = None  # type: ignore[assignment]  # Python's own way to say "not installed"

from linkage.encoding import Secret, compiled, layer, tokeniser  # noqa: E402 — after numba is hidden
from linkage.encoding.keys import KEY_BYTES  # noqa: E402 — after numba is hidden
from linkage.encoding.tokeniser import AgencySecrets  # noqa: E402 — after numba is hidden
from linkage.evaluation import tabulate  # noqa: E402 — after numba is hidden
from linkage.identity import name_columns  # noqa: E402 — after numba is hidden
from policies.linkage_policies import load_linkage_policy  # noqa: E402 — after numba is hidden

ANCHOR = "date"
Run = Callable[[], object]


def main(path: str, core: int) -> None:
    """Answer each line of input."""
    os.sched_setaffinity(0, {core})
    people = pq.read_table(path).combine_chunks()
    _answer({"numba": compiled.AVAILABLE, "python": sys.version.split()[0], "numpy": np.__version__})
    for line in sys.stdin:
        asked = json.loads(line)
        run = PREPARE[asked["what"]](people.slice(0, asked["rows"]), asked["rows_a_cell"])
        start = time.process_time()
        run()
        seconds = time.process_time() - start
        _answer({"seconds": seconds, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024})


def prepare_names(people: pa.Table, rows_a_cell: int) -> Run:
    """Encode rows with names as lists show them: normalise, tokenise NIK and KK, cut, salt, hash."""
    encode, names = _encoder(people, rows_a_cell), people["name"].combine_chunks()
    return lambda: encode(normalise(names))


def prepare_filters(people: pa.Table, rows_a_cell: int) -> Run:
    """Encode rows with normalised names."""
    encode, normalised = _encoder(people, rows_a_cell), normalise(people["name"].combine_chunks())
    return lambda: encode(normalised)


def prepare_layer(people: pa.Table, rows_a_cell: int, majorities: int | None = None) -> Run:
    """Layer one filter a row, each cell under a key of its own."""
    rng, policy = np.random.default_rng(1), load_linkage_policy("lampung")
    shape = (len(people), policy.anchor(ANCHOR).bits // 8)
    filters = rng.integers(0, 256, shape, np.uint8) & rng.integers(0, 256, shape, np.uint8)
    cells = np.arange(len(people)) // rows_a_cell
    keys = {cell: Secret(rng.bytes(KEY_BYTES)) for cell in range(int(cells[-1]) + 1)}
    return lambda: layer.harden(filters, cells, keys, majorities or policy.layer.majorities)


def normalise(names: pa.Array) -> pa.Array:
    """Normalise each distinct name once, as the reader of lists does."""
    encoded = names.dictionary_encode()
    return name_columns.parse(encoded.dictionary).name.take(encoded.indices)


PREPARE: dict[str, Callable[[pa.Table, int], Run]] = {
    "names": prepare_names,
    "filters": prepare_filters,
    "layer": prepare_layer,
    "layer_three": partial(prepare_layer, majorities=3),
}


def _encoder(people: pa.Table, rows_a_cell: int) -> Callable[[pa.Array], list[pa.Table]]:
    """Return the agency's own call with one anchor, with `rows_a_cell` rows to each of its values."""
    policy = load_linkage_policy("lampung")
    policy = replace(policy, anchors=(policy.anchor(ANCHOR),))
    days = people[f"birth_{rows_a_cell}"].combine_chunks()
    shown = {name: people[name].combine_chunks() for name in ("sex", "village", "nik", "kk")}
    aid = {"programme": ["ZAKAT"] * len(people), "period": ["2026-03"] * len(people)}
    records = tabulate({**shown, **aid, "birth_date": days, "nik_birth_date": days}, len(people))
    secrets = AgencySecrets(Secret(bytes(KEY_BYTES)), Secret(bytes(KEY_BYTES)))
    refs = pa.array([bytes(32)] * len(people), pa.binary(32))
    at = records.schema.get_field_index("name")

    def encode(names: pa.Array) -> list[pa.Table]:
        return list(tokeniser.encode(records.set_column(at, records.schema.field(at), names), refs, policy, secrets))

    return encode


def _answer(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

"""clkhash and anonlink on a table: similarities of one record-level filter a row. Runs in its own environment.

One field holds name and birth date one after the other (bigrams, 1,024 bits, 15 a token: what does best for it).
Reads `id, name, birth_date, side` from Parquet, writes `{"version", "pairs": [[left, right, score], …]}`, every pair
that its greedy one-to-one step keeps above a low threshold (two files), or every pair above it (one file).
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import anonlink  # type: ignore[import-not-found]  # only its own environment has it
import pyarrow.parquet as pq
from clkhash.clk import generate_clks  # type: ignore[import-not-found]  # likewise
from clkhash.comparators import NgramComparison  # type: ignore[import-not-found]  # likewise
from clkhash.field_formats import (  # type: ignore[import-not-found]  # likewise
    BitsPerTokenStrategy,
    FieldHashingProperties,
    StringSpec,
)
from clkhash.schema import Schema  # type: ignore[import-not-found]  # likewise

LOWEST = {True: 0.45, False: 0.65}
"""Where pairs begin, with a one-to-one step and without."""


def encode(rows: list[dict[str, Any]]) -> list[Any]:
    """Return the filters of rows with a name."""
    properties = FieldHashingProperties(comparator=NgramComparison(2), strategy=BitsPerTokenStrategy(15))
    schema = Schema([StringSpec("all", properties)], 1024)
    texts = [[f"{row['name']} {row['birth_date'] or ''}".strip()] for row in rows]
    return list(generate_clks(texts, schema, "an anchor's key protects nothing", validate=False, max_workers=1))


def pairs(rows: list[dict[str, Any]]) -> list[tuple[int, int, float]]:
    """Return pairs of ids with their Dice."""
    filters = encode(rows)
    if rows[0]["side"] is None:
        found = _similar([filters, filters], LOWEST[False])
        return [(rows[i]["id"], rows[j]["id"], score) for i, j, score in _lines(found) if i < j]
    sides = [[at for at, row in enumerate(rows) if row["side"] == side] for side in (0, 1)]
    found = _similar([[filters[at] for at in side] for side in sides], LOWEST[True])
    scores = {(i, j): score for i, j, score in _lines(found)}
    groups = [dict(group) for group in anonlink.solving.greedy_solve(found)]
    linked = [(group[0], group[1]) for group in groups if len(group) == 2]
    return [(rows[sides[0][i]]["id"], rows[sides[1][j]]["id"], scores[i, j]) for i, j in linked]


def _similar(datasets: list[list[Any]], threshold: float) -> Any:
    dice = anonlink.similarities.dice_coefficient_accelerated
    return anonlink.candidate_generation.find_candidate_pairs(datasets, dice, threshold)


def _lines(found: Any) -> list[tuple[int, int, float]]:
    scores, _, records = found
    return list(zip(records[0], records[1], scores, strict=True))


if __name__ == "__main__":
    table = [row for row in pq.read_table(sys.argv[1]).to_pylist() if row["name"]]
    result = {"version": f"clkhash {version('clkhash')}, anonlink {version('anonlink')}", "pairs": pairs(table)}
    Path(sys.argv[2]).write_text(json.dumps(result))

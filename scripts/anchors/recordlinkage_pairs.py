"""recordlinkage on clear text: its index, its comparisons, and its ECM classifier. Needs nothing that Lapis does not.

Reads `id, name, birth_date, sex, village, side` from Parquet, writes `{"version", "pairs": [[left, right, p], …]}`: the
pairs of probability one half and more; of two files, one to one (its greedy matching). Fitted without truth.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import recordlinkage as rl

ALIKE = 0.85
"""Its users' usual Jaro–Winkler for names that agree."""
LEAST = 0.001


def frame(path: Path) -> Any:
    """Split names into first word and rest, as its users do with given name and surname."""
    table = pq.read_table(path).to_pandas().set_index("id")
    table[["first", "rest"]] = table["name"].str.split(" ", n=1, expand=True).reindex(columns=[0, 1])
    return table


def pairs(table: Any) -> list[tuple[int, int, float]]:
    """Return pairs of ids with their probability."""
    two = table["side"].notna().all()
    parts = [table[table["side"] == side] for side in (0, 1)] if two else [table]
    index = rl.Index()
    for block in ("birth_date", "first", "rest"):
        index.block(block)
    candidates = index.index(*parts)
    compare = rl.Compare()
    for name in ("first", "rest"):
        compare.string(name, name, method="jarowinkler", threshold=ALIKE, label=name)
    for name in ("birth_date", "sex", "village"):
        if all(part[name].nunique() > 1 for part in parts):
            compare.exact(name, name, label=name)
    vectors = compare.compute(candidates, *parts)
    classifier = rl.ECMClassifier(init="jaro", max_iter=1000)
    classifier.fit(vectors)
    probability = classifier.prob(vectors)
    likely = probability[probability >= LEAST]
    if two:
        ordered = likely.sort_values(ascending=False, kind="stable")
        best = rl.OneToOneLinking(method="greedy").compute(ordered.index)
        likely = likely[likely.index.isin(best)]
    return [(int(min(pair)), int(max(pair)), float(p)) for pair, p in likely.items()]


def main(given: str, taken: str) -> None:
    """Read records, write pairs."""
    found = pairs(frame(Path(given)))
    Path(taken).write_text(json.dumps({"version": f"recordlinkage {rl.__version__}", "pairs": found}))


if __name__ == "__main__":
    pd.options.mode.copy_on_write = True
    main(*sys.argv[1:])

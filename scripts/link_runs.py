"""One linkage of stored encodings, timed: the bench's own worker. Prints one line of JSON; writes nothing.

Takes a folder with `handles`, `tokens`, `truth` and `filters-<anchor>` as Parquet. `seconds` are of the clock, from
opening the first file to the last cluster; `peak_mb` is the process's, reading included.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq

from linkage import matching
from policies.linkage_policies import load_linkage_policy

NIK_FLOOR = 0.0


def main(store: Path) -> None:
    """Link, measure, and say what came of it."""
    policy, stages = load_linkage_policy("lampung"), dict[str, float]()
    passes = dict[str, matching.Pass]()
    begun = at = time.perf_counter()
    for anchor in policy.anchors:
        floor = NIK_FLOOR if anchor.name == "nik" else policy.floor(anchor)
        passes[anchor.name] = matching.run_pass(pq.read_table(store / f"filters-{anchor.name}.parquet"), floor)
        at = _lap(stages, f"pass {anchor.name}", at)
    rules = policy.matching
    budget = matching.Budget(rules.false_match_budget, rules.missed_match_budget, rules.least_probability)
    handles, tokens = (pq.read_table(store / f"{name}.parquet") for name in ("handles", "tokens"))
    found = matching.link(handles, tokens, passes, matching.LinkSettings(budget=budget))
    _lap(stages, "merge", at)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pairs = matching.measure(found.clusters, pq.read_table(store / "truth.parquet"), {}).overall
    answer = {
        "rows": found.report.records, "seconds": seconds, "peak_mb": peak, "stages": stages,
        "candidates": found.report.candidates, "persons": found.report.clusters,
        "compared": sum(each.compared for each in passes.values()),
        "precision": pairs.precision, "recall": pairs.recall, "f1": pairs.f1,
    }  # fmt: skip
    sys.stdout.write(json.dumps(answer) + "\n")


def _lap(stages: dict[str, float], name: str, since: float) -> float:
    now = time.perf_counter()
    stages[name] = now - since
    return now


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""One linkage of stored encodings, timed: the bench's own worker. Prints one line of JSON; keeps nothing.

Takes a folder with `handles`, `tokens`, `truth` and `filters-<anchor>` as Parquet, and the options of an engine.
`seconds` are of the clock, from opening the first file to the last cluster; `cpu_seconds` are this process's own, which
a busy machine changes less; `peak_mb` is the process's, reading included.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from linkage import engines, matching
from policies.linkage_policies import load_linkage_policy
from scripts import engine

NIK_FLOOR = 0.0


def main(arguments: list[str]) -> None:
    """Link, measure, and say what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("store", type=Path)
    engine.add_options(parser)
    options = parser.parse_args(arguments)
    policy, stages = load_linkage_policy("lampung"), dict[str, float]()
    passes = dict[str, matching.Pass]()
    begun = at = time.perf_counter()
    with closing(engine.chosen(options)) as chosen, tempfile.TemporaryDirectory(prefix="lapis-") as folder:
        room = engines.Room(options.work or Path(folder), os.urandom, engine.octets(options.memory))
        for anchor in policy.anchors:
            floor = NIK_FLOOR if anchor.name == "nik" else policy.floor(anchor)
            filters = _stored(options.store / f"filters-{anchor.name}.parquet", anchor.bits // 8)
            passes[anchor.name] = engines.run_pass(chosen, filters, floor, room)
            at = _lap(stages, f"pass {anchor.name}", at)
    rules = policy.matching
    budget = matching.Budget(rules.false_match_budget, rules.missed_match_budget, rules.least_probability)
    handles, tokens = (pq.read_table(options.store / f"{name}.parquet") for name in ("handles", "tokens"))
    found = matching.link(handles, tokens, passes, matching.LinkSettings(budget=budget))
    _lap(stages, "merge", at)
    seconds, used = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    pairs = matching.measure(found.clusters, pq.read_table(options.store / "truth.parquet"), {}).overall
    answer = {
        "rows": found.report.records, "seconds": seconds, "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024, "stages": stages,
        "candidates": found.report.candidates, "persons": found.report.clusters,
        "compared": sum(each.compared for each in passes.values()),
        "precision": pairs.precision, "recall": pairs.recall, "f1": pairs.f1,
    }  # fmt: skip
    sys.stdout.write(json.dumps(answer) + "\n")


def _stored(path: Path, width: int) -> engines.Filters:
    """Return an anchor's filters, read a row group at a time."""
    file = pq.ParquetFile(path)

    def tables() -> Iterator[pa.Table]:
        for group in range(file.num_row_groups):
            yield file.read_row_group(group)

    return engines.Filters(file.metadata.num_rows, width, tables())


def _lap(stages: dict[str, float], name: str, since: float) -> float:
    now = time.perf_counter()
    stages[name] = now - since
    return now


if __name__ == "__main__":
    main(sys.argv[1:])

"""One linkage of stored encodings, timed: the bench's own worker. Prints one line of JSON; keeps nothing.

Takes folders, each with `handles`, `tokens`, `truth` and `filters-<anchor>` as Parquet, and the options of an engine.
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

from linkage import engines, evaluation, matching
from policies.linkage_policies import load_linkage_policy
from scripts import engine

NIK_FLOOR = 0.0


def main(arguments: list[str]) -> None:
    """Link, measure, and say what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("worlds", type=Path, nargs="+")
    engine.add_options(parser)
    parser.add_argument("--missed", action="store_true")
    options = parser.parse_args(arguments)
    policy, stages = load_linkage_policy("lampung"), dict[str, float]()
    passes = dict[str, matching.Pass]()
    begun = at = time.perf_counter()
    with closing(engine.chosen(options)) as chosen, tempfile.TemporaryDirectory(prefix="lapis-") as folder:
        room = engines.Room(options.work or Path(folder), os.urandom, engine.octets(options.memory))
        for anchor in policy.anchors:
            floor = NIK_FLOOR if anchor.name == "nik" else policy.floor(anchor)
            filters = _stored([each / f"filters-{anchor.name}.parquet" for each in options.worlds], anchor.bits // 8)
            passes[anchor.name] = engines.run_pass(chosen, filters, floor, room)
            at = _lap(stages, f"pass {anchor.name}", at)
    rules = policy.matching
    budget = matching.Budget(rules.false_match_budget, rules.missed_match_budget, rules.least_probability)
    handles, tokens = (_whole(options.worlds, name) for name in ("handles", "tokens"))
    found = matching.link(handles, tokens, passes, matching.LinkSettings(budget=budget, all_scored=options.missed))
    _lap(stages, "merge", at)
    seconds, used = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    truth = _whole(options.worlds, "truth")
    pairs = matching.measure(found.clusters, truth, {}).overall
    answer = {
        "rows": found.report.records, "seconds": seconds, "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024, "stages": stages,
        "candidates": found.report.candidates, "persons": found.report.clusters,
        "compared": sum(each.compared for each in passes.values()),
        "precision": pairs.precision, "recall": pairs.recall, "f1": pairs.f1,
    }  # fmt: skip
    if options.missed:
        cells = {anchor.name: _cells(options.worlds, handles, anchor.name) for anchor in policy.anchors}
        judgement = evaluation.Judgement(found.clusters, found.scored, found.thresholds)
        answer["missed"] = evaluation.missed(judgement, truth, cells)
    sys.stdout.write(json.dumps(answer) + "\n")


def _stored(paths: list[Path], width: int) -> engines.Filters:
    """Return an anchor's filters, read a row group at a time."""
    files = [pq.ParquetFile(path) for path in paths]

    def tables() -> Iterator[pa.Table]:
        for file in files:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group)

    return engines.Filters(sum(file.metadata.num_rows for file in files), width, tables())


def _whole(worlds: list[Path], name: str) -> pa.Table:
    return pa.concat_tables([pq.read_table(each / f"{name}.parquet") for each in worlds]).unify_dictionaries()


def _cells(worlds: list[Path], handles: pa.Table, anchor: str) -> pa.Table:
    tables = [pq.read_table(each / f"filters-{anchor}.parquet", columns=["handle", "cell"]) for each in worlds]
    return evaluation.cells_of(handles, pa.concat_tables(tables), anchor)


def _lap(stages: dict[str, float], name: str, since: float) -> float:
    now = time.perf_counter()
    stages[name] = now - since
    return now


if __name__ == "__main__":
    main(sys.argv[1:])

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
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from linkage import engines, evaluation, matching
from linkage.encoding import LinkagePolicy
from policies.linkage_policies import load_linkage_policy
from scripts import engine

NIK_FLOOR = 0.0
SEED = 1


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what is measured besides."""
    parser.add_argument("--missed", action="store_true", help="say also why each missed match was missed")
    parser.add_argument("--new", type=int, default=0, help="link so many rows once more, as new ones against the rest")


def main(arguments: list[str]) -> None:
    """Link, measure, and say what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("worlds", type=Path, nargs="+")
    engine.add_options(parser)
    add_options(parser)
    options = parser.parse_args(arguments)
    policy = load_linkage_policy("lampung")
    with closing(engine.chosen(options)) as chosen, tempfile.TemporaryDirectory(prefix="lapis-") as folder:
        room = engines.Room(options.work or Path(folder), os.urandom, engine.octets(options.memory))
        task = Task(options.worlds, policy, chosen, room, _settings(policy, options.missed))
        ran = _run(task, {})
        used = resource.getrusage(resource.RUSAGE_SELF)
        again = _again(task, ran, options.new) if options.new else {}
    truth, found = whole(options.worlds, "truth"), ran.found
    pairs = matching.measure(found.clusters, truth, {}).overall
    answer = {
        "rows": found.report.records, "seconds": sum(ran.stages.values()), "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024, "stages": ran.stages,
        "candidates": found.report.candidates, "persons": found.report.clusters,
        "compared": sum(each.compared for each in ran.passes.values()),
        "precision": pairs.precision, "recall": pairs.recall, "f1": pairs.f1, **again,
    }  # fmt: skip
    if options.missed:
        handles = whole(options.worlds, "handles")
        cells = {anchor.name: _cells(options.worlds, handles, anchor.name) for anchor in policy.anchors}
        judgement = evaluation.Judgement(found.clusters, found.scored, found.thresholds)
        answer["missed"] = evaluation.missed(judgement, truth, cells)
    sys.stdout.write(json.dumps(answer) + "\n")


@dataclass(frozen=True, slots=True)
class Task:
    """What is linked, and on what."""

    worlds: list[Path]
    policy: LinkagePolicy
    engine: engines.Engine
    room: engines.Room
    settings: matching.LinkSettings


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of it; `stages`: seconds of the clock, reading included."""

    passes: dict[str, matching.Pass]
    found: matching.Linkage
    stages: dict[str, float]


def _settings(policy: LinkagePolicy, all_scored: bool) -> matching.LinkSettings:
    rules = policy.matching
    budget = matching.Budget(rules.false_match_budget, rules.missed_match_budget, rules.least_probability)
    return matching.LinkSettings(budget=budget, all_scored=all_scored)


def _run(task: Task, kept: Mapping[str, matching.Kept], frozen: matching.Frozen | None = None) -> Ran:
    passes, stages, at = dict[str, matching.Pass](), dict[str, float](), time.perf_counter()
    for anchor in task.policy.anchors:
        floor = NIK_FLOOR if anchor.name == "nik" else task.policy.floor(anchor)
        filters = _stored([each / f"filters-{anchor.name}.parquet" for each in task.worlds], anchor.bits // 8)
        passes[anchor.name] = engines.run_pass(task.engine, filters, floor, task.room, kept.get(anchor.name))
        at = _lap(stages, f"pass {anchor.name}", at)
    handles, tokens = (whole(task.worlds, name) for name in ("handles", "tokens"))
    found = matching.link(handles, tokens, passes, task.settings, frozen)
    _lap(stages, "merge", at)
    return Ran(passes, found, stages)


def _again(task: Task, ran: Ran, new: int) -> dict[str, Any]:
    """Link as if so many records had come after the others: by the frozen model, with what their passes found."""
    handles = whole(task.worlds, "handles")
    records = pc.unique(handles["record"]).to_numpy()
    late = pa.array(np.random.default_rng(SEED).choice(records, min(new, len(records)), replace=False))
    later = handles.filter(pc.is_in(handles["record"], late))["handle"]
    kept = {name: _earlier(task, name, found, later) for name, found in ran.passes.items()}
    cpu, again = time.process_time(), _run(task, kept, ran.found.frozen)
    return {
        "new": len(late), "new_seconds": sum(again.stages.values()), "new_cpu_seconds": time.process_time() - cpu,
        "new_stages": again.stages, "new_same": again.found.clusters.equals(ran.found.clusters),
    }  # fmt: skip


def _earlier(task: Task, anchor: str, found: matching.Pass, later: pa.ChunkedArray) -> matching.Kept:
    """Return what a pass had found before the later handles came."""
    there = pa.concat_tables(
        [pq.read_table(each / f"filters-{anchor}.parquet", columns=["handle"]) for each in task.worlds]
    )
    handles = there["handle"].filter(pc.invert(pc.is_in(there["handle"], later.combine_chunks()))).to_numpy()
    gone = pc.or_(*(pc.is_in(found.pairs[side], later.combine_chunks()) for side in ("left", "right")))
    return matching.Kept(handles, found.pairs.filter(pc.invert(gone)), found.floor)


def _stored(paths: list[Path], width: int) -> engines.Filters:
    """Return an anchor's filters, read a row group at a time."""
    files = [pq.ParquetFile(path) for path in paths]

    def tables() -> Iterator[pa.Table]:
        for file in files:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group)

    return engines.Filters(sum(file.metadata.num_rows for file in files), width, tables())


def whole(worlds: list[Path], name: str) -> pa.Table:
    """Return a compartment of all worlds."""
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

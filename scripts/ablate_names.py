"""`lapis ablate --names`: leave out one step of the names' normalisation at a time; say what that costs in quality.

Never changes what an agency sends: names are read again, for measuring alone. Everybody in it is synthetic.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage import evaluation
from linkage.encoding import LinkagePolicy
from linkage.evaluation import Dataset
from linkage.identity import NAME_STEPS
from policies.linkage_policies import load_linkage_policy
from scripts import console, lampung
from scripts.console import Answer, Sheet

COLUMNS = ("left out", "names changed", "precision", "recall", "F1", "worth in F1")


@dataclass(frozen=True, slots=True)
class Row:
    """One step left out: the share of names that it changes, and the mean pair scores over the seeds."""

    left_out: str
    changed: float
    precision: float
    recall: float
    f1: float
    worth: float


def run(options: argparse.Namespace) -> Answer:
    """Measure with all steps, without each, and without any."""
    policy = load_linkage_policy(options.policy)
    every = [("nothing", frozenset()), *((name, frozenset({name})) for name in NAME_STEPS)]
    every.append(("all of them", frozenset(NAME_STEPS)))
    whole = lampung.load(options.people, 1)
    rows: list[Row] = []
    with console.progress("ablate names") as track:
        for done, (title, without) in enumerate(every, start=1):
            data = lampung.load(options.people, 1, without=without) if without else whole
            rows.append(measure(title, data, whole, policy, options.seeds, rows[0].f1 if rows else None))
            track("steps", done, len(every))
    shown = [tuple(asdict(row).values()) for row in rows]
    if options.write:
        options.write.write_text(markdown(shown, options), encoding="utf-8")
    return Answer(
        {"rows": [asdict(row) for row in rows]}, [Sheet("names, one step left out at a time", COLUMNS, shown)]
    )


def measure(title: str, data: Dataset, whole: Dataset, policy: LinkagePolicy, seeds: int, best: float | None) -> Row:
    """Link under fresh keys, `seeds` times."""
    pairs = [evaluation.evaluate(data, policy, os.urandom).pairs for _ in range(seeds)]
    precision, recall, f1 = (
        float(np.mean([getattr(each, name) for each in pairs])) for name in ("precision", "recall", "f1")
    )
    return Row(title, _changed(data.records["name"], whole.records["name"]), precision, recall, f1, (best or f1) - f1)


def _changed(names: pa.ChunkedArray, others: pa.ChunkedArray) -> float:
    if len(names) != len(others):
        return float("nan")
    return float(pc.mean(pc.cast(pc.not_equal(names, others), pa.float64())).as_py() or 0.0)


def markdown(rows: Sequence[Sequence[object]], options: argparse.Namespace) -> str:
    """Return the table as a page, dated, with the command that made it."""
    head = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}\n"
    body = "".join(f"| {' | '.join(console.show(cell) for cell in row)} |\n" for row in rows)
    command = f"lapis ablate --names --people {options.people} --seeds {options.seeds} --write docs/name-rules.md"
    return (
        "# What each rule about names is worth\n\n"
        f"Made on {datetime.now(UTC).date()} by `{command}`:\n"
        "one step of `linkage/identity/data/names.toml` left out at a time. Synthetic Lampung by name, sex, birth\n"
        f"date and place alone, {options.people:,} people, the {options.policy} policy. Means of {options.seeds} runs\n"
        "under fresh keys, which differ by about half a point. A step that changes few of the synthetic names is\n"
        "worth little here, and may be worth more on real lists.\n\n"
        f"{head}{body}"
    )

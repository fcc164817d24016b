"""`lapis ablate`: change one thing of a linkage policy at a time; say what it costs in attacks, quality, bytes, time.

Never judges: it prints the table from which a deployer chooses. Attacked and linked are synthetic people only.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from linkage import evaluation
from linkage.attacks import graphs
from linkage.attacks.bounds import Trials, pool
from linkage.attacks.setting import Setting
from linkage.encoding import Anchor, LinkagePolicy
from linkage.evaluation import Dataset
from linkage.evaluation.encoded import encode
from policies.linkage_policies import load_linkage_policy
from scripts import ablate_names, console, lampung
from scripts.cli import finish
from scripts.console import Answer, Sheet

CELL, KNOWN_CELL, KNOWN = 320, 640, 200
COLUMNS = ("change", "A3b", "A4", "F1", "ceiling", "bytes a row", "µs a row")


@dataclass(frozen=True, slots=True)
class Row:
    """One change: names recovered in a cell of 320 (A3b) and from 200 known of 640 (A4), each the best over anchors;
    F1 and recall ceiling on synthetic Lampung without numbers; encoded bytes and microseconds a row."""  # noqa: D205, D209 — one sentence

    change: str
    a3b: float
    a4: float
    f1: float
    ceiling: float
    bytes_a_row: float
    us_a_row: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--policy", default="lampung", help="the shipped policy to change (default lampung)")
    parser.add_argument("--people", type=int, default=5_000, help="people in synthetic Lampung (default 5000)")
    parser.add_argument("--seeds", type=int, default=3, help="attacks a change (default 3)")
    parser.add_argument("--names", action="store_true", help="leave out one step of the names' normalisation instead")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table as Markdown")
    parser.set_defaults(run=run)
    finish(parser, "lapis ablate --write docs/ablation.md")


def run(options: argparse.Namespace) -> Answer:
    """Ablate, one row a change."""
    if options.names:
        return ablate_names.run(options)
    policy, data = load_linkage_policy(options.policy), lampung.load(options.people, 1)
    names = data.records["name"].combine_chunks()
    rows = []
    with console.progress("ablate") as track:
        every = list(variants(policy))
        for done, (title, changed) in enumerate(every, start=1):
            rows.append(measure(title, changed, data, names, options.seeds))
            track("changes", done, len(every))
    shown = [
        (row.change, row.a3b, row.a4, row.f1, row.ceiling, f"{row.bytes_a_row:.0f}", f"{row.us_a_row:.0f}")
        for row in rows
    ]
    if options.write:
        options.write.write_text(markdown(shown, options), encoding="utf-8")
    return Answer(
        {"rows": [asdict(row) for row in rows]}, [Sheet(f"{policy.name}, one change at a time", COLUMNS, shown)]
    )


def variants(policy: LinkagePolicy) -> Iterator[tuple[str, LinkagePolicy]]:
    """Yield each change with its name and what it makes of the policy; the first is none."""
    yield "as shipped", policy
    for bits in (512, 2048):
        yield f"l = {bits}", _all(policy, bits=bits)
    for hashes in (8, 16):
        yield f"k = {hashes}", _all(policy, hashes=hashes)
    for count in (0, 1, 3, 5):
        yield f"K = {count}" if count else "no layer", replace(policy, layer=replace(policy.layer, majorities=count))
    yield "q = 3", replace(policy, names=replace(policy.names, q=3))
    yield "no padding", replace(policy, names=replace(policy.names, padded=False))
    yield "not across spaces", replace(policy, names=replace(policy.names, joined=False))
    yield "no second spelling", replace(policy, names=replace(policy.names, variants=False))
    narrowed = (replace(each, narrow_heaped=each.name == "date") for each in policy.anchors)
    yield "heaped days narrowed", replace(policy, anchors=tuple(narrowed))
    for name in ("date", "year", "village"):
        yield f"no {name} anchor", replace(policy, anchors=tuple(each for each in policy.anchors if each.name != name))


def _all(policy: LinkagePolicy, **values: int) -> LinkagePolicy:
    return replace(policy, anchors=tuple(replace(anchor, **values) for anchor in policy.anchors))  # type: ignore[arg-type]  # fields of an anchor


def measure(title: str, policy: LinkagePolicy, data: Dataset, names: pa.Array, seeds: int) -> Row:
    """Attack, link and time one policy."""
    crowded = [anchor for anchor in policy.anchors if "nik" not in anchor.parts]
    distinct = {Setting.of(policy, anchor).strength: anchor for anchor in crowded}.values()
    a3b = max(_attack(policy, anchor, names, CELL, 0, seeds).rate for anchor in distinct)
    a4 = max(_attack(policy, anchor, names, KNOWN_CELL, KNOWN, seeds).rate for anchor in distinct)
    start = time.process_time()
    met = encode(data.records, policy, os.urandom)
    seconds = time.process_time() - start
    found = evaluation.evaluate(data, policy, os.urandom)
    size = sum(each.filters.num_rows * policy.anchor(name).bits // 8 for name, each in met.items())
    rows = len(data.records)
    return Row(title, a3b, a4, found.pairs.f1, found.ceiling, size / rows, 1e6 * seconds / rows)


def _attack(policy: LinkagePolicy, anchor: Anchor, names: pa.Array, size: int, known: int, seeds: int) -> Trials:
    """Attack one known cell of people drawn at random, with its exact roster."""
    trials = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        drawn = names.take(pa.array(rng.choice(len(names), size, replace=False)))
        trials.append(graphs.inside_cell(drawn, Setting.of(policy, anchor), rng, known))
    return pool(trials)


def markdown(rows: Sequence[Sequence[object]], options: argparse.Namespace) -> str:
    """Return the table as a page, dated, with the command that made it."""
    head = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}\n"
    body = "".join(f"| {' | '.join(console.show(cell) for cell in row)} |\n" for row in rows)
    day = datetime.now(UTC).date()
    command = f"lapis ablate --people {options.people} --seeds {options.seeds} --write docs/ablation.md"
    return (
        f"# Ablation of the {options.policy} policy\n\nMade on {day} by `{command}`: one thing changed at a time.\n\n"
        f"A3b: names recovered in a known cell of {CELL} people with its exact roster. A4: the unknown names of a\n"
        f"cell of {KNOWN_CELL} of which {KNOWN} are known. F1 and the anchors' recall ceiling: synthetic Lampung by\n"
        f"name, sex, birth date and place alone, {options.people:,} people. Bytes and time: encoding and layer,\n"
        "without the NIK anchor.\n\n"
        f"{head}{body}"
    )

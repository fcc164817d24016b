"""`lapis evaluate`: how well a linkage policy links data whose truth is known, beside its peers.

In one process, with keys that are thrown away. Takes no list: only FEBRL and synthetic Lampung.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from linkage import evaluation
from linkage.encoding import LinkagePolicy
from linkage.evaluation import Dataset, Evaluation
from linkage.matching import BCubed, Pairwise
from policies.linkage_policies import load_linkage_policy, parse_linkage_policy
from scripts import files, lampung, peers
from scripts.cli import finish
from scripts.console import Answer, Sheet

DATASETS = ("febrl1", "febrl2", "febrl3", "febrl4", "synth")
WITHIN = "chosen without truth, from the policy's error budget"
BEST = "  its best threshold, with the truth"
COLUMNS = ("", "precision", "recall", "F1", "threshold")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--dataset", choices=DATASETS, required=True, help="one list with duplicates (1 to 3), two files (4), Lampung"
    )
    parser.add_argument("--policy", default="lampung", help="a shipped policy's name, or a file (default lampung)")
    parser.add_argument("--people", type=int, default=5_000, help="people in synthetic Lampung (default 5000)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same people (default 1)")
    parser.add_argument("--anchors", type=Path, default=peers.ANCHORS, help="where `make anchors` put the peers")
    parser.add_argument("--no-peers", action="store_true", help="do not run them")
    parser.add_argument("--calibration", action="store_true", help="show what the probabilities are worth, in ten bins")
    finish(parser, "lapis evaluate --dataset febrl4 --policy open-clk")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> Answer:
    """Evaluate, and run the peers on the same columns."""
    rules = policy(options.policy)
    data = dataset(options.dataset, options.people, options.seed)
    found = evaluation.evaluate(data, rules, os.urandom)
    result = summary(found, [] if options.no_peers else peers.compare(data, options.anchors))
    return Answer(result, views(result, calibration=options.calibration))


def policy(name: str) -> LinkagePolicy:
    """Return the policy in a file, or the shipped one of that name."""
    path = Path(name)
    if path.suffix == ".toml":
        return parse_linkage_policy(files.read(path).decode(errors="replace"))
    return load_linkage_policy(name)


def dataset(name: str, people: int, seed: int) -> Dataset:
    """Return the dataset of that name; `people` and `seed` are synthetic Lampung's."""
    return lampung.load(people, seed) if name == "synth" else evaluation.load(name)


def summary(found: Evaluation, others: list[dict[str, Any]]) -> dict[str, Any]:
    """Return an evaluation as plain values."""
    return {
        "dataset": found.dataset,
        "policy": found.policy,
        "policy_changes": list(found.changes),
        "unprotected": list(found.unprotected),
        "records": found.records,
        "true_pairs": found.pairs.true,
        **_scores(found.pairs),
        "threshold": found.threshold,
        "threshold_chosen": WITHIN,
        "ceiling": found.ceiling,
        "best": {**_scores(found.best.pairs), "threshold": found.best.threshold, "threshold_chosen": "with the truth"},
        "reviews": found.reviews,
        "bcubed": _scores(found.bcubed),
        "groups": {
            name: {**_scores(pairs), "bcubed": _scores(found.bcubed_groups[name])}
            for name, pairs in found.groups.items()
        },
        "calibration": {
            "error": evaluation.error(found.calibration),
            "bins": [asdict(bin_) for bin_ in found.calibration],
        },
        "peers": others,
    }


def _scores(pairs: Pairwise | BCubed) -> dict[str, float]:
    return {"precision": pairs.precision, "recall": pairs.recall, "f1": pairs.f1}


def views(result: dict[str, Any], *, calibration: bool = False) -> list[Sheet | str]:
    """Show what is not protected, what was changed, the scores, their groups and the peers, calibration if asked."""
    rows = [_row(result["policy"], result), _row(BEST, result["best"])]
    rows += [_row(f"  {name}", group) for name, group in result["groups"].items()]
    for peer in result["peers"]:
        if "absent" not in peer:
            rows += [_row(f"{peer['version']} ({peer['works_on']})", peer), _row(BEST, peer["best"])]
    title = f"{result['dataset']}: {result['records']:,} records, {result['true_pairs']:,} true pairs"
    notes = [
        f"{peer['name']}: {peer.get('absent') or 'threshold ' + peer['threshold_chosen']}" for peer in result["peers"]
    ]
    return [
        *(f"[bold red]not protected[/]: {sentence}" for sentence in result["unprotected"]),
        *(f"[dim]{sentence}[/]" for sentence in result["policy_changes"]),
        Sheet(title, COLUMNS, rows),
        Sheet("Over rows instead of pairs (B-cubed)", COLUMNS[:4], _bcubed(result)),
        *(_calibration(result["calibration"]) if calibration else ()),
        f"threshold {result['threshold_chosen']}; recall ceiling of the anchors {result['ceiling']:.4f}",
        *(f"[dim]{note}[/]" for note in notes),
    ]


def _row(name: str, scores: dict[str, Any]) -> tuple[object, ...]:
    values = (f"{scores[key]:.4f}" for key in ("precision", "recall", "f1"))
    return (name, *values, scores.get("threshold"))


def _bcubed(result: dict[str, Any]) -> list[tuple[object, ...]]:
    parts = [("all", result), *result["groups"].items()]
    return [_row(name, part["bcubed"])[:4] for name, part in parts]


def _calibration(found: dict[str, Any]) -> list[Sheet | str]:
    """Show how many pairs the model gave each probability, how many of them it expects to be true, and how many are."""
    rows = [
        (f"{each['low']:.1f}–{each['high']:.1f}", each["pairs"], f"{each['expected']:.1f}", each["true"])
        for each in found["bins"]
    ]
    title = f"What a probability is worth: off by {found['error']:.4f} on average"
    return [Sheet(title, ("probability", "pairs", "expected true", "true"), rows)]

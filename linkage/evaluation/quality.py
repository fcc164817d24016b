"""From a dataset and a policy to precision, recall and F1: encode, pass, link without truth, and only then compare.

The truth is read in the last step alone. Never prints, never keeps an encoding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from linkage import matching
from linkage.encoding import LinkagePolicy
from linkage.evaluation import two_files
from linkage.evaluation.calibration import Bin, bins
from linkage.evaluation.dataset import Dataset
from linkage.evaluation.encoded import Entropy, Met, ceiling, encode
from linkage.evaluation.narrowing import narrow
from linkage.evaluation.scoring import Best, score_pairs
from linkage.matching import BCubed, Budget, LinkSettings, Pairwise, Pass, merge
from linkage.matching.merge import TOKEN

ROOMY = 64
"""A pass that compares at most so many pairs a handle hands all of them on: it needs no floor to stay small."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well a policy links a dataset.

    `threshold`: the least probability accepted, chosen without truth; `best`: what the truth would have chosen, over
    candidate pairs as they are, before clusters. `ceiling`: the share of true pairs that met in any anchor. `bcubed`
    and `bcubed_groups`: over records instead of pairs. `calibration`: what probabilities are worth, over candidate
    pairs (of two files, those that stand one to one). `changes`: how the policy was narrowed. `unprotected`: what the
    policy gives up.
    """

    dataset: str
    policy: str
    records: int
    pairs: Pairwise
    groups: Mapping[str, Pairwise]
    threshold: float
    best: Best
    ceiling: float
    reviews: int
    changes: tuple[str, ...]
    unprotected: tuple[str, ...]
    bcubed: BCubed
    bcubed_groups: Mapping[str, BCubed]
    calibration: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """`pairs`: left, right int64 and score float64 of the candidate pairs that may stand."""

    clusters: pa.Table
    threshold: float
    reviews: int
    pairs: pa.Table


def evaluate(data: Dataset, policy: LinkagePolicy, entropy: Entropy) -> Evaluation:
    """Evaluate a policy on a dataset; `entropy(n)` returns n bytes for the throw-away keys. Raises NO_ANCHOR."""
    narrowed = narrow(policy, data.parts)
    met = encode(data.records, narrowed.policy, entropy)
    found = _link(data, narrowed.policy, met)
    truth = pa.table({"record": np.arange(len(data.person)), "person": data.person})
    left, right, score = (found.pairs[name].to_numpy() for name in ("left", "right", "score"))
    best = score_pairs(left, right, score, data, choose=True)
    quality = matching.measure(found.clusters, truth, data.groups)
    return Evaluation(
        dataset=data.name,
        policy=policy.name,
        records=len(data.person),
        pairs=quality.overall,
        groups=quality.groups,
        threshold=found.threshold,
        best=best,
        ceiling=ceiling(met, data.person),
        reviews=found.reviews,
        changes=(*narrowed.changes, *_roomy(met)),
        unprotected=narrowed.policy.unprotected,
        bcubed=quality.bcubed,
        bcubed_groups=quality.bcubed_groups,
        calibration=bins(score, data.person[left] == data.person[right]),
    )


def _link(data: Dataset, policy: LinkagePolicy, met: Mapping[str, Met]) -> _Found:
    rules = policy.matching
    budget = Budget(rules.false_match_budget, rules.missed_match_budget, rules.least_probability)
    settings = LinkSettings(budget=budget)
    passes = {name: _pass(each, policy.floor(policy.anchor(name))) for name, each in met.items()}
    handles, tokens = _handle_map(met, len(data.person)), _no_tokens(len(data.person))
    if data.side is None:
        linked = matching.link(handles, tokens, passes, settings)
        return _Found(linked.clusters, linked.thresholds.accept, len(linked.reviews), linked.scored)
    compared = merge.compare(handles, tokens, passes, settings.nik_cap)
    paired = two_files.link(compared, data.side, met, budget)
    return _Found(paired.clusters, paired.threshold, 0, paired.scored)


def _pass(met: Met, floor: float) -> Pass:
    return matching.run_pass(met.filters, 0.0 if _is_roomy(met) else floor)


def _is_roomy(met: Met) -> bool:
    sizes = np.unique(met.cell, return_counts=True)[1].astype(np.int64)
    return bool((sizes * (sizes - 1) // 2).sum() <= ROOMY * len(met.cell))


def _roomy(met: Mapping[str, Met]) -> tuple[str, ...]:
    names = [name for name, each in met.items() if _is_roomy(each)]
    return (f"no floor for {', '.join(names)}: at most {ROOMY} pairs a record to compare",) if names else ()


def _handle_map(met: Mapping[str, Met], records: int) -> pa.Table:
    """Return the map of handles, record being the position in the dataset; every record has one of tokens."""
    every = np.arange(records)
    maps = [(TOKEN, every, every), *((name, each.record, np.arange(len(each.record))) for name, each in met.items())]
    return pa.concat_tables(
        pa.table({"record": record, "compartment": pa.repeat(name, len(record)), "handle": handle})
        for name, record, handle in maps
    )


def _no_tokens(records: int) -> pa.Table:
    return pa.table(
        {"handle": np.arange(records), **{name: pa.nulls(records, pa.binary(32)) for name in ("nik", "kk")}}
    )

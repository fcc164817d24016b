"""From a policy to what can be evaluated on given data: anchors lose the parts that the data does not have.

Never strengthens or weakens anything silently: every change is a sentence for the output.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from linkage.encoding import Anchor, LinkagePolicy
from linkage.evaluation.errors import EvaluationError


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The policy as evaluated, and what was changed in it, a sentence each."""

    policy: LinkagePolicy
    changes: tuple[str, ...]


def narrow(policy: LinkagePolicy, parts: frozenset[str]) -> Narrowed:
    """Keep what of the policy's anchors data with `parts` can fill.

    An anchor that loses its first part, the one that it is named for, is left out. Raises NO_ANCHOR if none is left.
    """
    kept, changes = [], []
    for anchor in policy.anchors:
        lost = [part for part in anchor.parts if part not in parts]
        if anchor.parts and anchor.parts[0] in lost:
            changes.append(f"anchor {anchor.name} is left out: the data has no {anchor.parts[0]}")
            continue
        if lost:
            changes.append(f"anchor {anchor.name} goes without {', '.join(lost)}, which the data does not have")
        kept.append(_without(anchor, lost))
    if not kept:
        raise EvaluationError("NO_ANCHOR", "the data has none of the policy's anchors", hint="choose another dataset")
    return Narrowed(replace(policy, anchors=tuple(kept)), tuple(changes))


def _without(anchor: Anchor, lost: list[str]) -> Anchor:
    return replace(anchor, parts=tuple(part for part in anchor.parts if part not in lost))

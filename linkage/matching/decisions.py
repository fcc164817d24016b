"""What stands above the model: people's decisions on pairs, and which lists are compared at all. Never judges a name.

A decision joins two records or parts them for good, through later runs and whatever the model says. Where decisions
contradict one another, the parting stands and the joining is held back as DISPUTED. One person's word joins no two
NIKs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.matching.clusters import Judged
from linkage.matching.errors import MatchingError, require
from linkage.matching.merge import Comparison
from linkage.matching.pairs import Ids

DECISIONS = pa.schema([("left", pa.int64()), ("right", pa.int64()), ("same", pa.bool_()), ("by_two", pa.bool_())])


def impose(judged: Judged, records: Ids, decisions: pa.Table) -> Judged:
    """Mark the pairs that people decided on, and add those that never were candidates.

    `records` int64[n], sorted. `decisions`: `DECISIONS`, in any order of rows and sides; of records that are gone
    nothing is left. Raises MISSING_COLUMN, DECISION_TWICE, DECISION_OF_ONE.
    """
    require(decisions, tuple(DECISIONS.names), "decisions")
    left, right, same, two = _placed(records, decisions)
    n = max(1, len(records))
    keys, known = left * n + right, judged.left * n + judged.right
    if len(np.unique(keys)) != len(keys):
        raise MatchingError("DECISION_TWICE", "expected one decision a pair", place="decisions")
    new = ~np.isin(keys, known)
    extra = int(new.sum())
    no = np.zeros(extra, bool)
    joined, parted = (np.r_[np.isin(known, keys[same == wanted]), same[new] == wanted] for wanted in (True, False))
    # What people say of a pair counts as much as evidence can: for the clusters' other pairs too.
    probability = np.r_[judged.probability, np.zeros(extra)]
    probability[joined], probability[parted] = 1.0, 0.0
    return Judged(
        left=np.r_[judged.left, left[new]],
        right=np.r_[judged.right, right[new]],
        probability=probability,
        same_nik=np.r_[judged.same_nik, no],
        conflict=np.r_[judged.conflict, no],
        thin=np.r_[judged.thin, no],
        bare=np.r_[judged.bare, no],
        joined=joined,
        parted=parted,
        by_two=np.r_[np.isin(known, keys[two]), two[new]],
    )


def _placed(records: Ids, decisions: pa.Table) -> tuple[Ids, Ids, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return positions, lower first, of the pairs of which both records are there; whether same, whether by two."""
    one, other = (decisions[side].to_numpy() for side in ("left", "right"))
    if (one == other).any():
        raise MatchingError("DECISION_OF_ONE", "expected two records", place="decisions")
    there = np.isin(one, records) & np.isin(other, records)
    ends = np.searchsorted(records, np.stack([one[there], other[there]]))
    same, two = (decisions[name].to_numpy(zero_copy_only=False)[there] for name in ("same", "by_two"))
    return ends.min(axis=0), ends.max(axis=0), same, two


@dataclass(frozen=True, slots=True)
class Topology:
    """Which list each record is of, and which lists meet.

    `records` int64[n], sorted, of which `source` int64[n] 0 … k-1 is the list's number; `meet` bool[k, k], symmetric:
    whether their records are compared; by way of a third list they may still become one person. A list that does not
    meet itself has nobody twice: two of its records are never one person, not by way of others either.
    """

    records: Ids
    source: Ids
    meet: NDArray[np.bool_]

    def __post_init__(self) -> None:
        square = self.meet.ndim == 2 and np.array_equal(self.meet, self.meet.T)
        named = not len(self.source) or (self.source.min() >= 0 and self.source.max() < len(self.meet))
        if not (square and named and len(self.records) == len(self.source)):
            raise MatchingError("TOPOLOGY_SHAPE", "expected a list for each record, and lists that meet both ways")

    def of(self, records: Ids) -> Ids:
        """Return each record's list. Raises SOURCE_UNKNOWN."""
        at = np.minimum(np.searchsorted(self.records, records), max(0, len(self.records) - 1))
        if len(records) and (not len(self.records) or (self.records[at] != records).any()):
            raise MatchingError("SOURCE_UNKNOWN", "expected the list of every record", place="topology")
        return self.source[at] if len(records) else np.empty(0, np.int64)

    def narrow(self, found: Comparison) -> Comparison:
        """Drop the candidates whose lists do not meet, and count them."""
        one, other = (self.of(found.candidates[side].to_numpy()) for side in ("left", "right"))
        meet = self.meet[one, other]
        kept = found.candidates.filter(pa.array(meet))
        return replace(found, candidates=kept, apart=int((~meet).sum()))

    def single(self, records: Ids) -> Ids:
        """Return the list of each record of a list that has nobody twice, -1 for the others."""
        source = self.of(records)
        return np.where(self.meet.diagonal()[source], np.int64(-1), source) if len(source) else source

"""How well clusters agree with a known truth, over pairs of records.

Never lists a pair: it counts sizes of overlaps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from linkage.matching.errors import MatchingError, require
from linkage.matching.pairs import Ids


@dataclass(frozen=True, slots=True)
class Pairwise:
    """Counts of pairs: `found` together, `true` together, `right` in both."""

    found: int
    true: int
    right: int

    @property
    def precision(self) -> float:
        """The share of found pairs that are true; 1 when none was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of true pairs that were found; 1 when there are none."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.found + self.true
        return 2 * self.right / both if both else 1.0


@dataclass(frozen=True, slots=True)
class Quality:
    """`overall`; `groups`: the pairs with at least one record in the group; clusters found and persons in truth."""

    overall: Pairwise
    groups: Mapping[str, Pairwise]
    clusters: int
    persons: int


def measure(linked: pa.Table, truth: pa.Table, groups: Mapping[str, Ids]) -> Quality:
    """Compare `linked` (record, cluster int64) with `truth` (record, person int64) over the records of `truth`.

    `groups`: name → record ids int64. Raises MISSING_COLUMN, RECORDS_DIFFER when a record of either is not in the
    other.
    """
    require(linked, ("record", "cluster"), "linked")
    require(truth, ("record", "person"), "truth")
    found, true = linked.sort_by("record"), truth.sort_by("record")
    records = true["record"].to_numpy()
    if len(np.unique(records)) != len(records) or not np.array_equal(found["record"].to_numpy(), records):
        raise MatchingError("RECORDS_DIFFER", "expected the same records, each once", place="truth")
    clusters, persons = (np.unique(found["cluster"].to_numpy(), return_inverse=True)[1], true["person"].to_numpy())
    persons = np.unique(persons, return_inverse=True)[1]
    overall = _pairwise(clusters, persons)
    by_group = {}
    for name, members in groups.items():
        outside = ~np.isin(records, members)
        rest = _pairwise(clusters[outside], persons[outside])
        by_group[name] = Pairwise(overall.found - rest.found, overall.true - rest.true, overall.right - rest.right)
    return Quality(overall, by_group, len(np.unique(clusters)), len(np.unique(persons)))


def _pairwise(clusters: Ids, persons: Ids) -> Pairwise:
    both = clusters.astype(np.int64) * (int(persons.max(initial=0)) + 1) + persons
    return Pairwise(_pairs(clusters), _pairs(persons), _pairs(both))


def _pairs(labels: Ids) -> int:
    counts = np.unique(labels, return_counts=True)[1].astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())

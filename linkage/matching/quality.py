"""How well clusters agree with a known truth, over pairs of records and over records (B-cubed).

Never lists a pair: it counts sizes of overlaps. Pairs weigh a person by the square of her rows, B-cubed by her rows, so
the second shows what befalls those who are on few lists (Amigó and others, "A comparison of extrinsic clustering
evaluation metrics", 2009).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.matching.errors import MatchingError, require
from linkage.matching.pairs import Ids

Reals = NDArray[np.float64]


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
class BCubed:
    """Over records: the mean share of a record's cluster that is its person, and of its person that is its cluster."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, which are never nothing."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)


@dataclass(frozen=True, slots=True)
class Quality:
    """`overall`; `groups`: the pairs with at least one record in the group; clusters found and persons in truth.

    `bcubed` over all records, `bcubed_groups` over those of the group; 1 where there are none.
    """

    overall: Pairwise
    groups: Mapping[str, Pairwise]
    clusters: int
    persons: int
    bcubed: BCubed
    bcubed_groups: Mapping[str, BCubed]


@dataclass(frozen=True, slots=True)
class Reach:
    """Of a group's rows that are `split` from another row of their person, those whose right pair waits: `asked`."""

    split: int
    asked: int

    @property
    def share(self) -> float:
        """The share that somebody is asked about; 1 when none is split."""
        return self.asked / self.split if self.split else 1.0


def reach(linked: pa.Table, truth: pa.Table, reviews: pa.Table, groups: Mapping[str, Ids]) -> dict[str, Reach]:
    """Say how many of the rows that were not linked reach the right pair in review.

    `linked` and `truth` as in `measure`; `reviews`: left, right int64, a record of each of two clusters, of which a row
    is helped by those where both clusters hold her person.
    """
    require(reviews, ("left", "right"), "reviews")
    found, true = linked.sort_by("record"), truth.sort_by("record")
    records = true["record"].to_numpy()
    clusters, persons = (np.unique(column.to_numpy(), return_inverse=True)[1].astype(np.int64)
                         for column in (found["cluster"], true["person"]))  # fmt: skip
    several = int(persons.max(initial=0)) + 1
    homes = clusters * several + persons
    _, of, rows = np.unique(homes, return_inverse=True, return_counts=True)
    split = rows[of] < np.bincount(persons, minlength=several)[persons]
    asked = np.isin(homes, _asked(records, clusters, homes, several, reviews))
    return {
        name: Reach(int((mine := split & np.isin(records, members)).sum()), int((mine & asked).sum()))
        for name, members in groups.items()
    }


def _asked(records: Ids, clusters: Ids, homes: Ids, several: int, reviews: pa.Table) -> Ids:
    """Return the (cluster, person) keys of which a review leads to another cluster of the same person."""
    ends = np.stack([reviews[side].to_numpy() for side in ("left", "right")])
    ends = ends[:, np.isin(ends, records).all(axis=0)]
    pairs = clusters[np.searchsorted(records, ends)]
    here: dict[int, set[int]] = {}
    for key in np.unique(homes[np.isin(clusters, pairs)]).tolist():
        here.setdefault(key // several, set()).add(key % several)
    both = [(one, other, who) for one, other in pairs.T.tolist() if one != other for who in here[one] & here[other]]
    return np.array([cluster * several + who for one, other, who in both for cluster in (one, other)], np.int64)


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
    by_group, by_record = {}, {}
    precision, recall = _shares(clusters, persons)
    for name, members in groups.items():
        outside = ~np.isin(records, members)
        by_record[name] = _mean(precision[~outside], recall[~outside])
        rest = _pairwise(clusters[outside], persons[outside])
        by_group[name] = Pairwise(overall.found - rest.found, overall.true - rest.true, overall.right - rest.right)
    sizes = len(np.unique(clusters)), len(np.unique(persons))
    return Quality(overall, by_group, *sizes, _mean(precision, recall), by_record)


def _shares(clusters: Ids, persons: Ids) -> tuple[Reals, Reals]:
    """Return for each record how much of its cluster is its person, and of its person its cluster."""
    both = clusters.astype(np.int64) * (int(persons.max(initial=0)) + 1) + persons
    together, cluster, person = (
        (counted := np.unique(labels, return_inverse=True, return_counts=True))[2][counted[1]]
        for labels in (both, clusters, persons)
    )
    return together / cluster, together / person


def _mean(precision: Reals, recall: Reals) -> BCubed:
    return BCubed(float(precision.mean()), float(recall.mean())) if len(precision) else BCubed(1.0, 1.0)


def _pairwise(clusters: Ids, persons: Ids) -> Pairwise:
    both = clusters.astype(np.int64) * (int(persons.max(initial=0)) + 1) + persons
    return Pairwise(_pairs(clusters), _pairs(persons), _pairs(both))


def _pairs(labels: Ids) -> int:
    counts = np.unique(labels, return_counts=True)[1].astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())

"""What a run counts and why: pairs, zones, what no pass compared, and how groups of rows fared. Never lists a pair.

What was not compared is a count, so that nobody takes silence for a comparison: a cell is narrowed by a rule about the
record and never because it is large, and a pair that a rule leaves out is left out by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.matching.clusters import Clustering, Judged
from linkage.matching.frozen import Frozen
from linkage.matching.merge import Comparison
from linkage.matching.model import weights
from linkage.matching.pairs import Ids
from linkage.matching.passes import Pass
from linkage.matching.patterns import Histogram
from linkage.matching.threshold import Thresholds

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Compared:
    """What one pass did: filters it saw, pairs it `compared`, those `alike` at its `floor`."""

    filters: int
    compared: int
    alike: int
    floor: float


@dataclass(frozen=True, slots=True)
class Uncompared:
    """What a rule left out. `lists_apart`: candidate pairs of lists that never meet, or of one without duplicates.

    `common_niks`: pairs of one NIK on more rows than `nik_cap`, each of which met the first row alone. `nowhere`:
    records without any filter, which a token at most can link.
    """

    lists_apart: int
    common_niks: int
    nowhere: int


@dataclass(frozen=True, slots=True)
class Group:
    """Of a group's `rows`, how many are `linked` with another row, and how many stand in a pair that waits."""

    rows: int
    linked: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Report:
    """Counts and why.

    `weights`: log2(m/u) by field and level. `reviews`: held back, by reason. `rebuilt_components`: those a veto could
    concern. `thin_pairs`: probable enough to link, but with nothing besides name, sex and village. `match_share`: of
    all pairs. Zones, in pairs: `accepted` from the probability `accept`, `reviewed` from `review`, the other candidates
    below. Expected figures are the model's, over pairs. `model`: the frozen model's hash; `fitted_records`: how many
    records it was fitted to; `passes` by anchor; `groups` by what the rows show.
    """

    records: int
    candidates: int
    patterns: int
    clusters: int
    largest_cluster: int
    rebuilt_components: int
    starred_niks: int
    thin_pairs: int
    reviews: Mapping[str, int]
    weights: Mapping[str, tuple[float, ...]]
    match_share: float
    accept: float
    review: float
    accepted: int
    reviewed: int
    expected_precision: float
    expected_recall: float
    model: str
    fitted_records: int
    passes: Mapping[str, Compared]
    uncompared: Uncompared
    groups: Mapping[str, Group]


def write(
    found: Comparison,
    passes: Mapping[str, Pass],
    histogram: Histogram,
    clustering: Clustering,
    judged: Judged,
    thresholds: Thresholds,
    frozen: Frozen,
) -> Report:
    """Return the report of a run."""
    sizes = np.unique(clustering.clusters["cluster"].to_numpy(), return_counts=True)[1]
    reasons = pc.value_counts(clustering.reviews["reason"]).to_pylist()
    right = thresholds.accepted - thresholds.expected_false
    return Report(
        records=len(found.records),
        candidates=found.candidates.num_rows,
        patterns=len(histogram.patterns),
        clusters=len(sizes),
        largest_cluster=int(sizes.max(initial=0)),
        rebuilt_components=clustering.rebuilt,
        starred_niks=found.starred,
        thin_pairs=int((judged.thin & (judged.probability >= thresholds.accept)).sum()),
        reviews={each["values"]: each["counts"] for each in sorted(reasons, key=lambda each: str(each["values"]))},
        weights=weights(frozen.model),
        match_share=frozen.model.prior,
        accept=thresholds.accept,
        review=thresholds.review,
        accepted=thresholds.accepted,
        reviewed=thresholds.reviewed,
        expected_precision=right / thresholds.accepted if thresholds.accepted else 1.0,
        expected_recall=right / thresholds.expected_matches if thresholds.expected_matches else 1.0,
        model=frozen.hash,
        fitted_records=frozen.records,
        passes={
            name: Compared(each.handles, each.compared, len(each.pairs), each.floor) for name, each in passes.items()
        },
        uncompared=Uncompared(found.apart, found.unpaired, int((~found.somewhere).sum())),
        groups=stand(found.records, clustering.clusters, clustering.reviews, _shown(found)),
    )


def stand(records: Ids, clusters: pa.Table, reviews: pa.Table, groups: Mapping[str, Flags]) -> dict[str, Group]:
    """Say how groups of records fared; `records` int64[n], sorted; each group bool[n].

    `clusters`: record, and cluster or person, for every record; `reviews`: left, right of records.
    """
    order = np.argsort(clusters["record"].to_numpy(), kind="stable")
    homes = clusters.column(1).to_numpy()[order]
    _, back, sizes = np.unique(homes, return_inverse=True, return_counts=True)
    linked = sizes[back] > 1
    waiting = np.isin(records, np.r_[reviews["left"].to_numpy(), reviews["right"].to_numpy()])
    return {
        name: Group(int(mine.sum()), int((mine & linked).sum()), int((mine & waiting).sum()))
        for name, mine in groups.items()
    }


def _shown(found: Comparison) -> dict[str, Flags]:
    """Group the records by what they show: a NIK; none, but a date; neither, and of those no sex either."""
    nik, neither = found.nik >= 0, (found.nik < 0) & ~found.dated
    return {"nik": nik, "no_nik_with_date": ~nik & found.dated, "no_nik_no_date": neither, "bare": found.bare}

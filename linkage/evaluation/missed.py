"""Where the matches go that a link misses: one cause for each, the nearest that it came to being found.

Needs the truth, so it is for synthetic data alone. Never lists a pair: it counts.

Clusters miss pairs, and one accepted pair would join two of them; so the pairs between two clusters of one person share
the best cause among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.matching import Thresholds
from linkage.matching.pairs import Ids, alike, distinct

CAUSES = ("no filter", "no shared cell", "under the floor", "below review", "in review", "namesakes", "vetoed")
"""From the farthest from a link to the nearest."""
CAP = 1 << 30


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a link said: its `clusters`, what it `scored`, and its `thresholds`, as `matching.Linkage` has them."""

    clusters: pa.Table
    scored: pa.Table
    thresholds: Thresholds


def missed(found: Judgement, truth: pa.Table, cells: Mapping[str, pa.Table]) -> dict[str, int]:
    """Count the missed pairs of one person by cause.

    `truth`: record, person int64. `cells`: by anchor, record and cell int64, a row for each cell a record is in.
    """
    truth, clusters = truth.sort_by("record"), found.clusters.sort_by("record")
    records, n = truth["record"].to_numpy(), len(truth)
    person, cluster = (_codes(each) for each in (truth["person"].to_numpy(), clusters["cluster"].to_numpy()))
    keys = alike(person, CAP).keys
    left, right = np.divmod(keys, n)
    lost = cluster[left] != cluster[right]
    keys, left, right = keys[lost], left[lost], right[lost]
    rank = _apart(keys, records, person, cells)
    _raise_by_score(rank, keys, records, found)
    low, high = (pick(cluster[left], cluster[right]) for pick in (np.minimum, np.maximum))
    between = _codes(low * np.int64(n) + high)
    best = np.zeros(int(between.max(initial=-1)) + 1, np.int8)
    np.maximum.at(best, between, rank)
    return dict(zip(CAUSES, np.bincount(best[between], minlength=len(CAUSES)).tolist(), strict=True))


def _codes(values: Ids) -> Ids:
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def _apart(keys: Ids, records: Ids, person: Ids, cells: Mapping[str, pa.Table]) -> NDArray[np.int8]:
    """Say of pairs that were no candidates how near they came: no filter, no shared cell, or under the floor."""
    shared, has = [np.empty(0, np.int64)], np.zeros(len(records), bool)
    for name, table in cells.items():
        at = np.searchsorted(records, table["record"].to_numpy())
        # A NIK's cell is asked for its names alone, and joins nobody.
        if name == "nik":
            continue
        has[at] = True
        cell = _codes(table["cell"].to_numpy())
        meet = alike(_codes(person[at] * (int(cell.max(initial=0)) + 1) + cell), CAP).keys
        one, other = np.divmod(meet, max(1, len(at)))
        shared.append(np.minimum(at[one], at[other]) * len(records) + np.maximum(at[one], at[other]))
    left, right = np.divmod(keys, max(1, len(records)))
    rank = np.where(has[left] & has[right], np.int8(1), np.int8(0))
    rank[np.isin(keys, distinct(np.concatenate(shared)))] = 2
    return rank


def _raise_by_score(rank: NDArray[np.int8], keys: Ids, records: Ids, found: Judgement) -> None:
    """Write over the ranks of pairs that were candidates."""
    left, right = (np.searchsorted(records, found.scored[side].to_numpy()) for side in ("left", "right"))
    scored = left * len(records) + right
    mine = np.isin(scored, keys)
    score = found.scored["score"].to_numpy()[mine]
    nik, date, kk, place = (found.scored[name].to_numpy()[mine] for name in ("nik", "date", "kk", "place"))
    thin = (nik < 0) & (date < 0) & (kk < 1) & (place >= 0)
    accepted = score >= found.thresholds.accept
    of = np.where(accepted, np.where(thin, 5, 6), np.where(score >= found.thresholds.review, 4, 3))
    rank[np.searchsorted(keys, scored[mine])] = of.astype(np.int8)


def cells_of(handle_map: pa.Table, filters: pa.Table, anchor: str) -> pa.Table:
    """Return record and cell of an anchor's rows: `handle_map` record, compartment, handle; `filters` handle, cell."""
    mine = handle_map.filter(pc.equal(pc.cast(handle_map["compartment"], pa.string()), anchor))
    return filters.select(["handle", "cell"]).join(mine.select(["record", "handle"]), "handle", join_type="inner")

"""Encode a dataset as agency and centre would, in one process, under keys that are thrown away.

The agency's tokeniser and the centre's layer are the real ones; what is missing is the vault: cells are numbered here,
and the layer keys come from entropy instead of from it. Never keeps a key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.encoding import Anchor, LinkagePolicy, Secret, bloom, layer, tokeniser
from linkage.encoding.keys import KEY_BYTES
from linkage.encoding.tokeniser import AgencySecrets
from linkage.matching.pairs import Ids, alike, keys_of

Entropy = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Met:
    """One anchor's handles 0 … m-1: `record` int64[m], the position each belongs to, and `cell` int64[m].

    `filters`: handle int64, cell int64, filter fixed_size_binary, as a pass takes them.
    """

    record: Ids
    cell: Ids
    filters: pa.Table


def encode(records: pa.Table, policy: LinkagePolicy, entropy: Entropy) -> dict[str, Met]:
    """Return each anchor's handles, cells and layered filters for `identity.RECORD_SCHEMA`."""
    keys = AgencySecrets(Secret(entropy(KEY_BYTES)), Secret(entropy(KEY_BYTES)))
    refs = tokeniser.references(records, keys)
    sent = pa.concat_tables(list(tokeniser.encode(records, refs, policy, keys))).combine_chunks()
    return {
        anchor.name: _receive(sent[f"anchor_{anchor.name}"].combine_chunks(), anchor, policy, entropy)
        for anchor in policy.anchors
    }


def _receive(meetings: pa.ListArray, anchor: Anchor, policy: LinkagePolicy, entropy: Entropy) -> Met:
    flat = meetings.flatten()
    tokens = flat.field("token").dictionary_encode()
    cells = tokens.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    filters = bloom.from_arrow(flat.field("filter"))
    if policy.layer.majorities:
        drawn = [
            Secret(entropy(KEY_BYTES)) for _ in range(1 if policy.layer.unsafe_one_key else len(tokens.dictionary))
        ]
        keys = {cell: drawn[cell % len(drawn)] for cell in range(len(tokens.dictionary))}
        filters = layer.harden(filters, cells, keys, policy.majorities(anchor))
    columns = {"handle": np.arange(len(cells)), "cell": cells, "filter": bloom.to_arrow(filters)}
    owners = pc.list_parent_indices(meetings).to_numpy(zero_copy_only=False).astype(np.int64)
    return Met(owners, cells, pa.table(columns))


def true_pairs(person: Ids) -> Ids:
    """Return the pairs of records of one person, as sorted keys (`matching.pairs.keys_of`)."""
    return alike(np.unique(person, return_inverse=True)[1].astype(np.int64), len(person)).keys


def ceiling(met: Mapping[str, Met], person: Ids) -> float:
    """Return the share of true pairs that share a cell under at least one anchor: no linkage finds more of them."""
    true = true_pairs(person)
    together = [np.empty(0, np.int64)]
    for each in met.values():
        both = np.stack([each.cell, person[each.record]])
        codes = np.unique(both, axis=1, return_inverse=True)[1].reshape(-1).astype(np.int64)
        left, right = np.divmod(alike(codes, len(codes)).keys, max(1, len(codes)))
        one, other = each.record[left], each.record[right]
        together.append(keys_of(one[one != other], other[one != other], len(person)))
    return len(np.intersect1d(true, np.concatenate(together))) / len(true) if len(true) else 1.0

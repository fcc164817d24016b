"""From checked records to a submission's rows: tokens, salted filters, references. Runs at the agency, offline.

Never passes a NIK, a KK, a name or a date on: what it returns is keyed, or is an aid column of the published schema.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.encoding import bloom
from linkage.encoding.anchors import meetings
from linkage.encoding.keys import Secret, derive
from linkage.encoding.policy import Anchor, LinkagePolicy
from linkage.encoding.qgrams import I64, U8, Grams, dates, grams
from linkage.encoding.references import refer
from linkage.encoding.submission import AID, MISSING, ROWS_PER_GROUP, check_content, schema
from linkage.encoding.tokens import tokenise

MEETING = ("name", "birth_date", "nik_birth_date", "sex", "nik", "regency", "village")
"""The columns of which a record's anchors and filters are made."""


@dataclass(frozen=True, slots=True)
class AgencySecrets:
    """What an agency encodes with: the epoch key that all agencies share, and its own key of references."""

    epoch_key: Secret
    ref_key: Secret


def encode(records: pa.Table, refs: pa.Array, policy: LinkagePolicy, secrets: AgencySecrets) -> Iterator[pa.Table]:
    """Yield the submission's tables of at most 8,192 rows, from `identity.RECORD_SCHEMA` and the refs beside it.

    Records may have more columns of the published content, and `corrects`: the reference of the row that one replaces.
    Raises EncodingError where a value is not of the published schema.
    """
    for start in range(0, len(records), ROWS_PER_GROUP):
        part = records.slice(start, ROWS_PER_GROUP).combine_chunks()
        yield _encode(part, refs.slice(start, ROWS_PER_GROUP), policy, secrets.epoch_key)


def references(records: pa.Table, secrets: AgencySecrets) -> pa.FixedSizeBinaryArray:
    """Return the agency's reference of each record: fixed_size_binary(32)[n]."""
    return refer(records, secrets.ref_key)


def statistics(records: pa.Table) -> dict[str, Any]:
    """Return counts that say how good the list is and nothing about a person."""
    shown = {column: records[column].null_count for column in MISSING}
    return {
        "rows": len(records),
        "missing": shown,
        "nik_status": dict(sorted(Counter(records["nik_status"].to_pylist()).items())),
        "kk_status": dict(sorted(Counter(records["kk_status"].to_pylist()).items())),
        "mononyms": int(pc.sum(records["mononym"]).as_py() or 0),
        "default_dates": int(pc.sum(records["birth_date_default"]).as_py() or 0),
    }


def _encode(records: pa.Table, refs: pa.Array, policy: LinkagePolicy, epoch_key: Secret) -> pa.Table:
    form = schema(policy)
    at = np.flatnonzero(records["name"].is_valid())
    named = records.select(MEETING).take(pa.array(at)) if len(at) < len(records) else records.select(MEETING)
    encoded = named["name"].combine_chunks().dictionary_encode()
    pieces = _Pieces(
        names=grams(encoded.dictionary, policy.names),
        of=encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64),
        at=at,
        rows=len(records),
    )
    columns: dict[str, Any] = {
        "ref": refs,
        "nik": tokenise(records["nik"].combine_chunks(), epoch_key, "nik/v1"),
        "kk": tokenise(records["kk"].combine_chunks(), epoch_key, "kk/v1"),
        "default_date": records["birth_date_default"],
    }
    for anchor in policy.anchors:
        form_of = form.field(f"anchor_{anchor.name}").type
        columns[f"anchor_{anchor.name}"] = _meetings(named, pieces, anchor, epoch_key, form_of)
    for field in form:
        if field.name not in columns:
            given = field.name in records.column_names
            columns[field.name] = records[field.name] if given else pa.nulls(len(records), field.type)
    made = pa.table([columns[name] for name in form.names], schema=form)
    check_content(made.select(AID.names))
    return made


@dataclass(frozen=True, slots=True)
class _Pieces:
    """What filters are made of: the grams of distinct names, which one each named row has, and its place in `rows`."""

    names: Grams
    of: I64
    at: I64
    rows: int


def _meetings(named: pa.Table, pieces: _Pieces, anchor: Anchor, epoch_key: Secret, form: pa.DataType) -> pa.ListArray:
    """Return list<struct<token, filter>>[rows]: where each record meets others under one anchor, and its filters."""
    met = meetings(named, anchor, epoch_key)
    order = np.argsort(met.rows, kind="stable")
    filters = _filters(named, met.rows[order], met.salts[order], pieces, anchor, epoch_key)
    tokens = met.tokens.take(pa.array(order))
    pairs = pa.StructArray.from_arrays([tokens, bloom.to_arrow(filters)], names=["token", "filter"])
    counts = np.bincount(pieces.at[met.rows], minlength=pieces.rows)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pairs, type=form)


def _filters(named: pa.Table, rows: I64, salts: U8, pieces: _Pieces, anchor: Anchor, epoch_key: Secret) -> U8:
    key = derive(epoch_key, f"anchor/{anchor.name}/filter/v1")
    filters = bloom.encode(pieces.names, pieces.of[rows], salts, key, bits=anchor.bits, hashes=anchor.hashes)
    if anchor.date_hashes:
        days = dates(pc.coalesce(named["birth_date"].combine_chunks(), named["nik_birth_date"].combine_chunks()))
        filters |= bloom.encode(days, rows, salts, key, bits=anchor.bits, hashes=anchor.date_hashes)
    return filters

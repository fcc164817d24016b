"""The submission: the published schema of what an agency sends, its writer, and the check that ingest makes of it.

Parquet inside the envelope; fields are only ever appended. Nothing in it is readable without keys but the aid columns,
and those come from closed vocabularies: free text has no field to hide in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from linkage import layering
from linkage.encoding.bloom import from_arrow
from linkage.encoding.envelope import SealedReader, SealedWriter
from linkage.encoding.errors import EncodingError
from linkage.encoding.policy import LinkagePolicy
from linkage.encoding.tokens import TOKEN, TOKEN_BYTES
from linkage.layering import LayeringError

Flags: TypeAlias = npt.NDArray[np.bool_]

VERSION = 2
"""1 had the first nine aid columns alone, each row with a programme, and no correction; both are read."""
ROWS_PER_GROUP = 8192
METADATA = b"lapis"

AID = layering.schema.SCHEMA
"""The aid columns: content as published, docs/schema/content-2.json."""
CORRECTS = pa.field("corrects", TOKEN)
"""The reference of an earlier row of the same agency that this row replaces."""
_FIRST = AID.names[:9]

STATUSES = layering.schema.NIK_STATES
MAX_FILL = 0.75
"""No name of `qgrams.LONGEST` letters fills a filter of the floors' sizes further."""
MAX_MEETINGS = 4
COUNTS = ("rows", "mononyms", "default_dates")
MISSING = ("nik", "kk", "name", "birth_date", "sex", "village")
MAX_ROWS = 10**9
"""Far above any list, far below a NIK read as a number."""


def schema(policy: LinkagePolicy, version: int = VERSION) -> pa.Schema:
    """Return the Arrow schema of a submission under `policy`."""
    fields = [pa.field("ref", TOKEN, nullable=False), pa.field("nik", TOKEN), pa.field("kk", TOKEN)]
    for anchor in policy.anchors:
        meeting = pa.struct([("token", TOKEN), ("filter", pa.binary(anchor.bits // 8))])
        fields.append(pa.field(f"anchor_{anchor.name}", pa.list_(meeting), nullable=False))
    if version == 1:
        first = [AID.field(name) for name in _FIRST]
        return pa.schema([*fields, first[0].with_nullable(False), *first[1:]])
    return pa.schema([*fields, *AID, CORRECTS])


def write(tables: Iterable[pa.Table], policy: LinkagePolicy, statistics: dict[str, Any], out: SealedWriter) -> int:
    """Write row groups of at most 8,192 rows; return the number of rows. `statistics` goes into the metadata."""
    metadata = json.dumps({"version": VERSION, "policy": policy.hash, "statistics": statistics}, sort_keys=True)
    rows = 0
    form = schema(policy).with_metadata({METADATA: metadata.encode()})
    plain = [field.name for field in AID if not pa.types.is_list(field.type)]
    with pq.ParquetWriter(out, form, compression="zstd", use_dictionary=plain, version="2.6") as writer:
        for table in tables:
            writer.write_table(table.cast(form), row_group_size=ROWS_PER_GROUP)
            rows += len(table)
    return rows


class Submission:
    """An opened submission: `rows`, `statistics` and `groups`; built only from a sound file."""

    def __init__(self, body: SealedReader, policy: LinkagePolicy) -> None:
        try:
            self._file = pq.ParquetFile(body)
        except pa.ArrowException:
            raise EncodingError("SUBMISSION_FORMAT", "the content is not Parquet") from None
        metadata = _metadata(self._file.schema_arrow)
        version = metadata.get("version")
        if type(version) is not int or not 1 <= version <= VERSION:
            raise EncodingError("SUBMISSION_VERSION", f"expected version 1 to {VERSION}")
        if metadata.get("policy") != policy.hash:
            raise EncodingError("POLICY_MISMATCH", "the content was made under another linkage policy")
        if not self._file.schema_arrow.remove_metadata().equals(schema(policy, version)):
            raise EncodingError("SUBMISSION_SCHEMA", "the columns are not those of the published schema")
        self._policy = policy
        self.statistics = _statistics(metadata.get("statistics"))
        self.rows: int = self._file.metadata.num_rows
        self.groups: int = self._file.num_row_groups

    def group(self, number: int) -> pa.Table:
        """Return one row group, in the form of the newest version."""
        table = self._file.read_row_group(number)
        columns = [
            table[field.name] if field.name in table.column_names else pa.nulls(len(table), field.type)
            for field in schema(self._policy)
        ]
        return pa.table(columns, schema=schema(self._policy))

    def group_rows(self, number: int) -> int:
        """Return how many rows a row group has."""
        return int(self._file.metadata.row_group(number).num_rows)

    def check(self, programmes: frozenset[str]) -> Iterator[int]:
        """Check every value of every row group, yielding each group's rows; raises EncodingError, naming the place."""
        seen: set[bytes] = set()
        before = 0
        for number in range(self.groups):
            table = self.group(number)
            if table.num_rows > ROWS_PER_GROUP:
                raise EncodingError("SUBMISSION_SCHEMA", f"a row group has over {ROWS_PER_GROUP} rows")
            _check_tokens(table, before)
            _check_aid(table, programmes, before)
            for anchor in self._policy.anchors:
                _check_anchor(table[f"anchor_{anchor.name}"].combine_chunks(), anchor.name, anchor.hashes, before)
            seen.update(table["ref"].to_pylist())
            before += table.num_rows
            if len(seen) != before:
                raise EncodingError("REF_TWICE", "a reference occurs twice", place="column ref")
            yield table.num_rows


def _metadata(form: pa.Schema) -> dict[str, Any]:
    try:
        content = json.loads((form.metadata or {})[METADATA])
    except (KeyError, ValueError):
        raise EncodingError("SUBMISSION_FORMAT", "the content carries no Lapis metadata") from None
    if not isinstance(content, dict):
        raise EncodingError("SUBMISSION_FORMAT", "the content carries no Lapis metadata")
    return content


def _statistics(given: Any) -> dict[str, Any]:
    """Return the statistics if they are the published counts and nothing else: they are stored in the clear."""
    groups = {"missing": MISSING, "nik_status": STATUSES, "kk_status": STATUSES}
    sound = isinstance(given, dict) and set(given) <= {*groups, *COUNTS}
    if sound:
        counts = [given[name] for name in COUNTS if name in given]
        for name, known in groups.items():
            inner = given.get(name, {})
            sound = sound and isinstance(inner, dict) and set(inner) <= set(known)
            counts += inner.values() if isinstance(inner, dict) else []
        sound = sound and all(type(count) is int and 0 <= count <= MAX_ROWS for count in counts)
    if not sound:
        raise EncodingError("VALUE_UNKNOWN", "statistics other than the published counts", place="metadata")
    return dict(given)


def _refuse(code: str, message: str, column: str, bad: pa.Array, before: int) -> None:
    """Raise at the first true value of `bad`, naming row (from 1) and column."""
    where = np.flatnonzero(pc.fill_null(bad, False).to_numpy(zero_copy_only=False))
    if where.size:
        raise EncodingError(code, message, place=f"row {before + int(where[0]) + 1}, column {column}")


def _check_tokens(table: pa.Table, before: int) -> None:
    for column in ("ref", "nik", "kk", CORRECTS.name):
        values = table[column].combine_chunks()
        present = values.drop_null()
        if len(present):
            readable = np.zeros(len(values), bool)
            readable[pc.is_valid(values).to_numpy(zero_copy_only=False)] = _readable(present)
            _refuse("RAW_VALUE", "a token looks like readable text", column, pa.array(readable), before)


def _readable(tokens: pa.FixedSizeBinaryArray) -> Flags:
    """Say which tokens no HMAC plausibly makes: 12 leading and 29 of 32 bytes printable or zero (odds under 2⁻³⁰)."""
    octets = from_arrow(tokens)
    printable = ((octets >= 0x20) & (octets < 0x7F)) | (octets == 0)
    likely: Flags = (printable.sum(axis=1) >= TOKEN_BYTES - 3) & printable[:, :12].all(axis=1)
    return likely


def _check_anchor(meetings: pa.ListArray, name: str, hashes: int, before: int) -> None:
    column = f"anchor_{name}"
    counts = pc.list_value_length(meetings)
    _refuse("MEETINGS_MANY", f"over {MAX_MEETINGS} values of one anchor", column, pc.greater(counts, 4), before)
    flat = meetings.flatten()
    if not len(flat):
        return
    tokens, filters = flat.field("token"), flat.field("filter")
    owners = pc.list_parent_indices(meetings).to_numpy()
    if flat.null_count or tokens.null_count or filters.null_count:
        raise EncodingError("SUBMISSION_SCHEMA", "a token or filter is missing", place=f"column {column}")
    octets = from_arrow(filters)
    fill = np.bitwise_count(octets).sum(axis=1, dtype=np.int64)
    impossible = (fill < hashes // 2) | (fill > MAX_FILL * 8 * octets.shape[1])
    for code, message, wrong in (
        ("FILTER_FILL", "a filter that no name gives", impossible),
        ("RAW_VALUE", "a token looks like readable text", _readable(tokens)),
    ):
        bad = np.zeros(len(meetings), bool)
        bad[owners[wrong]] = True
        _refuse(code, message, column, pa.array(bad), before)


def _check_aid(table: pa.Table, programmes: frozenset[str], before: int) -> None:
    codes = table["programme"].combine_chunks()
    unknown = pc.and_(pc.is_valid(codes), pc.invert(pc.is_in(codes, pa.array(sorted(programmes), pa.string()))))
    _refuse("VALUE_UNKNOWN", "not a value of the published schema", "programme", unknown, before)
    check_content(table.select(AID.names), before)


def check_content(aid: pa.Table, before: int = 0) -> None:
    """Check aid columns against the published schema, at either end; raises EncodingError, naming row and column."""
    try:
        layering.schema.check(aid, before=before)
    except LayeringError as error:
        raise EncodingError(error.code, error.message, place=error.place) from None

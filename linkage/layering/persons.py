"""What all standing rows together say of a person: place, decile, needs, what lies out of reach. Pseudonyms only.

It settles contradictions by a rule that is the same for everyone, and repairs nothing.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.layering import lists
from linkage.layering.columns import Groups, Ints, bits, flags, group, ints, places
from linkage.layering.schema import NIK_STATES

NEEDS, LACKS, EXPOSURES = (tuple(lists.codes(name)) for name in ("needs", "lacks", "exposures"))
STATES = tuple(lists.codes("beneficiaries"))
UNKNOWN_DECILE = 0
"""A decile that nobody stated."""

PERSONS = pa.schema(
    [
        *(pa.field(name, pa.int64()) for name in ("person", "household")),
        *(pa.field(name, pa.string()) for name in ("regency", "village", "beneficiary", "nik_status")),
        pa.field("decile", pa.int8()),
        *(pa.field(name, pa.int64()) for name in ("needs", "lacks", "exposures")),
        *(pa.field(name, pa.bool_()) for name in ("mononym", "default_date")),
        pa.field("since", pa.timestamp("us", tz="UTC")),
    ]
)
"""One row a person, by person. `needs`, `lacks`, `exposures` are bits over the published lists; `decile` 0 if unknown.

`nik_status` is `ok` if any row shows a usable NIK, else why not; `since` is when the first row became known.
"""


def describe(standing: pa.Table) -> pa.Table:
    """Describe every person of standing rows (`events.ROWS`).

    The decile is the one of the newest DTSEN version, of equal ones the last known; place, household and state are the
    last known; needs, lacks and exposures are all that any row names.
    """
    people = group(ints(standing, "person"))
    known = ints(standing, "known")
    newest = _rank(known, ints(standing, "record"))
    held = {
        "person": people.keys,
        "household": _last(people, ints(standing, "household"), newest, -1),
        "decile": _decile(standing, people, newest),
        "needs": people.any_bits(bits(standing, "needs", NEEDS)),
        "lacks": people.any_bits(bits(standing, "lacks", LACKS)),
        "exposures": people.any_bits(bits(standing, "exposures", EXPOSURES)),
        "mononym": people.any_bits(flags(standing, "mononym").astype(np.int64)) > 0,
        "default_date": people.any_bits(flags(standing, "default_date").astype(np.int64)) > 0,
        "since": pa.array(people.least(known), pa.timestamp("us", tz="UTC")),
    }
    texts = {name: _last_text(standing, people, name, newest) for name in ("regency", "village", "beneficiary")}
    held["household"] = pa.array(held["household"], mask=held["household"] < 0)
    table = {**held, **texts, "nik_status": _nik(standing, people, newest)}
    columns = [pa.array(table[field.name]).cast(field.type) for field in PERSONS]
    return pa.Table.from_arrays(columns, schema=PERSONS)


def _rank(*keys: Ints) -> Ints:
    """Return each row's rank by the keys, the first the most important."""
    rank = np.empty(len(keys[0]), np.int64)
    rank[np.lexsort(keys[::-1])] = np.arange(len(rank))
    return rank


def _last(people: Groups, values: Ints, rank: Ints, missing: int) -> Ints:
    """Return each person's value of highest rank among those that are not missing."""
    return people.best(values, np.where(values == missing, -1, rank), missing)


def _last_text(standing: pa.Table, people: Groups, name: str, rank: Ints) -> pa.Array:
    column = pc.dictionary_encode(standing[name].combine_chunks())
    at = np.asarray(pc.fill_null(column.indices, -1), dtype=np.int64)
    last = _last(people, at, rank, -1)
    return column.dictionary.take(pa.array(last, mask=last < 0))


def _decile(standing: pa.Table, people: Groups, newest: Ints) -> Ints:
    version = standing["dtsen"].combine_chunks().dictionary_encode()
    texts = version.dictionary.to_pylist()
    order = np.array([*(sorted(texts).index(text) for text in texts), -1], dtype=np.int64)
    at = np.asarray(pc.fill_null(version.indices, -1), dtype=np.int64)
    rank = _rank(order[at], newest)
    return _last(people, ints(standing, "decile", UNKNOWN_DECILE), rank, UNKNOWN_DECILE)


def _nik(standing: pa.Table, people: Groups, newest: Ints) -> pa.Array:
    states = places(standing, "nik_status", NIK_STATES)
    best = people.best(states, newest + len(states) * (states == 0), -1)
    return pa.array(NIK_STATES).take(pa.array(best))

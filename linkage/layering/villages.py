"""The quality of a village's rows, in a measure that rewards mending and gives nothing for dropping people.

A row without a NIK is no fault: people without one have a lane of their own. It judges rows, and no person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.layering.columns import Bools, Ints, flags, group, ints, places
from linkage.layering.events import Standing, stand

_SEEN = ["village", "status", "nik_status", "kk_status", "default_date", "period", "amount"]
SOUND_NUMBERS = ("ok", "none")
QUALITY = pa.schema(
    [
        pa.field("village", pa.string()),
        *(
            pa.field(name, pa.int64())
            for name in ("rows", "sound", "bad_nik", "bad_kk", "no_nik", "default_date", "no_period", "no_amount",
                         "faulty_before", "mended", "dropped")
        ),
        pa.field("merit", pa.float64()),
    ]
)  # fmt: skip
"""One row a village, by code.

`rows` stand now, `sound` of them without a fault: a NIK or KK that is damaged, invalid or a dummy, a missing period, a
missing amount. `faulty_before` stood at the earlier moment with a fault; `mended` of them are sound now, `dropped` were
withdrawn. `no_nik` and `default_date` are counted, and are no faults.

`merit`, 0–1, is half the share of sound rows and half the share of mended ones (1 where nothing was faulty). Dropped
rows stay in both denominators.
"""


def quality(rows: pa.Table, before: dt.datetime, now: dt.datetime) -> pa.Table:
    """Measure villages (`QUALITY`) by the rows (`events.ROWS`) that stand now and that stood before."""
    return judge([tally(rows, before, now)])


def judge(tallies: Sequence[pa.Table]) -> pa.Table:
    """Measure villages (`QUALITY`) by what `tally` counted of parts of the rows, of which none corrects another."""
    empty = QUALITY.remove(QUALITY.get_field_index("merit")).empty_table()
    names = empty.column_names[1:]
    every = pa.concat_tables([empty, *tallies]).group_by("village").aggregate([(name, "sum") for name in names])
    summed = every.rename_columns({f"{name}_sum": name for name in names}).sort_by("village")
    counts = {name: ints(summed, name) for name in names}
    return pa.table({"village": summed["village"], **counts, "merit": _merit(counts)}, schema=QUALITY)


def tally(rows: pa.Table, before: dt.datetime, now: dt.datetime) -> pa.Table:
    """Count by village what `QUALITY` names, but for the merit."""
    links = ["record", "corrects", "agency", "known", *_SEEN]
    was, present = (stand(rows.select(links), moment) for moment in (before, now))
    faulty = ~_sound(was.rows) & ~was.withdrawn
    at = np.searchsorted(present.root, was.root, sorter=(order := np.argsort(present.root)))
    later = order[np.minimum(at, max(len(order) - 1, 0))] if len(order) else at
    sound_now = _sound(present.rows)
    erased = places(present.rows, "nik_status", ("none",))[later] == 0
    # A wrong NIK that was struck out is not mended.
    erased &= places(was.rows, "nik_status", SOUND_NUMBERS) < 0
    mended = faulty & (sound_now & ~present.withdrawn)[later] & ~erased
    dropped = faulty & present.withdrawn[later]
    codes = pc.unique(pc.drop_null(pa.chunked_array([was.rows["village"].combine_chunks(),
                                                      present.rows["village"].combine_chunks()]))).sort()  # fmt: skip
    counts = {
        **{name: _count(present, codes, chosen) for name, chosen in _kinds(present.rows, sound_now).items()},
        "faulty_before": _count(was, codes, faulty),
        "mended": _count(was, codes, mended),
        "dropped": _count(was, codes, dropped),
    }
    return pa.table({"village": codes, **counts})


def _kinds(rows: pa.Table, sound: Bools) -> dict[str, Bools]:
    return {
        "rows": np.ones(len(rows), bool),
        "sound": sound,
        "bad_nik": places(rows, "nik_status", SOUND_NUMBERS) < 0,
        "bad_kk": places(rows, "kk_status", SOUND_NUMBERS) < 0,
        "no_nik": places(rows, "nik_status", ("none",)) == 0,
        "default_date": flags(rows, "default_date"),
        "no_period": np.asarray(pc.is_null(rows["period"]), dtype=bool) & _aid(rows),
        "no_amount": np.asarray(pc.is_null(rows["amount"]), dtype=bool) & _aid(rows),
    }


def _aid(rows: pa.Table) -> Bools:
    return places(rows, "status", ("registered",)) < 0


def _sound(rows: pa.Table) -> Bools:
    faults = _kinds(rows, np.zeros(len(rows), bool))
    return ~(faults["bad_nik"] | faults["bad_kk"] | faults["no_period"] | faults["no_amount"])


def _count(standing: Standing, codes: pa.Array, chosen: Bools) -> Ints:
    village = places(standing.rows, "village", codes.to_pylist())
    live = chosen & (village >= 0) & ~(standing.withdrawn)
    found = np.zeros(len(codes), np.int64)
    counted = group(village[live])
    found[counted.keys] = counted.sizes
    return found


def _merit(counts: dict[str, Ints]) -> NDArray[np.float64]:
    rows = counts["rows"] + counts["dropped"]
    sound = np.divide(counts["sound"], rows, out=np.zeros(len(rows)), where=rows > 0)
    mended = np.divide(
        counts["mended"], counts["faulty_before"], out=np.ones(len(rows)), where=counts["faulty_before"] > 0
    )
    return np.asarray((sound + mended) / 2)

"""Where records meet, against a plain reading of the rules, one record at a time."""

import datetime as dt
import hashlib
import hmac
from itertools import product

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.encoding.anchors import meetings
from linkage.encoding.keys import derive
from linkage.encoding.policy import Anchor

DAYS = st.none() | st.sampled_from(
    [dt.date(1980, 12, 31), dt.date(1980, 7, 1), dt.date(1980, 3, 15), dt.date(1981, 3, 4)]
)
RECORD = st.fixed_dictionaries(
    {
        "birth_date": DAYS,
        "nik_birth_date": DAYS,
        "sex": st.sampled_from([None, "L", "P"]),
        "nik": st.sampled_from([None, "1801010412800001", "1801014412800001"]),
        "regency": st.sampled_from([None, "18.01", "18.02"]),
        "village": st.sampled_from([None, "18.01.01.2001", "18.01.01.2002", "18.02.03.2001"]),
    }
)
SCHEMA = pa.schema(
    [(name, pa.date32() if name.endswith("date") else pa.string()) for name in
     ("birth_date", "nik_birth_date", "sex", "nik", "regency", "village")]
)  # fmt: skip


def plain_days(record, form, narrow):
    shown = []
    for name in ("birth_date", "nik_birth_date"):
        day = record[name]
        text = day and day.strftime(form)
        heaped = narrow and day and (day.day == 15 or (day.day, day.month) in {(31, 12), (1, 7)})
        if text and not (shown and shown[0][0] == text):
            shown.append((text, f"{text}@{record['regency']}" if heaped else text, heaped and not record["regency"]))
    return [written for _, written, lost in shown if not lost]


def plain_part(record, part, narrow):
    if part in ("birth_date", "birth_year"):
        return plain_days(record, "%Y-%m-%d" if part == "birth_date" else "%Y", narrow and part == "birth_date")
    if part == "sex":
        by_nik = record["nik"] and ("P" if int(record["nik"][6:8]) > 40 else "L")
        return sorted({each for each in (record["sex"], by_nik) if each} if record["sex"] else {"L", "P"})
    value = record["village" if part == "district" else part]
    return [value[:8] if part == "district" else value] if value else []


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize(
    "parts", [(), ("birth_date", "sex"), ("birth_year", "sex", "regency"), ("village", "sex"), ("district",), ("nik",)]
)
@settings(max_examples=30)
@given(records=st.lists(RECORD, max_size=8))
def test_a_record_meets_others_at_every_value_that_it_may_have_and_at_no_other(epoch_key, parts, narrow, records):
    anchor = Anchor("a", parts, 1024, 12, narrow_heaped=narrow)
    met = meetings(pa.Table.from_pylist(records, schema=SCHEMA), anchor, epoch_key)
    found = sorted(zip(met.rows.tolist(), met.tokens.to_pylist(), map(bytes, met.salts), strict=True))

    def mac(what, value):
        return hmac.new(derive(epoch_key, f"anchor/a/{what}/v1").expose(), value.encode(), hashlib.sha256).digest()

    expected = sorted(
        (row, mac("token", value), mac("salt", value)[:12])
        for row, record in enumerate(records)
        for value in map("|".join, product(*(plain_part(record, part, narrow) for part in parts)))
    )
    assert found == expected

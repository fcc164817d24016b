"""Rows of aid for the tests of layering."""

import datetime as dt

import pyarrow as pa
import pytest

from linkage.layering import schema
from linkage.layering.events import ROWS

PLAIN = {
    "programme": "PKH", "period": "2026-03", "amount": 600_000, "regency": "18.01", "village": "18.01.04.2001",
    "nik_status": "ok", "kk_status": "ok", "mononym": False, "default_date": False, "fund": "APBN", "form": "cash",
    "payee": "self", "disbursement": "SP2D/230181303000123", "status": "paid", "beneficiary": "active", "decile": 1,
    "dtsen": "2026-01", "needs": ["food"], "lacks": [], "exposures": ["flood"],
}  # fmt: skip


@pytest.fixture
def content():
    """Make a table of content rows, each the plain row but for what is given."""

    def make(*rows):
        return pa.Table.from_pylist([{**PLAIN, **row} for row in rows], schema=schema.SCHEMA)

    return make


START = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


def day(number):
    return START + dt.timedelta(days=number)


@pytest.fixture
def rows():
    """Make linked rows, each the plain row but for what is given; records count from 0, known on day 0."""

    def make(*given):
        plain = {**PLAIN, "corrects": None, "person": 1, "household": 10, "agency": "kemensos", "known": START}
        return pa.Table.from_pylist([{"record": at, **plain, **row} for at, row in enumerate(given)], schema=ROWS)

    return make

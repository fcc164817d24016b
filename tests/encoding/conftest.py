import datetime as dt
import hashlib
from pathlib import Path

import pyarrow as pa
import pytest

from linkage.encoding import policy, tokeniser
from linkage.encoding.keys import Secret
from linkage.encoding.tokeniser import AgencySecrets

POLICY = {
    "version": 2,
    "name": "test",
    "names": {"q": 2, "padded": True, "joined": True, "variants": True},
    "anchors": {
        "date": {"parts": ["birth_date", "sex"], "bits": 1024, "hashes": 12},
        "year": {"parts": ["birth_year", "sex", "regency"], "bits": 1024, "hashes": 12},
        "village": {"parts": ["village", "sex"], "bits": 1024, "hashes": 12},
        "nik": {"parts": ["nik"], "bits": 256, "hashes": 6},
    },
    "layer": {"majorities": 3},
    "matching": {
        "floor": 0.6,
        "false_match_budget": 0.01,
        "missed_match_budget": 0.02,
        "least_probability": 0.7,
    },
}

RECORDS = pa.schema(
    [
        ("sheet", pa.string()),
        ("row", pa.int32()),
        ("nik", pa.string()),
        ("nik_status", pa.string()),
        ("kk", pa.string()),
        ("kk_status", pa.string()),
        ("name", pa.string()),
        ("father", pa.string()),
        ("mononym", pa.bool_()),
        ("birth_date", pa.date32()),
        ("birth_date_default", pa.bool_()),
        ("nik_birth_date", pa.date32()),
        ("sex", pa.string()),
        ("regency", pa.string()),
        ("village", pa.string()),
        ("programme", pa.string()),
        ("period", pa.string()),
        ("amount", pa.int64()),
    ]
)

PERSON = {
    "sheet": "Sheet1",
    "row": 2,
    "nik": "1871015708809001",
    "nik_status": "ok",
    "kk": "1871010101209001",
    "kk_status": "ok",
    "name": "SITI AMINAH",
    "father": None,
    "mononym": False,
    "birth_date": dt.date(1980, 8, 17),
    "birth_date_default": False,
    "nik_birth_date": dt.date(1980, 8, 17),
    "sex": "P",
    "regency": "18.71",
    "village": "18.71.01.1001",
    "programme": "PKH",
    "period": "2026-03",
    "amount": 600_000,
}


def records(*changes):
    """Make a table of records, each the person above with some fields changed."""
    rows = [{**PERSON, "row": at, **change} for at, change in enumerate(changes, start=2)]
    return pa.Table.from_pylist(rows, schema=RECORDS)


@pytest.fixture(scope="session")
def linkage_policy():
    return policy.parse(POLICY)


@pytest.fixture(scope="session")
def epoch_key():
    return Secret(bytes(range(32)))


@pytest.fixture(scope="session")
def vectors():
    return Path(__file__).parent / "vectors.json"


REF_KEY = Secret(hashlib.sha256(b"ref").digest())


@pytest.fixture(scope="session")
def secrets(epoch_key):
    return AgencySecrets(epoch_key, REF_KEY)


def encoded(table, rules, secrets):
    return list(tokeniser.encode(table, tokeniser.references(table, secrets), rules, secrets))

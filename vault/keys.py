"""The centre's transit keys, one purpose each. None can be exported, backed up or deleted."""

from __future__ import annotations

from dataclasses import dataclass

MOUNT = "transit"


@dataclass(frozen=True, slots=True)
class KeySpec:
    """Name a transit key, its type in OpenBao's words, and its one purpose."""

    name: str
    type: str
    purpose: str


PEPPER = KeySpec("pepper", "hmac", "t1 to t2")
LAYER = KeySpec("layer", "hmac", "cell id to the key of that cell's second layer")
REF = KeySpec("ref", "hmac", "an agency's reference to its look-up token")
REF_SEAL = KeySpec("ref-seal", "aes256-gcm96", "references at rest; opened only by a released case")
INGEST = KeySpec("ingest", "rsa-4096", "content keys of submissions, wrapped offline by agencies")
HANDLES = KeySpec("handles", "aes256-gcm96", "data keys of the maps from a compartment's handles to rows")
PARQUET_DATE = KeySpec("parquet-date", "aes256-gcm96", "filters of the anchor birth date + sex")
PARQUET_YEAR = KeySpec("parquet-year", "aes256-gcm96", "filters of the anchor birth year + sex + regency")
PARQUET_VILLAGE = KeySpec("parquet-village", "aes256-gcm96", "filters of the anchor village + sex")
PARQUET_NIK = KeySpec("parquet-nik", "aes256-gcm96", "filters of the anchor NIK")
LOG = KeySpec("log", "ed25519", "checkpoints of the access log")
WAITING = KeySpec("waiting", "aes256-gcm96", "tokens of requests that wait for approval, at rest")
TICKET = KeySpec("ticket", "ed25519", "tickets of released cases")

KEYS = (
    PEPPER,
    LAYER,
    REF,
    REF_SEAL,
    INGEST,
    HANDLES,
    PARQUET_DATE,
    PARQUET_YEAR,
    PARQUET_VILLAGE,
    PARQUET_NIK,
    LOG,
    WAITING,
    TICKET,
)

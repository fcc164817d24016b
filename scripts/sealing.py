"""An agency's opened home, and lists sealed under it. Writes only what is sealed, and which row has which reference.

A submission is written whole or not at all, and its references before it: a run that is killed in between leaves
nothing that could be sent and is not known.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from linkage.encoding import CentreCard, LinkagePolicy, Secret, submission
from linkage.encoding import tokeniser as encoder
from linkage.encoding.envelope import Header, SealedWriter
from linkage.encoding.epoch import EpochKey
from linkage.encoding.keyring import Keyring
from linkage.encoding.tokeniser import AgencySecrets
from linkage.identity import Reading
from policies.linkage_policies import load_linkage_policy
from scripts import console, corrections, enrolment, files, renewal
from scripts.corrections import Corrected

POLICY = "lampung"


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency's opened home: its keys, the epoch in force, the centre's card and the policy."""

    home: Path
    ring: Keyring
    epoch: EpochKey
    centre: CentreCard
    policy: LinkagePolicy


def open_agency(home: Path, secret: str) -> Agency:
    """Open an agency's home; raises LapisError ENROL_FIRST, EPOCH_MISSING or EPOCH_RETIRED."""
    ring = enrolment.open_keyring(home, secret)
    key = enrolment.current(home, ring)
    return Agency(home, ring, key, files.card(home / "centre.json", CentreCard), load_linkage_policy(POLICY))


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed submission: its file, and the SHA-256 of its content in hex."""

    path: Path
    content: str


def seal(
    agency: Agency, name: str, reading: Reading, out: Path, track: console.Track, corrected: Corrected | None = None
) -> Sealed:
    """Encode, sign and seal what was read of the list `name` into the folder `out`, and remember its references.

    Of a correction only what changed is sealed.
    """
    secrets = AgencySecrets(agency.epoch.key, agency.ring.ref_key)
    records = corrected.records if corrected else reading.records
    refs = corrected.refs if corrected else encoder.references(records, secrets)
    out.mkdir(parents=True, exist_ok=True)
    part = out / f".{name}.part"
    try:
        with part.open("wb") as file:
            content_key = Secret(os.urandom(32))
            writer = SealedWriter(file, _header(agency, content_key), content_key, agency.ring.signing_key)
            tables = encoder.encode(records, refs, agency.policy, secrets)
            counted = _counted(tables, len(records), track)
            submission.write(counted, agency.policy, encoder.statistics(records), writer)
            content = writer.finish()
        target = out / f"{agency.ring.party}-{content[:16]}.lapis"
        _remember(agency, content, name, records, refs)
        return Sealed(part.replace(target), content)
    finally:
        part.unlink(missing_ok=True)


def _counted(tables: Iterator[pa.Table], total: int, track: console.Track) -> Iterator[pa.Table]:
    done = 0
    for table in tables:
        done += len(table)
        track("encode", done, total)
        yield table


def _header(agency: Agency, content_key: Secret) -> Header:
    return Header(
        agency=agency.ring.party,
        policy=agency.policy.hash,
        epoch=agency.epoch.epoch,
        epoch_check=agency.epoch.card.check,
        ingest_key=agency.centre.ingest_key,
        wrapped_key=agency.centre.wrap(content_key),
    )


def _remember(agency: Agency, content: str, name: str, records: pa.Table, refs: pa.Array) -> None:
    """Keep which row has which reference: row numbers and keyed values, nothing that is in the row."""
    folder = agency.home / "references"
    folder.mkdir(parents=True, exist_ok=True)
    rows = records.select(["sheet", "row"])
    names = pa.array([name] * len(rows), pa.string())
    table = rows.append_column("file", names).append_column("ref", refs)
    table = corrections.note(table, records, agency.ring.ref_key)
    target = folder / f"{content[:16]}.parquet"
    part = target.with_suffix(".part")
    try:
        pq.write_table(renewal.mark(table, agency.epoch.epoch), part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)

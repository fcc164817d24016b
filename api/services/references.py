"""The sealed references of pseudonymous people: ciphertexts that only an approved case opens. It opens none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
from sqlmodel import Session, col, select

from api.centre import Centre
from api.services.staging import open_handles
from api.store import Content, HandleBlock, Membership, Reference
from linkage.encoding.compartments import REFERENCES
from vault import cases


@dataclass(frozen=True, slots=True)
class SealedReference:
    """Whose row it is, and the ciphertext as the vault reads it."""

    agency: str
    ciphertext: str = field(repr=False)


def of_persons(centre: Centre, session: Session, persons: Collection[int]) -> list[SealedReference]:
    """Return the sealed reference of every visible row of these persons, in no order that tells whose it is."""
    rows = session.exec(
        select(Membership.record, Content.submission)
        .join(Content, col(Content.record) == Membership.record)
        .where(col(Membership.person).in_(persons))
    ).all()
    handles = _handles(centre, session, [record for record, _ in rows], {submission for _, submission in rows})
    query = select(Reference.agency, Reference.sealed).where(col(Reference.handle).in_(handles))
    found = [SealedReference(agency, cases.text(sealed)) for agency, sealed in session.exec(query)]
    return sorted(found, key=lambda each: cases.digest(each.ciphertext))


def _handles(centre: Centre, session: Session, records: Sequence[int], submissions: Collection[int]) -> list[int]:
    """Join records with handles of references through the sealed maps, as the merge may."""
    if not records:
        return []
    wanted, found = pa.array(records, pa.int64()), []
    blocks = session.exec(select(HandleBlock).where(col(HandleBlock.submission).in_(submissions))).all()
    with centre.login("merge") as vault:
        for block in blocks:
            table = open_handles(vault, block)
            table = table.filter(pc.equal(pc.cast(table["compartment"], pa.string()), REFERENCES))
            found += table.filter(pc.is_in(table["record"], wanted))["handle"].to_pylist()
    return found

"""Decide whether a submission may come in: form, sender, signature, epoch, policy, content. Never stores a thing.

The checks run from the outside inwards, so that nothing is opened for a sender who is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlmodel import Session

from api.centre import Centre, Report
from api.errors import ServiceError
from api.store import Agency, Epoch
from linkage.encoding import Submission, envelope
from linkage.encoding.envelope import Envelope, Header
from vault import VaultSession, unwrap


@dataclass(frozen=True, slots=True)
class Accepted:
    """A submission that passed every check."""

    envelope: Envelope
    submission: Submission


def identify(centre: Centre, file: BinaryIO) -> Envelope:
    """Check form, sender, signature, epoch and policy, and return the envelope.

    Raises EncodingError (ENVELOPE_*) or ServiceError (AGENCY_UNKNOWN, EPOCH_*, POLICY_MISMATCH).
    """
    found = envelope.inspect(file)
    header = found.header
    with Session(centre.store) as session:
        agency, epoch = session.get(Agency, header.agency), session.get(Epoch, header.epoch)
    if agency is None:
        raise ServiceError("AGENCY_UNKNOWN", "no such agency is enrolled", hint="enrol it by its card first")
    envelope.verify(file, found, Ed25519PublicKey.from_public_bytes(bytes.fromhex(agency.signing_key)))
    _check_epoch(header, epoch)
    if header.policy != centre.policy.hash:
        hint = "the agency tokenises again with the policy in force"
        raise ServiceError("POLICY_MISMATCH", "made under another linkage policy", place=header.agency, hint=hint)
    return found


def accept(centre: Centre, file: BinaryIO, found: Envelope, ingest: VaultSession, report: Report) -> Accepted:
    """Open the body with the vault and check every value of it.

    Raises EncodingError, naming row and column, or VaultError.
    """
    version = found.header.ingest_key
    body = envelope.open_(file, found, lambda wrapped: unwrap(ingest, "ingest", version, wrapped))
    body.check_content()
    submission = Submission(body, centre.policy)
    done = 0
    for rows in submission.check(centre.programmes):
        done += rows
        report("check", done, submission.rows)
    return Accepted(found, submission)


def _check_epoch(header: Header, epoch: Epoch | None) -> None:
    if epoch is None:
        raise ServiceError("EPOCH_UNKNOWN", "no such epoch", place=header.agency, hint="register its card first")
    if epoch.retired:
        hint = "the agency tokenises again under the epoch in force"
        raise ServiceError("EPOCH_RETIRED", "the epoch takes no more submissions", place=epoch.id, hint=hint)
    if header.epoch_check != epoch.check_value:
        raise ServiceError("EPOCH_KEY_MISMATCH", "the agency's epoch key is not this epoch's", place=epoch.id)

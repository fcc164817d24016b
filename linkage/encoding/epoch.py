"""Epoch keys on their way from the custodian to each enrolled agency. The centre relays ciphertext only.

An epoch has a last day, which the custodian sets once and signs with each bundle; after it, or without one, nothing is
encoded under its key any more. A bundle is the epoch key under HPKE (RFC 9180, X25519, HKDF-SHA256, AES-256-GCM) to one
agency's enrolment key, signed by the custodian. Never in the clear on a disk.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from linkage.encoding import box
from linkage.encoding.cards import EnrolmentCard, EpochCard
from linkage.encoding.errors import EncodingError
from linkage.encoding.keyring import Keyring
from linkage.encoding.keys import KEY_BYTES, Secret, check_value

VERSION = 1
BOX_VERSION = 2
LABEL = b"lapis/epoch/v1\x00"
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class EpochKey:
    """The key K of one epoch, as an agency holds it in memory, and its last day; without one it is never usable."""

    epoch: str
    key: Secret
    expires: dt.date | None = None

    @property
    def card(self) -> EpochCard:
        """Return what the centre may know of it."""
        return EpochCard(self.epoch, check_value(self.key, self.epoch))


def make(epoch: str, entropy: Callable[[int], bytes], expires: dt.date | None = None) -> EpochKey:
    """Make the key of a new epoch: fresh, so that destroying it later destroys the epoch."""
    return EpochKey(epoch, Secret(entropy(KEY_BYTES)), expires)


def days_left(epoch: EpochKey, today: dt.date) -> int:
    """Return for how many days after `today` the epoch may be used; raises EncodingError EPOCH_RETIRED."""
    left = -1 if epoch.expires is None else (epoch.expires - today).days
    if left < 0:
        hint = "ask the custodian for the bundle of the next epoch"
        raise EncodingError("EPOCH_RETIRED", "the epoch has ended", place=f"epoch {epoch.epoch}", hint=hint)
    return left


def lock(epoch: EpochKey, passphrase: str, entropy: Callable[[int], bytes]) -> bytes:
    """Return the custodian's own copy, as a passphrase box."""
    content = {"version": BOX_VERSION, "epoch": epoch.epoch, "key": epoch.key.expose().hex(), "expires": _day(epoch)}
    return box.seal(json.dumps(content).encode(), passphrase, entropy)


def unlock(locked: bytes, epoch: str, passphrase: str) -> EpochKey:
    """Open the custodian's own copy; raises EncodingError BOX_OPEN or EPOCH_BOX."""
    opened = box.open_(locked, passphrase)
    try:
        content = json.loads(opened)
        if content["version"] == BOX_VERSION and content["epoch"] == epoch:
            return EpochKey(epoch, Secret(bytes.fromhex(content["key"])), _date(content["expires"]))
    except (ValueError, KeyError, TypeError):
        pass
    raise EncodingError("EPOCH_BOX", "not this epoch's key, or of an earlier version", place=f"epoch {epoch}")


def _day(epoch: EpochKey) -> str | None:
    return epoch.expires.isoformat() if epoch.expires else None


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text is not None else None


def seal(epoch: EpochKey, to: EnrolmentCard, custodian: Keyring) -> bytes:
    """Return the bundle that hands an epoch key to one agency."""
    info = _info(epoch.epoch, to.party)
    sealed = SUITE.encrypt(epoch.key.expose(), X25519PublicKey.from_public_bytes(bytes.fromhex(to.enrolment_key)), info)
    content: dict[str, Any] = {"version": VERSION, "epoch": epoch.epoch, "party": to.party, "sealed": sealed.hex()}
    content["expires"] = _day(epoch)
    body = json.dumps(content, sort_keys=True).encode()
    return json.dumps({"body": body.decode(), "signature": custodian.signing_key.sign(LABEL + body).hex()}).encode()


def open_(bundle: bytes, keyring: Keyring, custodian: EnrolmentCard) -> EpochKey:
    """Return the epoch key; raises EncodingError BUNDLE_SIGNATURE, BUNDLE_PARTY, or BUNDLE_OPEN for all else."""
    content = _verified(bundle, custodian)
    if content["party"] != keyring.party:
        raise EncodingError("BUNDLE_PARTY", "the bundle is for another agency")
    try:
        info = _info(content["epoch"], content["party"])
        key = SUITE.decrypt(bytes.fromhex(content["sealed"]), keyring.enrolment_key, info)
        return EpochKey(content["epoch"], Secret(key), _date(content.get("expires")))
    except (InvalidTag, ValueError, TypeError):
        raise EncodingError("BUNDLE_OPEN", "the epoch bundle does not open") from None


def _verified(bundle: bytes, custodian: EnrolmentCard) -> dict[str, Any]:
    try:
        outer = json.loads(bundle)
        body = str(outer["body"]).encode()
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(custodian.signing_key))
        key.verify(bytes.fromhex(outer["signature"]), LABEL + body)
        content: dict[str, Any] = json.loads(body)
    except (InvalidSignature, ValueError, KeyError, TypeError):
        raise EncodingError("BUNDLE_SIGNATURE", "the bundle is not signed by the custodian") from None
    return content


def _info(epoch: str, party: str) -> bytes:
    return LABEL + f"{epoch}\x00{party}".encode()

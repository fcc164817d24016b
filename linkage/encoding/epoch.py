"""Epoch keys on their way from the custodian to each enrolled agency. The centre relays ciphertext only.

A bundle is the epoch key under HPKE (RFC 9180, X25519, HKDF-SHA256, AES-256-GCM) to one agency's enrolment key,
signed by the custodian. Never in the clear on a disk.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

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
LABEL = b"lapis/epoch/v1\x00"
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class EpochKey:
    """The key K of one epoch, as an agency holds it in memory."""

    epoch: str
    key: Secret

    @property
    def card(self) -> EpochCard:
        """Return what the centre may know of it."""
        return EpochCard(self.epoch, check_value(self.key, self.epoch))


def make(epoch: str, entropy: Callable[[int], bytes]) -> EpochKey:
    """Make the key of a new epoch: fresh, so that destroying it later destroys the epoch."""
    return EpochKey(epoch, Secret(entropy(KEY_BYTES)))


def lock(epoch: EpochKey, passphrase: str, entropy: Callable[[int], bytes]) -> bytes:
    """Return the custodian's own copy, as a passphrase box."""
    return box.seal(epoch.key.expose(), passphrase, entropy)


def unlock(locked: bytes, epoch: str, passphrase: str) -> EpochKey:
    """Open the custodian's own copy; raises EncodingError BOX_OPEN."""
    return EpochKey(epoch, Secret(box.open_(locked, passphrase)))


def seal(epoch: EpochKey, to: EnrolmentCard, custodian: Keyring) -> bytes:
    """Return the bundle that hands an epoch key to one agency."""
    info = _info(epoch.epoch, to.party)
    sealed = SUITE.encrypt(epoch.key.expose(), X25519PublicKey.from_public_bytes(bytes.fromhex(to.enrolment_key)), info)
    content = {"version": VERSION, "epoch": epoch.epoch, "party": to.party, "sealed": sealed.hex()}
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
        return EpochKey(content["epoch"], Secret(key))
    except (InvalidTag, ValueError):
        raise EncodingError("BUNDLE_OPEN", "the epoch bundle does not open") from None


def _verified(bundle: bytes, custodian: EnrolmentCard) -> dict[str, str]:
    try:
        outer = json.loads(bundle)
        body = str(outer["body"]).encode()
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(custodian.signing_key))
        key.verify(bytes.fromhex(outer["signature"]), LABEL + body)
        content: dict[str, str] = json.loads(body)
    except (InvalidSignature, ValueError, KeyError, TypeError):
        raise EncodingError("BUNDLE_SIGNATURE", "the bundle is not signed by the custodian") from None
    return content


def _info(epoch: str, party: str) -> bytes:
    return LABEL + f"{epoch}\x00{party}".encode()

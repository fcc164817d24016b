"""An agency's answer to a ticket, on its way to the officer who opened the case. The centre relays ciphertext only.

HPKE as in epoch bundles, to the officer's X25519 key, and signed by the agency: sealing alone would let anyone answer
in its name. Never in the clear on a disk; every failure to open is the same one.
"""

from __future__ import annotations

import json

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from linkage.encoding.cards import EnrolmentCard
from linkage.encoding.epoch import SUITE
from linkage.encoding.errors import EncodingError
from linkage.encoding.keyring import Keyring

VERSION = 1
LABEL = b"lapis/answer/v1\x00"


def seal(content: bytes, case: str, officer: bytes, agency: Keyring) -> bytes:
    """Return the answer to one case, for the officer's public key (32 bytes) alone."""
    info = _info(case, agency.party, officer)
    sealed = SUITE.encrypt(content, X25519PublicKey.from_public_bytes(officer), info)
    signature = agency.signing_key.sign(info + sealed)
    return json.dumps({"version": VERSION, "sealed": sealed.hex(), "signature": signature.hex()}).encode()


def verify(answer: bytes, case: str, party: str, signing_key: str, officer: bytes) -> None:
    """Check, without opening it, that the agency (its ed25519 key, hex) signed this answer; raises ANSWER_INVALID."""
    try:
        outer = json.loads(answer)
        _check(outer, _info(case, party, officer), signing_key)
    except (InvalidSignature, ValueError, KeyError, TypeError, RecursionError):
        raise _invalid() from None


def open_(answer: bytes, case: str, agency: EnrolmentCard, officer: X25519PrivateKey) -> bytes:
    """Return what the agency answered to this case; raises EncodingError ANSWER_INVALID."""
    info = _info(case, agency.party, officer.public_key().public_bytes_raw())
    try:
        outer = json.loads(answer)
        sealed = _check(outer, info, agency.signing_key)
        return bytes(SUITE.decrypt(sealed, officer, info))
    except (InvalidSignature, InvalidTag, ValueError, KeyError, TypeError, RecursionError):
        raise _invalid() from None


def _check(outer: dict[str, object], info: bytes, signing_key: str) -> bytes:
    """Return the sealed bytes of an answer whose version and signature are right."""
    sealed, signature = (bytes.fromhex(str(outer[name])) for name in ("sealed", "signature"))
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(signing_key)).verify(signature, info + sealed)
    if outer["version"] != VERSION:
        raise ValueError
    return sealed


def _info(case: str, party: str, officer: bytes) -> bytes:
    # As JSON: no case and agency can be cut differently and give the same bytes.
    return LABEL + json.dumps([case, party, officer.hex()]).encode()


def _invalid() -> EncodingError:
    return EncodingError("ANSWER_INVALID", "the answer does not open", hint="ask the agency again")

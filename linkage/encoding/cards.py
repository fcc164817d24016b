"""What the parties hand to each other in the open: public keys and names on small JSON cards, with fingerprints.

Never holds a secret.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, asdict, dataclass, fields
from typing import TypeVar

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from linkage.encoding.errors import EncodingError
from linkage.encoding.keys import Secret

VERSION = 1
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


@dataclass(frozen=True, slots=True)
class EnrolmentCard:
    """An agency, or the custodian: its id, name, ed25519 signing key and X25519 enrolment key (hex)."""

    party: str
    name: str
    signing_key: str
    enrolment_key: str


@dataclass(frozen=True, slots=True)
class CentreCard:
    """The centre's ingest key: its vault version and RSA public key in PEM, for RSA-OAEP with SHA-256 (RFC 8017).

    `ticket_key`: the ed25519 key of tickets (hex); empty on a card that is older than tickets.
    """

    centre: str
    ingest_key: int
    pem: str
    ticket_key: str = ""

    def wrap(self, content_key: Secret) -> bytes:
        """Seal a content key so that only the centre's vault opens it."""
        key = serialization.load_pem_public_key(self.pem.encode())
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 3072:
            raise EncodingError("CARD_FORMAT", "expected an RSA key of at least 3,072 bits", place="centre card")
        return key.encrypt(content_key.expose(), OAEP)


@dataclass(frozen=True, slots=True)
class EpochCard:
    """An epoch as the centre knows it: its id and the check value of its key, never the key."""

    epoch: str
    check: str


Card = TypeVar("Card", EnrolmentCard, CentreCard, EpochCard)


def dump(card: EnrolmentCard | CentreCard | EpochCard) -> str:
    """Return the card as JSON with its kind and version first."""
    return json.dumps({"kind": type(card).__name__, "version": VERSION, **asdict(card)}, indent=2) + "\n"


def load(text: str, kind: type[Card]) -> Card:
    """Return the card of that kind; raises EncodingError CARD_FORMAT."""
    try:
        content = json.loads(text)
        types = {field.name: {"str": str, "int": int}[str(field.type)] for field in fields(kind)}
        content = {**{each.name: each.default for each in fields(kind) if each.default is not MISSING}, **content}
        sound = content.pop("kind") == kind.__name__ and content.pop("version") == VERSION
        if sound and all(isinstance(content[name], of) for name, of in types.items()):
            return kind(**content)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise EncodingError("CARD_FORMAT", f"not a {kind.__name__} of version {VERSION}")


def fingerprint(card: EnrolmentCard | CentreCard | EpochCard) -> str:
    """Return 40 decimal digits in groups of five, for two people to read to each other: letters sound alike."""
    digits = f"{int.from_bytes(hashlib.sha256(dump(card).encode()).digest()) % 10**40:040d}"
    return " ".join(digits[i : i + 5] for i in range(0, 40, 5))

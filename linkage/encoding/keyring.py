"""The keys of an agency, the custodian or an officer, in one passphrase box. Never written or shown outside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from linkage.encoding import box
from linkage.encoding.cards import EnrolmentCard
from linkage.encoding.errors import EncodingError
from linkage.encoding.keys import KEY_BYTES, Secret, derive

VERSION = 1


@dataclass(frozen=True, slots=True)
class Keyring:
    """One party's root secret; each key below is derived from it for one purpose."""

    party: str
    name: str
    root: Secret

    @property
    def signing_key(self) -> Ed25519PrivateKey:
        """Sign submissions (agency) or epoch bundles (custodian)."""
        return Ed25519PrivateKey.from_private_bytes(derive(self.root, "signing/v1").expose())

    @property
    def enrolment_key(self) -> X25519PrivateKey:
        """Open what the custodian seals to this party."""
        return X25519PrivateKey.from_private_bytes(derive(self.root, "enrolment/v1").expose())

    @property
    def answer_key(self) -> X25519PrivateKey:
        """Open what agencies answer to this officer."""
        return X25519PrivateKey.from_private_bytes(derive(self.root, "answers/v1").expose())

    @property
    def ref_key(self) -> Secret:
        """Compute references of this party's rows."""
        return derive(self.root, "references/v1")

    def card(self) -> EnrolmentCard:
        """Return the public side."""
        return EnrolmentCard(
            party=self.party,
            name=self.name,
            signing_key=self.signing_key.public_key().public_bytes_raw().hex(),
            enrolment_key=self.enrolment_key.public_key().public_bytes_raw().hex(),
        )

    def seal(self, passphrase: str, entropy: Callable[[int], bytes]) -> bytes:
        """Return the keyring as a passphrase box."""
        content = {"version": VERSION, "party": self.party, "name": self.name, "root": self.root.expose().hex()}
        return box.seal(json.dumps(content).encode(), passphrase, entropy)


def create(party: str, name: str, entropy: Callable[[int], bytes]) -> Keyring:
    """Make a new keyring."""
    return Keyring(party, name, Secret(entropy(KEY_BYTES)))


def open_(sealed: bytes, passphrase: str) -> Keyring:
    """Open a keyring's box; raises EncodingError BOX_OPEN or KEYRING_VERSION."""
    content = json.loads(box.open_(sealed, passphrase))
    if content.get("version") != VERSION:
        raise EncodingError("KEYRING_VERSION", f"expected version {VERSION}")
    return Keyring(content["party"], content["name"], Secret(bytes.fromhex(content["root"])))

"""What a released case hands to one owning agency: a signed list of the agency's own references.

Checked offline, with the centre's public key alone. On its way it is sealed to the agency (HPKE, as epoch bundles), so
that the centre stores no reference. Holds no identity, and never another agency's references; every failure to open is
the same one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from linkage.encoding.epoch import SUITE
from linkage.encoding.errors import EncodingError
from linkage.encoding.keyring import Keyring

VERSION, SEAL_VERSION = 2, 1
LABEL = b"lapis/ticket/v2\x00"
SEAL_LABEL = b"lapis/ticket-seal\x00"
REF_BYTES = KEY_BYTES = 32
FIELDS = {"version", "case", "party", "purpose", "expires", "officer", "refs"}
Sign = Callable[[bytes], bytes]
"""Returns the ed25519 signature of a text, 64 bytes: the vault's, where the key cannot leave."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """References of one agency that a case released; `expires` in seconds since 1970 UTC.

    `officer`: the X25519 key (32 bytes) to which answers are sealed, empty if the case asks for none.
    """

    case: str
    party: str
    purpose: str
    expires: int
    refs: tuple[bytes, ...] = field(repr=False)
    officer: bytes = b""


def issue(ticket: Ticket, sign: Sign) -> bytes:
    """Return the signed ticket, references sorted; raises EncodingError TICKET_CONTENT."""
    if not _sound(ticket):
        raise EncodingError("TICKET_CONTENT", "a ticket names case, agency, purpose, expiry and distinct references")
    body = json.dumps(
        {
            "version": VERSION,
            "case": ticket.case,
            "party": ticket.party,
            "purpose": ticket.purpose,
            "expires": ticket.expires,
            # Under the signature: a relay that put its own key in would read the answers.
            "officer": ticket.officer.hex(),
            # Sorted: the order of release says nothing about which rows were one person's.
            "refs": [ref.hex() for ref in sorted(ticket.refs)],
        },
        sort_keys=True,
    )
    return json.dumps({"body": body, "signature": sign(LABEL + body.encode()).hex()}).encode()


def open_(signed: bytes, party: str, public: bytes, now: int) -> Ticket:
    """Return the ticket if the centre's key (32 bytes) signed it for this agency and it runs; raises TICKET_INVALID."""
    try:
        outer = json.loads(signed)
        body = outer["body"].encode()
        Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(outer["signature"]), LABEL + body)
        ticket = _parse(json.loads(body))
    except (InvalidSignature, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _invalid() from None
    if ticket.party != party or not _sound(ticket) or now >= ticket.expires:
        raise _invalid()
    return ticket


def seal(signed: bytes, case: str, party: str, enrolment_key: bytes) -> bytes:
    """Return a signed ticket for the eyes of one agency, by its X25519 enrolment key (32 bytes)."""
    sealed = SUITE.encrypt(signed, X25519PublicKey.from_public_bytes(enrolment_key), _info(case, party))
    return json.dumps({"version": SEAL_VERSION, "case": case, "sealed": sealed.hex()}).encode()


def unseal(sealed: bytes, agency: Keyring) -> bytes:
    """Return the signed ticket that was sealed to this agency; raises EncodingError TICKET_INVALID."""
    try:
        outer = json.loads(sealed)
        # A version that is not ours makes another info, and does not open.
        info = _info(outer["case"], agency.party, outer["version"])
        return bytes(SUITE.decrypt(bytes.fromhex(outer["sealed"]), agency.enrolment_key, info))
    except (InvalidTag, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _invalid() from None


def _info(case: str, party: str, version: int = SEAL_VERSION) -> bytes:
    return SEAL_LABEL + json.dumps([version, case, party]).encode()


def _parse(content: dict[str, object]) -> Ticket:
    if set(content) != FIELDS or content["version"] != VERSION:
        raise ValueError
    texts = [content[name] for name in ("case", "party", "purpose", "officer")]
    expires, refs = content["expires"], content["refs"]
    if not (all(isinstance(each, str) for each in texts) and isinstance(expires, int) and isinstance(refs, list)):
        raise TypeError
    case, party, purpose, officer = map(str, texts)
    return Ticket(case, party, purpose, expires, tuple(bytes.fromhex(ref) for ref in refs), bytes.fromhex(officer))


def _sound(ticket: Ticket) -> bool:
    named = all((ticket.case, ticket.party, ticket.purpose)) and ticket.expires > 0
    sized = bool(ticket.refs) and all(len(ref) == REF_BYTES for ref in ticket.refs)
    return named and sized and len(ticket.officer) in {0, KEY_BYTES} and len(set(ticket.refs)) == len(ticket.refs)


def _invalid() -> EncodingError:
    return EncodingError("TICKET_INVALID", "the ticket does not hold", hint="ask the centre for a new one")

"""What a released case hands to one owning agency: a signed list of the agency's own references.

Checked offline, with the centre's public key alone. Holds no identity, and never another agency's references; every
failure to open is the same one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from linkage.encoding.errors import EncodingError

VERSION = 1
LABEL = b"lapis/ticket/v1\x00"
REF_BYTES = 32
FIELDS = {"version", "case", "party", "purpose", "expires", "refs"}
Sign = Callable[[bytes], bytes]
"""Returns the ed25519 signature of a text, 64 bytes: the vault's, where the key cannot leave."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """References of one agency that a case released; `expires` in seconds since 1970 UTC."""

    case: str
    party: str
    purpose: str
    expires: int
    refs: tuple[bytes, ...] = field(repr=False)


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


def _parse(content: dict[str, object]) -> Ticket:
    if set(content) != FIELDS or content["version"] != VERSION:
        raise ValueError
    case, party, purpose, expires, refs = (content[each] for each in ("case", "party", "purpose", "expires", "refs"))
    texts = isinstance(case, str) and isinstance(party, str) and isinstance(purpose, str)
    if not (texts and isinstance(expires, int) and isinstance(refs, list)):
        raise TypeError
    return Ticket(str(case), str(party), str(purpose), expires, tuple(bytes.fromhex(ref) for ref in refs))


def _sound(ticket: Ticket) -> bool:
    named = all((ticket.case, ticket.party, ticket.purpose)) and ticket.expires > 0
    sized = bool(ticket.refs) and all(len(ref) == REF_BYTES for ref in ticket.refs)
    return named and sized and len(set(ticket.refs)) == len(ticket.refs)


def _invalid() -> EncodingError:
    return EncodingError("TICKET_INVALID", "the ticket does not hold", hint="ask the centre for a new one")

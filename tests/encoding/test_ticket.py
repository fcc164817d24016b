"""Tickets and answers: what a released case hands to an agency, and what comes back."""

import json
import os

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from linkage.encoding import EncodingError, answer, keyring, ticket
from linkage.encoding.ticket import LABEL, Ticket

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
REFS = (b"\x02" * 32, b"\x01" * 32)
OFFICER = X25519PrivateKey.from_private_bytes(bytes(range(32, 64))).public_key().public_bytes_raw()
GOOD = Ticket("case-7", "baznas", "double-payment", 2_000, REFS, OFFICER)
SIGNED = ticket.issue(GOOD, KEY.sign)


def refused(signed, party="baznas", public=PUBLIC, now=1_999):
    with pytest.raises(EncodingError) as failure:
        ticket.open_(signed, party, public, now)
    return str(failure.value)


def forged(**changes):
    """A ticket with the centre's true signature over content that `issue` would never write."""
    body = json.dumps(json.loads(json.loads(SIGNED)["body"]) | changes, sort_keys=True)
    return json.dumps({"body": body, "signature": KEY.sign(LABEL + body.encode()).hex()}).encode()


@given(st.sets(st.binary(min_size=32, max_size=32), min_size=1, max_size=5), st.integers(1, 2**40))
def test_a_ticket_opens_offline_with_its_references_sorted(refs, expires):
    signed = ticket.issue(Ticket("c", "a", "p", expires, tuple(refs)), KEY.sign)
    assert ticket.open_(signed, "a", PUBLIC, expires - 1) == Ticket("c", "a", "p", expires, tuple(sorted(refs)))


def test_every_failure_is_the_same_one():
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    unlabelled = json.loads(SIGNED)["body"]
    messages = {
        refused(SIGNED, party="dinsos"),
        refused(SIGNED, now=2_000),
        refused(SIGNED, public=other),
        refused(SIGNED, public=b"short"),
        refused(SIGNED.replace(b"case-7", b"case-8")),
        refused(json.dumps({"body": unlabelled, "signature": KEY.sign(unlabelled.encode()).hex()}).encode()),
        *(refused(each) for each in (b"", b"[]", b"{}", b"null", b'{"body": 1, "signature": ""}', b"[" * 100_000)),
        refused(forged(version=1)),
        refused(forged(officer="00")),
        refused(forged(officer=None)),
        refused(forged(extra=1)),
        refused(forged(refs=[])),
        refused(forged(refs=["01"])),
        refused(forged(refs=["01" * 32] * 2)),
        refused(forged(refs=[1])),
        refused(forged(expires="later")),
        refused(forged(case="")),
    }
    assert len(messages) == 1
    assert messages.pop().startswith("TICKET_INVALID")


@given(st.binary(max_size=200))
def test_no_bytes_of_a_stranger_open(stranger):
    refused(stranger)


@given(st.integers(0, len(SIGNED) - 1), st.integers(0, 7))
def test_a_flipped_bit_never_changes_what_is_read(place, bit):
    damaged = bytearray(SIGNED)
    damaged[place] ^= 1 << bit
    try:
        read = ticket.open_(bytes(damaged), "baznas", PUBLIC, 1)
    except EncodingError as failure:
        assert failure.code == "TICKET_INVALID"
    else:
        assert read == ticket.open_(SIGNED, "baznas", PUBLIC, 1)


@pytest.mark.parametrize("refs", [(), (b"short",), (REFS[0], REFS[0])])
def test_a_ticket_without_sound_references_is_never_signed(refs):
    with pytest.raises(EncodingError, match="TICKET_CONTENT"):
        ticket.issue(Ticket("c", "a", "p", 1, refs), lambda text: pytest.fail("signed"))


def test_a_ticket_does_not_print_references():
    assert REFS[0].hex() not in repr(GOOD)
    assert "x02" not in repr(GOOD)


def test_a_sealed_ticket_opens_at_its_agency_alone_and_shows_no_reference():
    agency, other = (keyring.create(name, name.title(), os.urandom) for name in ("baznas", "dinsos"))
    sealed = ticket.seal(SIGNED, "case-7", "baznas", bytes.fromhex(agency.card().enrolment_key))
    assert ticket.unseal(sealed, agency) == SIGNED
    assert all(ref.hex().encode() not in sealed and ref not in sealed for ref in REFS)
    messages = set()
    for bytes_, ring in (
        (sealed, other),
        (sealed.replace(b"case-7", b"case-8"), agency),
        (sealed.replace(b": 1,", b": 2,"), agency),
        (b"", agency),
        (b"[]", agency),
        (b'{"version": 1, "case": "case-7", "sealed": 5}', agency),
    ):
        with pytest.raises(EncodingError) as failure:
            ticket.unseal(bytes_, ring)
        messages.add(str(failure.value))
    assert len(messages) == 1 and messages.pop().startswith("TICKET_INVALID")


def test_who_signed_an_answer_is_seen_without_opening_it():
    agency, thief = (keyring.create("baznas", "Baznas", os.urandom) for _ in range(2))
    signing_key = agency.card().signing_key
    answer.verify(answer.seal(b"found", "case-7", OFFICER, agency), "case-7", "baznas", signing_key, OFFICER)
    for bytes_, case in (
        (answer.seal(b"found", "case-7", OFFICER, thief), "case-7"),
        (answer.seal(b"found", "case-7", OFFICER, agency), "case-8"),
        (b"{}", "case-7"),
        (b"5", "case-7"),
    ):
        with pytest.raises(EncodingError, match="ANSWER_INVALID"):
            answer.verify(bytes_, case, "baznas", signing_key, OFFICER)


def test_an_answer_opens_for_its_officer_case_and_agency_alone():
    agency, thief = (keyring.create("baznas", "Baznas", os.urandom) for _ in range(2))
    officer, other = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    public = officer.public_key().public_bytes_raw()
    sealed = answer.seal(b"found", "case-7", public, agency)
    assert answer.open_(sealed, "case-7", agency.card(), officer) == b"found"
    assert b"found" not in sealed
    messages = set()
    for bytes_, case, card, key in (
        (sealed, "case-8", agency.card(), officer),
        (sealed, "case-7", agency.card(), other),
        (sealed, "case-7", thief.card(), officer),
        (answer.seal(b"forged", "case-7", public, thief), "case-7", agency.card(), officer),
        (b"", "case-7", agency.card(), officer),
        (sealed.replace(b": 1,", b": 2,"), "case-7", agency.card(), officer),
        (b"[]", "case-7", agency.card(), officer),
    ):
        with pytest.raises(EncodingError) as failure:
            answer.open_(bytes_, case, card, key)
        messages.add(str(failure.value))
    assert len(messages) == 1
    assert messages.pop().startswith("ANSWER_INVALID")

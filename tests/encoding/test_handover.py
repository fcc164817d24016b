"""Boxes, keyrings, cards and epoch bundles: what parties keep, and what they hand to each other."""

import datetime as dt
import json
import os

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.encoding import CentreCard, EncodingError, EnrolmentCard, EpochCard, box, cards, epoch, keyring
from linkage.encoding.keys import Secret

PASSPHRASE = "correct horse battery"
LAST = dt.date(2026, 12, 31)


@pytest.fixture(scope="module")
def custodian():
    return keyring.create("custodian", "Dinas Kominfo", os.urandom)


@pytest.fixture(scope="module")
def agency():
    return keyring.create("baznas", "Baznas Lampung", os.urandom)


@settings(deadline=None, max_examples=5)
@given(st.binary(max_size=200))
def test_a_box_opens_with_its_passphrase_alone(content):
    sealed = box.seal(content, PASSPHRASE, os.urandom)
    assert box.open_(sealed, PASSPHRASE) == content
    with pytest.raises(EncodingError, match="BOX_OPEN"):
        box.open_(sealed, PASSPHRASE + "!")


@pytest.mark.parametrize("damage", [lambda b: b"", lambda b: b[:-1], lambda b: b"X" + b[1:], lambda b: b[:20]])
def test_a_damaged_box_has_the_same_one_error(damage):
    with pytest.raises(EncodingError, match="BOX_OPEN"):
        box.open_(damage(box.seal(b"x", PASSPHRASE, os.urandom)), PASSPHRASE)


def test_a_short_passphrase_is_refused():
    with pytest.raises(EncodingError, match="PASSPHRASE_SHORT"):
        box.seal(b"x", "hunter2", os.urandom)


def test_a_keyring_survives_its_box_and_shows_no_key(agency):
    sealed = agency.seal(PASSPHRASE, os.urandom)
    again = keyring.open_(sealed, PASSPHRASE)
    assert again == agency and again.card() == agency.card()
    assert agency.root.expose().hex() not in repr(agency) and agency.root.expose() not in sealed


def test_two_agencies_never_share_a_reference_key(agency):
    assert agency.ref_key != keyring.create("baznas", "Baznas Lampung", os.urandom).ref_key


def test_an_epoch_key_reaches_the_agency_that_it_is_sealed_to(agency, custodian):
    made = epoch.make("2026-1", os.urandom, LAST)
    bundle = epoch.seal(made, agency.card(), custodian)
    assert epoch.open_(bundle, agency, custodian.card()) == made
    assert made.key.expose().hex().encode() not in bundle


def test_another_agency_cannot_open_it(agency, custodian):
    bundle = epoch.seal(epoch.make("2026-1", os.urandom), agency.card(), custodian)
    other = keyring.create("csr", "CSR", os.urandom)
    with pytest.raises(EncodingError, match="BUNDLE_PARTY"):
        epoch.open_(bundle, other, custodian.card())
    with pytest.raises(EncodingError, match="BUNDLE_OPEN"):
        epoch.open_(bundle, keyring.create("baznas", "thief", os.urandom), custodian.card())


def test_a_bundle_of_a_false_custodian_is_refused(agency, custodian):
    false = keyring.create("custodian", "Dinas Kominfo", os.urandom)
    bundle = epoch.seal(epoch.make("2026-1", os.urandom), agency.card(), false)
    with pytest.raises(EncodingError, match="BUNDLE_SIGNATURE"):
        epoch.open_(bundle, agency, custodian.card())


@pytest.mark.parametrize("bundle", [b"", b"{}", b"[]", b"null", b'{"body": "x", "signature": "zz"}', b"\xff\xfe"])
def test_what_is_no_bundle_has_the_same_error(bundle, agency, custodian):
    with pytest.raises(EncodingError, match="BUNDLE_SIGNATURE"):
        epoch.open_(bundle, agency, custodian.card())


def test_the_custodians_own_copy_opens_with_the_passphrase():
    made = epoch.make("2026-1", os.urandom, LAST)
    assert epoch.unlock(epoch.lock(made, PASSPHRASE, os.urandom), "2026-1", PASSPHRASE) == made


@pytest.mark.parametrize(
    "content", [bytes(32), b"{}", b"[]", b'{"version": 1}', json.dumps({"version": 2, "epoch": "2026-2"}).encode()]
)
def test_what_is_no_box_of_that_epoch_is_refused_by_the_custodian(content):
    with pytest.raises(EncodingError, match="EPOCH_BOX"):
        epoch.unlock(box.seal(content, PASSPHRASE, os.urandom), "2026-1", PASSPHRASE)


def test_an_epoch_may_be_used_to_its_last_day_and_no_longer():
    made = epoch.make("2026-1", os.urandom, LAST)
    assert epoch.days_left(made, dt.date(2026, 12, 1)) == 30 and epoch.days_left(made, LAST) == 0
    with pytest.raises(EncodingError, match="EPOCH_RETIRED"):
        epoch.days_left(made, dt.date(2027, 1, 1))
    with pytest.raises(EncodingError, match="EPOCH_RETIRED"):
        epoch.days_left(epoch.make("2026-1", os.urandom), dt.date(2026, 1, 1))


def test_a_last_day_that_the_custodian_did_not_sign_is_refused(agency, custodian):
    bundle = epoch.seal(epoch.make("2026-1", os.urandom, LAST), agency.card(), custodian)
    later = bundle.replace(b"2026-12-31", b"2036-12-31")
    assert later != bundle
    with pytest.raises(EncodingError, match="BUNDLE_SIGNATURE"):
        epoch.open_(later, agency, custodian.card())


def centre_card(bits=3072):
    key = rsa.generate_private_key(65537, bits)
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key, CentreCard("pmo", 1, pem.decode())


def test_a_content_key_wrapped_for_the_centre_opens_with_its_private_key():
    key, card = centre_card()
    secret = Secret(os.urandom(32))
    assert key.decrypt(card.wrap(secret), cards.OAEP) == secret.expose()


def test_a_short_key_on_a_centres_card_is_refused():
    with pytest.raises(EncodingError, match="CARD_FORMAT"):
        centre_card(2048)[1].wrap(Secret(bytes(32)))


CARDS = [EnrolmentCard("a", "A", "00", "11"), CentreCard("pmo", 2, "pem"), EpochCard("2026-1", "ff")]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: type(card).__name__)
def test_a_card_survives_its_text_and_is_no_other_kind(card):
    assert cards.load(cards.dump(card), type(card)) == card
    for other in CARDS:
        if type(other) is not type(card):
            with pytest.raises(EncodingError, match="CARD_FORMAT"):
                cards.load(cards.dump(card), type(other))


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5), lambda x: st.lists(x) | st.dictionaries(st.text(max_size=8), x)
    )
)
def test_what_is_no_card_has_one_error(content):
    with pytest.raises(EncodingError, match="CARD_FORMAT"):
        cards.load(json.dumps(content), EnrolmentCard)


def test_fingerprints_differ_with_any_field():
    shown = {cards.fingerprint(EnrolmentCard(*fields)) for fields in (("a", "A", "00", "11"), ("b", "A", "00", "11"),
             ("a", "A", "01", "11"), ("a", "A", "00", "12"))}  # fmt: skip
    assert len(shown) == 4 and all(each.replace(" ", "").isdecimal() and len(each) == 47 for each in shown)

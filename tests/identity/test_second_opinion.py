"""Our reading of a NIK beside python-stdnum's, over a generated corpus: every disagreement has its reason here.

python-stdnum is LGPL and no part of what runs; without it these tests do not run.
"""

import datetime as dt
import random

import pytest

from linkage.identity import gazetteer, nik
from linkage.identity.tables import load_toml

theirs = pytest.importorskip("stdnum.id.nik", reason="python-stdnum is not installed")

AS_OF = dt.date(2026, 12, 31)
PLACES = gazetteer()
PROVINCES = load_toml("numbers")["provinces"]
SIZE = 40_000


def bare(text):
    return "".join(filter(str.isdigit, text))


def is_their_place(text):
    try:
        return bool(theirs._check_registration_place(text))
    except theirs.ValidationError:
        return False


REASONS = {
    "serial 0000: no office gives it, spreadsheets make it": lambda ours, text: ours.reason == "NIK_SERIAL",
    "regency or district 00: no office has it": lambda ours, text: ours.reason == "NIK_REGION",
    "one digit repeated: a dummy, though 11.11.11 is a place and 11-11-11 a day": (
        lambda ours, text: ours.reason == "NIK_REPEATED"
    ),
    "a day of 81-99: they take 40 away as often as they can": (
        lambda ours, text: ours.reason == "NIK_DATE" and "81" <= bare(text)[6:8] <= "99"
    ),
    "a regency that their list lacks, North Kalimantan's for one: ours at most warns, for new ones are made": (
        lambda ours, text: ours.status == "ok" and not is_their_place(bare(text))
    ),
    "an apostrophe or another sign that spreadsheets leave: ours strips it": (
        lambda ours, text: ours.status == "ok" and not text.isdigit()
    ),
}


def corpus():
    """Yield numbers that are sound, and numbers of which one part is not."""
    rng = random.Random(1)
    districts = sorted(PLACES.districts)
    for _ in range(SIZE):
        parts = [
            rng.choice(districts).replace(".", "")
            if rng.random() < 0.8
            else f"{rng.choice(PROVINCES)}{rng.randint(0, 9999):04d}",
            f"{rng.randint(0, 99) if rng.random() < 0.3 else rng.randint(1, 28) + rng.choice([0, 40]):02d}",
            f"{rng.randint(0, 13):02d}" if rng.random() < 0.3 else f"{rng.randint(1, 12):02d}",
            f"{rng.randint(0, 99):02d}",
            f"{0 if rng.random() < 0.05 else rng.randint(1, 9999):04d}",
        ]
        text = "".join(parts)
        yield text
        if rng.random() < 0.1:
            yield rng.choice(
                ["'" + text, text[:-1], text + "1", f"{text[:6]} {text[6:12]}.{text[12:]}", "99" + text[2:]]
            )
    yield from (digit * 16 for digit in "0123456789")


@pytest.fixture(scope="module")
def disagreements():
    found = []
    for text in corpus():
        ours = nik.parse(text, AS_OF, PLACES)
        if (ours.status == "ok") != theirs.is_valid(text):
            found.append((text, ours))
    return found


def test_every_disagreement_has_a_reason(disagreements):
    without = [
        (ours.status, ours.reason)
        for text, ours in disagreements
        if not any(why(ours, text) for why in REASONS.values())
    ]
    assert without == []


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_met(disagreements, reason):
    assert any(REASONS[reason](ours, text) for text, ours in disagreements)


def test_where_both_accept_a_number_they_read_one_birth_date_but_for_its_century():
    for text in corpus():
        ours = nik.parse(text, AS_OF, PLACES)
        if ours.status == "ok" and theirs.is_valid(text):
            day = theirs.get_birth_date(text)
            assert (day.day, day.month, day.year % 100) == (
                ours.birth_date.day, ours.birth_date.month, ours.birth_date.year % 100
            )  # fmt: skip

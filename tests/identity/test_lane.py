"""People without a usable NIK have a lane of their own with its reason, and no dummy becomes a number."""

import pytest

from linkage.identity import LANE_SCHEMA, PROPOSAL_SCHEMA
from linkage.identity.tables import load_toml
from tests.identity.reading import HEAD, MAN, WOMAN, read

TABLE = load_toml("numbers")
WORDS = {word: lane for lane, words in TABLE["lane"].items() for word in words}


def lane(cell):
    got = read([HEAD, ["1", cell, "SITI"], ["2", WOMAN, "ANI"]])
    assert got.lane.schema == LANE_SCHEMA
    return [(one["row"], one["reason"]) for one in got.lane.to_pylist()], got.records["nik"].to_pylist()


@pytest.mark.parametrize("word", TABLE["none"])
def test_a_word_for_nothing_says_why_there_is_no_nik(word):
    assert lane(word.lower()) == ([(2, WORDS.get(word, "unstated"))], [None, WOMAN])


def test_every_word_with_a_reason_is_a_word_for_nothing():
    assert set(WORDS) <= set(TABLE["none"])


@pytest.mark.parametrize("dummy", [*TABLE["dummy"], *(digit * 16 for digit in "0123456789"), "99", int("1" * 16)])
def test_a_dummy_is_never_a_number(dummy):
    assert lane(dummy) == ([(2, "dummy")], [None, WOMAN])


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("", "unstated"), (None, "unstated"), ("0", "unstated"), (0, "unstated"), ("-", "unstated"),
     (WOMAN[:-1], "invalid"), (WOMAN[:-4] + "0000", "invalid"), ("9999" + WOMAN[4:], "invalid"),
     (1.871015208809e15, "damaged"), ("1,87102E+15", "damaged")],
)  # fmt: skip
def test_what_is_no_usable_nik_says_why(cell, reason):
    assert lane(cell)[0] == [(2, reason)]


def test_a_list_without_a_nik_column_is_all_in_the_lane():
    got = read([["No", "Nama", "Alamat"], ["1", "SITI", "x"]])
    assert [one["reason"] for one in got.lane.to_pylist()] == ["unstated"]


def test_numbers_that_a_spreadsheet_lost_are_in_the_lane_as_damaged():
    rows = [HEAD, *[[str(place), str(1871011208809000 + place), f"ORANG {chr(65 + place)}A"] for place in range(1, 9)]]
    assert set(read(rows).lane["reason"].to_pylist()) == {"damaged"}


def test_a_rejected_row_is_in_no_lane():
    assert read([HEAD, ["1", "123", "-"], ["2", MAN, "BUDI"]]).lane.num_rows == 0


def test_look_alike_letters_are_proposed_and_never_applied():
    got = read([[*HEAD, "No KK"], ["1", WOMAN.replace("0", "O"), "SITI", "l871011208150001"], ["2", MAN, "BUDI", ""]])
    assert got.proposals.schema == PROPOSAL_SCHEMA
    assert [(one["row"], one["column"], one["proposal"]) for one in got.proposals.to_pylist()] == [
        (2, "nik", WOMAN),
        (2, "kk", "1871011208150001"),
    ]
    assert got.records["nik"].to_pylist() == [None, MAN]


def test_a_repair_that_would_be_no_nik_is_not_proposed():
    assert read([HEAD, ["1", "O" * 15 + "1", "SITI"], ["2", MAN, "BUDI"]]).proposals.num_rows == 0

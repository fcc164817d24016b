"""Rows of one file that say the same thing twice are told, with both their places, and kept."""

import datetime as dt
from itertools import product

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.identity import DUPLICATE_SCHEMA, RECORD_SCHEMA, duplicates, read_records
from linkage.identity.duplicates import LARGEST_GROUP, one_slip
from tests.identity.conftest import make_workbook
from tests.identity.reading import MAN, PKH, WOMAN, read, said

HEAD = ["No", "NIK", "Nama", "Tgl Lahir", "Tahap"]
BORN = "12 Agustus 1980"


def twice(*rows):
    got = read([HEAD, *([str(place), *row] for place, row in enumerate(rows, start=1))])
    assert got.accepted == len(rows)
    return [(one["row"], one["other_row"], one["code"]) for one in got.duplicates.to_pylist()], said(got)


def test_the_same_nik_programme_and_period_are_a_duplicate():
    pairs, codes = twice([WOMAN, "SITI", BORN, ""], [MAN, "BUDI", "", ""], [WOMAN, "Hj. Siti", "", ""])
    assert pairs == [(4, 2, "ROW_DUPLICATE")]
    assert (4, "row", "ROW_DUPLICATE") in codes


def test_another_period_is_no_duplicate():
    assert twice([WOMAN, "SITI", BORN, "Tahap 1 2026"], [WOMAN, "SITI", BORN, "Tahap 2 2026"])[0] == []


def test_two_names_under_one_nik_are_told_on_both_rows_whatever_the_period():
    pairs, codes = twice([WOMAN, "SITI", BORN, "Tahap 1 2026"], [WOMAN, "SUTRISNO", BORN, "Tahap 2 2026"])
    assert pairs == [(3, 2, "NIK_SHARED")]
    assert [one for one in codes if one[2] == "NIK_SHARED"] == [(2, "nik", "NIK_SHARED"), (3, "nik", "NIK_SHARED")]


@pytest.mark.parametrize("name", ["SITI AMINAH", "Siti Aminnah", "SITIAMINAH", "Hj. Siti Aminah", "SITI"])
def test_nearly_the_same_name_under_one_nik_is_the_same_person(name):
    assert twice([WOMAN, "SITI AMINAH", "", ""], [WOMAN, name, "", ""])[0] == [(3, 2, "ROW_DUPLICATE")]


@pytest.mark.parametrize("nik", [WOMAN[:-1] + "7", WOMAN[:-3] + "10" + WOMAN[-1], ""])
def test_the_same_person_with_a_slip_in_the_nik_or_none_is_similar(nik):
    assert twice([WOMAN, "SITI AMINAH", BORN, ""], [nik, "SITI AMINAH", BORN, ""])[0] == [(3, 2, "ROW_SIMILAR")]


def test_a_misspelled_name_with_the_same_birth_date_and_no_nik_is_similar():
    assert twice(["", "SITI AMINAH", BORN, ""], ["", "SITI AMINNAH", BORN, ""])[0] == [(3, 2, "ROW_SIMILAR")]


def test_namesakes_are_no_duplicates():
    assert twice([WOMAN, "SITI", BORN, ""], [MAN, "SITI", BORN, ""])[0] == []
    assert twice(["", "SITI", "", ""], ["", "SITI", "", ""])[0] == []
    assert twice(["", "SITI", BORN, ""], ["", "SITI", "13 Agustus 1980", ""])[0] == []


def test_duplicates_are_found_across_sheets():
    sheets = {name: [HEAD, ["1", WOMAN, "SITI", BORN, ""]] for name in ("A", "B")}
    got = read_records(make_workbook([], sheets=sheets), "list.xlsx", PKH)
    assert got.duplicates.schema == DUPLICATE_SCHEMA
    assert got.duplicates.to_pylist() == [
        {"sheet": "B", "row": 2, "other_sheet": "A", "other_row": 2, "code": "ROW_DUPLICATE"}
    ]
    assert [(one["sheet"], one["code"]) for one in got.verdicts.to_pylist() if one["column"] == "row"] == [
        ("B", "ROW_DUPLICATE")
    ]


def test_a_vast_group_of_namesakes_is_left_alone_and_one_of_a_shared_nik_is_not():
    many = LARGEST_GROUP + 1
    assert twice(*[["", "SITI", BORN, ""]] * many)[0] == []
    assert len(twice(*[[WOMAN, "SITI", BORN, ""]] * many)[0]) == many - 1


def pairwise_search(rows):
    """Return the similar rows as their definition says, pair by pair."""
    keys = (lambda r: r["nik"] and (r["nik"][:7], r["name"]), lambda r: r["nik"] and (r["nik"][9:], r["name"]),
            lambda r: r["birth_date"] and (r["birth_date"], r["regency"]))  # fmt: skip
    found = set()
    for key, (place, row) in product(keys, enumerate(rows)):
        for other, one in enumerate(rows[:place]):
            aid = all(row[field] == one[field] for field in ("programme", "period"))
            if aid and key(row) and key(row) == key(one) and _alike_to(row, one):
                found.add((place, other))
                break
    return found


def _alike_to(row, one):
    if row["name"] is None or one["name"] is None or row["name"][0] != one["name"][0]:
        return False
    both = row["nik"] and one["nik"]
    doubtful = row["nik"] != one["nik"] and one_slip(row["nik"], one["nik"]) if both else row["birth_date"] and (
        row["birth_date"] == one["birth_date"]
    )  # fmt: skip
    return bool(doubtful) and duplicates._alike(row["name"], one["name"], duplicates._NEAR_NAME)


NIKS = st.sampled_from(
    [None, WOMAN, WOMAN[:-1] + "7", WOMAN[:3] + WOMAN[4] + WOMAN[3] + WOMAN[5:], MAN, "9" + WOMAN[1:]]
)
NAMES = st.sampled_from([None, "SITI AMINAH", "SITI AMINNAH", "SITI", "SUTRISNO", "BUDI"])
DAYS = st.sampled_from([None, dt.date(1980, 8, 12), dt.date(1980, 8, 13)])
ROWS = st.fixed_dictionaries({
    "nik": NIKS, "name": NAMES, "birth_date": DAYS, "regency": st.sampled_from([None, "18.01"]),
    "programme": st.sampled_from(["PKH", "ZAKAT"]), "period": st.sampled_from([None, "2026"]),
})  # fmt: skip


@given(st.lists(ROWS, max_size=14))
def test_the_search_by_columns_finds_what_the_search_pair_by_pair_does(rows):
    whole = {"sheet": "A", "nik_status": "ok", "kk_status": "ok", "mononym": False, "birth_date_default": False}
    table = pa.Table.from_pylist([whole | {"row": place} | row for place, row in enumerate(rows)], RECORD_SCHEMA)
    found = duplicates.find(table).to_pylist()
    similar = {(one["row"], one["other_row"]) for one in found if one["code"] == "ROW_SIMILAR"}
    assert similar == pairwise_search(rows)


NUMBERS = st.text("0123456789", min_size=16, max_size=16)


@given(NUMBERS, st.integers(0, 15), st.integers(1, 9))
def test_one_digit_is_one_slip_and_two_apart_are_not(number, place, step):
    other = list(number)
    other[place] = str((int(other[place]) + step) % 10)
    assert one_slip(number, "".join(other)) and one_slip("".join(other), number)
    far = (place + 5) % 16
    other[far] = str((int(other[far]) + 1) % 10)
    assert not one_slip(number, "".join(other))


@given(NUMBERS, st.integers(0, 14))
def test_two_neighbours_that_changed_places_are_one_slip(number, place):
    assert one_slip(number, number[:place] + number[place + 1] + number[place] + number[place + 2 :])

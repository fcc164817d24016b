"""Which column is what: by the operator's word, by header and content together, and never by half."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.identity import Choices, Defaults, IdentityError, choices
from linkage.identity.header import Finding
from tests.identity.conftest import make_workbook
from tests.identity.reading import CARD, HEAD, MAN, WOMAN, only, read, read_records, said

PEOPLE = [[str(place), (WOMAN, MAN)[place % 2], f"ORANG {chr(65 + place)}A", "PL"[place % 2]] for place in range(1, 9)]


def mapped(rows, columns=None, **more):
    got = read(rows, choices=Choices(columns or {}), **more)
    return got.mappings["Data"]


def test_a_nik_column_that_no_header_names_is_told_by_its_cells():
    got = mapped([["No", "Nomor", "Nama", "Alamat"], *PEOPLE])
    assert (got.columns["nik"], got.confidence["nik"]) == (1, 0.6)
    assert Finding("nik", "COLUMN_BY_CONTENT") in got.findings


def test_numbers_without_a_woman_among_them_may_be_cards_and_are_not_guessed():
    rows = [["No", "Nomor", "Nama"], *[[str(place), CARD, f"ORANG {place}"] for place in range(9)]]
    got = mapped(rows)
    assert "nik" not in got.columns and "kk" not in got.columns
    assert Finding("nik", "COLUMN_NONE") in got.findings


def test_a_sex_column_that_no_header_names_is_told_by_its_cells():
    assert mapped([[*HEAD, "Kode"], *PEOPLE]).columns["sex"] == 3


def test_niks_under_the_header_of_the_card_are_niks():
    rows = [["No", "No KK", "Nama"], *[row[:3] for row in PEOPLE]]
    got = mapped(rows)
    assert got.columns["nik"] == 1 and "kk" not in got.columns
    assert {Finding("kk", "COLUMN_CONTENT"), Finding("nik", "COLUMN_BY_CONTENT")} <= set(got.findings)


def test_a_list_without_a_name_or_nik_column_says_so():
    assert (1, "name", "COLUMN_NONE") in said(read([["No", "NIK", "Alamat"], ["1", WOMAN, "x"]]))
    assert (1, "nik", "COLUMN_NONE") in said(read([["No", "Nama", "Alamat"], ["1", "SITI", "x"]]))
    chosen = read([["No", "Nama", "Alamat"], ["1", "SITI", "x"]], choices=Choices({"nik": "-"}))
    assert said(chosen) == []


@pytest.mark.parametrize("choice", ["Nomor Sakti", "nomor sakti", "B", "b"])
def test_the_operator_names_a_column_by_its_header_or_letters(choice):
    rows = [["No", "Nomor Sakti", "Nama", "NIK"], ["1", WOMAN, "SITI", MAN]]
    got = mapped(rows, {"nik": choice})
    assert (got.columns["nik"], got.confidence["nik"]) == (1, 1.0)


def test_a_chosen_header_is_found_under_titles_even_if_no_table_knows_it():
    rows = [["DAFTAR"], [], ["Kode", "Penyandang", "Angka"], ["1", "SITI", WOMAN]]
    got = mapped(rows, {"name": "Penyandang", "nik": "Angka"})
    assert (got.header_row, got.columns) == (3, {"nik": 2, "name": 1})


def test_a_role_that_the_operator_says_is_not_there_is_not_looked_for():
    assert "kk" not in mapped([["NIK", "Nama", "No KK"], [WOMAN, "SITI", CARD]], {"kk": "-"}).columns


def test_letters_read_a_list_that_has_no_header_at_all():
    rows = [["RAHASIA"], ["1", WOMAN, "SITI"], ["2", MAN, "BUDI"]]
    got = read(rows, choices=Choices({"nik": "B", "name": "C"}))
    assert [one["name"] for one in got.records.to_pylist()] == ["SITI", "BUDI"]
    assert got.records["row"].to_pylist() == [2, 3]


def test_a_chosen_column_that_no_sheet_has_is_refused_by_role_alone():
    with pytest.raises(IdentityError) as refused:
        read([HEAD, ["1", WOMAN, "SITI"]], choices=Choices({"sex": "RAHASIA"}))
    assert refused.value.code == "MAPPING_COLUMN"
    assert "sex" in refused.value.message and "RAHASIA" not in str(refused.value)


def test_a_chosen_column_may_be_on_one_sheet_of_several():
    sheets = {"A": [["No", "Sandi", "Nama"], ["1", WOMAN, "SITI"]], "B": [HEAD, ["1", MAN, "BUDI"]]}
    got = read_records(
        make_workbook([], sheets=sheets), "list.xlsx", Defaults("PKH"), choices=Choices({"nik": "Sandi"})
    )
    assert got.records["nik"].to_pylist() == [WOMAN, MAN]


def test_what_was_found_can_be_kept_and_finds_the_same_columns_next_month():
    first = mapped([["No", "Nomor", "Nama", "Nama"], *PEOPLE], ask=lambda *args: args[2][0])
    kept = choices.load(choices.dump(first.headers), "m.json")
    assert kept == {"nik": "Nomor", "name": "C"}
    assert mapped([["No", "Nomor", "Nama", "Nama"], *PEOPLE], kept).columns == first.columns


def test_a_kept_mapping_follows_columns_that_moved():
    first = mapped([["No", "Nomor", "Nama"], *[row[:3] for row in PEOPLE]])
    moved = mapped([["Nama", "No", "Nomor"], *[[row[2], row[0], row[1]] for row in PEOPLE]], first.headers)
    assert (moved.columns["nik"], moved.columns["name"]) == (2, 0)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format":"lapis-mapping/1"}', '{"format":"lapis-mapping/2","columns":{}}',
             '{"format":"lapis-mapping/1","columns":{"nik":1}}', '{"format":"lapis-mapping/1","columns":{"x":"A"}}',
             "[" * 100_000]
)  # fmt: skip
def test_a_mapping_file_that_is_none_is_refused(text):
    with pytest.raises(IdentityError) as refused:
        choices.load(text, "m.json")
    assert (refused.value.code, refused.value.place) == ("MAPPING_UNREADABLE", "m.json")


@pytest.mark.parametrize("option", ["nik", "nik=", "=B", "foo=B", ""])
def test_an_option_that_is_no_choice_is_refused(option):
    with pytest.raises(IdentityError) as refused:
        choices.parse([option])
    assert refused.value.code == "MAPPING_UNREADABLE"


def test_options_are_read():
    assert choices.parse(["nik=No. KTP", "kk=-", "name=C"]) == {"nik": "No. KTP", "kk": "-", "name": "C"}


@given(st.integers(0, 18_000))
def test_letters_and_numbers_of_columns_agree(column):
    assert choices.number(choices.letters(column)) == column


@given(st.dictionaries(st.sampled_from(choices.ROLES), st.text(min_size=1).filter(str.strip)))
def test_a_mapping_is_read_back_as_it_was_kept(columns):
    assert choices.load(choices.dump(columns), "m.json") == columns


def test_a_row_of_one_cell_is_read_with_its_person():
    assert only(read([HEAD, ["", "", "SITI"]]))["name"] == "SITI"

"""Which rows of a sheet are people: totals, signatures and headers are not, and rows keep their numbers."""

import pytest

from linkage.identity import RECORD_SCHEMA, IdentityError, read_records
from linkage.identity.tables import load_toml
from tests.identity.conftest import make_csv, make_workbook
from tests.identity.reading import HEAD, MAN, PKH, WOMAN, only, read, said


def test_totals_signatures_and_empty_rows_are_no_rows():
    rows = [
        ["No", "NIK", "Nama", "Nominal", "Ket"],
        ["1", WOMAN, "SITI", "600000", "Ketua RT"],
        ["2", MAN, "BUDI", "600000", ""],
        [],
        ["3"],
        ["JUMLAH", "", "", "1200000", ""],
        [],
        ["", "", "", "Metro, 12 Maret 2026", ""],
        ["", "Mengetahui,", "", "Kepala Desa", ""],
        ["", "", "SUPRIYADI, S.Sos", "", ""],
        ["", "", "NIP. 197605122006041003", "", ""],
    ]
    got = read(rows)
    assert [one["name"] for one in got.records.to_pylist()] == ["SITI", "BUDI"]
    assert got.skipped >= 7


def test_people_called_like_furniture_are_kept_if_they_show_a_nik():
    got = read([HEAD, ["1", WOMAN, "TOTAL WAHYUDI"], ["2", MAN, "BUDI"]])
    assert got.accepted == 2


def test_an_occupation_high_up_in_a_list_ends_nothing():
    rows = [["No", "Nama"], ["1", "KETUA SURYADI"], *[[str(place), f"ORANG {'A' * place}"] for place in range(2, 40)]]
    assert read(rows).accepted == 39


def test_every_sheet_with_a_list_is_read_and_the_others_are_said():
    sheets = {
        "Jan": [HEAD, ["1", WOMAN, "SITI"]],
        "Feb": [HEAD, ["1", MAN, "BUDI"]],
        "Catatan": [["halo", "dunia"]],
        "Lama": [HEAD],
        "Kosong": [],
    }
    got = read_records(make_workbook([], sheets=sheets, hidden=("Lama",)), "list.xlsx", PKH)
    assert got.records["sheet"].to_pylist() == ["Jan", "Feb"]
    assert [(one["sheet"], one["code"]) for one in got.verdicts.to_pylist()] == [
        ("Catatan", "SHEET_SKIPPED"),
        ("Lama", "SHEET_HIDDEN"),
    ]
    assert list(got.mappings) == ["Jan", "Feb"]


def test_a_file_without_a_list_is_refused():
    with pytest.raises(IdentityError) as refused:
        read([["halo", "dunia"]])
    assert refused.value.code == "HEADER_NOT_FOUND"


def test_a_list_without_rows_is_empty_and_no_error():
    got = read([HEAD])
    assert (got.rows, got.accepted, got.records.schema) == (0, 0, RECORD_SCHEMA)


def test_a_csv_gives_the_same_records_as_the_workbook():
    rows = [[*HEAD, "Tgl Lahir"], ["1", WOMAN, "SITI", "12-08-1980"], [], ["2", "", "BUDI", "25/01/1970"]]
    for delimiter in ",;":
        got = read_records(make_csv(rows, delimiter), "list.csv", PKH)
        assert got.records["sheet"].to_pylist() == ["", ""]
        assert got.records.drop_columns("sheet").equals(read(rows).records.drop_columns("sheet"))


def test_rows_are_numbered_as_the_operator_sees_them():
    got = read([["JUDUL"], [], HEAD, ["1", "2", "3"], [], ["1", WOMAN, "SITI"], ["2", "x", "-"]])
    assert only(got)["row"] == 6
    assert {row for row, _, _ in said(got)} == {7}


def test_a_header_that_a_page_break_repeats_is_no_person():
    rows = [HEAD, ["1", "2", "3"], ["1", WOMAN, "SITI"], HEAD, ["1", "2", "3"], ["2", MAN, "BUDI"]]
    got = read(rows)
    assert [one["name"] for one in got.records.to_pylist()] == ["SITI", "BUDI"]
    assert (got.rows, got.skipped, said(got)) == (2, 2, [])


@pytest.mark.parametrize("cell", [0, 1, 3])
def test_a_line_that_names_a_hamlet_is_no_person(cell):
    line = [""] * 4
    line[cell] = "DUSUN II"
    got = read([[*HEAD, "Alamat"], ["1", WOMAN, "SITI", ""], line, ["2", MAN, "BUDI", ""]])
    assert (got.accepted, got.rejected) == (2, 0)


def test_hidden_rows_and_columns_are_read_and_said():
    data = make_workbook([HEAD, ["1", WOMAN, "SITI"], ["2", MAN, "BUDI"]], hidden_rows=(2,), hidden_columns=(1,))
    got = read_records(data, "list.xlsx", PKH)
    assert got.accepted == 2
    assert said(got) == [(1, "nik", "COLUMN_HIDDEN"), (3, "row", "ROW_HIDDEN")]


def test_a_row_of_text_whose_cells_moved_is_rejected():
    text = b"No,NIK,Nama,Ket\n1,%s,SRI, S.Pd,x\n2,%s,BUDI,\n3,%s,ANI,,,\n" % tuple(map(str.encode, (WOMAN, MAN, WOMAN)))
    got = read_records(text, "list.csv", PKH)
    assert [one["name"] for one in got.records.to_pylist()] == ["BUDI", "ANI"]
    assert [one for one in said(got) if one[2] == "ROW_SHIFTED"] == [(2, "row", "ROW_SHIFTED")]
    assert (got.rows, got.rejected) == (3, 1)


FURNITURE = load_toml("furniture")


@pytest.mark.parametrize("word", FURNITURE["totals"])
@pytest.mark.parametrize("column", [0, 2, 3])
def test_a_row_of_a_total_is_no_person(word, column):
    row = ["", "", "", "", "600000"]
    row[column] = f"{word.title()} :"
    got = read([[*HEAD, "Alamat", "Nominal"], ["1", WOMAN, "SITI", "", "1"], row, ["2", MAN, "BUDI", "", "1"]])
    assert (got.accepted, got.rejected) == (2, 0)


@pytest.mark.parametrize("word", FURNITURE["signatures"])
@pytest.mark.parametrize("column", [1, 2, 3])
def test_a_signature_block_ends_the_list(word, column):
    row = [""] * 4
    row[column] = f"{word.title()},"
    got = read([[*HEAD, "Alamat"], ["1", WOMAN, "SITI", ""], row, ["", "", "SUPRIYADI, S.Sos", ""]])
    assert (got.accepted, got.rejected) == (1, 0)


@pytest.mark.parametrize("line", ["Metro, 3 Maret 2026", "Bandar Lampung 03-03-2026", "Kalianda, 3 Mar 26"])
@pytest.mark.parametrize("column", [2, 3])
def test_a_place_and_a_day_above_a_signature_end_the_list(line, column):
    row = [""] * 4
    row[column] = line
    got = read([[*HEAD, "Alamat"], ["1", WOMAN, "SITI", ""], row, ["", "", "SUPRIYADI, S.Sos", ""]])
    assert [one["name"] for one in got.records.to_pylist()] == ["SITI"]


def test_a_person_with_nothing_but_a_place_and_day_of_birth_is_kept():
    got = read(
        [["No", "Nama", "Tempat, Tgl Lahir"], ["1", "SITI", "Metro, 3 Maret 1980"], ["2", "BUDI", "Metro 4-4-80"]]
    )
    assert got.accepted == 2

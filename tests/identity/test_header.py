"""The header of a list: found under titles, read by synonym and by content, refused when in doubt."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linkage.identity import IdentityError, header
from linkage.identity.tables import load_csv

NIK = "1871011208809001"
PERSON = ["1", NIK, "SUTRISNO"]


def find(*rows):
    return header.find([list(row) for row in rows], "list.xlsx, sheet Data")


@pytest.mark.parametrize("row", load_csv("headers"), ids=lambda row: row["spelling"])
def test_a_header_of_the_table_names_its_role(row):
    assert header.name_role(row["spelling"].title()) == (row["role"], float(row["rank"]))
    assert header.name_role(f"{row['spelling']} *)") == (row["role"], float(row["rank"]))


@pytest.mark.parametrize(
    ("cell", "role"),
    [
        ("Tempat, Tgl Lahir", "birth_place_date"),
        ("L/P", "sex"),
        ("Desa/Kelurahan", "village"),
        ("Kab/Kota", "regency"),
        ("Nilai (Rp)", "amount"),
        ("NIK (sesuai KTP)", "nik"),
        ("NAMA PENERIMA BANTUAN SOSIAL", "name"),
        ("NAMA IBU TIRI", "other"),
        ("No. KK", "kk"),
        ("N.I.K.", "nik"),
        ("RT/RW", "neighbourhood"),
        ("Nama\nLengkap", "name"),
    ],
)
def test_a_header_as_lists_write_it_names_its_role(cell, role):
    assert header.name_role(cell)[0] == role


@pytest.mark.parametrize("cell", ["", None, 1.0, "SUTRISNO", "x" * 90])
def test_what_is_no_header_names_nothing(cell):
    assert header.name_role(cell) is None


@pytest.mark.parametrize("titles", range(6))
def test_the_header_is_found_under_titles(titles):
    got = find(*[["DAFTAR PENERIMA"]] * titles, ["No", "NIK", "Nama"], PERSON)
    assert (got.header_row, got.first_row) == (titles + 1, titles + 2)
    assert got.columns == {"number": 0, "nik": 1, "name": 2}
    assert got.titles == ("DAFTAR PENERIMA",) * titles


@pytest.mark.parametrize("counting", [["1", "2", "3"], [1.0, 2.0, 3.0], ["(1)", "(2)", "(3)"], ["", "1", "2"]])
def test_a_row_that_numbers_the_columns_is_skipped(counting):
    assert find(["No", "NIK", "Nama"], counting, PERSON).first_row == 3


def test_a_row_of_sub_headers_refines_the_header():
    got = find(["No", "Nama", "Alamat", "", "NIK"], ["", "", "Desa", "Kecamatan", ""], ["1", "SUTRISNO", "A", "B", NIK])
    assert got.columns == {"number": 0, "name": 1, "village": 2, "district": 3, "nik": 4}
    assert got.first_row == 3


@pytest.mark.parametrize("over", ["Tempat, Tanggal Lahir", "TTL", "Lahir", "Kelahiran"])
def test_a_place_and_a_day_under_a_header_of_birth_are_two_columns(over):
    got = find(
        ["NIK", "Nama", over, "", "JK"], ["", "", "Tempat", "Tgl", ""], [NIK, "SUTRISNO", "Metro", "12-08-1980", "L"]
    )
    assert got.columns == {"nik": 0, "name": 1, "birth_date": 3, "sex": 4}
    assert got.first_row == 3


def test_a_bare_day_elsewhere_is_no_birth_date():
    assert find(["NIK", "Nama", "Tanggal"], [NIK, "SUTRISNO", "12-08-2026"]).columns == {"nik": 0, "name": 1}


def test_the_p3ke_layout_is_read():
    heads = [
        "ID Keluarga",
        "Provinsi",
        "Kabupaten/Kota",
        "Kecamatan",
        "Desa/Kelurahan",
        "Desil Kesejahteraan",
        "Alamat",
        "ID Individu",
        "Nama",
        "NIK",
        "Padan Dukcapil",
        "Jenis Kelamin",
        "Hubungan",
        "Tanggal Lahir",
        "Status Kawin",
        "Pekerjaan",
        "Pendidikan",
        "Penerima BPNT",
        "Penerima BPUM",
        "Penerima BST",
        "Penerima PKH",
        "Penerima SEMBAKO",
        "Resiko Stunting",
    ]
    assert find(heads).columns == {
        "regency": 2,
        "district": 3,
        "village": 4,
        "name": 8,
        "nik": 9,
        "sex": 11,
        "birth_date": 13,
        "decile": 5,
        "beneficiary": 10,
        "occupation": 15,
        "health": 22,
    }


def test_the_bpnt_layout_is_read():
    got = find(
        ["No KKS", "No KK", "NIK Pengurus", "Nama Pengurus", "TTL", "Nama Gadis Ibu Kandung", "No PKH", "Kode Wilayah"]
    )
    assert got.columns == {"kk": 1, "nik": 2, "name": 3, "birth_place_date": 4, "village": 7}


def test_the_village_layout_is_read():
    got = find(
        [
            "No",
            "NIK",
            "Nama Kepala Keluarga",
            "Jenis Kelamin",
            "Tanggal Lahir",
            "Jumlah Anggota",
            "Alamat",
            "RT",
            "RW",
            "Jumlah",
        ]
    )
    assert got.columns == {"number": 0, "nik": 1, "name": 2, "sex": 3, "birth_date": 4, "amount": 9}


def test_the_better_header_wins():
    assert find(["Nama Kepala Keluarga", "Nama", "NIK"]).columns["name"] == 1


def test_the_content_settles_between_equal_headers():
    people = [["SUTRISNO", "1"] for _ in range(9)]
    assert find(["Nama", "Nama", "NIK"], *[[*row, NIK] for row in people]).columns["name"] == 0


@pytest.mark.parametrize("head", ["NIK", "Nominal", "L/P"])
def test_two_equal_columns_are_refused_where_there_is_nobody_to_ask(head):
    with pytest.raises(IdentityError) as refused:
        find([head, "Nama", "No KTP", head], *[["", "SUTRISNO", NIK, ""]] * 9)
    assert refused.value.code == "COLUMN_AMBIGUOUS"


def test_a_refusal_of_two_columns_says_where_they_are_and_shows_no_cell():
    with pytest.raises(IdentityError) as refused:
        find(["NIK", "Nama", "NIK"], *[[NIK, "SUTRISNO", NIK]] * 9)
    assert refused.value.code == "COLUMN_AMBIGUOUS"
    assert refused.value.place == "list.xlsx, sheet Data, row 1, columns A and C"
    assert NIK not in str(refused.value) and "SUTRISNO" not in str(refused.value)


def test_two_equal_columns_are_chosen_from_where_there_is_somebody_to_ask():
    asked = []

    def ask(role, place, candidates):
        asked.append((role, place, [(one.letters, one.header) for one in candidates]))
        return candidates[1]

    rows = [["NIK", "Nama", "Nominal", "Nominal"], [NIK, "SUTRISNO", "1000", "2000"]]
    got = header.find(rows, "list.xlsx", ask=ask)
    assert asked == [("amount", "list.xlsx, row 1", [("C", "Nominal"), ("D", "Nominal")])]
    assert (got.columns["amount"], got.confidence["amount"]) == (3, 1.0)


def test_who_chooses_neither_of_two_columns_has_none_and_is_told():
    rows = [["NIK", "Nama", "Nominal", "Nominal"], [NIK, "SUTRISNO", "1000", "2000"]]
    got = header.find(rows, "list.xlsx", ask=lambda *_: None)
    assert "amount" not in got.columns
    assert got.findings == (header.Finding("amount", "COLUMN_DOUBLE"),)


def test_a_column_whose_cells_do_not_fit_is_left_out_and_said():
    got = find(["NIK", "Nama", "Jenis Kelamin"], *[[NIK, "SUTRISNO", "Rp 5.000"]] * 9)
    assert "sex" not in got.columns
    assert got.findings == (header.Finding("sex", "COLUMN_CONTENT"),)


@pytest.mark.parametrize(
    "rows", [[], [["a", "b"]], [["Alamat", "Ket"]], [["Nama"]], [["x"]] * 15 + [["No", "NIK", "Nama"]]]
)
def test_no_header_in_the_first_rows_is_refused(rows):
    with pytest.raises(IdentityError) as refused:
        find(*rows)
    assert refused.value.code == "HEADER_NOT_FOUND"


CELLS = st.one_of(
    st.sampled_from([row["spelling"] for row in load_csv("headers")]), st.text(max_size=12), st.floats(), st.none()
)


@given(st.lists(st.lists(CELLS, max_size=6), max_size=6))
@example([["NO", "NIK"], ["NO", "NO"]])
def test_any_rows_give_a_mapping_or_a_code(rows):
    try:
        got = find(*rows)
    except IdentityError as error:
        assert error.code in {"HEADER_NOT_FOUND", "COLUMN_AMBIGUOUS"}
        return
    assert {"nik", "name"} & {*got.columns, *(finding.role for finding in got.findings)}
    assert len(set(got.columns.values())) == len(got.columns)
    assert all(0 < share <= 1 for share in got.confidence.values())

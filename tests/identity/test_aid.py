"""What a list says of aid besides programme and rupiah: published codes alone, and never a word of anybody's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.identity import DETAILS, Choices, Defaults, aid, content, deciles, references, words
from linkage.identity.tables import load_csv
from linkage.layering import schema
from tests.identity.reading import HEAD, MAN, PKH, WOMAN, only, read, said

LISTS = ("funds", "forms", "payees", "statuses", "beneficiaries", "needs", "lacks", "exposures", "references")
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
COLUMNS = {
    "fund": "Sumber Dana", "disbursement": "No SP2D", "status": "Status Penyaluran", "form": "Bentuk Bantuan",
    "payee": "Penerima Pembayaran", "beneficiary": "Padan Dukcapil", "decile": "Desil", "dtsen": "Versi DTSEN",
    "needs": "Kebutuhan", "lacks": "Keterbatasan Akses", "exposures": "Rawan Bencana", "health": "Risiko Stunting",
    "occupation": "Pekerjaan", "schooling": "Putus Sekolah", "roof": "Jenis Atap", "wall": "Jenis Dinding",
    "floor": "Jenis Lantai", "toilet": "Fasilitas BAB", "water": "Sumber Air Minum", "school": "Akses Sekolah",
    "clinic": "Akses Puskesmas", "road": "Akses Jalan", "market": "Akses Pasar",
}  # fmt: skip


def one(**cells):
    head = [COLUMNS[role] for role in cells]
    return only(read([[*HEAD, *head], ["1", WOMAN, "SITI", *cells.values()]], PKH))


def test_every_detail_has_a_column_that_is_told_by_its_header():
    assert set(COLUMNS) == set(DETAILS)
    got = read([[*HEAD, *COLUMNS.values()], ["1", WOMAN, "SITI", *[""] * len(COLUMNS)]])
    assert set(COLUMNS) <= set(got.mappings["Data"].columns)


@pytest.mark.parametrize("name", LISTS)
def test_the_words_lead_to_every_code_of_the_published_list_and_to_no_other(name):
    assert set(words.spellings(name).values()) - {""} == set(schema.known(name))
    for code in schema.known(name):
        assert words.parse(name, code) == code
    assert {code for _, (of, inner) in words.signs().items() if of == name for code in inner.values()} - {""} <= set(
        schema.known(name)
    )


def test_the_fields_of_a_record_are_those_of_the_published_content():
    for field in aid.FIELDS:
        assert schema.SCHEMA.field(field.name).type == field.type


def test_a_row_with_all_that_p3ke_and_a_treasury_say():
    got = one(
        fund="APBD Provinsi", disbursement="00123/SP2D/LS/2026", status="Sudah disalurkan", form="Uang tunai",
        payee="Kelompok", beneficiary="Ya", decile="Desil 1", dtsen="Januari 2026", needs="Pangan dan Kesehatan",
        lacks="Air bersih", exposures="Banjir, longsor", occupation="Tidak Bekerja", floor="Tanah", toilet="Bersama",
        school="Jauh",
    )  # fmt: skip
    assert {name: got[name] for name in ("fund", "disbursement", "status", "form", "payee", "beneficiary")} == {
        "fund": "APBD-PROVINSI", "disbursement": "SP2D/00123/2026", "status": "paid", "form": "cash",
        "payee": "group", "beneficiary": "active",
    }  # fmt: skip
    assert (got["decile"], got["dtsen"]) == (1, "2026-01")
    assert got["needs"] == ["health", "housing", "work", "food"] or set(got["needs"]) == {
        "health", "housing", "work", "food",
    }  # fmt: skip
    assert set(got["lacks"]) == {"water", "school"} and got["exposures"] == ["flood", "landslide"]


def test_a_list_without_such_columns_says_nothing_of_them():
    got = only(read([HEAD, ["1", WOMAN, "SITI"]]))
    assert all(got[field.name] is None for field in aid.FIELDS[3:])


@given(st.sampled_from(sorted(COLUMNS)), WORDS)
def test_no_word_of_anybodys_own_is_passed_on(role, cell):
    """Whatever a cell holds: what comes out is a published code, a number of an order, or nothing."""
    got = one(**{role: cell, "decile": "3", "dtsen": "2026-01"} | {role: cell})
    for name, codes in (("fund", "funds"), ("form", "forms"), ("payee", "payees"), ("status", "statuses"),
                        ("beneficiary", "beneficiaries")):  # fmt: skip
        assert got[name] is None or got[name] in schema.known(codes)
    for name in ("needs", "lacks", "exposures"):
        assert set(got[name] or ()) <= set(schema.known(name))
    if got["disbursement"]:
        kind, *numbers = got["disbursement"].split("/")
        assert kind in schema.known("references")
        assert all(map(str.isdigit, numbers)) and len("".join(numbers)) <= schema.MAX_REFERENCE_DIGITS
    assert (got["decile"] is None) == (got["dtsen"] is None)


@given(st.text("0123456789-/. SPDMKWTRX2", max_size=40))
def test_a_reference_that_is_read_is_read_again_as_itself(cell):
    read_once = references.parse(cell)
    assert read_once is None or references.parse(read_once) == read_once


@pytest.mark.parametrize(
    ("cell", "kind", "expected"),
    [
        ("SP2D-123", "SP2D", "SP2D/123"),
        (123456789012345, "SP2D", "SP2D/123456789012345"),
        ("77/2026", "BAST", "BAST/77/2026"),
        ("Kwitansi No. 12", "SP2D", "KW/12"),
        ("1871015208809001", "SP2D", None),
        ("187101.520880.9001", "SP2D", None),
        ("SITI AMINAH", "SP2D", None),
        ("dibayar oleh Pak Budi kepada SITI 12", "SP2D", None),
        ("SP2D 1 SPM 2", "SP2D", None),
        ("", "SP2D", None),
    ],
)
def test_a_number_of_an_order_is_its_kind_and_digits(cell, kind, expected):
    assert references.parse(cell, kind) == expected


def test_the_kind_of_a_number_is_the_one_that_its_header_names():
    got = only(read([[*HEAD, "No. BAST"], ["1", WOMAN, "SITI", "77/2026"]]))
    assert got["disbursement"] == "BAST/77/2026"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(1, 1), (10.0, 10), ("Desil 3", 3), ("D4", 4), ("07", 7), ("0", None), ("-1", None), ("1,5", None), (2.5, None),
     ("11", None), (True, None), ("satu", None)],
)  # fmt: skip
def test_a_decile_is_a_whole_number_from_1_to_10(cell, expected):
    assert deciles.parse(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("2026-01", "2026-01"), ("Januari 2026", "2026-01"), ("DTSEN 2026-01", "2026-01"),
     ("Versi Januari 2026", "2026-01"),
     ("2026", None), ("2026-Q1", None), ("Tahap 1 2026", None), ("", None), (2026, None)],
)  # fmt: skip
def test_a_version_is_a_month(cell, expected):
    assert deciles.parse_version(cell) == expected


def test_the_rows_of_a_register_give_no_aid_and_carry_their_version_as_their_month():
    rows = [[*HEAD, "Desil", "Penerima PKH"], ["1", WOMAN, "SITI", "1", "Ya"], ["2", MAN, "BUDI", "4", ""]]
    got = read(rows, Defaults(register=True, dtsen="2026-01"))
    assert got.records["programme"].null_count == got.records["amount"].null_count == 2
    assert got.records["status"].to_pylist() == ["registered"] * 2
    assert got.records["decile"].to_pylist() == [1, 4]
    assert got.records["period"].to_pylist() == got.records["dtsen"].to_pylist() == ["2026-01"] * 2
    assert said(got) == []


def test_a_row_that_says_registered_needs_no_programme():
    rows = [[*HEAD, "Status Penyaluran", "Program"], ["1", WOMAN, "SITI", "Terdaftar", ""], ["2", MAN, "BUDI", "", ""]]
    got = read(rows, Defaults())
    assert got.records["status"].to_pylist() == ["registered"]
    assert said(got) == [(3, "programme", "PROGRAMME_MISSING")]


def test_a_vague_header_is_believed_only_where_its_cells_bear_it_out():
    paid = [["1", WOMAN, "SITI", "Sudah salur"], ["2", MAN, "BUDI", "Belum salur"]]
    assert "status" in read([[*HEAD, "Status"], *paid]).mappings["Data"].columns
    wed = [[*row[:3], "Kawin"] for row in paid]
    got = read([[*HEAD, "Status"], *wed])
    assert "status" not in got.mappings["Data"].columns and said(got) == []
    assert read([[*HEAD, "Status"], *wed], choices=Choices({"status": "Status"})).records["status"].null_count == 2


def test_what_a_column_holds_decides_how_surely_it_is_told():
    assert content.fit("fund", ["APBN"] * 9 + ["Siti"]) == 0.9
    assert content.fit("fund", ["Siti"] * 10) == 0.0


def test_a_total_or_a_signature_is_no_person_because_it_has_a_fund():
    rows = [[*HEAD, "Sumber Dana"], ["1", WOMAN, "SITI", "APBN"], ["", "", "", "APBN"]]
    assert read(rows).rows == 1


def test_no_spelling_of_a_word_leads_to_two_codes():
    for table, key in (("words", "list"), ("signs", "role")):
        seen = [(row[key], row["spelling"]) for row in load_csv(table)]
        assert len(seen) == len(set(seen))

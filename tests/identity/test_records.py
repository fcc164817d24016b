"""From the bytes of a list to records and verdicts: what is kept, what is said, and that no value gets out."""

import datetime as dt

import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.identity import RECORD_SCHEMA, VERDICT_SCHEMA, Defaults, IdentityError, codes, read_records
from tests.identity.conftest import make_csv, make_workbook

WOMAN, MAN = "1871015208809001", "1871011308809002"
CARD = "1871011208150001"
PKH = Defaults(programme="PKH", period="2026-03")
HEAD = ["No", "NIK", "Nama"]


def read(rows, defaults=PKH, **more):
    return read_records(make_workbook(rows), "list.xlsx", defaults, **more)


def only(reading):
    assert reading.records.num_rows == 1
    return reading.records.to_pylist()[0]


def said(reading):
    return [(one["row"], one["column"], one["code"]) for one in reading.verdicts.to_pylist()]


def test_a_whole_row_becomes_a_record():
    head = [
        "No",
        "NIK",
        "No KK",
        "Nama Lengkap",
        "JK",
        "Tempat, Tgl Lahir",
        "Desa",
        "Kecamatan",
        "Kab/Kota",
        "Program",
        "Periode",
        "Nominal",
    ]
    row = [
        "1",
        WOMAN,
        CARD,
        "Hj. Siti Aminah binti M. Slamet",
        "Perempuan",
        "Metro, 12 Agustus 1980",
        "Ds. Kedaton",
        "Kec. Kalianda",
        "Kab. Lampung Selatan",
        "BPNT",
        "Maret 2026",
        "Rp 600.000,-",
    ]
    got = read([["DAFTAR PENERIMA"], [], head, list(range(1, 13)), row], Defaults())
    assert only(got) == {
        "sheet": "Data",
        "row": 5,
        "nik": WOMAN,
        "nik_status": "ok",
        "kk": CARD,
        "kk_status": "ok",
        "name": "SITI AMINAH",
        "father": "MUHAMMAD SLAMET",
        "mononym": False,
        "birth_date": dt.date(1980, 8, 12),
        "birth_date_default": False,
        "nik_birth_date": dt.date(1980, 8, 12),
        "sex": "P",
        "regency": "18.01",
        "village": only(got)["village"],
        "programme": "SEMBAKO",
        "period": "2026-03",
        "amount": 600000,
    }
    assert only(got)["village"].startswith("18.01.06.")
    assert (got.rows, got.accepted, got.rejected, got.skipped) == (1, 1, 0, 0)
    assert said(got) == []


def test_the_schemas_are_the_documented_ones():
    got = read([HEAD, ["1", WOMAN, "SITI"]])
    assert (got.records.schema, got.verdicts.schema) == (RECORD_SCHEMA, VERDICT_SCHEMA)
    got.records.validate(full=True)
    got.verdicts.validate(full=True)


def test_an_invalid_nik_goes_on_by_name():
    got = read([HEAD, ["1", WOMAN[:-1], "SITI AMINAH"]])
    assert (only(got)["nik"], only(got)["nik_status"], only(got)["name"]) == (None, "invalid", "SITI AMINAH")
    assert said(got) == [(2, "nik", "NIK_LENGTH")]


def test_a_nik_without_a_name_is_kept():
    got = read([HEAD, ["1", WOMAN, ""]])
    assert (only(got)["nik"], only(got)["name"], only(got)["mononym"]) == (WOMAN, None, False)
    assert said(got) == [(2, "name", "NAME_MISSING")]


def test_a_row_with_neither_is_rejected():
    got = read([HEAD, ["1", WOMAN, "SITI"], ["2", "123", "-"]])
    assert (got.rows, got.accepted, got.rejected) == (2, 1, 1)
    assert (3, "row", "ROW_NO_IDENTITY") in said(got)


@pytest.mark.parametrize(("cell", "code"), [("", "PROGRAMME_MISSING"), ("ENTAH", "PROGRAMME_UNKNOWN")])
def test_a_row_without_a_known_programme_is_rejected(cell, code):
    got = read([[*HEAD, "Program"], ["1", WOMAN, "SITI", cell]], Defaults())
    assert (got.accepted, got.rejected) == (0, 1)
    assert said(got) == [(2, "programme", code)]


def test_a_row_rejected_twice_is_one_row():
    got = read([[*HEAD, "Program"], ["1", "", "-", "ENTAH"]], Defaults())
    assert (got.rows, got.rejected) == (1, 1)


def test_a_column_goes_before_the_operator_and_the_operator_before_the_title():
    title = ["PENERIMA BLT DANA DESA BULAN JANUARI 2026"]
    assert only(read([title, HEAD, ["1", WOMAN, "SITI"]], Defaults()))["programme"] == "BLT-DD"
    assert only(read([title, HEAD, ["1", WOMAN, "SITI"]], Defaults()))["period"] == "2026-01"
    assert only(read([title, HEAD, ["1", WOMAN, "SITI"]]))["programme"] == "PKH"
    assert only(read([title, [*HEAD, "Program"], ["1", WOMAN, "SITI", "RTLH"]]))["programme"] == "RTLH"


def test_the_village_of_a_merged_title_is_every_rows():
    got = read([["DESA KEDATON KECAMATAN KALIANDA"], HEAD, ["1", WOMAN, "SITI"]])
    assert only(got)["regency"] == "18.01"
    assert only(got)["village"].startswith("18.01.06.")


def test_the_operators_regency_settles_the_villages_of_a_column():
    got = read([["No", "Nama", "Kecamatan"], ["1", "SITI", "Kalianda"]], Defaults("PKH", regency="18.01"))
    assert only(got)["regency"] == "18.01"
    assert only(read([["No", "Nama"], ["1", "SITI"]], Defaults("PKH", regency="Lamsel")))["regency"] == "18.01"


def test_an_unknown_village_keeps_the_regency_and_is_said():
    got = read([["No", "Nama", "Desa", "Kab"], ["1", "SITI", "ATLANTIS", "METRO"]])
    assert (only(got)["regency"], only(got)["village"]) == ("18.72", None)
    assert said(got) == [(2, "village", "VILLAGE_UNKNOWN")]


@pytest.mark.parametrize(
    ("defaults", "code"),
    [
        (Defaults("ENTAH"), "DEFAULT_PROGRAMME"),
        (Defaults("PKH", period="nanti"), "DEFAULT_PERIOD"),
        (Defaults("PKH", regency="ATLANTIS"), "DEFAULT_REGION"),
    ],
)
def test_defaults_that_are_not_known_are_refused(defaults, code):
    with pytest.raises(IdentityError) as refused:
        read([HEAD, ["1", WOMAN, "SITI"]], defaults)
    assert refused.value.code == code


def test_sex_comes_from_the_column_else_from_the_nik():
    head = [*HEAD, "L/P"]
    assert only(read([head, ["1", WOMAN, "SITI", ""]]))["sex"] == "P"
    differs = read([head, ["1", WOMAN, "SITI", "L"]])
    assert (only(differs)["sex"], said(differs)) == ("L", [(2, "sex", "SEX_DIFFERS")])


def test_the_nik_settles_dates_and_a_default_date_is_flagged():
    rows = [
        [*HEAD, "Tgl Lahir"],
        ["1", WOMAN, "SITI", "08/12/1980"],
        ["2", "", "BUDI", "31-12-1970"],
        ["3", "", "ANI", ""],
    ]
    got = read(rows).records.to_pylist()
    assert [one["birth_date"] for one in got] == [dt.date(1980, 8, 12), dt.date(1970, 12, 31), None]
    assert [one["birth_date_default"] for one in got] == [False, True, False]


def test_a_birth_date_is_never_taken_from_the_nik():
    one = only(read([HEAD, ["1", WOMAN, "SITI"]]))
    assert (one["birth_date"], one["nik_birth_date"]) == (None, dt.date(1980, 8, 12))


def test_the_century_follows_the_day_that_the_caller_names():
    nik = "1871011208209001"
    assert only(read([HEAD, ["1", nik, "SITI"]]))["nik_birth_date"] == dt.date(2020, 8, 12)
    assert only(read([HEAD, ["1", nik, "SITI"]], as_of=dt.date(2019, 1, 1)))["nik_birth_date"] == dt.date(1920, 8, 12)


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


def test_a_nik_column_typed_as_numbers_is_damaged_as_a_whole_and_the_names_go_on():
    rows = [
        HEAD,
        *[[place, float(1871011208809000 + 10 * place), f"ORANG {chr(65 + place)}A"] for place in range(1, 9)],
    ]
    got = read(rows)
    assert got.records["nik"].null_count == got.accepted == 8
    assert set(got.records["nik_status"].to_pylist()) == {"damaged"}
    assert said(got)[0] == (1, "nik", "NIK_COLUMN_DAMAGED")
    assert {code for _, _, code in said(got)} == {"NIK_COLUMN_DAMAGED", "NIK_NUMERIC"}


def test_a_fill_handle_run_is_not_used():
    rows = [HEAD, *[[str(place), str(1871011208809000 + place), f"ORANG {chr(65 + place)}A"] for place in range(1, 9)]]
    got = read(rows)
    assert got.records["nik"].null_count == 8
    assert {code for _, _, code in said(got)} == {"NIK_COLUMN_DAMAGED", "NIK_FILLED"}


def test_zeroed_niks_in_bulk_are_damaged_and_said_once():
    rows = [HEAD, *[[str(place), f"18710112{place:02d}800000", f"ORANG {chr(65 + place)}A"] for place in range(1, 9)]]
    got = read(rows)
    assert set(got.records["nik_status"].to_pylist()) == {"damaged"}
    assert said(got) == [(1, "nik", "NIK_COLUMN_DAMAGED"), *((row, "nik", "NIK_ZEROED") for row in range(2, 10))]


def test_an_occupation_high_up_in_a_list_ends_nothing():
    rows = [["No", "Nama"], ["1", "KETUA SURYADI"], *[[str(place), f"ORANG {'A' * place}"] for place in range(2, 40)]]
    assert read(rows).accepted == 39


def test_a_default_date_of_the_nik_is_flagged_if_the_list_has_none():
    assert only(read([HEAD, ["1", "1871013112809001", "BUDI"]]))["birth_date_default"]


def test_an_empty_regency_is_the_operators():
    got = read([["No", "Nama", "Kab/Kota"], ["1", "SITI", ""]], Defaults("PKH", regency="18.01"))
    assert only(got)["regency"] == "18.01"


def test_duplicates_within_a_file_are_kept():
    assert read([HEAD, ["1", WOMAN, "SITI"], ["2", WOMAN, "SITI"]]).accepted == 2


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


CELLS = st.one_of(
    st.sampled_from(
        [
            WOMAN,
            MAN,
            CARD,
            WOMAN[:-1],
            "BUDI",
            "Metro, 12 Agustus 1980",
            "L",
            "PKH",
            "JUMLAH",
            "Rp 5.000",
            "-",
            "",
            "Maret 2026",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=10),
    st.integers(0, 10**17),
    st.dates(dt.date(1901, 1, 1), dt.date(2030, 1, 1)),
    st.none(),
)
ROLES = ["No", "NIK", "No KK", "Nama", "L/P", "TTL", "Desa", "Kab/Kota", "Program", "Periode", "Nominal"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=11, max_size=11), max_size=12))
def test_any_rows_are_accepted_rejected_or_skipped_and_nothing_raises(rows):
    got = read([ROLES, *rows], Defaults("PKH"))
    assert got.accepted + got.rejected == got.rows
    assert got.rows + got.skipped <= len(rows)
    shown = {cell for row in rows for cell in row if isinstance(cell, str)}
    assert set(got.records["nik"].drop_null().to_pylist()) <= shown
    assert set(got.verdicts["code"].to_pylist()) <= set(codes())
    assert pc.all(pc.or_(got.records["nik"].is_valid(), got.records["name"].is_valid())).as_py() in {True, None}
    got.records.validate(full=True)


def test_no_verdict_mapping_or_error_holds_a_value_of_a_row():
    secret = ["1", "187101520880900", "RAHASIANAMA", "KAMPUNGRAHASIA"]
    got = read([[*HEAD, "Desa"], secret])
    text = str(got.verdicts.to_pylist()) + str(got.mappings)
    assert not any(value in text for value in secret[1:])


@pytest.mark.parametrize("filling", [" ", ",", "-", "1", "1 ", "A", "A ", "(", ".", "0", ", "])
def test_a_cell_as_long_as_a_spreadsheet_allows_is_read_like_any_other(filling):
    long = ("x" + filling * 32_000)[:32_000] + "x"
    rows = [ROLES, ["1", WOMAN, CARD, "SITI", "P", "12-08-1980", "", "Metro", "PKH", "Maret 2026", "1000"]]
    rows += [["2", MAN] + [long] * 9, [long] * 11]
    got = read(rows, Defaults("PKH"))
    assert got.rows <= 3
    assert only(got)["name"] == "SITI"


def test_a_reading_does_not_print_what_it_holds():
    got = read([HEAD, ["1", WOMAN, "RAHASIANAMA"]])
    assert WOMAN not in repr(got) and "RAHASIANAMA" not in repr(got)

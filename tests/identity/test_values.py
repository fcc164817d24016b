"""Periods, amounts, sexes, programmes and labels: each row of their tables, and that nothing else is read."""

import datetime as dt
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.identity import amounts, codes, periods, programmes, sexes, titles
from linkage.identity.labels import fold
from linkage.identity.tables import load_csv, load_toml

ANYTHING = st.one_of(
    st.text(max_size=30), st.integers(), st.floats(), st.booleans(), st.dates(), st.datetimes(), st.none()
)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("Maret 2026", "2026-03"),
        ("MARET TAHUN 2026", "2026-03"),
        ("Bulan Maret 2026", "2026-03"),
        ("Mar-26", "2026-03"),
        ("2026-03", "2026-03"),
        ("202603", "2026-03"),
        (202603.0, "2026-03"),
        ("03/2026", "2026-03"),
        ("3-2026", "2026-03"),
        (dt.date(2026, 3, 9), "2026-03"),
        (dt.datetime(2026, 3, 9), "2026-03"),  # noqa: DTZ001 - spreadsheets know no zone
        ("9 Maret 2026", "2026-03"),
        ("2026-03-09", "2026-03"),
        ("25/03/2026", "2026-03"),
        ("Januari - Maret 2026", "2026-01"),
        ("Tahap 1 2026", "2026-T1"),
        ("TAHAP II TAHUN 2026", "2026-T2"),
        ("Termin 3 2026", "2026-T3"),
        ("Triwulan I 2026", "2026-Q1"),
        ("TW IV 2026", "2026-Q4"),
        ("2026", "2026"),
        (2026, "2026"),
        ("2026-T1", "2026-T1"),
        ("2026-Q3", "2026-Q3"),
        ("Tahap 1", "2025-T1"),
        ("Maret", "2025-03"),
        ("", None),
        (None, None),
    ],
)
def test_a_period_is_read(cell, text):
    assert periods.parse(cell, "2025") == periods.Period(text)


def test_a_period_without_a_year_says_so():
    assert periods.parse("Tahap 1").reason == "PERIOD_NO_YEAR"
    assert periods.parse("nanti").reason == "PERIOD_UNREADABLE"
    assert periods.parse("05/06/2026").reason == "PERIOD_UNREADABLE"


PERIODS = load_toml("periods")


@pytest.mark.parametrize("word", PERIODS["stage"])
def test_a_word_for_a_stage_is_read(word):
    assert periods.parse(f"{word.title()} 2 2026").text == periods.parse(f"{word} II Tahun 2026").text == "2026-T2"


@pytest.mark.parametrize("word", PERIODS["quarter"])
def test_a_word_for_a_quarter_is_read(word):
    assert periods.parse(f"{word.title()} 2 2026").text == periods.parse(f"{word} II Tahun 2026").text == "2026-Q2"


@given(ANYTHING)
def test_any_cell_gives_a_period_of_the_four_forms_or_a_code(cell):
    got = periods.parse(cell, "2026")
    assert got.reason is None or got.reason in codes()
    assert got.text is None or isinstance(cell, (dt.date, dt.datetime)) or periods.parse(got.text) == got


@pytest.mark.parametrize(
    ("cell", "rupiah"),
    [
        ("Rp 600.000,-", 600000),
        ("Rp600.000", 600000),
        ("Rp. 600.000,00", 600000),
        ("600,000.00", 600000),
        ("600,000", 600000),
        ("600000", 600000),
        (600000, 600000),
        (600000.0, 600000),
        ("IDR 1.200.000", 1200000),
        ("0", 0),
        ("600", 600),
        ("Rp 300.000,--", 300000),
        ("6 kg", None),
        ("1,5 juta", None),
        ("600.00.0", None),
        (-1, None),
        (600000.5, None),
        (float("nan"), None),
        (True, None),
        ("", None),
        (None, None),
        ("9" * 20, None),
        (1e300, None),
        ("600.000.00", 600000),
    ],
)
def test_an_amount_is_whole_rupiah_or_nothing(cell, rupiah):
    assert amounts.parse(cell) == rupiah


@given(st.integers(0, 10**12))
def test_an_amount_is_read_back_from_each_form(value):
    grouped = f"{value:,}"
    for cell in (value, float(value), str(value), grouped, f"Rp {grouped.replace(',', '.')},-", f"{grouped}.00"):
        assert amounts.parse(cell) == value


@given(ANYTHING)
def test_any_cell_gives_an_amount_in_range_or_none(cell):
    got = amounts.parse(cell)
    assert got is None or 0 <= got <= 10**12


@pytest.mark.parametrize("row", load_csv("sexes"), ids=lambda row: row["spelling"])
def test_a_spelling_of_the_sex_is_read(row):
    assert sexes.parse(row["spelling"]) == sexes.parse(row["spelling"].lower()) == row["sex"]


def test_what_is_no_sex_is_none():
    assert [sexes.parse(cell) for cell in ("", None, "X", 3, True, "L/P")] == [None] * 6
    assert sexes.parse("Laki-laki") == sexes.parse(1.0) == "L"


@pytest.mark.parametrize("row", load_csv("programmes"), ids=lambda row: row["spelling"])
def test_a_spelling_of_a_programme_is_read_alone_and_in_a_title(row):
    assert programmes.parse(row["spelling"].title()) == row["code"]
    assert programmes.find(f"DAFTAR PENERIMA {row['spelling']} TAHUN 2026") == row["code"]


@pytest.mark.parametrize("code", programmes.codes())
def test_a_programme_code_is_its_own_spelling(code):
    assert programmes.parse(code) == code


def test_a_title_with_two_programmes_names_none():
    assert programmes.find("PENERIMA PKH DAN BLT DANA DESA") is None
    assert programmes.find("DAFTAR HADIR") is None
    assert programmes.parse("apa saja") is None


def test_titles_give_places_programme_and_period():
    got = titles.read(
        ["DAFTAR KPM BLT DANA DESA", "DESA SUKAMAJU KECAMATAN KALIANDA KAB. LAMPUNG SELATAN", "BULAN MARET TAHUN 2026"]
    )
    assert got.names == {"village": "SUKAMAJU", "district": "KALIANDA", "regency": "LAMPUNG SELATAN"}
    assert (got.programme, got.period) == ("BLT-DD", "2026-03")


def test_titles_on_one_line_each_are_read():
    got = titles.read(["PEKON : WAY MENGAKU", "KECAMATAN : BALIK BUKIT", "TAHUN ANGGARAN 2026"])
    assert (got.names["village"], got.names["district"], got.period) == ("WAY MENGAKU", "BALIK BUKIT", "2026")


@pytest.mark.parametrize(
    ("lines", "sheet", "period", "programme"),
    [
        (["PENERIMA PKH TAHUN 2026"], "Maret", "2026-03", "PKH"),
        (["PENERIMA PKH TAHUN 2026"], "Tahap II", "2026-T2", "PKH"),
        (["PENERIMA PKH MARET 2026"], "April", "2026-03", "PKH"),
        (["DAFTAR PENERIMA"], "PKH Mei 2026", "2026-05", "PKH"),
        (["PENERIMA BLT DANA DESA"], "PKH", None, "BLT-DD"),
        (["DAFTAR PENERIMA 2026"], "Sheet1", "2026", None),
        ([], "Maret", None, None),
        ([], "RT 01", None, None),
    ],
)
def test_the_name_of_a_sheet_says_what_its_titles_leave_open(lines, sheet, period, programme):
    got = titles.read(lines, sheet)
    assert (got.period, got.programme) == (period, programme)


def test_the_name_of_a_sheet_may_be_its_village():
    assert titles.read(["KECAMATAN KALIANDA"], "Desa Kedaton").names == {
        "village": "KEDATON",
        "district": "KALIANDA",
        "regency": "",
    }


def test_titles_that_contradict_each_other_settle_nothing():
    assert titles.read(["MARET 2026", "APRIL 2026"]).period is None
    assert titles.read([]).period is None


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text):
    once = fold(text)
    assert fold(once) == once
    assert once.isascii() and once == unicodedata.normalize("NFC", once).upper()


@pytest.mark.parametrize("name", ["numbers", "dates", "names"])
def test_words_for_nothing_are_written_folded(name):
    table = load_toml(name)
    words = table["none"] if name == "numbers" else table["dummies"]["none"]
    assert [fold(word) for word in words] == words

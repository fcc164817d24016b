"""What is no .xlsx comes back as a new one: every text as text, verdicts beside it."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage import identity
from linkage.giveback import GivebackError, columns, disarm, judge, lines, tally, write_workbook
from linkage.giveback.cells import LAST_COLUMN
from linkage.identity import Sheet
from tests.giveback import books

MOMENT, MIDNIGHT = (dt.datetime.fromisoformat(f"1980-08-17T{time}") for time in ("05:06", "00:00"))
NAMES = ("Ringkasan Lapis", "Daftar")
LIST = f"""DAFTAR;;;
No;NIK;Nama;Nominal
1;{books.GOOD};Siti Aminah;600000
2;{books.SHORT};=HYPERLINK("http://x","Budi");600000
3;;;600000
JUMLAH;;;1800000
"""


def written(sheets, lists=None, summary=()):
    out = io.BytesIO()
    write_workbook(out, sheets, lists or {}, summary, NAMES)
    return out.getvalue()


def test_a_csv_comes_back_as_a_workbook_with_its_verdicts():
    data = LIST.encode()
    reading = identity.read_records(data, "daftar.csv", identity.Defaults("ZAKAT", "2026-03"))
    judged = judge(reading)
    lists = {name: columns(each, reading.mappings[name].header_row, "en") for name, each in judged.items()}
    back = written(identity.read_sheets(data, "daftar.csv"), lists, lines(tally(reading, judged), "daftar.csv", "en"))
    book = openpyxl.load_workbook(io.BytesIO(back))
    assert book.sheetnames == ["Daftar", "Ringkasan Lapis"]
    table = [list(row) for row in book["Daftar"].iter_rows(values_only=True)]
    assert table[1] == ["No", "NIK", "Nama", "Nominal", "STATUS", "REASON", "ADVICE"]
    assert [row[4] for row in table[2:]] == ["OK", "REPAIR", "CANNOT BE SENT", None]
    assert table[2][1] == books.GOOD and book["Daftar"]["B3"].number_format == "@"
    again = identity.read_records(back, "daftar.xlsx", identity.Defaults("ZAKAT", "2026-03"))
    assert again.records.drop_columns("sheet").equals(reading.records.drop_columns("sheet"))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from("=+-@\t\r"), st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20))
def test_no_cell_is_ever_written_as_a_formula_and_risky_ones_are_marked_as_text(sign, rest):
    data = written([Sheet("", False, lambda: iter([[sign + rest, "Siti"]]))])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
        assert b'quotePrefix="1"' in archive.read("xl/styles.xml")
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert sheet["A1"].quotePrefix and not sheet["B1"].quotePrefix
    assert disarm(sign + rest) == "'" + sign + rest and disarm("Siti") == "Siti"


def test_numbers_dates_and_truth_keep_their_kind():
    row = [1871015708809001.0, dt.date(1980, 8, 17), MOMENT, True, 2.5, dt.time(4, 5), None, ""]
    sheet = openpyxl.load_workbook(io.BytesIO(written([Sheet("a", True, lambda: iter([row]))]))).worksheets[0]
    assert [cell.value for cell in sheet[1]] == [
        1871015708809001, MIDNIGHT, MOMENT, True, 2.5, "04:05:00",
    ]  # fmt: skip
    assert sheet["A1"].number_format == "0" and sheet.sheet_state == "hidden"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=6, unique=True))
def test_any_sheet_names_become_names_that_a_workbook_takes(names):
    data = written([Sheet(name, False, lambda: iter([["x"]])) for name in names])
    assert len(openpyxl.load_workbook(io.BytesIO(data)).worksheets) == len(names) + 1


def test_a_list_that_no_sheet_holds_is_refused():
    wide = Sheet("a", False, lambda: iter([["x"] * (LAST_COLUMN + 1)]))
    with pytest.raises(GivebackError, match="LIST_TOO_LONG"):
        written([wide])

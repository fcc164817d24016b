"""Files by their bytes: typed cells from good ones, one clear code from every other."""

import datetime as dt
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.identity import IdentityError, sheet
from tests.identity.conftest import make_workbook

ROWS = [["NIK", "Nama"], ["1871011208809001", "SUTRISNO"]]
BOOK = make_workbook(ROWS)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def rows_of(data, name="list.xlsx"):
    return [[list(row) for row in one.rows()] for one in sheet.read(data, name)]


def code_of(data, name):
    with pytest.raises(IdentityError) as refused:
        rows_of(data, name)
    assert name in refused.value.place
    assert refused.value.__context__ is None
    return refused.value.code


def with_part(name, content):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BOOK)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            target.writestr(part, content if part == name else source.read(part))
    return out.getvalue()


def test_a_workbook_keeps_the_types_of_its_cells(workbook):
    day = dt.date(1980, 8, 12)
    assert rows_of(workbook([["a", 1.5, True, day, None, "1"]])) == [[["a", 1.5, True, day, "", "1"]]]


def test_rows_and_columns_count_from_the_corner_of_the_sheet(workbook):
    assert rows_of(workbook([[], [], [None, None, "a"]])) == [[["", "", ""], ["", "", ""], ["", "", "a"]]]


def test_rows_can_be_read_twice():
    one = sheet.read(BOOK, "list.xlsx")[0]
    assert list(one.rows()) == list(one.rows()) == ROWS


def test_hidden_sheets_are_marked(workbook):
    got = sheet.read(workbook([], sheets={"A": ROWS, "B": ROWS}, hidden=("B",)), "list.xlsx")
    assert [(one.name, one.hidden) for one in got] == [("A", False), ("B", True)]


def test_an_empty_sheet_has_no_rows(workbook):
    assert rows_of(workbook([])) == [[]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_csv_is_cut_at_its_own_separator(csv_file, delimiter):
    rows = [["NIK", "Nama"], ["1871011208809001", "SRI, S.Pd; MM"], ["", "A\nB"], []]
    assert rows_of(csv_file(rows, delimiter), "list.csv") == [rows]


def test_a_csv_may_name_its_separator():
    assert rows_of(b"sep=;\r\nNIK;Nama\r\n1;A,B\r\n", "list.csv") == [[["NIK", "Nama"], ["1", "A,B"]]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_of_a_csv_are_decoded(encoding):
    assert rows_of("Nama;Ket\nJOSÉ;’n\n".encode(encoding), "list.csv") == [[["Nama", "Ket"], ["JOSÉ", "’n"]]]


@pytest.mark.parametrize(
    "data",
    ["Nama;Ket\nАБВГ;x\n".encode("cp1251"), "Nama;Ket\n\x81;x".encode("latin-1"), "Nama;Ket\nJOSÉ".encode("cp850")],
)
def test_letters_that_cannot_be_decided_are_refused(data):
    assert code_of(data, "list.csv") == "FILE_ENCODING"


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "list.xlsx", "FILE_EMPTY"),
        (b" \r\n", "list.csv", "FILE_EMPTY"),
        (BOOK[:-60], "list.xlsx", "FILE_CUT"),
        (BOOK[: len(BOOK) // 2], "list.xlsx", "FILE_CUT"),
        (BOOK, "list.csv", "FILE_RENAMED"),
        (b"NIK;Nama\n", "list.xlsx", "FILE_RENAMED"),
        (BOOK[2:], "list.xlsx", "FILE_BROKEN"),
        (OLE, "list.xls", "FILE_UNSUPPORTED"),
        (OLE, "list.xlsx", "FILE_UNSUPPORTED"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "list.xlsx", "FILE_ENCRYPTED"),
        (b"%PDF-1.7", "list.pdf", "FILE_UNSUPPORTED"),
        (b"<html><table>", "list.xls", "FILE_UNSUPPORTED"),
        (b"<html><table>", "list.csv", "FILE_RENAMED"),
        (b"NIK;Nama\0", "list.csv", "FILE_UNSUPPORTED"),
        (b"NIK;Nama\n", "list.dat", "FILE_UNSUPPORTED"),
        (b'NIK;Nama\n1;"SUTRISNO\n', "list.csv", "CSV_QUOTES"),
        (b"hanya satu kolom\nsaja\n", "list.csv", "CSV_DELIMITER"),
    ],
)
def test_a_file_that_is_no_list_is_refused_by_code(data, name, code):
    assert code_of(data, name) == code


def test_another_kind_of_archive_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert code_of(out.getvalue(), "list.ods") == "FILE_UNSUPPORTED"


def test_a_broken_part_is_refused():
    assert code_of(with_part("xl/workbook.xml", b"<workbook"), "list.xlsx") == "FILE_BROKEN"


FAR = b'<worksheet><dimension ref="A1:XFD1048576"/><sheetData>%s</sheetData></worksheet>'


def test_a_lone_cell_in_the_far_corner_is_refused_before_it_takes_the_memory():
    cells = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert code_of(with_part("xl/worksheets/sheet1.xml", FAR % cells), "list.xlsx") == "FILE_TOO_LARGE"


def test_a_vast_span_that_is_declared_and_not_filled_is_read():
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="0"/></row>'
    assert rows_of(with_part("xl/worksheets/sheet1.xml", FAR % cells))[0][0] == [1.0]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(BOOK) - 1), st.integers(1, 255))
def test_a_flipped_byte_gives_rows_or_a_code(place, flip):
    data = bytearray(BOOK)
    data[place] ^= flip
    try:
        rows_of(bytes(data))
    except IdentityError as error:
        assert error.code.startswith("FILE_")


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(max_size=80), st.text(max_size=80).map(str.encode)))
def test_any_bytes_named_csv_give_rows_or_a_code(data):
    try:
        rows_of(data, "list.csv")
    except IdentityError as error:
        assert error.code.startswith(("FILE_", "CSV_"))

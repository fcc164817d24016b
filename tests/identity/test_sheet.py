"""Files by their bytes: typed cells from good ones, one clear code from every other."""

import datetime as dt
import html
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.identity import IdentityError, sheet, texts
from tests.identity.conftest import make_workbook

ROWS = [["NIK", "Nama"], ["1871011208809001", "SUTRISNO"]]
BOOK = make_workbook(ROWS)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def rows_of(data, name="list.xlsx"):
    return [[list(row) for row in one.rows()] for one in sheet.read(data, name)]


def parquet(columns):
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


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


WRITTEN = Path(__file__).parent / "nasty" / "written"
OTHERS = {name: (WRITTEN / name).read_bytes() for name in ("libre.xls", "libre.ods", "libre.html", "libre.xlsx")}
OTHERS["list.parquet"] = parquet({"NIK": ["1871011208809001"], "Nama": ["SUTRISNO"], "Lahir": [dt.date(1980, 8, 12)]})


@pytest.mark.parametrize("name", OTHERS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_flipped_or_cut_file_of_each_kind_gives_rows_or_a_code(name, data):
    content = bytearray(OTHERS[name])
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        rows_of(bytes(content[: data.draw(st.integers(1, len(content)))]), name)
    except IdentityError as error:
        assert error.code.startswith(("FILE_", "CSV_"))


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([b"", b"PK\x03\x04", OLE[:8], b"PAR1", b"<html>", b"<table>", b"\xff\xfe", b"\xef\xbb\xbf"]),
    st.binary(max_size=60),
    st.sampled_from(sheet.ENDINGS),
)
def test_any_bytes_under_any_name_give_rows_or_a_code(head, data, ending):
    try:
        rows_of(head + data, f"list{ending}")
    except IdentityError as error:
        assert error.code.startswith(("FILE_", "CSV_"))


TAGS = st.sampled_from(
    [
        "<table>",
        "</table>",
        "<tr>",
        "</tr>",
        "<td>",
        "</td>",
        "<td\tcolspan=3>",
        "<td\trowspan=2>",
        "<td\trowspan='x'>",
        "<th>",
        "<br>",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "&nbsp;",
        "&#49;",
        "1871011208809001",
        "SUTRISNO",
        "<td",
        "'",
        '"',
    ]
)


@settings(deadline=None)
@given(st.lists(TAGS, max_size=30).map("".join))
def test_any_page_gives_only_text_that_it_shows_or_a_code(page):
    try:
        cells = [cell for one in rows_of(("<table>" + page).encode(), "list.html") for row in one for cell in row]
    except IdentityError as error:
        assert error.code.startswith("FILE_")
        return
    assert all(set(cell) <= set(html.unescape(page)) | {" "} for cell in cells)


def test_merged_cells_of_a_page_are_filled_in_their_corner():
    page = b"<table><tr><td rowspan=2>a<td colspan=2>b<td>c</tr><tr><td>d<td>e<td>f</table>"
    assert rows_of(page, "list.html") == [[["a", "b", "", "c"], ["", "d", "e", "f"]]]


def test_a_table_inside_a_table_is_a_sheet_of_its_own():
    page = b"<table><tr><td>a<table><tr><td>b</table><td>c</table>"
    assert rows_of(page, "list.html") == [[["a", "c"]], [["b"]]]
    assert [one.name for one in sheet.read(page, "list.html")] == ["table 1", "table 2"]


def test_a_page_that_spans_the_memory_is_refused():
    row = b"<tr>" + b"<td colspan=1000>x" * 50
    assert code_of(b"<table>" + row * 120, "list.html") == "FILE_TOO_LARGE"


def test_letters_are_decoded_as_the_operator_says():
    data = "No;Nama\n1;JOSÉÉ\n".encode("cp850")
    assert code_of(data, "list.csv") == "FILE_ENCODING"
    assert list(sheet.read(data, "list.csv", "cp850")[0].rows())[1] == ["1", "JOSÉÉ"]
    with pytest.raises(IdentityError):
        sheet.read(data, "list.csv", "rot13")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text[0] != "\ufeff"))
def test_text_in_utf_8_is_decoded_as_it_was(text):
    if not texts.is_text(text.encode()):
        return
    try:
        assert texts.decode(text.encode(), "list.csv") == text
    except IdentityError:
        assert "\0" in text


def test_a_wide_sheet_is_measured_and_read():
    head = ["NIK", "Nama", *[f"K{column}" for column in range(60)]]
    assert rows_of(make_workbook([head, ["1", *["x"] * 61]]))[0][0] == head


def test_a_part_that_is_larger_than_it_says_is_refused():
    data = make_workbook([["NIK", "Nama"], *[["1", "A"]] * 50])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    assert code_of(data.replace(size.to_bytes(4, "little"), (99).to_bytes(4, "little")), "list.xlsx") == "FILE_BROKEN"

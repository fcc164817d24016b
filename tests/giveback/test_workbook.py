"""An operator gets her own workbook back: three columns more, and not a bit changed in what was there."""

import io
import re
import struct
import zipfile

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage import identity
from linkage.giveback import Columns, GivebackError, add_columns, columns, judge, lines, tally, widen, with_proposals
from tests.giveback import books

DEFAULTS = identity.Defaults("ZAKAT", "2026-03", regency="18.71")
SUMMARY = "Ringkasan Lapis"
INDEXES = {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"}


def given_back(data, language="id"):
    reading = identity.read_records(data, "daftar.xlsx", DEFAULTS)
    judged = judge(reading)
    lists = {
        name: with_proposals(columns(each, reading.mappings[name].header_row, language), reading, name, language)
        for name, each in judged.items()
    }
    out = io.BytesIO()
    add_columns(io.BytesIO(data), out, lists, lines(tally(reading, judged), "daftar.xlsx", language), SUMMARY)
    return out.getvalue()


def parts(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def values(data, sheet=0):
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [list(row) for row in book.worksheets[sheet].iter_rows(values_only=True)]


def found(data, sheet=0):
    """The status of each row, by what stands in its second column."""
    table = values(data, sheet)
    head = table[books.HEADER_ROW - 1]
    at = head.index("STATUS")
    assert head[at : at + 3] == ["STATUS", "SEBAB", "SARAN"] and head.count("STATUS") == 1
    return [row[at] for row in table[books.HEADER_ROW :]], at


SHAPES = {
    "openpyxl": books.rich(),
    "xlsxwriter": books.plain(),
    "prefixed": books.prefixed(books.plain()),
    "unnumbered": books.unnumbered(books.plain()),
    "spaced": books.spaced(books.plain()),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_row_of_the_list_gets_its_status_reason_and_advice(shape):
    back = given_back(SHAPES[shape])
    statuses, at = found(back)
    assert statuses[:4] == ["OK", "PERBAIKI", "TIDAK BISA DIKIRIM", statuses[3]]
    assert at == len(books.HEADER)
    reason = values(back)[books.HEADER_ROW + 1][at + 1]
    assert "NIK_LENGTH" in reason and books.SHORT not in reason


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_that_was_there_changes(shape):
    before, after = parts(SHAPES[shape]), parts(given_back(SHAPES[shape]))
    sheet = "xl/worksheets/sheet1.xml"
    for name, content in before.items():
        if name not in INDEXES | {sheet}:
            assert after[name] == content, name
    old, new = values(SHAPES[shape]), values(given_back(SHAPES[shape]))
    width = len(books.HEADER)
    assert [row[:width] for row in new] == [row[:width] for row in old]


def test_parts_that_stay_are_copied_still_compressed():
    data = SHAPES["xlsxwriter"]

    def stored(whole):
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            for info in archive.infolist():
                name, extra = struct.unpack_from("<HH", whole, info.header_offset + 26)
                start = info.header_offset + 30 + name + extra
                yield info.filename, whole[start : start + info.compress_size]

    before, after = dict(stored(data)), dict(stored(given_back(data)))
    kept = set(before) - INDEXES - {"xl/worksheets/sheet1.xml"}
    assert kept >= {"xl/styles.xml", "xl/sharedStrings.xml", "xl/theme/theme1.xml"}
    assert all(before[name] == after[name] for name in kept)


def test_merges_filters_widths_hidden_rows_and_sheets_formulas_and_comments_survive():
    old = openpyxl.load_workbook(io.BytesIO(SHAPES["openpyxl"]))
    new = openpyxl.load_workbook(io.BytesIO(given_back(SHAPES["openpyxl"])))
    assert new.sheetnames == [*old.sheetnames, SUMMARY]
    was, now = old.worksheets[0], new.worksheets[0]
    assert [str(each) for each in now.merged_cells.ranges] == [str(each) for each in was.merged_cells.ranges]
    assert now.auto_filter.ref == was.auto_filter.ref and now.freeze_panes == was.freeze_panes
    assert now.column_dimensions["C"].width == was.column_dimensions["C"].width == 31.5
    assert now.row_dimensions[5].hidden and new["Rahasia"].sheet_state == "hidden"
    assert now["H8"].value == was["H8"].value == "=SUM(H4:H7)"
    assert now["B4"].comment.text == was["B4"].comment.text
    assert now["A1"].font.bold and now["A3"].fill.fgColor.rgb == was["A3"].fill.fgColor.rgb
    assert now.data_validations.dataValidation[0].formula1 == '"L,P"' and len(now.conditional_formatting) == 1
    assert now.column_dimensions["J"].width == 60


def test_the_records_read_from_what_was_given_back_are_the_same():
    for data in SHAPES.values():
        before = identity.read_records(data, "daftar.xlsx", DEFAULTS)
        after = identity.read_records(given_back(data), "daftar.xlsx", DEFAULTS)
        assert after.records.equals(before.records)
        assert (after.rows, after.rejected, after.skipped) == (before.rows, before.rejected, before.skipped)


@pytest.mark.parametrize("shape", SHAPES)
def test_giving_back_twice_renews_the_columns_and_the_summary(shape):
    once = given_back(SHAPES[shape])
    twice = given_back(given_back(once, "en"))
    assert values(twice) == values(once)
    assert openpyxl.load_workbook(io.BytesIO(twice)).sheetnames == openpyxl.load_workbook(io.BytesIO(once)).sheetnames


@pytest.mark.parametrize("save", [books.shared, lambda data: books.saved(openpyxl.load_workbook(io.BytesIO(data)))])
def test_an_earlier_run_is_known_after_a_program_saved_it_with_a_shared_table_or_under_other_part_names(save):
    again = given_back(save(given_back(SHAPES["xlsxwriter"])))
    assert found(again) == found(given_back(SHAPES["xlsxwriter"]))
    assert openpyxl.load_workbook(io.BytesIO(again)).sheetnames.count(SUMMARY) == 1


def test_a_column_of_the_operators_own_behind_an_earlier_run_is_kept():
    book = openpyxl.load_workbook(io.BytesIO(given_back(SHAPES["openpyxl"])))
    book.worksheets[0].cell(4, 12, "catatan petugas")
    again = given_back(books.saved(book))
    table = values(again)
    assert table[3][11] == "catatan petugas" and found(again)[1] == 8


def one_sheet(of, titles=("STATUS", "SEBAB", "SARAN"), texts=(("a", "b", "c"),)):
    return Columns(books.HEADER_ROW, titles, texts, np.array(of, np.int32))


def test_columns_of_a_pull_stand_right_of_the_verdicts_and_replace_them_without_harm():
    first = given_back(SHAPES["openpyxl"])
    book = openpyxl.load_workbook(io.BytesIO(first))
    book.worksheets[0].cell(4, 12, "catatan petugas")
    more = widen(one_sheet([-1] * 4 + [0, 0]), ("RUJUKAN",), {5: ("kunjungi",)})
    out = io.BytesIO()
    add_columns(io.BytesIO(books.saved(book)), out, {"Daftar & Tanda": more}, [], SUMMARY)
    table = values(out.getvalue())
    assert table[3][11] == "catatan petugas", "what stood behind the earlier run"
    at = table[2].index("STATUS")
    assert at == 12 and table[2][at:] == ["STATUS", "SEBAB", "SARAN", "RUJUKAN"]
    assert table[3][at:] == ["a", "b", "c", None] and table[4][at:] == ["a", "b", "c", "kunjungi"]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_arrives_as_text_and_never_as_a_formula(status, reason):
    out = io.BytesIO()
    given = one_sheet([-1] * 4 + [0], texts=((status, reason, "=1+1"),))
    add_columns(io.BytesIO(SHAPES["xlsxwriter"]), out, {"Penerima": given}, [("=1+1", 3)], SUMMARY)
    sheet = parts(out.getvalue())["xl/worksheets/sheet1.xml"]
    assert b"<f>" not in sheet
    cell = openpyxl.load_workbook(io.BytesIO(out.getvalue())).worksheets[0].cell(4, 11)
    assert cell.value == "=1+1" and cell.data_type in {"s", "inlineStr", "f"}
    row = list(next(iter(identity.read_sheets(out.getvalue(), "x.xlsx"))).rows())[3]
    assert held(row[8] if len(row) > 8 else "") == held(status)


def held(text):
    """What XML can hold of a text, with its line ends made one."""
    return (
        re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)
        .replace("\r\n", "\n")
        .replace("\r", "\n")
        .strip()
    )


UNUSUAL = {
    "comment": lambda xml: xml.replace(b"<sheetData>", b"<!-- x --><sheetData>"),
    "cdata": lambda xml: xml.replace(
        b"</sheetData>",
        b"<row r='99'><c r='A99' t='inlineStr'><is><t><![CDATA[</row>]]></t></is></c></row></sheetData>",
    ),
    "cut": lambda xml: xml[: len(xml) // 2],
    "utf-16": lambda xml: xml.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "empty": lambda xml: b"",
}


@pytest.mark.parametrize("what", UNUSUAL)
def test_a_sheet_that_is_not_as_programs_write_it_is_refused_and_not_guessed_at(what):
    data = books.reshaped(SHAPES["xlsxwriter"], UNUSUAL[what])
    with pytest.raises(GivebackError, match="WORKBOOK_UNUSUAL"):
        add_columns(io.BytesIO(data), io.BytesIO(), {"Penerima": one_sheet([-1, -1, -1, -1, 0])}, [], SUMMARY)


@pytest.mark.parametrize("part", sorted(INDEXES))
def test_a_part_with_entities_of_its_own_is_refused(part):
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    data = books.reshaped(SHAPES["xlsxwriter"], lambda xml: xml.replace(b"?>", b"?>" + bomb, 1), part)
    with pytest.raises(GivebackError, match="WORKBOOK_UNUSUAL"):
        add_columns(io.BytesIO(data), io.BytesIO(), {"Penerima": one_sheet([-1, -1, -1, -1, 0])}, [], SUMMARY)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_cut_or_bent_workbook_has_no_error_but_ours(data):
    whole = bytearray(SHAPES["xlsxwriter"])
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    whole = whole[: data.draw(st.integers(len(whole) // 2, len(whole)))]
    try:
        add_columns(io.BytesIO(bytes(whole)), io.BytesIO(), {"Penerima": one_sheet([-1, -1, -1, -1, 0])}, [], SUMMARY)
    except GivebackError as error:
        assert error.__cause__ is None and error.__context__ is None


def test_the_summary_counts_by_status_village_and_code_and_names_nobody():
    table = values(given_back(SHAPES["openpyxl"]), sheet=3)
    flat = {row[0]: row[1:] for row in table if row[0]}
    assert flat["Semua"][0] == 4 and flat["TIDAK BISA DIKIRIM"][0] == 1 and flat["NIK_LENGTH"][0] == 1
    assert flat["(baris yang tidak bisa dikirim)"][0] == 1
    shown = str(table)
    assert not any(value in shown for value in (books.GOOD, books.SHORT, "Siti", "AMINAH"))


@pytest.mark.parametrize("where", ["L9", "K5", "K1"])
def test_a_note_beside_the_list_stays_and_the_columns_go_right_of_it(where):
    book = openpyxl.load_workbook(io.BytesIO(SHAPES["openpyxl"]))
    book.worksheets[0][where] = "catatan"
    back = given_back(books.saved(book))
    assert openpyxl.load_workbook(io.BytesIO(back)).worksheets[0][where].value == "catatan"
    assert found(back)[1] == openpyxl.utils.column_index_from_string(where[0])


def test_columns_never_go_under_merged_cells():
    book = openpyxl.load_workbook(io.BytesIO(SHAPES["openpyxl"]))
    book.worksheets[0].merge_cells("H8:K9")
    assert found(given_back(books.saved(book)))[1] == 11


def test_proposed_repairs_and_repeated_rows_stand_beside_their_row_and_go_when_there_are_none():
    rows = [[1, "18710157O8809001", "Siti Aminah", "P", "17-08-1980", "", "", 1],
            [2, books.OTHER, "Budi Santoso", "L", "01-01-1975", "", "", 1],
            [3, books.OTHER, "Budi Santoso", "L", "01-01-1975", "", "", 1]]  # fmt: skip
    back = given_back(books.plain(rows))
    table = values(back)
    assert table[2][8:] == ["STATUS", "SEBAB", "SARAN", "USUL"]
    assert table[3][11] == f"NIK {books.GOOD}" and table[5][11] == "lihat baris 5"
    book = openpyxl.load_workbook(io.BytesIO(back))
    book.worksheets[0]["B4"], book.worksheets[0]["B6"] = books.GOOD, "1871014101759003"
    book.worksheets[0]["C6"] = "Wayan Sudirta"
    assert [cell for cell in values(given_back(books.saved(book)))[2] if cell][8:] == ["STATUS", "SEBAB", "SARAN"]

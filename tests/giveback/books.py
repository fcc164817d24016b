"""Workbooks as agencies keep them, made by two libraries and by hand: what has to survive being given back."""

import io
import zipfile

import openpyxl
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

GOOD, SHORT, OTHER = "1871015708809001", "187101570880", "1871014101759002"
HEADER = ["No", "NIK", "Nama", "JK", "Tanggal Lahir", "Desa", "Kecamatan", "Nominal"]
ROWS = [
    [1, GOOD, "Siti Aminah", "P", "17-08-1980", "", "", 600000],
    [2, SHORT, "Budi Santoso", "L", "01-02-1975", "", "", 600000],
    [3, None, None, None, None, None, None, 600000],
    [4, OTHER, '=HYPERLINK("http://x")', "P", "01-01-1975", "", "", 600000],
]
HEADER_ROW = 3


def rich(rows=ROWS):
    """A workbook of openpyxl with nearly everything that Excel can put around a list."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Daftar & Tanda"
    sheet["A1"] = "DAFTAR PENERIMA ZAKAT"
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.merge_cells("A1:H1")
    for column, head in enumerate(HEADER, 1):
        sheet.cell(HEADER_ROW, column, head).fill = PatternFill("solid", fgColor="FFFF00")
    for number, row in enumerate(rows, HEADER_ROW + 1):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column, value)
            if isinstance(value, str):
                cell.data_type = "s"
    last = HEADER_ROW + len(rows)
    sheet.cell(last + 1, 1, "JUMLAH")
    sheet.cell(last + 1, 8, f"=SUM(H4:H{last})")
    sheet.auto_filter.ref = f"A{HEADER_ROW}:H{last}"
    sheet.freeze_panes = "A4"
    sheet.column_dimensions["C"].width = 31.5
    sheet.row_dimensions[5].hidden = True
    sheet["B4"].comment = Comment("lihat berkas", "petugas")
    sheet.conditional_formatting.add("H4:H9", CellIsRule(operator="lessThan", formula=["1"], font=Font(bold=True)))
    rule = DataValidation(type="list", formula1='"L,P"')
    rule.add("D4:D9")
    sheet.add_data_validation(rule)
    hidden = book.create_sheet("Rahasia")
    hidden["A1"] = "catatan dalam"
    hidden.sheet_state = "hidden"
    second = book.create_sheet("Rekap")
    second["A1"] = "rekap"
    return saved(book)


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def plain(rows=ROWS, header=HEADER):
    """A workbook of xlsxwriter with styled, empty cells to the right of its list."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet, border = book.add_worksheet("Penerima"), book.add_format({"border": 1})
        sheet.merge_range(0, 0, 0, 7, "DAFTAR PENERIMA", border)
        sheet.write_string(1, 0, "Tahun 2026")
        for column, head in enumerate(header):
            sheet.write_string(2, column, head, border)
        for number, row in enumerate(rows, 3):
            for column in range(len(header) + 4):
                value = row[column] if column < len(row) else None
                sheet.write(number, column, value, border)
        sheet.set_column(0, 3, 12)
        sheet.set_column(4, 300, 9)
    return out.getvalue()


def reshaped(data, change, part="xl/worksheets/sheet1.xml"):
    """The same workbook with one part's text changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            content = source.read(info)
            target.writestr(info, change(content) if info.filename == part else content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def prefixed(data):
    """The same workbook as the Open XML SDK writes it: every tag of the sheet behind a prefix."""
    import re

    def change(xml):
        xml = re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", xml).replace(b"<x:?", b"<?")
        return xml.replace(b' xmlns="', b' xmlns:x="', 1)

    return reshaped(data, change)


def unnumbered(data):
    """The same workbook with no row or cell saying where it stands."""
    import re

    return reshaped(data, lambda xml: re.sub(rb'(<(?:row|c)\b[^>]*?) r="[A-Z0-9]+"', rb"\1", xml))


def spaced(data):
    """The same workbook as a pretty-printer leaves it, with single quotes."""
    return reshaped(
        data,
        lambda xml: (
            xml.replace(b"</row>", b"\n  </row>\n").replace(b"<row ", b"\n  <row ").replace(b' t="s"', b" t='s'")
        ),
    )


def shared(data):
    """The same workbook of xlsxwriter as a spreadsheet program saves it: its new texts in the shared table."""
    import re

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        count = archive.read("xl/sharedStrings.xml").count(b"<si>")
    entries = []

    def move(found):
        entries.append(b"<si>" + found.group(2) + b"</si>")
        return found.group(1) + b' t="s"><v>%d</v></c>' % (count + len(entries) - 1)

    pattern = rb'(<c r="[A-Z]+[0-9]+"(?: s="[0-9]+")?) t="inlineStr"><is>(.*?)</is></c>'
    moved = reshaped(data, lambda xml: re.sub(pattern, move, xml))
    assert entries
    return reshaped(moved, lambda xml: xml.replace(b"</sst>", b"".join(entries) + b"</sst>"), "xl/sharedStrings.xml")

"""Nasty containers: other kinds, other letters, broken, cut, locked and renamed files, and bombs."""

from __future__ import annotations

import struct
import zipfile

from tests.identity.nasty.case import (
    ANI,
    BORN,
    BUDI,
    Case,
    Choices,
    book,
    edited,
    opened,
    separated,
    table,
    text,
    written,
)

TWO = [["No", "NIK", "Nama"], ["1", ANI, "Siti Aminah"], ["2", BUDI, "Budi Santoso"]]
LINES = f"No;NIK;Nama\n1;{ANI};Siti Aminah\n2;{BUDI};Budi Santoso\n"
PAGE = "<html><head><meta charset='utf-8'></head><body><table>{}</table></body></html>"
ROWS = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in TWO)
FINE = {"accepted": 2, "niks": (ANI, BUDI), "names": ("SITI AMINAH", "BUDI SANTOSO")}
SHEET, CONTENT = "xl/worksheets/sheet1.xml", "content.xml"
FAR = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


def filepass(data: bytes) -> bytes:
    """Give an .xls the record that says that it has a password, in place of its second record."""
    start = data.index(struct.pack("<HH", 0x0809, 16))
    second = start + 4 + struct.unpack_from("<H", data, start + 2)[0]
    return data[:second] + struct.pack("<H", 0x002F) + data[second + 2 :]


def lying(data: bytes, stated: int = 100) -> bytes:
    """Make a zip's directory state that its sheet unpacks to another size."""
    with zipfile.ZipFile(__import__("io").BytesIO(data)) as archive:
        size = archive.getinfo(SHEET).file_size
    return data.replace(struct.pack("<I", size), struct.pack("<I", stated))


CASES = [
    *(
        Case(f"saved by {name}", name, written(name), **FINE)
        for name in ("libre.xls", "libre.ods", "libre.xlsx", "libre.html", "libre-tabs.csv")
    ),
    *(
        Case(f"days since 1904 in {name}", name, written(name), accepted=2, births=(BORN, BORN.replace(day=13)))
        for name in ("libre-1904.ods", "libre-1904.xls", "libre-1904.xlsx", "xlwt-1904.xls")
    ),
    *(
        Case(
            f"hidden row and column in {name}",
            name,
            written(name),
            ((2, "nik", "COLUMN_HIDDEN"), (4, "row", "ROW_HIDDEN")),
            **FINE,
        )
        for name in ("libre-hidden.ods", "libre-hidden.xlsx")
    ),
    *(
        Case(
            f"NIKs as numbers in {name}",
            name,
            written(name),
            ((3, "nik", "NIK_NUMERIC"), (4, "nik", "NIK_NUMERIC")),
            2,
            niks=(None, None),
        )
        for name in ("libre-numbers.ods", "libre-numbers.xls")
    ),
    Case("an .xls of xlwt with a hidden sheet", "a.xls", written("xlwt.xls"), ((1, "sheet", "SHEET_HIDDEN"),), **FINE),
    Case("a page named .xls", "a.xls", text(PAGE.format(ROWS)), **FINE),
    Case(
        "a page named .html in cp1252",
        "a.html",
        text(PAGE.format(ROWS).replace("utf-8", "windows-1252"), "cp1252"),
        **FINE,
    ),
    Case("a bare table named .xls", "a.xls", text(f"<table>{ROWS}</table>"), **FINE),
    Case("a page in UTF-16", "a.xls", text(PAGE.format(ROWS), "utf-16"), **FINE),
    Case(
        "a page of unclosed cells and merged titles",
        "a.xls",
        text(
            "<TABLE><TR><TH colspan=3>DAFTAR<TR><TD>No<TD>NIK<TD>Nama"
            f"<TR><TD rowspan=2>1<TD>{ANI}<TD>Siti<br>Aminah<TR><TD>{BUDI}<TD>Budi&nbsp;Santoso</TABLE>"
        ),
        **FINE,
    ),
    Case(
        "a page whose second row is not shown",
        "a.html",
        text(PAGE.format(ROWS.replace("<tr><td>2", "<tr style='display:none'><td>2"))),
        ((3, "row", "ROW_HIDDEN"),),
        **FINE,
    ),
    Case(
        "a page with a script and no table",
        "a.html",
        text("<html><script>table</script></html>"),
        refused="FILE_UNSUPPORTED",
    ),
    Case("a page named .csv", "a.csv", text(PAGE.format(ROWS)), refused="FILE_RENAMED"),
    Case("Parquet", "a.parquet", table({"NIK": [ANI, BUDI], "Nama": ["Siti Aminah", "Budi Santoso"]}), **FINE),
    Case(
        "Parquet with whole numbers",
        "a.parquet",
        table({"NIK": [int(ANI), int(BUDI)], "Nama": ["SITI", "BUDI"]}),
        ((2, "nik", "NIK_NUMERIC"), (3, "nik", "NIK_NUMERIC")),
        2,
        niks=(None, None),
    ),
    Case(
        "Parquet with days and a list for a cell",
        "a.parquet",
        table({"NIK": [ANI], "Nama": ["SITI"], "Tgl Lahir": [BORN], "Ket": [[1]]}),
        accepted=1,
        births=(BORN,),
    ),
    Case(
        "Parquet that is cut", "a.parquet", lambda: table({"NIK": [ANI], "Nama": ["SITI"]})()[:-9], refused="FILE_CUT"
    ),
    Case(
        "Parquet with a broken foot",
        "a.parquet",
        lambda: table({"NIK": [ANI], "Nama": ["SITI"]})()[:-40] + b"\0" * 36 + b"PAR1",
        refused="FILE_BROKEN",
    ),
    Case("Parquet named .csv", "a.csv", table({"NIK": [ANI], "Nama": ["SITI"]}), refused="FILE_RENAMED"),
    Case("commas", "a.csv", separated(TWO, ","), **FINE),
    Case("tabs named .txt", "a.txt", separated(TWO, "\t"), **FINE),
    Case("bars", "a.csv", separated(TWO, "|"), **FINE),
    Case("a separator that is named", "a.csv", text("sep=;\r\n" + LINES), **FINE),
    Case("UTF-8 with its mark", "a.csv", text(LINES, "utf-8-sig"), **FINE),
    Case("UTF-16 with its mark", "a.csv", text(LINES, "utf-16"), **FINE),
    Case("UTF-16 without a mark", "a.csv", text(LINES, "utf-16-le"), refused="FILE_ENCODING"),
    Case(
        "UTF-16 without a mark, named", "a.csv", text(LINES, "utf-16-le"), choices=Choices(encoding="utf-16-le"), **FINE
    ),
    Case(
        "cp1252 with accents",
        "a.csv",
        text("No;NIK;Nama\n1;;José Müller\n", "cp1252"),
        ((2, "nik", "NIK_NONE"),),
        1,
        names=("JOSE MULLER",),
    ),
    Case("another code page", "a.csv", text("No;NIK;Nama\n1;;ДМИТРИЙ\n", "cp1251"), refused="FILE_ENCODING"),
    Case("half a letter at the end", "a.csv", lambda: LINES.encode() + b"3;;JOS\xc3", refused="FILE_ENCODING"),
    Case("old line ends", "a.csv", text(LINES.replace("\n", "\r")), **FINE),
    Case(
        "a separator inside an unquoted name",
        "a.csv",
        text(f"No,NIK,Nama,Ket\n1,{ANI},Siti Aminah, S.Pd,x\n2,{BUDI},Budi Santoso,\n"),
        ((2, "row", "ROW_SHIFTED"),),
        1,
        1,
        names=("BUDI SANTOSO",),
    ),
    Case("quotation marks that do not pair", "a.csv", text(LINES + '3;;"ANI\n'), refused="CSV_QUOTES"),
    Case("one column", "a.csv", text("NIK\n1\n"), refused="CSV_DELIMITER"),
    Case("nothing", "a.xlsx", text(""), refused="FILE_EMPTY"),
    Case("blanks", "a.csv", text(" \r\n\t"), refused="FILE_EMPTY"),
    Case("a document", "a.pdf", text("%PDF-1.7"), refused="FILE_UNSUPPORTED"),
    Case("a web archive named .csv", "a.csv", text("MIME-Version: 1.0\n"), refused="FILE_UNSUPPORTED"),
    Case("a workbook that is cut", "a.xlsx", lambda: book(TWO)()[:-60], refused="FILE_CUT"),
    Case("a workbook without its head", "a.xlsx", lambda: book(TWO)()[2:], refused="FILE_BROKEN"),
    Case("an .xls that is cut", "a.xls", lambda: written("libre.xls")()[:-100], refused="FILE_CUT"),
    Case("an .ods that is cut", "a.ods", lambda: written("libre.ods")()[:-100], refused="FILE_CUT"),
    Case("an .xls cut at a sector", "a.xls", lambda: written("libre.xls")()[:1024], refused="FILE_UNSUPPORTED"),
    Case("a workbook named .csv", "a.csv", book(TWO), refused="FILE_RENAMED"),
    Case("a workbook named .xls", "a.xls", book(TWO), refused="FILE_RENAMED"),
    Case("an .ods named .xlsx", "a.xlsx", written("libre.ods"), refused="FILE_RENAMED"),
    Case("an .xls named .xlsx", "a.xlsx", written("libre.xls"), refused="FILE_RENAMED"),
    Case("text named .xlsx", "a.xlsx", text(LINES), refused="FILE_RENAMED"),
    Case("text named .xls", "a.xls", text(LINES), refused="FILE_RENAMED"),
    Case(
        "a workbook with a password",
        "a.xlsx",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le"),
        refused="FILE_ENCRYPTED",
    ),
    Case("an .xls with a password", "a.xls", lambda: filepass(written("xlwt.xls")()), refused="FILE_ENCRYPTED"),
    Case(
        "an .ods with a password",
        "a.ods",
        edited(
            written("libre.ods"),
            "META-INF/manifest.xml",
            lambda old: old.replace(b"</manifest:manifest>", b"<manifest:encryption-data/></manifest:manifest>"),
        ),
        refused="FILE_ENCRYPTED",
    ),
    Case(
        "a lone cell in the far corner",
        "a.xlsx",
        edited(book(TWO), SHEET, lambda _: FAR % b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        refused="FILE_TOO_LARGE",
    ),
    Case(
        "cells of a far corner that do not say where they are",
        "a.xlsx",
        edited(
            book(TWO),
            SHEET,
            lambda _: FAR % (b"<row>" + b"<c><v>1</v></c>" * 999 + b'</row><row r="1048576"><c><v>1</v></c></row>'),
        ),
        refused="FILE_TOO_LARGE",
    ),
    Case(
        "an .ods whose filled cell repeats a million times",
        "a.ods",
        edited(
            written("libre.ods"),
            CONTENT,
            lambda old: old.replace(
                b'<table:table-row table:style-name="ro1">',
                b'<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="string" '
                b'table:number-columns-repeated="999"><text:p>x</text:p></table:table-cell></table:table-row>'
                b'<table:table-row table:style-name="ro1">',
                1,
            ),
        ),
        refused="FILE_TOO_LARGE",
    ),
    Case("a part that unpacks to gigabytes", "a.xlsx", lambda: lying(book(TWO)(), 3 << 30), refused="FILE_TOO_LARGE"),
    Case("a part larger than it says", "a.xlsx", lambda: lying(book(TWO)()), refused="FILE_BROKEN"),
    Case(
        "a part that defines entities",
        "a.ods",
        edited(written("libre.ods"), CONTENT, lambda old: old.replace(b"?>", b"?><!DOCTYPE x [<!ENTITY a 'a'>]>", 1)),
        refused="FILE_BROKEN",
    ),
    Case(
        "an archive of something else",
        "a.xlsx",
        edited(written("libre.ods"), "mimetype", lambda _: b"application/vnd.oasis.opendocument.text"),
        refused="FILE_UNSUPPORTED",
    ),
    Case(
        "two sheets of which one holds notes",
        "a.xlsx",
        book([], sheets={"Isi": TWO, "Catatan": [["halo", "dunia"]]}),
        ((1, "sheet", "SHEET_SKIPPED"),),
        **FINE,
    ),
    Case("formulas with their last values", "a.xlsx", opened([*TWO, ["=1+2", "", ""]]), **FINE),
]

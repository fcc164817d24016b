"""Make the files here anew: lists as LibreOffice and xlwt write them, for readers have to bear what others write.

Needs LibreOffice (`soffice`) and xlwt, which the tests do not. Run `python tests/identity/nasty/written/make.py` after
a change, and look at the difference. Every person in them is made up.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import tempfile
from pathlib import Path

import openpyxl
import xlwt
from openpyxl.utils.datetime import CALENDAR_MAC_1904

HERE = Path(__file__).parent
HEAD = ["No", "NIK", "Nama", "JK", "Tgl Lahir", "Nominal"]
ROWS = [
    HEAD,
    [1, "1871015208809001", "Siti Aminah", "P", dt.date(1980, 8, 12), 600000],
    [2, "1871011308809002", "Budi Santoso", "L", dt.date(1980, 8, 13), 600000],
]


def libre(source: Path, kind: str, name: str, out: Path) -> None:
    """Convert a workbook as LibreOffice does when a person saves it under another kind."""
    command = ["soffice", "--headless", "--convert-to", kind, "--outdir", str(out), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    made = out / f"{source.stem}.{kind.partition(':')[0]}"
    (HERE / name).write_bytes(made.read_bytes())


def book(path: Path, *, hide: bool = False, since_1904: bool = False, numbers: bool = False) -> Path:
    """Write the workbook that is converted."""
    made = openpyxl.Workbook()
    if since_1904:
        made.epoch = CALENDAR_MAC_1904
    sheet = made.active
    sheet.title = "Data"
    sheet.append(["DAFTAR PENERIMA", *[None] * 5])
    sheet.merge_cells("A1:F1")
    for row in ROWS:
        sheet.append([int(cell) if numbers and column == 1 and str(cell).isdigit() else cell
                      for column, cell in enumerate(row)])  # fmt: skip
    if hide:
        sheet.row_dimensions[4].hidden = True
        sheet.column_dimensions["B"].hidden = True
    made.save(path)
    return path


def old(name: str, *, since_1904: bool = False, hidden_sheet: bool = False) -> None:
    """Write an .xls with xlwt."""
    made = xlwt.Workbook()
    made.dates_1904 = since_1904
    sheet = made.add_sheet("Data")
    day = xlwt.easyxf(num_format_str="dd/mm/yyyy")
    for place, row in enumerate(ROWS):
        for column, cell in enumerate(row):
            if isinstance(cell, dt.date):
                sheet.write(place, column, cell, day)
            else:
                sheet.write(place, column, cell)
    if hidden_sheet:
        made.add_sheet("Lama").visibility = 1
        made.get_sheet(1).write(0, 0, "NIK")
    made.save(HERE / name)


def main() -> None:
    """Make every file."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        plain, hidden = book(out / "plain.xlsx"), book(out / "hidden.xlsx", hide=True)
        for kind in ("xls", "ods", "html", "xlsx"):
            libre(plain, kind, f"libre.{kind}", out / "converted")
        libre(hidden, "ods", "libre-hidden.ods", out / "converted")
        libre(hidden, "xlsx", "libre-hidden.xlsx", out / "converted")
        libre(book(out / "numbers.xlsx", numbers=True), "ods", "libre-numbers.ods", out / "converted")
        libre(book(out / "numbers.xlsx", numbers=True), "xls", "libre-numbers.xls", out / "converted")
        libre(book(out / "since-1904.xlsx", since_1904=True), "ods", "libre-1904.ods", out / "converted")
        libre(book(out / "since-1904.xlsx", since_1904=True), "xls", "libre-1904.xls", out / "converted")
        libre(book(out / "since-1904.xlsx", since_1904=True), "xlsx", "libre-1904.xlsx", out / "converted")
        csv = "csv:Text - txt - csv (StarCalc):9,34,UTF16"
        libre(plain, csv, "libre-tabs.csv", out / "converted")
    old("xlwt.xls", hidden_sheet=True)
    old("xlwt-1904.xls", since_1904=True)


if __name__ == "__main__":
    sys.exit(main())

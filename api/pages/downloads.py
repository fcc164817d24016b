"""A table as a file: CSV and XLSX of what its page shows, and of nothing else. No cell is ever a formula."""

from __future__ import annotations

import csv
import io
from typing import Any

import xlsxwriter
from fastapi import Response

from api.pages.cells import label
from api.pages.tables import Column, View
from api.services.exports import plain

TYPES = {"csv": "text/csv; charset=utf-8",
         "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip
GIVEN: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/html": {}, **{kind.partition(";")[0]: {} for kind in TYPES.values()}},
        "description": "the page, or a file of its table",
    }
}
"""What a page with tables answers, for the published form."""
WIDEST = 60


def give(view: View) -> Response:
    """Return the file that was asked for."""
    content = _csv(view).encode() if view.form == "csv" else workbook(view)
    name = f'attachment; filename="lapis-{view.table.name}.{view.form}"'
    return Response(content, media_type=TYPES[view.form], headers={"content-disposition": name})


def _csv(view: View) -> str:
    """Return RFC 4180: numbers bare, days and moments as ISO 8601, codes by their names in the page's language."""
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(column.heading(view.language) for column in view.table.columns)
    for row in view.rows:
        write.writerow(_bare(_typed(column, row, view.language)) for column in view.table.columns)
    return out.getvalue()


def workbook(view: View) -> bytes:
    """Return a workbook of one sheet: days, numbers and rupiah typed, all else text."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(view.title[:31])
        sheet.freeze_panes(1, 0)
        head = book.add_format({"bold": True, "bottom": 1})
        for at, column in enumerate(view.table.columns):
            kept = book.add_format({"num_format": column.kind.pattern} if column.kind.pattern else {})
            sheet.write_string(0, at, column.heading(view.language), head)
            written = [_typed(column, row, view.language) for row in view.rows]
            for number, value in enumerate(written, 1):
                _put(sheet, (number, at), value, kept)
            widths = (len(column.text(row, view.language)) for row in view.rows[:200])
            sheet.set_column(at, at, min(WIDEST, max([len(column.heading(view.language)), *widths]) + 2))
        sheet.autofilter(0, 0, len(view.rows), len(view.table.columns) - 1)
    return out.getvalue()


def _typed(column: Column, row: Any, language: str) -> Any:
    """Return a cell as a file holds it: what may not be told says so, what is not there is empty."""
    value = column.value(row)
    if value is None:
        return "" if column.none == "nothing" else label(column.none, "none", language)
    return (column.kind.typed or column.kind.text)(value, language)


def _bare(value: Any) -> str:
    if isinstance(value, str):
        return plain(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _put(sheet: Any, where: tuple[int, int], value: Any, kept: Any) -> None:
    """Write a cell by its own type: text is text, whatever sign it begins with."""
    if isinstance(value, str):
        sheet.write_string(*where, value)
    elif hasattr(value, "isoformat"):
        sheet.write_datetime(*where, value, kept)
    else:
        sheet.write_number(*where, value, kept)

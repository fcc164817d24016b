"""An empty list to fill in: headers that the reader knows, hints above them, and a NIK column that keeps its digits.

Holds no example rows: they end up in lists.
"""

from __future__ import annotations

import datetime as dt
import io
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import xlsxwriter

from linkage.giveback.words import Language
from linkage.identity import programme_codes

HEADER_ROW = 3
_LAST = 1_048_575
_LONGEST_CHOICE = 255
_DIGITS = 'SUMPRODUCT(--ISNUMBER(FIND(MID({},ROW($1:$16),1),"0123456789")))'
"""Counts digits sign by sign: a number's own test would take 1e15 for them."""
_MADE = dt.datetime(2026, 1, 1)  # noqa: DTZ001 — the format stores no zone, and a clock would change the bytes


@dataclass(frozen=True, slots=True)
class _Column:
    header: str
    kind: str
    width: int
    id: str
    en: str


@cache
def _table() -> tuple[tuple[_Column, ...], dict[str, dict[str, str]]]:
    table = tomllib.loads(files(__package__).joinpath("data", "template.toml").read_text(encoding="utf-8"))
    return tuple(_Column(**each) for each in table["columns"]), table["words"]


def template(language: Language) -> bytes:
    """Return an .xlsx with no rows; its headers are Indonesian, its hints in the language."""
    out = io.BytesIO()
    columns, words = _table()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": _MADE})
        _fill(book, columns, words[language], language)
    return out.getvalue()


def _fill(book: Any, columns: tuple[_Column, ...], words: dict[str, str], language: Language) -> None:
    sheet = book.add_worksheet(words["sheet"])
    title, text = book.add_format({"bold": True, "font_size": 14}), book.add_format({"num_format": "@"})
    hint = book.add_format({"italic": True, "text_wrap": True, "valign": "top", "font_color": "#555555"})
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#DDE6EE", "num_format": "@"})
    money = book.add_format({"num_format": "#,##0"})
    sheet.write_string(0, 0, words["title"], title)
    sheet.set_row(1, 64)
    for number, column in enumerate(columns):
        style = {"money": money, "number": None}.get(column.kind, text)
        sheet.set_column(number, number, column.width, style)
        sheet.write_string(1, number, getattr(column, language), hint)
        sheet.write_string(HEADER_ROW - 1, number, column.header, head)
        rule = _rule(column.kind, number, words)
        if rule:
            sheet.data_validation(HEADER_ROW, number, _LAST, number, rule)
    sheet.freeze_panes(HEADER_ROW, 0)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{_LAST + 1}"})


def _rule(kind: str, column: int, words: dict[str, str]) -> dict[str, Any] | None:
    """Return what cells of a kind may hold; a wrong one is stopped, a blank one never."""
    cell = f"{chr(65 + column)}{HEADER_ROW + 1}"
    rules: dict[str, dict[str, Any]] = {
        "digits": {
            "validate": "custom",
            "value": f"=AND(ISTEXT({cell}),LEN({cell})=16,{_DIGITS.format(cell)}=16)",
        },
        "sex": {"validate": "list", "source": ["L", "P"]},
        "programme": {"validate": "list", "source": list(programme_codes())},
        "money": {"validate": "integer", "criteria": ">=", "value": 0},
    }
    rule = rules.get(kind)
    if rule is None or len(",".join(rule.get("source", ()))) > _LONGEST_CHOICE:
        return None
    return {**rule, "ignore_blank": True, "error_title": "Lapis", "error_message": words[kind]}

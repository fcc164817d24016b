"""Sheets of paper: fonts, styles and tables of the PDFs that people sign or lock away. Knows no clock.

All text is escaped: a file's name is no markup.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import reportlab
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import CondPageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

WIDTH = 170 * mm
BODY, BOLD = "LapisText", "LapisBold"
_SIZES = {"title": 13, "head": 10.5, "text": 9.5, "small": 8, "fine": 7}


@cache
def _fonts() -> None:
    """Load Bitstream Vera, which comes with reportlab: standard fonts hold no letters beyond cp1252."""
    folder = Path(reportlab.__file__).parent / "fonts"
    pdfmetrics.registerFont(TTFont(BODY, str(folder / "Vera.ttf")))
    pdfmetrics.registerFont(TTFont(BOLD, str(folder / "VeraBd.ttf")))


def line(text: str, kind: str = "text", *, centred: bool = False, right: bool = False) -> Any:
    """Return a paragraph: `title`, `head`, `text`, `small` or `fine`."""
    _fonts()
    size = _SIZES[kind]
    style = ParagraphStyle(
        kind,
        fontName=BOLD if kind in {"title", "head"} else BODY,
        fontSize=size,
        leading=size * 1.35,
        alignment=1 if centred else 2 if right else 0,
        spaceBefore=8 if kind == "head" else 0,
        spaceAfter=3,
        splitLongWords=True,
    )
    return Paragraph(escape(text).replace("\n", "<br/>"), style)


def code(text: str) -> Any:
    """Return a line to type off: every sign as wide as the others."""
    return Paragraph(escape(text), ParagraphStyle("code", fontName="Courier-Bold", fontSize=10.5, leading=14))


def gap(millimetres: float) -> Any:
    """Return empty space."""
    return Spacer(0, millimetres * mm)


def room(millimetres: float) -> Any:
    """Return a break to a new sheet unless so much room is left: a heading stands with what it heads."""
    return CondPageBreak(millimetres * mm)


def table(
    rows: Sequence[Sequence[str | int]], widths: Sequence[float], *, heads: int = 1, lines: bool = True,
    right: Collection[int] | None = None, kind: str = "small",
) -> Any:  # fmt: skip
    """Return a table; `widths` are shares of the page, numbers stand right, and heads repeat on each page.

    `right`: the columns whose text stands right, too, and whose heads alone do; `kind`: of its text.
    """
    cells = [
        [
            line(cell, kind, right=column in right if right is not None else number < heads and column > 0)
            if isinstance(cell, str)
            else _count(cell)
            for column, cell in enumerate(row)
        ]
        for number, row in enumerate(rows)
    ]
    style: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), BODY, 8),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    if kind == "fine":
        style += [("LEFTPADDING", (0, 0), (-1, -1), 2), ("RIGHTPADDING", (0, 0), (-1, -1), 2)]
    if lines:
        style += [("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.grey)]
    if lines and heads:
        style += [("BACKGROUND", (0, 0), (-1, heads - 1), colors.HexColor("#E8EDF2"))]
    return Table(cells, [share * WIDTH for share in widths], repeatRows=heads, style=style)


def _count(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def build(story: Sequence[Any], title: str, page: str, foot: str = "") -> bytes:
    """Return the PDF; the same story makes the same bytes. `foot`: what stands under each page, beside its number."""
    _fonts()
    out = io.BytesIO()

    def number(canvas: Any, document: Any) -> None:
        canvas.setFont(BODY, 7)
        canvas.drawString(20 * mm, 10 * mm, foot)
        canvas.drawRightString(A4[0] - 20 * mm, 10 * mm, f"Lapis · {page} {document.page}")

    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin"), 20 * mm)
    document = SimpleDocTemplate(
        out, pagesize=A4, **margins, bottomMargin=18 * mm, title=title, author="Lapis", invariant=1
    )
    document.build(list(story), onFirstPage=number, onLaterPages=number)
    return out.getvalue()

"""The workbook that goes back to an agency's operator: which of her rows are meant, and what is suggested for each.

It is made and read at the agency; the names in it come from her own list and go nowhere.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

from linkage import identity
from linkage.errors import LapisError
from linkage.identity import IdentityError
from scripts import files

COLUMNS = ("LEMBAR", "BARIS", "NAMA", "RUJUKAN", "PROGRAM", "SARAN", "HASIL", "JAWABAN", "REF", "TANYA")
WIDTHS = (14, 8, 30, 10, 12, 46, 18, 12, 4, 4)
HIDDEN = ("REF", "TANYA")
OUTCOMES, ANSWERS = ("RUJUKAN", "HASIL", "REF"), ("JAWABAN", "REF", "TANYA")
"""The columns that outcomes, and answers about rows in doubt, are read from."""
YES_NO = {"ya": True, "yes": True, "tidak": False, "no": False}
"""What the operator writes into JAWABAN."""
RESULTS = {
    "dikunjungi": "visited",
    "terdaftar": "registered",
    "sudah dilayani": "already-served",
    "tidak ditemukan": "not-found",
    "pindah": "moved",
    "meninggal": "deceased",
}
"""What the operator writes into HASIL, and the word that the centre knows."""
ADVICE = {
    "offer-programme": "Tawarkan program ini; belum tercatat menerimanya",
    "review-together": "Tinjau bersama instansi lain; jangan menghentikan bantuan",
    "correct-row": "Warga minta diperbaiki: betulkan, tarik baris lama, kirim yang baru",
    "erase-row": "Warga minta dihapus: hapus di daftar, lalu tarik baris ini",
    "confirm-row": "Baris ini diragukan. Tanyakan kepada orangnya: apakah ia juga ada di daftar lain? Isi JAWABAN: ya "
    "atau tidak; kosongkan bila tidak tahu. Jangan menghentikan bantuan",
}
ASKED = {"erase": "erase-row", "correct": "correct-row", "review": "review-together", "confirm": "confirm-row"}
"""What the centre's feedback asks of an agency, by its word."""


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """One row of the operator's list that is meant; `referral` is the campaign's number, if it is of one.

    `question`: which question of the centre JAWABAN answers, if it asks one.
    """

    sheet: str
    row: int
    name: str
    referral: int | None
    programme: str
    advice: str
    ref: bytes
    question: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the operator answered about a row in doubt, as the centre takes it."""

    question: str
    ref: str
    same: bool


def write(path: Path, lines: Sequence[Line]) -> None:
    """Write the workbook for its owner's eyes alone; raises LapisError FILE_EXISTS."""
    files.write_private(path, content(lines))


def content(lines: Sequence[Line]) -> bytes:
    """Return the workbook."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("SARAN")
        head = book.add_format({"bold": True, "bottom": 1})
        for at, (title, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
            page.write_string(0, at, title, head)
            page.set_column(at, at, width, None, {"hidden": title in HIDDEN})
        for row, line in enumerate(lines, 1):
            cells = (line.sheet, line.row, line.name, line.referral, line.programme, line.advice, "", "",
                     line.ref.hex(), line.question)  # fmt: skip
            for at, cell in enumerate(cells):
                # As text and number only: a name that begins with "=" must not become a formula.
                page.write_number(row, at, cell) if isinstance(cell, int) else page.write_string(row, at, cell or "")
        page.data_validation(1, 6, max(1, len(lines)), 6, {"validate": "list", "source": list(RESULTS)})
        page.data_validation(1, 7, max(1, len(lines)), 7, {"validate": "list", "source": ["ya", "tidak"]})
        page.freeze_panes(1, 0)
    return out.getvalue()


def read(path: Path, referral: int) -> dict[str, list[str]]:
    """Return references by outcome, as the operator filled in HASIL for one campaign.

    Raises LapisError FILE_UNREADABLE, RETURNS_FORM, or OUTCOME_WORD with the row that is to be corrected.
    """
    return told(files.read(path), path.name, referral)


def told(data: bytes, name: str, referral: int) -> dict[str, list[str]]:
    """Return the same of the bytes of a workbook of that name."""
    rows = _rows(data, name, OUTCOMES, "pull", "HASIL")
    found: dict[str, list[str]] = {}
    for number, row in enumerate(rows, 2):
        word = str(row["HASIL"] or "").strip().lower()
        if not word or row["RUJUKAN"] != referral:
            continue
        outcome = word if word in RESULTS.values() else RESULTS.get(word)
        if outcome is None:
            hint = "one of: " + ", ".join(RESULTS)
            raise LapisError("OUTCOME_WORD", "not a known outcome", place=f"{name}, row {number}", hint=hint)
        found.setdefault(outcome, []).append(str(row["REF"]))
    return found


def answers(data: bytes, name: str) -> list[Answered]:
    """Return what stands in JAWABAN of a workbook of that name; blank ones are left out.

    Raises LapisError RETURNS_FORM, or ANSWER_WORD with the row that is to be corrected.
    """
    found = []
    for number, row in enumerate(_rows(data, name, ANSWERS, "feedback", "JAWABAN"), 2):
        word, question = str(row["JAWABAN"] or "").strip().lower(), str(row["TANYA"] or "").strip()
        if not word or not question:
            continue
        if word not in YES_NO:
            raise LapisError("ANSWER_WORD", "not a known answer", place=f"{name}, row {number}", hint="ya or tidak")
        found.append(Answered(question, str(row["REF"]), YES_NO[word]))
    return found


def _rows(data: bytes, name: str, columns: Sequence[str], wrote: str, fill: str) -> list[dict[str, object]]:
    """Read the first sheet, within the limits of any list."""
    try:
        head, *rows = (list(row) for row in identity.read_sheets(data, name)[0].rows())
    except IdentityError as error:
        if error.code == "FILE_TOO_LARGE":
            raise
        head, rows = [], []
    except (ValueError, IndexError):
        head, rows = [], []
    if not set(columns) <= set(head):
        hint = f"give the workbook that `lapis agency {wrote}` wrote, with {fill} filled in"
        raise LapisError("RETURNS_FORM", "not such a workbook", place=name, hint=hint)
    width = len(head)
    return [dict(zip(map(str, head), [*row, *[""] * (width - len(row))], strict=False)) for row in rows]

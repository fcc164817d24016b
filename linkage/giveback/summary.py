"""The summary as a table of cells: for a sheet of the workbook given back. Holds counts, and no row of the list."""

from __future__ import annotations

from linkage.giveback.remarks import sentence, todo
from linkage.giveback.tally import Tally, village_name
from linkage.giveback.words import STATUSES, Language, status, word
from linkage.identity import codes

Line = tuple[str | int, ...]


def lines(tally: Tally, file_name: str, language: Language) -> list[Line]:
    """Return the rows of the summary's sheet; texts that a program could take for a formula are disarmed."""
    table: list[Line] = [
        (word(language, "checked"),),
        (word(language, "list"), file_name),
        (),
        *_by_status(tally, language),
        (),
        *_by_village(tally, language),
        (),
        *_by_code(tally, language),
    ]
    if tally.sheets:
        table += [(), *_about_sheets(tally, language)]
    return [tuple(disarm(cell) if isinstance(cell, str) else cell for cell in line) for line in table]


def disarm(text: str) -> str:
    """Return a text that no program takes for a formula, whatever file it is copied or exported to (OWASP)."""
    return "'" + text if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _by_status(tally: Tally, language: Language) -> list[Line]:
    counts = [(status(language, name), tally.statuses.get(name, 0)) for name in STATUSES]
    return [(word(language, "by_status"), word(language, "rows")), *counts, (word(language, "all"), tally.rows)]


def _by_village(tally: Tally, language: Language) -> list[Line]:
    heads = [status(language, name) for name in STATUSES]
    rows: list[Line] = [(word(language, "by_village"),), (word(language, "village"), word(language, "rows"), *heads)]
    for village, counts in tally.villages.items():
        rows.append((village_name(village, language), sum(counts.values()), *(counts.get(s, 0) for s in STATUSES)))
    return rows


def _by_code(tally: Tally, language: Language) -> list[Line]:
    heads = (word(language, name) for name in ("code", "rows", "meaning", "what_to_do"))
    said = [
        (code, count, sentence(codes()[code], language), todo(codes()[code], language))
        for code, count in tally.codes.items()
    ]
    return [(word(language, "by_code"),), tuple(heads), *said]


def _about_sheets(tally: Tally, language: Language) -> list[Line]:
    heads = (word(language, name) for name in ("sheet", "code", "meaning", "what_to_do"))
    found = [
        (sheet, code, sentence(codes()[code], language), todo(codes()[code], language)) for sheet, code in tally.sheets
    ]
    return [(word(language, "about_lists"),), tuple(heads), *found]

"""Open .csv text as a sheet of str cells, cut at its own separator. Never guesses where quotation marks do not pair."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial

from linkage.identity.cells import Cell
from linkage.identity.errors import IdentityError
from linkage.identity.grid import Sheet

_DELIMITERS = (",", ";", "\t", "|")
_SNIFF = 50


def read(text: str, file_name: str) -> Sheet:
    """Open the text. Raises IdentityError CSV_DELIMITER, and CSV_QUOTES while its rows are drawn."""
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        # A spreadsheet program does not show this line, so rows count from the next.
        delimiter, text = first.strip()[-1], rest
    else:
        delimiter = _delimiter(text, file_name)
    return Sheet("", False, partial(_rows, text, delimiter, file_name), ragged=True)


def _rows(text: str, delimiter: str, file_name: str) -> Iterator[Sequence[Cell]]:
    with suppress(csv.Error):
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return
    hint = "save it again as CSV UTF-8, or as .xlsx"
    raise IdentityError("CSV_QUOTES", "quotation marks do not pair", place=file_name, hint=hint)


def _delimiter(text: str, file_name: str) -> str:
    """Return the separator that cuts most of the first lines into the same number of parts."""
    lines = [line for line in text[:100_000].splitlines()[:_SNIFF] if line.strip()]
    best, score = "", 0
    for delimiter in _DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        except csv.Error:
            continue
        common = max(set(widths), key=lambda width: (widths.count(width) * (width > 1), width), default=1)
        if common > 1 and widths.count(common) * common > score:
            best, score = delimiter, widths.count(common) * common
    if not best:
        raise IdentityError("CSV_DELIMITER", "no column separator was found", place=file_name, hint="use ; or ,")
    return best

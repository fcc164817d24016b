"""The rows of a list as they stand in the file, for the agency's own eyes. Reads; judges nothing and never prints."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from linkage.identity import header, sheet
from linkage.identity.cells import Cell, as_text


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """A row's place (1-based; a .csv has no sheet name), its sheet's titles, and its cells as text. Does not print."""

    sheet: str
    row: int
    titles: tuple[str, ...]
    cells: tuple[str, ...]


def extract(
    data: bytes, file_name: str, mappings: Mapping[str, header.Mapping], wanted: Collection[tuple[str, int]]
) -> list[Row]:
    """Return the rows at these places (sheet, row) of a file that `read_records` has read, in their order."""
    found = []
    for one in sheet.read(data, file_name):
        rows = {row for name, row in wanted if name == one.name}
        if not rows or one.name not in mappings:
            continue
        titles: tuple[str, ...] = ()
        for number, cells in enumerate(one.rows(), 1):
            if number == mappings[one.name].header_row:
                titles = _texts(cells)
            elif number in rows:
                found.append(Row(one.name, number, titles, _texts(cells)))
    return found


def _texts(cells: Collection[Cell]) -> tuple[str, ...]:
    return tuple(as_text(cell) for cell in cells)

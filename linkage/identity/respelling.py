"""Read the names of a list again with some steps of normalisation left out, to see what each is worth.

For measuring alone: what an agency sends is what `records` reads.
"""

from __future__ import annotations

import pyarrow as pa

from linkage.identity import names, sheet
from linkage.identity.people import RECORD_SCHEMA
from linkage.identity.records import Reading


def respell(data: bytes, file_name: str, reading: Reading, without: frozenset[str]) -> pa.Table:
    """Return the records of `reading`, which read `data`, with their names normalised without some of `names.STEPS`."""
    cells = {
        (one.name, number): row[mapping.columns["name"]]
        for one in sheet.read(data, file_name)
        if (mapping := reading.mappings.get(one.name)) and "name" in mapping.columns
        for number, row in enumerate(one.rows(), start=1)
        if mapping.columns["name"] < len(row)
    }
    places = zip(*(reading.records[field].to_pylist() for field in ("sheet", "row")), strict=True)
    read = [names.parse(cells.get(place), without) for place in places]
    own = {
        "name": [one.name for one in read],
        "father": _fathers(reading, read),
        "mononym": [one.mononym for one in read],
    }
    table = reading.records
    for field, values in own.items():
        kind = RECORD_SCHEMA.field(field)
        table = table.set_column(table.schema.get_field_index(field), kind, pa.array(values, kind.type))
    return table


def _fathers(reading: Reading, read: list[names.Name]) -> list[str | None]:
    """Return the father behind each name, else the one of a column of its own."""
    columns = {name for name, mapping in reading.mappings.items() if "father" in mapping.columns}
    kept = zip(reading.records["sheet"].to_pylist(), reading.records["father"].to_pylist(), strict=True)
    return [one.father or (father if name in columns else None) for one, (name, father) in zip(read, kept, strict=True)]

"""Rows as they stand in the file: found again by their place, with the titles above them, and never printed."""

from linkage.identity import Defaults, extract, read_records
from tests.identity.conftest import make_workbook

ROWS = [
    ["DAFTAR MUSTAHIK"],
    ["No", "NIK", "Nama", "Nominal"],
    [1, "1871015708809001", "SITI AMINAH", 600_000],
    [2, "1871010102759002", "BUDI SANTOSO", 450_000],
]
CSV = "\n".join(";".join(map(str, row)) for row in ROWS).encode()
ASKED = Defaults(programme="ZAKAT", period="2026-03")


def chosen(data, name, wanted):
    reading = read_records(data, name, ASKED)
    return reading, extract(data, name, reading.mappings, wanted)


def test_a_row_comes_back_with_its_titles_from_a_workbook_and_a_csv():
    for data, name in ((make_workbook(ROWS), "list.xlsx"), (CSV, "list.csv")):
        reading, _ = chosen(data, name, [])
        places = list(zip(reading.records["sheet"].to_pylist(), reading.records["row"].to_pylist(), strict=True))
        _, rows = chosen(data, name, places[1:])
        assert [(row.row, row.titles) for row in rows] == [(4, ("No", "NIK", "Nama", "Nominal"))]
        assert rows[0].cells == ("2", "1871010102759002", "BUDI SANTOSO", "450000")


def test_a_place_that_is_no_row_of_the_list_gives_nothing():
    _, rows = chosen(make_workbook(ROWS), "list.xlsx", [("elsewhere", 3), ("Data", 99)])
    assert rows == []


def test_a_row_does_not_print():
    reading, _ = chosen(CSV, "list.csv", [])
    rows = extract(CSV, "list.csv", reading.mappings, [("", 3)])
    assert len(rows) == 1 and "AMINAH" not in repr(rows)

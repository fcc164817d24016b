"""A column that a spreadsheet damaged is not used, and the people of its rows go on by name."""

from tests.identity.reading import HEAD, read, said


def test_a_nik_column_typed_as_numbers_is_damaged_as_a_whole_and_the_names_go_on():
    rows = [
        HEAD,
        *[[place, float(1871011208809000 + 10 * place), f"ORANG {chr(65 + place)}A"] for place in range(1, 9)],
    ]
    got = read(rows)
    assert got.records["nik"].null_count == got.accepted == 8
    assert set(got.records["nik_status"].to_pylist()) == {"damaged"}
    assert said(got)[0] == (1, "nik", "NIK_COLUMN_DAMAGED")
    assert {code for _, _, code in said(got)} == {"NIK_COLUMN_DAMAGED", "NIK_NUMERIC"}


def test_a_fill_handle_run_is_not_used():
    rows = [HEAD, *[[str(place), str(1871011208809000 + place), f"ORANG {chr(65 + place)}A"] for place in range(1, 9)]]
    got = read(rows)
    assert got.records["nik"].null_count == 8
    assert {code for _, _, code in said(got)} == {"NIK_COLUMN_DAMAGED", "NIK_FILLED"}


def test_zeroed_niks_in_bulk_are_damaged_and_said_once():
    rows = [HEAD, *[[str(place), f"18710112{place:02d}800000", f"ORANG {chr(65 + place)}A"] for place in range(1, 9)]]
    got = read(rows)
    assert set(got.records["nik_status"].to_pylist()) == {"damaged"}
    assert said(got) == [(1, "nik", "NIK_COLUMN_DAMAGED"), *((row, "nik", "NIK_ZEROED") for row in range(2, 10))]

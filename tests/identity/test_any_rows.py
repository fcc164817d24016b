"""Whatever the cells are: nothing raises, nothing is made up, and no value gets out."""

import datetime as dt

import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.identity import Defaults, codes
from tests.identity.reading import CARD, HEAD, MAN, WOMAN, only, read

CELLS = st.one_of(
    st.sampled_from(
        [
            WOMAN,
            MAN,
            CARD,
            WOMAN[:-1],
            "BUDI",
            "Metro, 12 Agustus 1980",
            "L",
            "PKH",
            "JUMLAH",
            "Rp 5.000",
            "-",
            "",
            "Maret 2026",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=10),
    st.integers(0, 10**17),
    st.dates(dt.date(1901, 1, 1), dt.date(2030, 1, 1)),
    st.none(),
)
ROLES = ["No", "NIK", "No KK", "Nama", "L/P", "TTL", "Desa", "Kab/Kota", "Program", "Periode", "Nominal"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=11, max_size=11), max_size=12))
def test_any_rows_are_accepted_rejected_or_skipped_and_nothing_raises(rows):
    got = read([ROLES, *rows], Defaults("PKH"))
    assert got.accepted + got.rejected == got.rows
    assert got.rows + got.skipped <= len(rows)
    shown = {cell for row in rows for cell in row if isinstance(cell, str)}
    assert set(got.records["nik"].drop_null().to_pylist()) <= shown
    assert set(got.verdicts["code"].to_pylist()) <= set(codes())
    assert pc.all(pc.or_(got.records["nik"].is_valid(), got.records["name"].is_valid())).as_py() in {True, None}
    got.records.validate(full=True)


def test_no_verdict_mapping_or_error_holds_a_value_of_a_row():
    secret = ["1", "187101520880900", "RAHASIANAMA", "KAMPUNGRAHASIA"]
    got = read([[*HEAD, "Desa"], secret])
    text = str(got.verdicts.to_pylist()) + str(got.mappings)
    assert not any(value in text for value in secret[1:])


@pytest.mark.parametrize("filling", [" ", ",", "-", "1", "1 ", "A", "A ", "(", ".", "0", ", "])
def test_a_cell_as_long_as_a_spreadsheet_allows_is_read_like_any_other(filling):
    long = ("x" + filling * 32_000)[:32_000] + "x"
    rows = [ROLES, ["1", WOMAN, CARD, "SITI", "P", "12-08-1980", "", "Metro", "PKH", "Maret 2026", "1000"]]
    rows += [["2", MAN] + [long] * 9, [long] * 11]
    got = read(rows, Defaults("PKH"))
    assert got.rows <= 3
    assert only(got)["name"] == "SITI"


def test_a_reading_does_not_print_what_it_holds():
    got = read([HEAD, ["1", WOMAN, "RAHASIANAMA"]])
    assert WOMAN not in repr(got) and "RAHASIANAMA" not in repr(got)

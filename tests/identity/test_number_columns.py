"""A column of numbers reads as each of its cells does by itself, whichever way is taken."""

import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linkage.identity import gazetteer, kk, nik, number_columns

PLACES = gazetteer()
DISTRICTS = sorted(PLACES.districts)
PAIR = st.integers(0, 99).map("{:02d}".format)
ANY = st.lists(PAIR, min_size=8, max_size=8).map("".join)
NEARLY = st.builds(
    lambda district, day, month, year, serial: f"{district.replace('.', '')}{day:02d}{month:02d}{year:02d}{serial:04d}",
    st.sampled_from(DISTRICTS),
    st.integers(0, 75),
    st.integers(0, 13),
    st.integers(0, 99),
    st.integers(0, 2),
)
DUMMIES = st.sampled_from(sorted([digit * 16 for digit in "0123456789"] + ["1234567812345678", "1234567890123456"]))
OTHER = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.dates(), st.text(max_size=18),
    st.sampled_from(["", " 1871015208809001 ", "18710112O8150001", "１８７１０１５２０８８０９００１"]),
)  # fmt: skip
CELLS = st.lists(st.one_of(ANY, NEARLY, DUMMIES, OTHER), max_size=12)
DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2080, 12, 31))
FIELDS = {
    "statuses": "status", "digits": "digits", "reasons": "reason", "proposals": "proposal", "lanes": "lane",
    "notes": "note", "sexes": "sex",
}  # fmt: skip


def agree(read, each):
    for column, field in FIELDS.items():
        assert getattr(read, column).tolist() == [getattr(one, field, None) for one in each]
    assert read.births.tolist() == [getattr(one, "birth_date", None) for one in each]


@given(CELLS, DAYS)
@example(["1871012902009001", "1871012902010001", "1871016902000001"], dt.date(2026, 12, 31))
def test_a_column_of_niks_reads_as_its_cells_do(cells, as_of):
    agree(number_columns.read_niks(cells, as_of, PLACES), [nik.parse(cell, as_of, PLACES) for cell in cells])


@given(CELLS, DAYS)
def test_a_column_of_kks_reads_as_its_cells_do(cells, as_of):
    agree(number_columns.read_kks(cells, as_of), [kk.parse(cell, as_of) for cell in cells])


@pytest.mark.parametrize("day", [1, 41, 31, 71])
def test_a_sound_number_is_taken_at_once(day, monkeypatch):
    monkeypatch.delattr(nik, "parse")
    read = number_columns.read_niks([f"187101{day:02d}08800001"], dt.date(2026, 12, 31), PLACES)
    assert read.statuses.tolist() == ["ok"] and read.sexes.tolist() == ["P" if day > 40 else "L"]

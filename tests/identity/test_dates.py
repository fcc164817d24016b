"""Every form of a birth date, and that a column settles its own doubts without a guess."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.identity import birth, codes, dates
from linkage.identity.tables import load_toml

AS_OF = dt.date(2026, 12, 31)
TABLE = load_toml("dates")
DAY = dt.date(1980, 8, 12)
CLEAR = dt.date(1980, 8, 25)
BIRTHS = st.dates(dt.date(1900, 3, 1), AS_OF)


def read(cell):
    return dates.parse(cell, AS_OF)


def settle(cells, niks):
    written = [read(cell) for cell in cells]
    return birth.settle(written, np.arange(len(cells), dtype=np.int32), birth.as_days(niks))


@pytest.mark.parametrize(
    "cell",
    [
        DAY,
        dt.datetime(1980, 8, 12, 7, 30),  # noqa: DTZ001 - spreadsheets know no zone
        29445,
        29445.0,
        "29445",
        "12 Agustus 1980",
        "12-Agt-1980",
        "12 AGS 80",
        "12Agt80",
        "Agustus 12, 1980",
        "1980-08-12",
        "1980/8/12",
        "1980-08-12 00:00:00",
        "1980-08-12T00:00:00Z",
        "19800812",
        19800812,
        19800812.0,
        " 12  agustus  1980 ",
        "12 Agustus '80",
        "12-VIII-1980",
        "12/viii/80",
        "12 Agustus 1980, 45 th",
        "12-08-1980 (45 Tahun)".replace("-08-", " Agt "),
    ],
)
def test_a_form_that_leaves_no_doubt_gives_one_date(cell):
    got = read(cell)
    assert (got.day_first, got.month_first, got.reason) == (DAY, DAY, None)


@pytest.mark.parametrize(("word", "month"), TABLE["months"].items())
def test_a_month_name_of_the_table_is_read(word, month):
    assert read(f"5 {word.title()} 1980").day_first == dt.date(1980, month, 5)
    assert read(f"5-{word.lower()}-80").day_first == dt.date(1980, month, 5)


@pytest.mark.parametrize("word", TABLE["lead"]["words"])
def test_a_word_that_leads_a_date_is_dropped(word):
    for written in (f"{word}, 12 Agustus 1980", f"{word.lower()}. 12-VIII-1980", f"Tgl {word} 12 Agt 1980"):
        assert read(written).day_first == DAY
    assert read(word).day_first is None


@pytest.mark.parametrize(("roman", "month"), list(zip(load_toml("periods")["roman"], range(1, 13), strict=True)))
def test_a_roman_month_is_read(roman, month):
    assert read(f"5-{roman}-1980").day_first == dt.date(1980, month, 5)


def test_what_is_no_roman_month_is_no_date():
    assert read("5-IIX-1980").reason == "DATE_UNREADABLE"
    assert read("31-II-1980").reason == "DATE_IMPOSSIBLE"


@pytest.mark.parametrize("word", TABLE["dummies"]["none"])
def test_a_word_for_nothing_is_a_missing_date(word):
    assert read(word).reason == "DATE_MISSING"


@pytest.mark.parametrize("cell", ["12/08/1980", "12-8-1980", "12.08.80", "12 08 1980", "12/08/1980 00:00"])
def test_two_low_numbers_have_two_readings(cell):
    got = read(cell)
    assert (got.day_first, got.month_first, got.proof) == (DAY, dt.date(1980, 12, 8), "")


def test_a_part_above_12_proves_the_order():
    assert (read("25/08/1980").day_first, read("25/08/1980").proof) == (CLEAR, "dmy")
    assert (read("08/25/1980").day_first, read("08/25/1980").proof) == (CLEAR, "mdy")


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("31/02/1980", "DATE_IMPOSSIBLE"),
        ("30 Februari 1980", "DATE_IMPOSSIBLE"),
        ("13/13/1980", "DATE_IMPOSSIBLE"),
        ("1980-02-31", "DATE_IMPOSSIBLE"),
        ("12 Agustus 1880", "DATE_IMPOSSIBLE"),
        ("99999999", "DATE_IMPOSSIBLE"),
        ("25/12/2030", "DATE_FUTURE"),
        (dt.date(2027, 1, 1), "DATE_FUTURE"),
        (1980, "DATE_PARTIAL"),
        ("1980", "DATE_PARTIAL"),
        ("Agustus 1980", "DATE_PARTIAL"),
        ("08-1980", "DATE_PARTIAL"),
        ("dua belas", "DATE_UNREADABLE"),
        ("12 Foo 1980", "DATE_UNREADABLE"),
        ("12/08/198", "DATE_UNREADABLE"),
        (True, "DATE_UNREADABLE"),
        (dt.time(1), "DATE_UNREADABLE"),
        (float("nan"), "DATE_UNREADABLE"),
        (float("inf"), "DATE_UNREADABLE"),
        (0.5, "DATE_UNREADABLE"),
        (-1, "DATE_UNREADABLE"),
        (None, "DATE_MISSING"),
    ],
)
def test_a_cell_that_is_no_date_says_why(cell, reason):
    assert (read(cell).day_first, read(cell).reason) == (None, reason)


def test_a_reading_in_the_future_is_no_reading():
    got = dates.parse("05/06/2026", dt.date(2026, 5, 31))
    assert got.day_first == got.month_first == dt.date(2026, 5, 6)


@pytest.mark.parametrize(
    "cell",
    [
        "Metro, 12 Agustus 1980",
        "METRO 12-Agt-1980",
        "Kota Agung/12 Agustus 1980",
        "B. Lampung, 12 Agt 80",
        "12 Agustus 1980",
        "TJ.KARANG,12 AGUSTUS 1980",
    ],
)
def test_the_place_before_a_date_is_split_off(cell):
    assert dates.parse_after_place(cell, AS_OF).day_first == DAY


def test_a_place_alone_gives_no_date():
    assert dates.parse_after_place("Metro", AS_OF).reason == "DATE_MISSING"
    assert dates.parse_after_place("Metro, 12 Foo 1980", AS_OF).reason == "DATE_UNREADABLE"
    assert dates.parse_after_place(DAY, AS_OF).day_first == DAY


@given(BIRTHS)
def test_every_date_is_read_back_from_each_certain_form(date):
    serial = (date - dt.date(1899, 12, 30)).days
    month = next(word for word, number in TABLE["months"].items() if number == date.month)
    for cell in (date, date.isoformat(), f"{date.day} {month} {date.year}"):
        assert read(cell).day_first == date
    if serial >= 10_000:
        assert read(str(serial)).day_first == date


@given(BIRTHS)
def test_a_slashed_date_keeps_the_true_reading_among_its_two(date):
    assert date in {read(f"{date:%d/%m/%Y}").day_first, read(f"{date:%d/%m/%Y}").month_first}
    assert date in {read(f"{date:%m/%d/%Y}").day_first, read(f"{date:%m/%d/%Y}").month_first}


@given(
    st.one_of(
        st.text(max_size=20),
        st.from_regex(r"[0-9]{0,4}[-/ .][0-9]{0,3}[-/ .][0-9]{0,4}"),
        st.floats(),
        st.integers(),
        st.dates(),
        st.datetimes(),
        st.none(),
    )
)
def test_any_cell_gives_dates_in_range_or_a_code(cell):
    for got in (read(cell), dates.parse_after_place(cell, AS_OF)):
        assert (got.day_first is None) == (got.month_first is None) == (got.reason is not None)
        assert got.reason is None or got.reason in codes()
        assert got.day_first is None or dt.date(1900, 1, 1) <= min(got.day_first, got.month_first)
        assert got.day_first is None or max(got.day_first, got.month_first) <= AS_OF


@pytest.mark.parametrize("date", [dt.date(1980, 12, 31), dt.date(1980, 7, 1), dt.date(1980, 3, 15)])
def test_a_registrars_date_is_a_default(date):
    assert dates.is_default(date)


def test_other_dates_are_no_defaults():
    assert not dates.is_default(dt.date(1980, 1, 1))
    assert not dates.is_default(dt.date(1980, 7, 31))


def test_the_nik_settles_day_and_month():
    got = settle(["12/08/1980", "08/12/1980"], [DAY, DAY])
    assert got.dates.tolist() == [DAY, DAY]
    assert not got.ambiguous.any() and not got.differs.any()


def test_without_a_nik_the_columns_proof_settles():
    assert settle(["25/08/1980", "12/08/1980"], [None, None]).dates.tolist() == [CLEAR, DAY]
    assert settle(["08/25/1980", "08/12/1980"], [None, None]).dates.tolist() == [CLEAR, DAY]


def test_dates_that_the_nik_settled_are_proof_for_the_others():
    assert settle(["08/12/1980", "08/12/1980"], [DAY, None]).dates.tolist() == [DAY, DAY]


def test_without_proof_or_with_mixed_proof_the_date_stays_open():
    for cells in (["12/08/1980"], ["25/08/1980", "08/25/1980", "12/08/1980"]):
        got = settle(cells, [None] * len(cells))
        assert got.dates.tolist()[-1] is None
        assert got.ambiguous.tolist()[-1]


def test_a_date_whose_swap_is_the_niks_is_read_so_and_said():
    got = settle([dt.date(1980, 12, 8)], [DAY])
    assert (got.dates.tolist(), got.swapped.tolist(), got.differs.tolist()) == ([DAY], [True], [False])


def test_a_date_that_differs_from_the_nik_is_kept_and_said():
    got = settle([CLEAR], [DAY])
    assert (got.dates.tolist(), got.differs.tolist()) == ([CLEAR], [True])


def test_a_four_digit_year_settles_the_niks_century():
    got = settle([dt.date(1925, 8, 25)], [dt.date(2025, 8, 25)])
    assert got.dates.tolist() == got.nik_dates.tolist() == [dt.date(1925, 8, 25)]
    assert not got.differs.any()


def test_the_nik_settles_the_century_of_a_two_digit_year():
    got = settle(["25-08-25"], [dt.date(1925, 8, 25)])
    assert (got.dates.tolist(), got.nik_dates.tolist()) == ([dt.date(1925, 8, 25)], [dt.date(1925, 8, 25)])


@given(
    st.lists(
        st.tuples(BIRTHS, st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d"]), st.booleans()), min_size=1, max_size=12
    )
)
def test_a_settled_date_is_always_a_reading_of_its_cell(rows):
    cells = [date.strftime(form) for date, form, _ in rows]
    got = settle(cells, [date if known else None for date, _, known in rows])
    for cell, settled, (date, _, known) in zip(cells, got.dates.tolist(), rows, strict=True):
        readings = {read(cell).day_first, read(cell).month_first, None}
        assert settled in (readings | {date} if known else readings)
        assert not known or settled == date

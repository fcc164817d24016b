"""What a NIK or KK cell says, and that nothing is ever made up."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.identity import codes, digits, gazetteer, kk, nik
from linkage.identity.tables import load_toml

AS_OF = dt.date(2026, 12, 31)
PLACES = gazetteer()
TABLE = load_toml("numbers")
WOMAN, MAN = "1871015208809001", "1871011208809001"
CELLS = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"[0-9OIlSB' .\-]{14,20}", fullmatch=True),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.none(),
)


def read(cell):
    return nik.parse(cell, AS_OF, PLACES)


def test_a_womans_nik_gives_date_sex_and_district():
    got = read(WOMAN)
    assert (got.status, got.digits, got.sex, got.birth_date, got.district) == (
        "ok",
        WOMAN,
        "P",
        dt.date(1980, 8, 12),
        "18.71.01",
    )


def test_a_mans_nik_differs_only_in_the_day():
    assert (read(MAN).sex, read(MAN).birth_date) == ("L", dt.date(1980, 8, 12))


@pytest.mark.parametrize("sign", list(TABLE["strip"]))
def test_a_sign_that_people_type_between_digits_is_stripped(sign):
    assert read(f"{sign}187101{sign}120880{sign}9001").digits == MAN


def test_dots_between_the_parts_are_stripped():
    assert read("18.71.01.120880.9001").digits == MAN


@pytest.mark.parametrize(
    ("cell", "status", "reason"),
    [
        ("187101120880900", "invalid", "NIK_LENGTH"),
        ("18710112088090011", "invalid", "NIK_LENGTH"),
        ("187101120880900X", "invalid", "NIK_CHARACTERS"),
        ("18710112O8809001", "invalid", "NIK_LETTERS"),
        ("2071011208809001", "invalid", "NIK_PROVINCE"),
        ("0871011208809001", "invalid", "NIK_PROVINCE"),
        ("9771011208809001", "invalid", "NIK_PROVINCE"),
        ("1800011208809001", "invalid", "NIK_REGION"),
        ("1871001208809001", "invalid", "NIK_REGION"),
        ("1871013208809001", "invalid", "NIK_DATE"),
        ("1871010008809001", "invalid", "NIK_DATE"),
        ("1871014008809001", "invalid", "NIK_DATE"),
        ("1871017208809001", "invalid", "NIK_DATE"),
        ("1871011213809001", "invalid", "NIK_DATE"),
        ("1871013102809001", "invalid", "NIK_DATE"),
        ("1871012902819001", "invalid", "NIK_DATE"),
        ("1871011208800000", "invalid", "NIK_SERIAL"),
        (1871011208809001, "damaged", "NIK_NUMERIC"),
        (1871011208809001.0, "damaged", "NIK_NUMERIC"),
        (float("inf"), "damaged", "NIK_NUMERIC"),
        ("1871011208809001.0", "damaged", "NIK_NUMERIC"),
        ("1.871.011.208.809.001", "damaged", "NIK_NUMERIC"),
        ("1,871,011,208,809,001", "damaged", "NIK_NUMERIC"),
        ("1,87101E+15", "damaged", "NIK_SCIENTIFIC"),
        ("1.87101e15", "damaged", "NIK_SCIENTIFIC"),
        (18710112, "invalid", "NIK_LENGTH"),
        (dt.date(1980, 8, 12), "invalid", "NIK_CHARACTERS"),
        (True, "invalid", "NIK_CHARACTERS"),
        ("0000000000000000", "dummy", "NIK_REPEATED"),
        ("99999", "dummy", "NIK_REPEATED"),
        (9999999999999998, "damaged", "NIK_NUMERIC"),
        (9999999999999999, "dummy", "NIK_REPEATED"),
        (0, "none", "NIK_NONE"),
        (0.0, "none", "NIK_NONE"),
        ("-", "none", "NIK_NONE"),
        (None, "none", "NIK_NONE"),
        ("  belum ada ", "none", "NIK_NONE"),
    ],
)
def test_a_cell_that_is_no_nik_says_why(cell, status, reason):
    got = read(cell)
    assert (got.status, got.reason, got.digits) == (status, reason, None)


@pytest.mark.parametrize("word", TABLE["none"])
def test_a_word_for_nothing_is_no_nik(word):
    assert read(word).status == "none"
    assert read(word.lower()).status == "none"


@pytest.mark.parametrize("number", TABLE["dummy"])
def test_a_made_up_number_is_a_dummy(number):
    assert (read(number).status, read(number).reason) == ("dummy", "NIK_DUMMY")


@pytest.mark.parametrize("digit", "0123456789")
def test_one_digit_repeated_is_a_dummy(digit):
    assert read(digit * 16).status == "dummy"


@pytest.mark.parametrize("province", TABLE["provinces"])
def test_a_province_of_the_table_is_accepted(province):
    assert read(f"{province}01011208809001").status == "ok"


def test_every_other_province_is_refused():
    others = {f"{number:02d}" for number in range(100)} - set(TABLE["provinces"])
    assert {read(f"{province}01011208809001").reason for province in others} == {"NIK_PROVINCE"}


@pytest.mark.parametrize(("letter", "digit"), TABLE["lookalikes"].items())
def test_a_letter_that_looks_like_a_digit_is_proposed_and_not_applied(letter, digit):
    whole = "1871011508809015"
    place = whole.index(digit)
    got = read(whole[:place] + letter + whole[place + 1 :])
    assert (got.status, got.reason, got.digits, got.proposal) == ("invalid", "NIK_LETTERS", None, whole)


def test_a_repair_that_would_not_be_sound_is_not_proposed():
    assert read("2O71011208809001").proposal is None


@pytest.mark.parametrize("regency", TABLE["split_regencies"])
def test_an_old_district_of_a_split_regency_is_only_noted(regency):
    got = read(f"{regency.replace('.', '')}991208809001")
    assert (got.status, got.note) == ("ok", "NIK_DISTRICT_OLD")


def test_an_unlisted_district_elsewhere_is_only_a_warning():
    got = read("1871991208809001")
    assert (got.status, got.note) == ("ok", "NIK_DISTRICT_UNKNOWN")


def test_the_century_is_the_last_one_that_lies_before_the_day():
    assert read("1871011208269001").birth_date == dt.date(2026, 8, 12)
    assert nik.parse("1871011208269001", dt.date(2026, 8, 11), PLACES).birth_date == dt.date(1926, 8, 12)


def test_29_february_00_is_of_2000():
    assert read("1871012902009001").birth_date == dt.date(2000, 2, 29)


@given(CELLS)
def test_a_nik_has_only_digits_that_the_cell_shows_in_that_order(cell):
    got = read(cell)
    assert (got.digits is None) == (got.status != "ok")
    assert got.status in {"ok", "none", "dummy", "invalid", "damaged"}
    if got.digits:
        assert isinstance(cell, str)
        assert re.sub(r"[^0-9]", "", cell) == got.digits
    else:
        assert got.reason in codes()


@given(CELLS)
def test_a_kk_has_only_digits_that_the_cell_shows_in_that_order(cell):
    got = kk.parse(cell, AS_OF)
    assert (got.digits is None) == (got.status != "ok")
    if got.digits:
        assert re.sub(r"[^0-9]", "", cell) == got.digits
    else:
        assert got.reason in codes()


@given(st.dates(dt.date(1927, 1, 1), AS_OF), st.booleans(), st.integers(1, 9999))
def test_every_built_nik_is_read_back(birth, woman, serial):
    text = f"187101{birth.day + 40 * woman:02d}{birth:%m%y}{serial:04d}"
    got = read(text)
    assert (got.status, got.birth_date, got.sex) == ("ok", birth, "P" if woman else "L")


@given(st.one_of(st.integers(), st.floats()))
def test_a_numeric_cell_is_never_a_nik(number):
    assert read(number).digits is None
    assert kk.parse(number, AS_OF).digits is None


def test_a_kk_takes_no_40_on_the_day():
    assert kk.parse("1871015208809001", AS_OF).reason == "KK_DATE"
    assert kk.parse("1871011208150001", AS_OF).digits == "1871011208150001"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("187101120815000", "KK_LENGTH"),
        ("18710112O8150001", "KK_LETTERS"),
        ("187101120815000Z", "KK_CHARACTERS"),
        ("2071011208150001", "KK_PROVINCE"),
        ("1800011208150001", "KK_REGION"),
        ("1871011208150000", "KK_SERIAL"),
        (1871011208150001.0, "KK_NUMERIC"),
        ("1,87101E+15", "KK_SCIENTIFIC"),
        ("3333333333333333", "KK_REPEATED"),
        ("1234567890123456", "KK_DUMMY"),
        ("", "KK_NONE"),
    ],
)
def test_a_cell_that_is_no_kk_says_why(cell, reason):
    assert kk.parse(cell, AS_OF).reason == reason


def test_a_kk_repair_is_proposed_and_not_applied():
    got = kk.parse("18710112O8150001", AS_OF)
    assert (got.digits, got.proposal) == (None, "1871011208150001")


def test_digits_of_other_scripts_are_no_digits():
    assert digits.read("١٨٧١٠١١٢٠٨٨٠٩٠٠١").text is None

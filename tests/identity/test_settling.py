"""What settles a row's programme, period, place and dates: a column, else the operator, else the titles."""

import datetime as dt

import pytest

from linkage.identity import Defaults, IdentityError
from tests.identity.reading import HEAD, WOMAN, only, read, said


def test_a_column_goes_before_the_operator_and_the_operator_before_the_title():
    title = ["PENERIMA BLT DANA DESA BULAN JANUARI 2026"]
    assert only(read([title, HEAD, ["1", WOMAN, "SITI"]], Defaults()))["programme"] == "BLT-DD"
    assert only(read([title, HEAD, ["1", WOMAN, "SITI"]], Defaults()))["period"] == "2026-01"
    assert only(read([title, HEAD, ["1", WOMAN, "SITI"]]))["programme"] == "PKH"
    assert only(read([title, [*HEAD, "Program"], ["1", WOMAN, "SITI", "RTLH"]]))["programme"] == "RTLH"


def test_the_village_of_a_merged_title_is_every_rows():
    got = read([["DESA KEDATON KECAMATAN KALIANDA"], HEAD, ["1", WOMAN, "SITI"]])
    assert only(got)["regency"] == "18.01"
    assert only(got)["village"].startswith("18.01.06.")


def test_the_operators_regency_settles_the_villages_of_a_column():
    got = read([["No", "Nama", "Kecamatan"], ["1", "SITI", "Kalianda"]], Defaults("PKH", regency="18.01"))
    assert only(got)["regency"] == "18.01"
    assert only(read([["No", "Nama"], ["1", "SITI"]], Defaults("PKH", regency="Lamsel")))["regency"] == "18.01"


def test_an_unknown_village_keeps_the_regency_and_is_said():
    got = read([["No", "Nama", "Desa", "Kab"], ["1", "SITI", "ATLANTIS", "METRO"]])
    assert (only(got)["regency"], only(got)["village"]) == ("18.72", None)
    assert said(got) == [(1, "nik", "COLUMN_NONE"), (2, "village", "VILLAGE_UNKNOWN")]


@pytest.mark.parametrize(
    ("defaults", "code"),
    [
        (Defaults("ENTAH"), "DEFAULT_PROGRAMME"),
        (Defaults("PKH", period="nanti"), "DEFAULT_PERIOD"),
        (Defaults("PKH", regency="ATLANTIS"), "DEFAULT_REGION"),
    ],
)
def test_defaults_that_are_not_known_are_refused(defaults, code):
    with pytest.raises(IdentityError) as refused:
        read([HEAD, ["1", WOMAN, "SITI"]], defaults)
    assert refused.value.code == code


def test_the_nik_settles_dates_and_a_default_date_is_flagged():
    rows = [
        [*HEAD, "Tgl Lahir"],
        ["1", WOMAN, "SITI", "08/12/1980"],
        ["2", "", "BUDI", "31-12-1970"],
        ["3", "", "ANI", ""],
    ]
    got = read(rows).records.to_pylist()
    assert [one["birth_date"] for one in got] == [dt.date(1980, 8, 12), dt.date(1970, 12, 31), None]
    assert [one["birth_date_default"] for one in got] == [False, True, False]


def test_a_birth_date_is_never_taken_from_the_nik():
    one = only(read([HEAD, ["1", WOMAN, "SITI"]]))
    assert (one["birth_date"], one["nik_birth_date"]) == (None, dt.date(1980, 8, 12))


def test_the_century_follows_the_day_that_the_caller_names():
    nik = "1871011208209001"
    assert only(read([HEAD, ["1", nik, "SITI"]]))["nik_birth_date"] == dt.date(2020, 8, 12)
    assert only(read([HEAD, ["1", nik, "SITI"]], as_of=dt.date(2019, 1, 1)))["nik_birth_date"] == dt.date(1920, 8, 12)


def test_a_default_date_of_the_nik_is_flagged_if_the_list_has_none():
    assert only(read([HEAD, ["1", "1871013112809001", "BUDI"]]))["birth_date_default"]


def test_an_empty_regency_is_the_operators():
    got = read([["No", "Nama", "Kab/Kota"], ["1", "SITI", ""]], Defaults("PKH", regency="18.01"))
    assert only(got)["regency"] == "18.01"

"""From the bytes of a list to records and verdicts: what is kept, what is said, and that no value gets out."""

import datetime as dt

import pytest

from linkage.identity import RECORD_SCHEMA, VERDICT_SCHEMA, Defaults, aid
from tests.identity.reading import CARD, HEAD, WOMAN, only, read, said


def test_a_whole_row_becomes_a_record():
    head = [
        "No",
        "NIK",
        "No KK",
        "Nama Lengkap",
        "JK",
        "Tempat, Tgl Lahir",
        "Desa",
        "Kecamatan",
        "Kab/Kota",
        "Program",
        "Periode",
        "Nominal",
    ]
    row = [
        "1",
        WOMAN,
        CARD,
        "Hj. Siti Aminah binti M. Slamet",
        "Perempuan",
        "Metro, 12 Agustus 1980",
        "Ds. Kedaton",
        "Kec. Kalianda",
        "Kab. Lampung Selatan",
        "BPNT",
        "Maret 2026",
        "Rp 600.000,-",
    ]
    got = read([["DAFTAR PENERIMA"], [], head, list(range(1, 13)), row], Defaults())
    assert only(got) == {
        "sheet": "Data",
        "row": 5,
        "nik": WOMAN,
        "nik_status": "ok",
        "kk": CARD,
        "kk_status": "ok",
        "name": "SITI AMINAH",
        "father": "MUHAMMAD SLAMET",
        "mononym": False,
        "birth_date": dt.date(1980, 8, 12),
        "birth_date_default": False,
        "nik_birth_date": dt.date(1980, 8, 12),
        "sex": "P",
        "regency": "18.01",
        "village": only(got)["village"],
        "programme": "SEMBAKO",
        "period": "2026-03",
        "amount": 600000,
        **{field.name: None for field in aid.FIELDS[3:]},
    }
    assert only(got)["village"].startswith("18.01.06.")
    assert (got.rows, got.accepted, got.rejected, got.skipped) == (1, 1, 0, 0)
    assert said(got) == []


def test_the_schemas_are_the_documented_ones():
    got = read([HEAD, ["1", WOMAN, "SITI"]])
    assert (got.records.schema, got.verdicts.schema) == (RECORD_SCHEMA, VERDICT_SCHEMA)
    got.records.validate(full=True)
    got.verdicts.validate(full=True)


def test_an_invalid_nik_goes_on_by_name():
    got = read([HEAD, ["1", WOMAN[:-1], "SITI AMINAH"]])
    assert (only(got)["nik"], only(got)["nik_status"], only(got)["name"]) == (None, "invalid", "SITI AMINAH")
    assert said(got) == [(2, "nik", "NIK_LENGTH")]


def test_a_nik_without_a_name_is_kept():
    got = read([HEAD, ["1", WOMAN, ""]])
    assert (only(got)["nik"], only(got)["name"], only(got)["mononym"]) == (WOMAN, None, False)
    assert said(got) == [(2, "name", "NAME_MISSING")]


def test_a_row_with_neither_is_rejected():
    got = read([HEAD, ["1", WOMAN, "SITI"], ["2", "123", "-"]])
    assert (got.rows, got.accepted, got.rejected) == (2, 1, 1)
    assert (3, "row", "ROW_NO_IDENTITY") in said(got)


@pytest.mark.parametrize(("cell", "code"), [("", "PROGRAMME_MISSING"), ("ENTAH", "PROGRAMME_UNKNOWN")])
def test_a_row_without_a_known_programme_is_rejected(cell, code):
    got = read([[*HEAD, "Program"], ["1", WOMAN, "SITI", cell]], Defaults())
    assert (got.accepted, got.rejected) == (0, 1)
    assert said(got) == [(2, "programme", code)]


def test_a_row_rejected_twice_is_one_row():
    got = read([[*HEAD, "Program"], ["1", "", "-", "ENTAH"]], Defaults())
    assert (got.rows, got.rejected) == (1, 1)


def test_sex_comes_from_the_column_else_from_the_nik():
    head = [*HEAD, "L/P"]
    assert only(read([head, ["1", WOMAN, "SITI", ""]]))["sex"] == "P"
    differs = read([head, ["1", WOMAN, "SITI", "L"]])
    assert (only(differs)["sex"], said(differs)) == ("L", [(2, "sex", "SEX_DIFFERS")])

"""An operator who starts from the template gets a list that is read without a question."""

import datetime as dt
import io

import openpyxl
import pytest

from linkage import identity
from linkage.giveback import LANGUAGES, template
from linkage.giveback.template import HEADER_ROW

ROW = ["1", "1871015708809001", "", "Siti Aminah", "P", "17-08-1980", "", "", "Kota Metro", "ZAKAT", "2026-03", 600000]


def filled(language, *rows):
    book = openpyxl.load_workbook(io.BytesIO(template(language)))
    for number, row in enumerate(rows, HEADER_ROW + 1):
        for column, value in enumerate(row, 1):
            if value != "":
                book.worksheets[0].cell(number, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_typed_into_the_template_is_read_whole_without_any_defaults(language):
    reading = identity.read_records(filled(language, ROW), "daftar.xlsx", identity.Defaults())
    mapping = reading.mappings["Daftar"]
    assert mapping.header_row == HEADER_ROW and mapping.first_row == HEADER_ROW + 1 and not mapping.findings
    assert (reading.rows, reading.accepted, reading.skipped) == (1, 1, 0)
    record = reading.records.to_pylist()[0]
    assert record["nik"] == "1871015708809001" and record["name"] == "SITI AMINAH"
    assert (record["birth_date"], record["sex"], record["regency"]) == (dt.date(1980, 8, 17), "P", "18.72")
    assert (record["programme"], record["period"], record["amount"]) == ("ZAKAT", "2026-03", 600000)
    assert set(reading.verdicts["code"].to_pylist()) <= {"KK_NONE"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_hints_say_nothing_that_the_reader_takes_for_a_fact(language):
    row = ["1", "1871015708809001", "", "Siti Aminah", "P", "", "", "", "", "ZAKAT", "", ""]
    record = identity.read_records(filled(language, row), "daftar.xlsx", identity.Defaults()).records.to_pylist()[0]
    assert record["period"] is record["regency"] is record["village"] is None


def test_the_nik_column_is_text_to_the_last_row_and_only_sixteen_digits_go_in():
    sheet = openpyxl.load_workbook(io.BytesIO(template("id"))).worksheets[0]
    assert sheet.column_dimensions["B"].number_format == "@" and sheet.freeze_panes == "A4"
    rules = {str(each.sqref).split(":")[0]: each for each in sheet.data_validations.dataValidation}
    assert str(rules["B4"].sqref) == "B4:B1048576" and "LEN(B4)=16" in rules["B4"].formula1
    assert rules["E4"].formula1 == '"L,P"'
    assert set(rules["J4"].formula1.strip('"').split(",")) == set(identity.programme_codes())


def test_the_template_holds_no_example_row_and_is_the_same_each_time():
    sheet = openpyxl.load_workbook(io.BytesIO(template("en"))).worksheets[0]
    assert sheet.max_row == HEADER_ROW and template("en") == template("en")

"""The published schema of content: closed vocabularies, errors that name places and no values."""

import json
import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.identity import gazetteer, programme_codes
from linkage.layering import LISTS, LayeringError, codes, programmes, schema

from .conftest import PLAIN

PUBLISHED = Path(__file__).parents[2] / "docs" / "schema" / "content-2.json"
WRONG = [
    ({"programme": None}, "VALUE_MISSING", "programme"),
    ({"status": "registered"}, "REGISTER_AID", "status"),
    ({"programme": "ARISAN"}, "VALUE_UNKNOWN", "programme"),
    ({"period": "2026-13"}, "VALUE_FORM", "period"),
    ({"period": "Maret 2026"}, "VALUE_FORM", "period"),
    ({"amount": -1}, "VALUE_FORM", "amount"),
    ({"amount": 1871015503900001}, "VALUE_FORM", "amount"),
    ({"village": "18.01.04.1"}, "VALUE_FORM", "village"),
    ({"village": "18.02.01.2001"}, "PLACE_CONTRADICTS", "village"),
    ({"decile": 0}, "VALUE_FORM", "decile"),
    ({"decile": 11}, "VALUE_FORM", "decile"),
    ({"dtsen": None}, "DECILE_VERSION", "dtsen"),
    ({"fund": "KAS"}, "VALUE_UNKNOWN", "fund"),
    ({"payee": "Siti"}, "VALUE_UNKNOWN", "payee"),
    ({"needs": ["food", "Siti Aminah"]}, "VALUE_UNKNOWN", "needs"),
    ({"needs": [None]}, "VALUE_UNKNOWN", "needs"),
    ({"lacks": ["tetangga"]}, "VALUE_UNKNOWN", "lacks"),
    ({"disbursement": "SITI AMINAH"}, "VALUE_FORM", "disbursement"),
    ({"disbursement": "SP2D/SITI"}, "VALUE_FORM", "disbursement"),
    ({"disbursement": "1871015503900001"}, "VALUE_FORM", "disbursement"),
    ({"disbursement": "KW/187101/5503900001"}, "RAW_VALUE", "disbursement"),
]


def test_a_row_of_every_column_is_accepted(content):
    schema.check(content({}), gazetteer().names)


def test_every_column_but_the_required_ones_may_be_empty(content):
    empty = {column.name: None for column in schema.COLUMNS if not column.required}
    schema.check(content({**empty, "programme": "PKH"}, {**empty, "status": "registered"}))


@pytest.mark.parametrize(("change", "code", "column"), WRONG)
def test_a_wrong_value_is_refused_by_row_and_column_and_never_shown(content, change, code, column):
    with pytest.raises(LayeringError) as refused:
        schema.check(content({}, {}, change, {}), before=100)
    assert (refused.value.code, refused.value.place) == (code, f"row 103, column {column}")
    values = [change[column]] if column in change else []
    assert not any(str(value) in str(refused.value) for value in values if value and not isinstance(value, int))


def test_a_place_outside_the_official_list_is_refused(content):
    with pytest.raises(LayeringError, match="PLACE_UNKNOWN"):
        schema.check(content({"village": "18.01.04.2999"}), gazetteer().names)


def test_a_column_more_or_less_is_refused(content):
    table = content({})
    for other in (table.drop_columns(["needs"]), table.append_column("catatan", pa.array(["Siti"]))):
        with pytest.raises(LayeringError, match="CONTENT_SCHEMA"):
            schema.check(other)


@given(st.text(max_size=40))
def test_no_free_text_passes_for_any_text_column(text):
    for column in schema.COLUMNS:
        if column.type != pa.string():
            continue
        allowed = text in schema.known(column.codes) if column.codes else re.search(schema._pattern(column), text)
        table = pa.Table.from_pylist([{**PLAIN, "regency": None, "village": None, column.name: text}], schema.SCHEMA)
        if not allowed:
            with pytest.raises(LayeringError):
                schema.check(table)


@given(st.sampled_from(["", "KW", "SP2D/", "KW-"]), st.integers(10**15, 10**16 - 1), st.integers(0, 16))
def test_no_sixteen_digits_pass_for_a_reference(prefix, number, at):
    digits = str(number)
    value = f"{prefix}{digits[:at]}/{digits[at:]}".rstrip("/")
    table = pa.Table.from_pylist([{**PLAIN, "disbursement": value}], schema.SCHEMA)
    with pytest.raises(LayeringError):
        schema.check(table)


def test_the_published_file_is_what_is_checked():
    assert json.loads(PUBLISHED.read_text()) == schema.published()


def test_the_programmes_are_those_that_lists_name_and_their_codes_exist():
    assert set(programmes()) == set(programme_codes())
    for each in programmes().values():
        assert each.fund in codes("funds") and each.form in codes("forms")
        assert each.needs and set(each.needs) <= set(codes("needs")) and set(each.requires) <= set(codes("lacks"))


def test_every_code_has_words_in_both_languages_and_says_how_well_it_is_known():
    for name in LISTS:
        assert all(code.id and code.en and code.basis in {"V", "G"} for code in codes(name).values())


def test_every_need_and_lack_has_a_source_column():
    for name in ("needs", "lacks"):
        assert all(code.p3ke or code.dtsen for code in codes(name).values())

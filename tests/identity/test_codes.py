"""The table of codes and the code that says them agree."""

import datetime as dt
import re
from pathlib import Path

import pytest

import linkage.identity
from linkage.identity import SEVERITIES, codes, codes_page, dates, digits, gazetteer, kk, names, nik

SOURCE = "".join(path.read_text(encoding="utf-8") for path in Path(linkage.identity.__file__).parent.glob("*.py"))
LITERALS = set(re.findall(r'"([A-Z]+_[A-Z_]+)"', SOURCE))
NUMBER_REASONS = set(re.findall(r'reason="([A-Z]+)"', SOURCE)) | {"PROVINCE", "REGION", "DATE", "SERIAL"}


@pytest.mark.parametrize("code", sorted(codes()))
def test_a_code_of_the_table_is_said_somewhere(code):
    kind, _, ending = code.partition("_")
    numbered = kind in {"NIK", "KK"} and (ending in NUMBER_REASONS or f'{{name}}_{ending}"' in SOURCE)
    assert code in LITERALS or numbered


@pytest.mark.parametrize("code", sorted(one for one in LITERALS if not one.endswith(("_SCHEMA", "_STEPS"))))
def test_a_code_that_is_said_is_in_the_table(code):
    assert code in codes()


@pytest.mark.parametrize("code", codes().values(), ids=lambda code: code.code)
def test_a_code_has_a_severity_one_sentence_and_what_to_do_in_both_languages(code):
    assert code.severity in SEVERITIES
    for sentence in (code.id, code.en, code.todo_id, code.todo_en):
        assert re.fullmatch(r"[A-Z][^.!?]*(?:\.(?:xlsx|01)[^.!?]*)*\.", sentence), sentence


def test_the_page_of_codes_is_the_tables():
    page = Path("docs/verdicts.md")
    assert page.read_text(encoding="utf-8") == codes_page()


def test_nothing_that_holds_a_value_prints_it():
    text, as_of = "1871015208809001", dt.date(2026, 12, 31)
    held = [
        nik.parse(text, as_of, gazetteer()),
        kk.parse("1871011208150001", as_of),
        digits.read("18710152O8809001"),
        names.parse("SUTRISNO"),
        dates.parse("12-08-1980", as_of),
    ]
    shown = " ".join(map(repr, held))
    assert not re.search("1871|SUTRISNO|1980", shown)

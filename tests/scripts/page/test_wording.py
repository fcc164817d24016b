"""Every text of the page is there in both languages, what is no longer said is gone; every refusal has a sentence."""

import io
import re
from importlib import resources
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from linkage import identity
from linkage.errors import LapisError
from linkage.giveback import LANGUAGES
from scripts.page import rendering
from scripts.page.labels import LABELS, OTHERWISE

PAGE = resources.files("scripts.page")
TEMPLATES = sorted((PAGE / "templates").iterdir(), key=str)
CATALOGUE = read_po(io.BytesIO((PAGE / "locale" / "id.po").read_bytes()), locale="id")
ROOT = Path(__file__).parents[3]


def texts():
    found = {text for names in LABELS.values() for text in names.values()} | {OTHERWISE}
    for file in TEMPLATES:
        options = {"extensions": "jinja2.ext.i18n", "trimmed": "true", "silent": "false"}
        for _, message, _, _ in extract("jinja2.ext:babel_extract", io.BytesIO(file.read_bytes()), options=options):
            found.add(message if isinstance(message, str) else message[0])
    return found


def test_no_text_is_untranslated_and_none_is_left_over():
    known = {each.id if isinstance(each.id, str) else each.id[0]: each.string for each in CATALOGUE if each.id}
    assert set(known) == texts()
    for english, indonesian in known.items():
        shown = [indonesian] if isinstance(indonesian, str) else indonesian
        for each in shown:
            assert each and sorted(re.findall(r"%\(\w+\)\w", each)) == sorted(re.findall(r"%\(\w+\)\w", english))


def test_the_compiled_catalogue_is_that_of_the_text():
    out = io.BytesIO()
    write_mo(out, CATALOGUE)
    assert (PAGE / "locale" / "id.mo").read_bytes() == out.getvalue()


def test_no_text_stands_in_a_template_beside_the_catalogue():
    for file in TEMPLATES:
        text = re.sub(
            r"<code>.*?</code>|\{% macro wrong.*?endmacro %\}|\{%-?\s*trans.*?endtrans\s*-?%\}|\{[{%].*?[}%]\}|<[^>]*>",
            " ",
            file.read_text(),
            flags=re.DOTALL,
        )
        assert set(re.findall(r"[A-Za-z]{2,}", text)) <= {
            "Lapis",
            "NIK",
            *("xlsx", "xls", "ods", "csv", "html", "parquet"),
        }, file.name


def raised():
    """Return every code that a page may meet and raises itself."""
    found = set()
    for path in (ROOT / "scripts" / "page").glob("*.py"):
        found |= set(re.findall(r'(?:RefusedError\(\d+, |LapisError\()"([A-Z_]+)"', path.read_text()))
    return found


def test_every_refusal_of_the_page_has_a_sentence_of_its_own():
    codes = raised()
    assert "LIST_GONE" in codes and codes <= set(LABELS["refusal"])


def test_every_sentence_belongs_to_a_code_that_is_raised_somewhere():
    text = "".join(path.read_text() for path in ROOT.glob("scripts/**/*.py") if path.name != "labels.py")
    text += "".join(path.read_text() for room in ("linkage", "api") for path in ROOT.glob(f"{room}/**/*.py"))
    assert [code for code in LABELS["refusal"] if f'"{code}"' not in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_is_explained_in_words_and_never_by_its_own_message(language):
    for code in (*LABELS["refusal"], *identity.codes(), "NEVER_HEARD_OF"):
        said = rendering.explain(LapisError(code, "SITI AMINAH", hint="1871014103809001"), language)
        assert said and "SITI" not in said and "1871" not in said
    other = "en" if language == "id" else "id"
    assert rendering.explain(LapisError("LOCKED", ""), language) != rendering.explain(LapisError("LOCKED", ""), other)


def test_numbers_are_in_the_languages_form():
    assert (rendering.number(12_500, "id"), rendering.number(12_500, "en")) == ("12.500", "12,500")

"""Every text of the pages is there in both languages, and what is no longer said is gone."""

import datetime as dt
import io
import re
from importlib import resources

import pytest
from babel.messages.pofile import read_po

from api.access.principals import ROLES
from api.pages import languages
from api.pages.labels import LABELS
from api.problems import STATUS
from api.services.events import EVENTS
from policies.access_rules import load_access_rules
from tests.api.http.wording import texts

CATALOGUE = read_po(io.BytesIO((resources.files("api.pages") / "locale" / "id.po").read_bytes()), locale="id")


def test_no_text_is_untranslated_and_none_is_left_over():
    known = {each.id if isinstance(each.id, str) else each.id[0]: each.string for each in CATALOGUE if each.id}
    assert set(known) == texts()
    for english, indonesian in known.items():
        shown = [indonesian] if isinstance(indonesian, str) else indonesian
        for each in shown:
            assert each and sorted(re.findall(r"%\(\w+\)\w", each)) == sorted(re.findall(r"%\(\w+\)\w", english))


def test_no_text_stands_in_a_template_beside_the_catalogue():
    for file in (resources.files("api.pages") / "templates").iterdir():
        text = re.sub(
            r"<code>.*?</code>|\{%-?\s*trans.*?endtrans\s*-?%\}|\{[{%].*?[}%]\}|<[^>]*>",
            " ",
            file.read_text(),
            flags=re.DOTALL,
        )
        assert set(re.findall(r"[A-Za-z]{2,}", text)) <= {"Lapis"}, file.name


def test_every_code_that_a_page_may_show_has_a_name():
    rules = load_access_rules()
    assert set(LABELS["event"]) >= set(EVENTS)
    assert set(LABELS["purpose"]) >= set(rules.purposes) and set(LABELS["basis"]) >= set(rules.bases)
    assert set(LABELS["role"]) >= ROLES
    assert set(LABELS["refusal"]) <= set(STATUS)


@pytest.mark.parametrize(
    ("cookie", "accepted", "found"),
    [(None, "", "id"), (None, "en-GB,en;q=0.9", "en"), (None, "jv,id;q=0.8", "id"), (None, "fr", "id"),
     ("en", "id", "en"), ("xx", "en", "en")],
)  # fmt: skip
def test_the_language_is_the_readers_choice_then_the_browsers_then_indonesian(cookie, accepted, found):
    assert languages.chosen(cookie, accepted) == found


def test_dates_and_numbers_are_in_the_languages_form():
    at = dt.datetime(2026, 8, 17, 3, 5, tzinfo=dt.UTC)
    assert languages.moment(at, "id") == "17 Agu 2026, 10.05 WIB"
    assert languages.moment(at, "en") == "17 Aug 2026, 10:05 WIB"
    assert (languages.number(12_500, "id"), languages.number(12_500, "en")) == ("12.500", "12,500")
    assert languages.rupiah(300_000, "id") == "Rp\N{NO-BREAK SPACE}300.000"
    assert [languages.month(each, "id") for each in ("2026-03", "2026", "2026-Q1")] == ["Maret 2026", "2026", "2026-Q1"]

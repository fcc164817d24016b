"""The glossary has an entry for each word that a page marks, none that no page uses, and is open to everybody."""

import re
from importlib import resources

from api.pages.labels import LABELS
from tests.api.http.browsing import HTML
from tests.api.http.test_pages import WHY, shown

TEMPLATES = {each.name: each.read_text() for each in (resources.files("api.pages") / "templates").iterdir()}


def marked():
    """Return the words that templates mark, and by which."""
    found = {}
    for name, text in TEMPLATES.items():
        for call in re.findall(r"parts\.terms\((.*?)\)", text):
            for word in re.findall(r'"(\w+)"', call):
                found.setdefault(word, set()).add(name)
    return found


def test_every_word_that_is_marked_has_an_entry_and_every_entry_is_marked_somewhere():
    assert set(marked()) == set(LABELS["term"]) == set(LABELS["meaning"])


def test_every_page_about_data_names_its_words():
    pages = {name for name, text in TEMPLATES.items() if '"base.html"' in text} - {"front.html", "glossary.html"}
    assert pages == set().union(*marked().values())


def test_anybody_reads_the_glossary_in_her_language_and_each_word_has_a_place_to_point_at(client):
    for language, word in (("id", "Lapis bantuan"), ("en", "Layer of aid")):
        answer = client.get("/glossary", headers={**HTML, "Accept-Language": language})
        assert answer.status_code == 200 and word in answer.text
        assert set(re.findall(r'<dt id="(\w+)"', answer.text)) == set(LABELS["term"])


def test_a_word_on_a_page_leads_to_its_entry(client, seeded):
    page = shown(client, "/pages/persons", **WHY)
    linked = set(re.findall(r'href="/glossary#(\w+)"', page))
    assert linked and linked <= set(LABELS["term"])

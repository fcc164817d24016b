"""The report for a meeting: what stands on paper is what stands on the pages, in both languages."""

import re

import pypdfium2
import pytest

from tests.api.http.conftest import bearer, entries
from tests.api.http.released import release
from tests.api.http.test_tables import WHY, page, table_of

HEADINGS = {"id": ("Sekilas", "Program mana yang bertemu pada satu orang", "Ke mana rupiah mengalir", "Penghalangnya"),
            "en": ("At a glance", "Which programmes meet in one person", "Where the rupiah went",
                   "What stands in the way")}  # fmt: skip


def printed(client, **query):
    """Return the report's text, all white space as single spaces, and how many pages it has."""
    answer = client.get("/pages/report.pdf", params={**WHY, **query}, headers=bearer("pmo-officer"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    found = pypdfium2.PdfDocument(answer.content)
    texts = [sheet.get_textpage().get_text_range() for sheet in found]
    return [re.sub(r"\s+", " ", text) for text in texts]


def rows_of(client, path, table):
    """Return a page's table as people read it: a row's cells with single spaces."""
    answer = page(client, path, **WHY)
    section = re.search(rf'<section class="table" id="{table}".*?</section>', answer.text, re.DOTALL)[0]
    rows = re.findall(r"<tr><td.*?</tr>", section, re.DOTALL)
    return [[re.sub(r"\s+", " ", re.sub("<[^>]*>", "", cell)).strip() for cell in re.findall(r"<td.*?</td>", row)]
            for row in rows]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "table"),
    [("layers", "layers"), ("gaps", "causes"), ("funds", "plans"), ("funds", "lost")],
)
def test_every_figure_of_a_page_stands_in_the_report(client, seeded, centre, path, table):
    release(centre)
    text = " ".join(printed(client))
    shown = rows_of(client, f"/pages/{path}", table)
    assert shown
    for row in shown:
        assert re.search(
            r"\s*".join(re.escape(cell).replace(r"\ ", r"\s*") for cell in row if cell not in {"", "–"}), text
        ), row


def test_districts_and_the_map_show_the_untouched_and_hide_what_is_hidden(client, seeded, centre):
    release(centre)
    text = " ".join(printed(client))
    assert table_of(page(client, "/pages/gaps", **WHY, regency="18.01", **{"places-form": "csv"}))[1:] == [
        ["Natar", "disembunyikan", "400"]]  # fmt: skip
    assert re.search(r"Natar Lampung Selatan disembunyikan 400", text)
    assert re.search(r"Lampung Selatan\s+120", text) and "Way Kanan" in text


@pytest.mark.parametrize("language", ["id", "en"])
def test_each_part_has_its_heading_and_each_sheet_its_release_and_day(client, seeded, centre, language):
    release(centre)
    sheets = printed(client, language=language)
    text = " ".join(sheets)
    assert all(heading in text for heading in HEADINGS[language])
    marks = {"id": "Rilis 1 · 1 Mar 2026, 07.00 WIB", "en": "Release 1 · 1 Mar 2026, 07:00 WIB"}
    assert all(marks[language] in sheet for sheet in sheets)
    assert "Rp 100" in text and "55" in text


def test_the_overlap_matrix_carries_the_marks_of_the_rules(client, seeded, centre):
    release(centre)
    assert re.search(r"PKH 220 55 \* SEMBAKO 55 \* 220", " ".join(printed(client)))


def test_a_report_without_deciles_and_treasury_claims_nothing(client, seeded, centre):
    release(centre, poor=False, money=False)
    text = " ".join(printed(client, language="en"))
    assert "No list that was taken in says a decile" in text and "No budget and no disbursement" in text
    assert "traced to people" not in text and "reached, by district" not in text


def test_the_report_is_an_entry_and_is_refused_before_a_release(client, seeded, centre):
    early = client.get("/pages/report.pdf", params=WHY, headers=bearer("pmo-officer"))
    assert (early.status_code, early.json()["code"]) == (409, "NOTHING_RELEASED")
    release(centre)
    printed(client)
    kept = entries(centre)[-1]
    assert (kept["code"], kept["subject"]["release"], kept["purpose"]) == ("REPORT_READ", 1, "targeting")

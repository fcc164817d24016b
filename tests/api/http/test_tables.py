"""Every table of every page is sorted, sought, turned and taken along in one way; a file says what its page says."""

import csv
import html
import io
import re
from types import SimpleNamespace
from urllib.parse import urlsplit

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from api.app import create_app
from api.pages import cells, downloads
from api.pages.tables import Asked, Column, Cursor, Table
from api.store import Agency
from tests.api.http.browsing import HTML
from tests.api.http.conftest import bearer, call, entries, operations
from tests.api.http.released import release
from tests.api.http.test_access import ALL, TABLE

WHY = {"purpose": "targeting", "basis": "public-task"}
DRAWN = re.compile(r'<table class="(\w+)"')
"""A matrix is a picture of a table that stands below it."""


def page(client, address, role="pmo-officer", agency=None, /, **query):
    answer = client.get(address, params=query or None, headers={**HTML, **bearer(role, agency)})
    assert answer.status_code == 200, (address, answer.text)
    return answer


def sections(text):
    """Return a page's tables: all that stands in their sections."""
    return re.findall(r'<section class="table" id="([\w-]+)".*?</section>', text, re.DOTALL), re.findall(
        r'<section class="table".*?</section>', text, re.DOTALL
    )


def links(text):
    return [html.unescape(each) for each in re.findall(r'href="([^"#]*)(?:#[^"]*)?"', text)]


def who_sees(name):
    """Return a role that may open a page, and for what."""
    role, cell = next((role, cell) for role, cell in TABLE[name].items() if role != "anyone")
    return ("agency-staff" if role == "agency" else role), "targeting" if cell in (ALL, "own") else max(cell)


def test_no_page_has_a_table_that_is_not_sorted_sought_turned_and_taken(client, service, seeded, centre):
    release(centre)
    seen = {}
    for operation in operations(create_app(service)):
        name, method, _, _ = operation
        if method != "get" or not name.startswith(("show", "ask")) or name in {"showFront", "showGlossary"}:
            continue
        role, purpose = who_sees(name)
        headers = {**HTML, **bearer(role, "baznas" if role == "agency-staff" else None)}
        answer = call(client, operation, seeded, headers=headers, purpose=purpose)
        assert answer.status_code == 200, (name, answer.text)
        names, found = sections(answer.text)
        drawn = DRAWN.findall(answer.text)
        assert len([kind for kind in drawn if kind != "matrix"]) == sum("<table" in each for each in found), name
        assert "matrix" not in drawn or "pairs" in names
        for table, text in zip(names, found, strict=True):
            if "<table" not in text:
                continue
            seen[table] = name
            heads = re.findall(r"<th\b.*?</th>", text, re.DOTALL)
            assert heads and all('<a href="' in head and "sort=" in head for head in heads), (name, table)
            assert 'type="search"' in text, (name, table)
            assert {"csv", "xlsx"} <= {each for link in links(text) for each in re.findall(r"csv|xlsx", link)}, table
    assert set(seen) >= {"persons", "overlaps", "coverage", "layers", "places", "pairs", "needs", "causes", "plans",
                         "lost", "villages", "flags", "unregistered", "aid", "submissions", "cases", "steps",
                         "log"}  # fmt: skip


def test_every_heading_and_file_that_a_page_links_to_is_there(client, seeded, centre):
    release(centre)
    tried = 0
    for path in ("layers", "gaps", "funds", "villages", "persons", "overlaps", "unregistered", "coverage"):
        first = page(client, f"/pages/{path}", **WHY).text
        _, found = sections(first)
        for link in {link for text in found for link in links(text) if re.search("sort=|form=", link)}:
            answer = page(client, link)
            kind = re.search(r"form=(\w+)", link)
            media = downloads.TYPES[kind[1]].partition(";")[0] if kind else "text/html"
            assert answer.headers["content-type"].startswith(media), link
            tried += 1
    assert tried > 50


def table_of(answer):
    return list(csv.reader(io.StringIO(answer.text)))


def test_a_file_says_what_its_page_says_in_its_order_and_hides_what_it_hides(client, seeded, centre):
    release(centre)
    asked = {**WHY, "regency": "18.01", "places-sort": "-untouched"}
    rows = table_of(page(client, "/pages/gaps", **asked, **{"places-form": "csv"}))
    assert rows == [["Tempat", "Belum terjangkau", "Dari semua warga di sana"],
                    ["Natar", "disembunyikan", "400"]]  # fmt: skip
    needs = table_of(page(client, "/pages/gaps", **asked, **{"needs-form": "csv", "needs-find": "pendidikan 210"}))
    assert needs[1:] == [["Pendidikan", "210", "70"]]
    assert entries(centre)[-1]["code"] == "GAPS_READ"
    assert entries(centre)[-1]["subject"] | {"form": "csv", "table": "needs"} == entries(centre)[-1]["subject"]


def test_a_workbook_has_rupiah_days_and_shares_as_such_and_no_formula(client, seeded, centre):
    with Session(centre.store) as session, session.begin():
        session.get_one(Agency, "baznas").name = "=1+1"
    answer = page(client, "/pages/register", "dpo", form="xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    (cell,) = [each for row in sheet.iter_rows() for each in row if each.value == "=1+1"]
    assert cell.data_type == "s"
    text = page(client, "/pages/register", "dpo", form="csv").text
    assert "'=1+1" in text and "\n=1+1" not in text
    aid = page(client, f"/pages/persons/{2:016x}", form="xlsx", **WHY)
    rows = list(openpyxl.load_workbook(io.BytesIO(aid.content)).active.iter_rows())
    assert rows[1][0].value.isoformat() == "2026-03-01T00:00:00" and rows[1][0].number_format == "mmm yyyy"
    assert rows[1][-1].value == 300_000 and "Rp" in rows[1][-1].number_format
    lists = page(client, "/pages/submissions", "agency-staff", "baznas", form="xlsx")
    sent = openpyxl.load_workbook(io.BytesIO(lists.content)).active["A2"]
    assert sent.value.isoformat() == "2026-03-01T07:00:00", "western Indonesian time"


def test_a_file_of_pseudonyms_holds_the_page_and_its_entry_names_them_all(client, seeded, centre):
    rows = table_of(page(client, "/pages/persons", **WHY, limit=5, page=2, form="csv"))
    assert [row[0] for row in rows[1:]] == [f"{number:016x}" for number in range(6, 11)]
    kept = entries(centre)[-1]["subject"]
    assert kept["persons"] == [row[0] for row in rows[1:]] and (kept["form"], kept["count"]) == ("csv", 5)


def test_a_long_list_is_sorted_as_a_whole_and_not_page_by_page(client, seeded):
    text = page(client, "/pages/persons", **WHY, sort="-person", limit=3).text
    assert re.findall(r"persons/([0-9a-f]{16})\?", text) == [f"{number:016x}" for number in (40, 39, 38)]
    assert 'aria-sort="descending"' in text


def test_what_is_sought_is_in_no_entry(client, seeded, centre):
    page(client, "/pages/persons", **WHY, find="sembarang")
    assert "sembarang" not in str(entries(centre))


def test_the_log_gives_files_by_its_own_rule_alone(client, seeded, centre):
    oversight = {"purpose": "oversight", "basis": "public-task"}
    page(client, "/pages/persons", **WHY)
    given_ = page(client, "/pages/log", "dpo", **oversight).text
    assert {urlsplit(link).path for link in links(given_) if "table." in link} == {
        "/pages/log/table.csv", "/pages/log/table.xlsx"}  # fmt: skip
    book = page(client, "/pages/log/table.xlsx", "dpo", **oversight)
    rows = list(openpyxl.load_workbook(io.BytesIO(book.content)).active.iter_rows(values_only=True))
    assert rows[0][2] == "code" and [row[2] for row in rows[1:]] == ["LOG_READ", "PERSONS_LISTED"]
    assert entries(centre)[-1]["subject"]["form"] == "workbook"
    citizen = {**oversight, "purpose": "citizen-request"}
    assert "table.csv" not in page(client, "/pages/log", "dpo", **citizen).text
    refused = client.get("/pages/log", params={**oversight, "form": "csv"}, headers={**HTML, **bearer("dpo")})
    assert refused.status_code == 422


@pytest.mark.parametrize("wrong", [{"sort": "salary"}, {"page": "0"}, {"form": "exe"}, {"needs-sort": "need"}])
def test_what_no_table_of_the_page_knows_is_refused(client, seeded, wrong):
    answer = client.get("/pages/persons", params={**WHY, **wrong}, headers={**HTML, **bearer("pmo-officer")})
    assert answer.status_code == 422


ROWS = st.lists(st.fixed_dictionaries({"agency": st.sampled_from(["baznas", "desa", "Ärzte", "=x"]),
                                       "rows": st.none() | st.integers(0, 50)}), max_size=60)  # fmt: skip
NUMBERS = Table("persons", (Column("agency"), Column("rows", cells.NUMBER, none="hidden")))


def view(rows, asked, table=NUMBERS, more=None):
    request = SimpleNamespace(cookies={}, headers={}, query_params={}, url=SimpleNamespace(path="/x"))
    return table.view(request, rows, asked, more)


@given(ROWS, st.sampled_from(["", "agency", "-agency", "rows", "-rows"]), st.integers(1, 9))
def test_the_pages_of_a_table_hold_each_row_once_in_order_and_what_is_hidden_last(rows, sort, limit):
    whole, number = [], 1
    while (turned := view(rows, Asked(sort, page=number, limit=limit))).rows:
        whole += turned.rows
        assert (turned.next is not None) == (len(whole) < len(rows))
        number += 1
    assert sorted(map(str, whole)) == sorted(map(str, rows))
    if sort.endswith("rows"):
        told = [row["rows"] for row in whole if row["rows"] is not None]
        assert told == sorted(told, reverse=sort[0] == "-")
        assert [row["rows"] for row in whole[: len(told)]] == told


@given(ROWS, st.sampled_from(["baznas", "ÄRZTE", "desa 1", "disembunyikan", "tidak ada"]))
def test_what_is_found_has_every_word_and_what_is_not_lacks_one(rows, sought):
    found = view(rows, Asked(find=sought, limit=200)).found
    for row in rows:
        text = f"{row['agency']} {'disembunyikan' if row['rows'] is None else row['rows']}".casefold()
        assert (row in found) == all(word in text for word in sought.casefold().split())


def test_a_list_longer_than_the_window_goes_on_from_its_last_row(monkeypatch):
    monkeypatch.setattr("api.pages.tables.WINDOW", 6)
    rows = [{"agency": "a", "rows": number} for number in range(6)]
    more = Cursor("after", lambda row: row["rows"])
    turned = view(rows, Asked("-rows", page=2, limit=3), more=more)
    assert turned.cut and turned.next == "/x?after=5" and turned.total is None

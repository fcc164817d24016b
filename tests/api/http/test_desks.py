"""The pages of runs, campaigns, releases, approvals and an agency's desk: what each says, and what it never does."""

import io
import json
import zipfile

import pytest
from sqlmodel import Session

from api.store import Release
from tests.api.http.browsing import HTML
from tests.api.http.conftest import bearer, entries
from tests.api.http.released import release, work


@pytest.fixture
def filled(centre, seeded):
    release(centre)
    work(centre)
    return seeded


def seen(client, path, role="dpo", agency=None):
    answer = client.get(path, headers={**bearer(role, agency), **HTML, "Accept-Language": "en"}, follow_redirects=False)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.text


def test_a_run_says_where_its_thresholds_lie_and_what_was_not_compared(client, filled):
    text = seen(client, "/pages/runs/1", "analyst")
    for said in ("0.9986", "0.5", "A person looks", "Neither alike nor apart enough", "2,000"):
        assert said in text, said
    assert "/pages/runs/1" in seen(client, "/pages/runs", "analyst")
    assert client.get("/pages/runs/9", headers={**bearer("dpo"), **HTML}).status_code == 404


def test_a_run_of_an_older_release_is_shown_without_made_up_noughts(client, seeded):
    assert "made by an older release" in seen(client, "/pages/runs/1")


def test_a_campaign_says_who_approved_and_what_was_pulled_and_hides_small_numbers(client, filled):
    text = seen(client, "/pages/campaigns/1", "pmo-officer")
    assert "Whom it looks for" in text and "baznas" in text and ">20<" in text and ">25<" not in text
    assert "lapis officer campaign approve" not in text, "whoever may not approve is shown no command"


def test_approvals_shows_a_case_its_countdown_and_its_command_and_has_no_form_for_it(client, filled):
    text = seen(client, "/pages/approvals", "pmo-head")
    assert "lapis officer approve case-3" in text and "never through this service" in text and "3 h" in text
    forms = [part.partition("</form>")[0] for part in text.split("<form")[1:]]
    assert forms and not [
        each for each in forms if "post" in each and "/language" not in each and "/logout" not in each
    ]


def test_an_unapproved_release_gives_no_file_and_an_approved_one_leaves_with_an_entry(client, centre, filled):
    take = {"headers": bearer("pmo-officer"), "params": {"to": "BPS"}}
    refused = client.get("/pages/releases/1/files.zip", **take)
    assert refused.json()["code"] == "RELEASE_NOT_APPROVED"
    sent = client.post("/pages/releases/1/approval", headers=bearer("pmo-head"), follow_redirects=False)
    assert sent.status_code == 303
    with Session(centre.store) as session:
        assert session.get_one(Release, 1).approved_by
    given = client.get("/pages/releases/1/files.zip", **take)
    with zipfile.ZipFile(io.BytesIO(given.content)) as archive:
        assert "cells.parquet" in archive.namelist()
        assert json.loads(archive.read("schema.json"))["cadence"] == "monthly"
    last = entries(centre)[-1]
    assert (last["code"], last["subject"]["to"]) == ("RELEASE_EXPORTED", "BPS")
    assert any(each.startswith("cells.csv ") for each in last["subject"]["files"])


def test_an_agencys_desk_shows_its_own_lists_quality_and_open_cases_and_nobody_elses(client, filled):
    text = seen(client, "/pages/desk", "agency-staff", "baznas")
    assert "lapis agency resolve case-1.ticket" in text and "case-2" not in text
    assert filled.submission["baznas"] in text and filled.submission["desa"] not in text
    assert "NIK usable: 96 %" in text
    other = seen(client, "/pages/desk", "agency-staff", "desa")
    assert "case-1" not in other and "case-2" in other


def test_every_figure_of_the_first_page_has_a_definition_a_date_and_a_way_down(client, filled):
    text = seen(client, "/pages", "pmo-head")
    figures = [part.partition("</article>")[0] for part in text.split("<article>")[1:]]
    assert len(figures) == 7
    for each in figures:
        assert 'href="/pages/' in each and "As of" in each and each.count("<p") == 2, each
    assert "<article>" not in seen(client, "/pages", "agency-staff", "csr") or "Lists sent" in text

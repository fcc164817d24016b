"""Pages show what the API answers, for the same reason and with the same entry; and nothing of a name is in them."""

import datetime as dt
import html
import re
from urllib.parse import urlencode

import pytest
from sqlmodel import Session, select, text

from api.pages import fields
from api.pages.oversight import SHOWN
from api.services import journal, sequencer
from api.services.events import EVENTS
from api.services.journal import Event
from api.store import Job, LogTile, Upload
from tests.api.http.browsing import HTML
from tests.api.http.conftest import bearer, entries
from tests.api.http.released import release

WHY = {"purpose": "targeting", "basis": "public-task"}
RELEASED = {"layers", "gaps", "funds", "villages"}
COUNTED = RELEASED | {"runs", "releases"}
OVERSIGHT = {"purpose": "oversight", "basis": "public-task"}


def shown(client, path, role="analyst", of=None, /, **query):
    answer = client.get(path, params=query or None, headers={**HTML, **bearer(role, of)})
    assert answer.status_code == 200, answer.text
    return answer.text


def persons(text):
    return re.findall(r'href="/pages/persons/([0-9a-f]{16})\?', text)


def test_all_persons_come_page_by_page_each_once(client, seeded):
    found, address = [], f"/pages/persons?{urlencode(WHY)}&limit=7"
    while address:
        page = shown(client, address)
        found += persons(page)
        following = re.search(r'href="([^"]*)" rel="next"', page)
        address = html.unescape(following[1]) if following else None
    assert len(found) == len(set(found)) == 40


def test_what_somebody_got_is_in_the_form_of_her_language(client, seeded):
    address = f"/pages/persons/{2:016x}"
    for language, amount, month in (("id", "Rp\N{NO-BREAK SPACE}600.000", "Maret"), ("en", "600,000", "March")):
        answer = client.get(address, params=WHY, headers={**HTML, **bearer(), "Accept-Language": language})
        assert amount in answer.text and month in answer.text and f'lang="{language}"' in answer.text
        assert "Kabupaten Lampung Selatan" in answer.text


def test_overlaps_and_coverage_say_what_the_api_says(client, seeded, centre):
    assert len(persons(shown(client, "/pages/overlaps", **WHY))) == 40
    assert "baznas, desa" in shown(client, "/pages/overlaps", **WHY)
    release(centre)
    assert re.search(r">120</span></td>", shown(client, "/pages/coverage", **WHY))
    assert "disembunyikan" in shown(client, "/pages/coverage", programme="PKH", **WHY)


def test_a_page_about_people_without_a_reason_asks_for_it(client, seeded, centre):
    answer = client.get("/pages/persons", headers={**HTML, **bearer()})
    assert answer.status_code == 403 and "/pages/reason?to=showPersons" in answer.text
    assert [entry["code"] for entry in entries(centre)] == ["ACCESS_DENIED"]


@pytest.mark.parametrize(
    ("role", "to", "offered"),
    [("analyst", "showPersons", {"targeting", "overlap-review", "quality-review"}),
     ("dpo", "showCoverage", {"oversight"}), ("dpo", "showLog", {"oversight", "citizen-request"}),
     ("dpo", "showPersons", set())],
)  # fmt: skip
def test_only_reasons_that_her_role_may_have_are_offered(client, seeded, role, to, offered):
    page = shown(client, "/pages/reason", role, to=to)
    assert set(re.findall(r'name="purpose" value="([^"]*)"', page)) == offered


@pytest.mark.parametrize(
    ("role", "agency", "places"),
    [("analyst", None, {"persons", "overlaps", "coverage", "reviews"} | COUNTED),
     ("dpo", None, {"coverage", "submissions", "cases", "queue", "subjects", "register", "log", "campaigns",
                    "approvals"} | COUNTED),
     ("pmo-head", None, {"persons", "overlaps", "coverage", "submissions", "cases", "queue", "subjects", "register",
                         "flags", "unregistered", "reviews", "campaigns", "approvals"} | COUNTED),
     ("reconciler", None, {"log"}),
     ("agency-staff", "baznas", {"submissions", "desk"})],
)  # fmt: skip
def test_links_lead_only_where_the_rules_let_her(client, seeded, role, agency, places):
    page = shown(client, "/pages", role, agency)
    links = {link.removeprefix("show").lower() for link in re.findall(r'href="/pages/(?:reason\?to=)?(\w+)"', page)}
    assert links == places


def test_an_agencys_people_see_its_lists_and_no_others(client, seeded):
    page = shown(client, "/pages/submissions", "agency-staff", "baznas")
    assert re.findall(r"/pages/submissions/(\w+)", page) == [seeded.submission["baznas"]]
    mine = {**HTML, **bearer("agency-staff", "baznas")}
    for other in (seeded.submission["desa"], "0" * 32):
        assert client.get(f"/pages/submissions/{other}", headers=mine).status_code == 404
    assert client.get("/pages/submissions", params={"agency": "desa"}, headers=mine).status_code in {403, 404}


def test_a_list_that_is_under_way_is_asked_after_and_one_that_ended_is_not(client, seeded, centre):
    address = f"/pages/submissions/{seeded.submission['baznas']}"
    with Session(centre.store) as session, session.begin():
        upload = session.get_one(Upload, seeded.submission["baznas"])
        upload.job, upload.received = seeded.job["baznas"], upload.size
        session.get_one(Job, upload.job).state = "waiting"
    assert 'hx-trigger="every 15s"' in shown(client, address, "agency-staff", "baznas")
    with Session(centre.store) as session, session.begin():
        job = session.get_one(Job, seeded.job["baznas"])
        job.state, job.code, job.place = "refused", "NIK_RAW", "row 12"
    page = shown(client, address, "agency-staff", "baznas")
    assert "hx-trigger" not in page and "NIK_RAW · row 12" in page


def seal(centre):
    return sequencer.seal(centre, "lapis/pmo/log")


def test_the_log_says_how_far_it_was_checked_and_proves_what_it_shows(client, seeded, centre):
    shown(client, f"/pages/persons/{seeded.person}", **WHY)
    unsigned = shown(client, "/pages/log", "dpo", **OVERSIGHT)
    assert "Belum bisa diperiksa" in unsigned and "menunggu" in unsigned
    sealed = seal(centre)
    page = shown(client, "/pages/log", "dpo", **OVERSIGHT)
    assert f"sampai catatan ke-{sealed.size}." in page and sealed.root in page
    assert "2 catatan di bawah ini baru saja dibuktikan" in page


@pytest.mark.parametrize("value", [7, "0123456789abcdef", ["baznas", "desa"]], ids=["number", "text", "list"])
def test_every_event_can_be_shown_whatever_its_subject_holds(client, seeded, centre, value):
    about = dict.fromkeys(SHOWN, value) | {"person": f"{2:016x}", "regency": "18.01"}
    with Session(centre.store) as session, session.begin():
        happened = [Event(code, "operator", "service", "", "", about) for code in EVENTS]
        journal.record_all(session, happened, centre.clock())
    assert len(re.findall("<tr>", shown(client, "/pages/log", "dpo", **OVERSIGHT, limit=200))) > len(EVENTS)


# On PostgreSQL the service can change none: tests/api/test_stored_log.py has its owner do it.
@pytest.mark.sqlite
def test_a_changed_entry_or_tile_is_said_loudly(client, seeded, centre):
    shown(client, f"/pages/persons/{seeded.person}", **WHY)
    seal(centre)
    with centre.store.begin() as connection:
        connection.execute(text("DROP TRIGGER pending_entry_no_update"))
        connection.execute(text("UPDATE pending_entry SET body = replace(body, 'targeting', 'oversight')"))
    assert "LOG_PROOF" in shown(client, "/pages/log", "dpo", **OVERSIGHT)
    with Session(centre.store) as session, session.begin():
        tile = session.exec(select(LogTile)).first()
        tile.hashes = bytes(len(tile.hashes))
    assert "LOG_ROOT" in shown(client, "/pages/log", "dpo", **OVERSIGHT)


def test_the_log_is_sought_by_person_agency_purpose_outcome_and_day(client, seeded, centre):
    shown(client, f"/pages/persons/{seeded.person}", **WHY)
    shown(client, "/pages/submissions", "agency-staff", "baznas")
    client.get("/pages/log", params=WHY, headers={**HTML, **bearer()})
    for sought, found in (
        ({"person": seeded.person}, ["PROFILE_READ"]),
        ({"agency": "baznas"}, ["SUBMISSIONS_LISTED"]),
        ({"why": "targeting"}, ["ACCESS_DENIED", "PROFILE_READ"]),
        ({"outcome": "denied"}, ["ACCESS_DENIED"]),
        ({"outcome": "done", "until": "2026-03-01"}, ["SUBMISSIONS_LISTED", "PROFILE_READ"]),
        ({"since": "2026-03-02"}, []),
    ):
        from datetime import date

        from api.services.logbook import Looked, newest

        days = {name: date.fromisoformat(value) for name, value in sought.items() if name in {"since", "until"}}
        rest = {("purpose" if name == "why" else name): value for name, value in sought.items() if name not in days}
        with Session(centre.store) as session:
            lines = newest(session, Looked(**rest, **days), None, 50)
        assert [line.event.code for line in lines if line.event.code != "LOG_READ"] == found, sought
        page = shown(client, "/pages/log", "dpo", **OVERSIGHT, **sought)
        assert len(re.findall(r'data-label="Siapa"', page)) >= len(found)
    bad = client.get("/pages/log", params={**OVERSIGHT, "since": "2026-02-31"}, headers={**HTML, **bearer("dpo")})
    assert bad.status_code == 422


def test_cases_are_counts_and_approving_is_left_to_the_vault(client, seeded, centre):
    page = shown(client, "/pages/cases", "dpo")
    for case in seeded.case.values():
        assert case in page
    assert "lapis officer approve case-" in page and "dari 2" in page
    assert 'method="post"' not in page.partition("<main")[2] and not re.search(
        r"[0-7][0-9a-f]{15}", page.partition("<main")[2]
    )
    assert entries(centre)[-1]["code"] == "CASES_LISTED"


def test_what_comes_from_outside_is_escaped(client, seeded, centre):
    with Session(centre.store) as session, session.begin():
        session.get_one(Job, seeded.job["baznas"]).place = "<script>alert(1)</script>"
        session.get_one(Job, seeded.job["baznas"]).state = "refused"
        session.get_one(Upload, seeded.submission["baznas"]).job = seeded.job["baznas"]
    page = shown(client, f"/pages/submissions/{seeded.submission['baznas']}", "agency-staff", "baznas")
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_the_vendored_files_are_those_of_the_table():
    import hashlib
    from importlib import resources

    folder = resources.files("api.pages") / "static"
    rows = re.findall(r"^\| `([\w.]+)` \|.*`([0-9a-f]{64})` \|$", (folder / "VENDORED.md").read_text(), re.MULTILINE)
    assert {name for name, _ in rows} == {"htmx.min.js", "pico.min.css"}
    for name, digest in rows:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_the_days_that_a_filter_takes_are_those_of_the_calendar():
    (query,) = fields.AnyDay.__metadata__
    allowed = re.compile(query.metadata[0].pattern)
    for year in (1000, 1900, 1999, 2000, 2024, 2026, 2100, 2400, 2999):
        for month in range(14):
            for day in range(33):
                text = f"{year}-{month:02}-{day:02}"
                try:
                    real = bool(dt.date.fromisoformat(text))
                except ValueError:
                    real = False
                assert bool(allowed.fullmatch(text)) == real, text

"""The officer's desk: the log sought and taken out, flags and alarms signed off, a case step by step."""

import csv
import io
import zipfile

import pytest
from sqlmodel import Session

from api.services import journal, sequencer
from api.services.exports import plain
from api.services.journal import Event
from api.store import CasePerson, SignOff
from scripts import cli
from tests.api.http.conftest import NOW, bearer, entries, subject
from tests.api.http.test_pages import OVERSIGHT, WHY, shown

ALARM = {"alarms": [{"code": "REPLAY", "about": "request 5f0c8a1e", "place": "audit.log:441",
                     "at": "2026-03-01T00:00:00Z"}]}  # fmt: skip
ORIGIN = "lapis/pmo/log"


def about(client, person):
    """Return the codes that the API's log has of a person."""
    asked = {**OVERSIGHT, "person": person, "limit": 200}
    return [each["code"] for each in client.get("/v1/log", params=asked, headers=bearer("dpo")).json()["entries"]]


def table(client, role="dpo", **sought):
    answer = client.get("/pages/log/table.csv", params={**OVERSIGHT, **sought}, headers=bearer(role))
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_an_entry_about_several_is_found_by_each_of_them(client, seeded, centre):
    shown(client, "/pages/persons", **WHY, limit=3)
    client.get("/v1/overlaps", params={**WHY, "limit": 2}, headers=bearer())
    for number, found in ((1, 2), (2, 2), (3, 1), (4, 0)):
        assert len([code for code in about(client, f"{number:016x}") if code != "LOG_READ"]) == found
        lines = [row for row in table(client, person=f"{number:016x}") if row["code"] in
                 {"PERSONS_LISTED", "OVERLAPS_LISTED"}]  # fmt: skip
        assert len(lines) == found


def test_every_entry_of_a_case_is_found_by_the_persons_in_it(client, seeded, centre):
    with Session(centre.store) as session, session.begin():
        session.add(CasePerson(case=3, person=7))
    client.get("/v1/cases/case-3", headers=bearer("dpo"))
    client.get("/v1/cases/case-2", headers=bearer("dpo"))
    assert about(client, f"{7:016x}") == ["CASE_READ"]


def test_the_log_is_sought_by_who_request_and_place(client, seeded, centre):
    client.get("/v1/cases/case-3", headers=bearer("dpo"))
    client.get("/v1/cases/case-2", headers=bearer("pmo-head"))
    sequencer.seal(centre, ORIGIN)
    assert "case-3" in next(iter(table(client, request="case-3")))["subject"]
    assert [row["code"] for row in table(client, who=subject("pmo-head")[:8])] == ["CASE_READ"]
    assert [row["entry"] for row in table(client, request="2")] == ["2"]
    bad = client.get("/pages/log/table.csv", params={**OVERSIGHT, "request": "case-1 OR 1"}, headers=bearer("dpo"))
    assert bad.status_code == 422


def test_a_flag_is_shown_beside_its_entry_and_can_be_sought(client, seeded, centre):
    shown(client, f"/pages/persons/{seeded.person}", **WHY)
    page = shown(client, "/pages/log", "dpo", **OVERSIGHT)
    # The first of March 2026 is a Sunday.
    assert page.count("Di luar jam kerja</span>") == 1
    assert [row["code"] for row in table(client, flag="off-hours")] == ["PROFILE_READ"]
    assert table(client, flag="bulk-reads") == []


def test_the_table_is_an_entry_and_holds_no_formula(client, seeded, centre):
    with Session(centre.store) as session, session.begin():
        journal.record(session, Event("LINKED", "=1+1", "service", "", "", {}), NOW)
    found = table(client)
    assert found[0]["actor"] == "'=1+1" and plain("@x") == "'@x" and plain("x=1") == "x=1"
    assert entries(centre)[-1]["code"] == "LOG_EXPORTED" and entries(centre)[-1]["subject"]["form"] == "table"


def test_the_bundle_verifies_offline_and_a_changed_one_does_not(client, seeded, centre, tmp_path):
    early = client.get("/pages/log/bundle.zip", params=OVERSIGHT, headers=bearer("dpo"))
    assert (early.status_code, early.json()["code"]) == (409, "LOG_NOT_YET")
    shown(client, f"/pages/persons/{seeded.person}", **WHY)
    sequencer.seal(centre, ORIGIN)
    answer = client.get("/pages/log/bundle.zip", params=OVERSIGHT, headers=bearer("dpo"))
    assert entries(centre)[-1]["subject"]["form"] == "bundle"
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(tmp_path)
    assert cli.main(["officer", "verify", str(tmp_path / "log"), "--json"]) == 0
    (tile,) = (tmp_path / "log" / "tile" / "entries").rglob("2")
    tile.write_bytes(tile.read_bytes().replace(b"targeting", b"oversight"))
    assert cli.main(["officer", "verify", str(tmp_path / "log"), "--json"]) != 0


@pytest.mark.parametrize("role", ["reconciler", "dpo", "pmo-head"])
def test_the_log_leaves_only_with_who_oversees(client, seeded, role):
    params = {**OVERSIGHT, "purpose": "citizen-request"}
    for purpose, allowed in ((OVERSIGHT, role != "pmo-head"), (params, False)):
        answer = client.get("/pages/log/table.csv", params=purpose, headers=bearer(role))
        assert (answer.status_code == 200) == allowed


def sign(client, what, role="dpo", verdict="explained", path="/v1/sign-offs"):
    return client.post(path, json={"about": what, "verdict": verdict}, headers=bearer(role))


def waiting(client, role="dpo"):
    found = client.get("/v1/sign-offs/waiting", headers=bearer(role)).json()["waiting"]
    return [(each["about"], each["name"]) for each in found]


def test_alarms_and_flags_wait_until_somebody_signs_them_off_once(client, seeded, centre):
    client.post("/v1/alarms", json=ALARM, headers=bearer("reconciler"))
    shown(client, f"/pages/persons/{seeded.person}", **WHY)
    assert waiting(client) == [("alarm-1", "REPLAY"), ("entry-2/off-hours", "off-hours")]
    page = shown(client, "/pages/queue", "dpo")
    assert "REPLAY" in page and "entry-2/off-hours" in page and seeded.person not in page
    assert sign(client, "alarm-1").status_code == 201
    assert sign(client, "alarm-1", "pmo-head").json()["code"] == "SIGNOFF_GIVEN"
    assert sign(client, "entry-2/off-hours", verdict="incident").status_code == 201
    assert waiting(client) == []
    assert [each["code"] for each in entries(centre)].count("SIGNED_OFF") == 2
    with Session(centre.store) as session:
        assert session.get_one(SignOff, "entry-2/off-hours").signed_by == subject("dpo")


def test_nobody_signs_off_what_she_did_herself(client, seeded, centre):
    looked = client.get(f"/v1/persons/{seeded.person}", params=WHY, headers=bearer("pmo-head"))
    assert looked.status_code == 200
    assert sign(client, "entry-1/off-hours", "pmo-head").json()["code"] == "SIGNOFF_OWN"
    assert sign(client, "entry-1/off-hours", "dpo").status_code == 201


@pytest.mark.parametrize("what", ["alarm-9", "entry-1/bulk-reads", "entry-99/off-hours", "entry-1/nothing"])
def test_what_is_no_alarm_and_no_flag_cannot_be_signed_off(client, seeded, what):
    shown(client, f"/pages/persons/{seeded.person}", **WHY)
    assert sign(client, what).json()["code"] == "NOT_FOUND"


def test_the_form_of_the_queue_signs_off_and_a_foreign_form_does_not(client, seeded, centre):
    client.post("/v1/alarms", json=ALARM, headers=bearer("reconciler"))
    form = {"data": {"about": "alarm-1", "verdict": "explained"}, "follow_redirects": False}
    foreign = client.post("/pages/queue", **form, headers={"Cookie": "x=1"})
    assert foreign.status_code in {401, 403}
    done = client.post("/pages/queue", **form, headers=bearer("dpo"))
    assert (done.status_code, done.headers["location"]) == (303, "/pages/queue")
    assert "Tidak ada yang menunggu" in shown(client, "/pages/queue", "dpo")


def test_a_case_is_shown_step_by_step_and_names_nobody(client, seeded, centre):
    client.get("/v1/tickets", headers=bearer(agency="baznas"))
    review = {"verdict": "justified"}
    assert client.post("/v1/cases/case-1/review", json=review, headers=bearer("dpo")).status_code == 200
    page = shown(client, "/pages/cases/case-1", "pmo-head")
    steps = [
        "Diminta sebagai mendesak",
        "Dirilis",
        "Tiket dibuat",
        "Instansi mengambil",
        "Ditinjau",
        "Dapat dibenarkan",
    ]
    for step in steps[:1] + steps[2:]:
        assert step in page
    assert "baznas" in page and seeded.person not in page
    assert entries(centre)[-1]["code"] == "CASE_READ"
    assert client.get("/pages/cases/case-99", headers=bearer("dpo")).status_code == 404

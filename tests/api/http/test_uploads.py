"""Lists come in by parts: what was acknowledged is on disk, what is sent twice is one, and nobody meets another's."""

import hashlib
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from api.store import Job, Upload
from tests.api.conftest import people
from tests.api.http.conftest import bearer, entries

pytestmark = [pytest.mark.sqlite, pytest.mark.postgresql]
MINE = bearer(agency="baznas")


def announce(client, content, headers=MINE):
    wanted = {"digest": hashlib.sha256(content).hexdigest(), "size": len(content)}
    return client.post("/v1/submissions", json=wanted, headers=headers)


def send(client, upload, content, offset, headers=MINE):
    return client.patch(f"/v1/submissions/{upload}", content=content, headers={**headers, "Upload-Offset": str(offset)})


def complete(client, upload, headers=MINE):
    return client.post(f"/v1/submissions/{upload}/complete", headers=headers)


@pytest.fixture
def sealed(desks):
    return desks["baznas"].submit(people(30)).read_bytes()


def test_a_list_sent_in_parts_becomes_one_job(client, service, sealed):
    made = announce(client, sealed)
    assert made.status_code == 201
    upload = made.json()["id"]
    for start in range(0, len(sealed), 5000):
        answer = send(client, upload, sealed[start : start + 5000], start)
        assert answer.json()["received"] == min(start + 5000, len(sealed))
    first, second = complete(client, upload), complete(client, upload)
    assert first.status_code == 202 and first.json()["id"] == second.json()["id"]
    assert service.inbox.path(upload).read_bytes() == sealed
    again = announce(client, sealed)
    assert (again.status_code, again.json()["id"]) == (200, upload)
    assert send(client, upload, b"more", 0).json()["code"] == "UPLOAD_CLOSED"


@settings(max_examples=25)
@given(cuts=st.lists(st.integers(1, 3000), min_size=1, max_size=6), lost=st.lists(st.booleans(), min_size=6))
def test_any_parts_with_any_repeats_give_the_same_octets(tmp_path_factory, cuts, lost):
    from api.services import uploads
    from api.services.uploads import Inbox
    from api.store import Agency, open_store
    from tests.api.http.conftest import NOW

    folder = tmp_path_factory.mktemp("inbox")
    engine, content = open_store(folder / "store.sqlite"), os.urandom(sum(cuts))
    inbox = Inbox(folder, os.urandom)
    with Session(engine) as session, session.begin():
        session.add(Agency(id="a", name="A", signing_key="", enrolled_at=NOW))
        session.flush()
        made, _ = uploads.create(session, inbox, "a", (hashlib.sha256(content).hexdigest(), len(content)), NOW)
        name = made.id
    offset = 0
    for size, repeat in zip(cuts, lost, strict=False):
        for attempt in range(1 + repeat):
            try:
                with Session(engine) as session, session.begin():
                    part = content[offset : offset + size]
                    uploads.append(session, inbox, uploads.find(session, name), offset, part)
                    if repeat and attempt == 0:
                        raise ConnectionError  # noqa: TRY301 - the process dies after the octets and before the commit
            except ConnectionError:
                continue
        offset += size
    assert inbox.path(name).read_bytes() == content
    engine.dispose()


def test_a_part_at_the_wrong_place_is_refused_and_changes_nothing(client, sealed):
    upload = announce(client, sealed).json()["id"]
    assert send(client, upload, sealed[:100], 0).status_code == 200
    for part, offset, code in ((sealed[:100], 0, "UPLOAD_OFFSET"), (b"x", 500, "UPLOAD_OFFSET"),
                               (sealed, 100, "UPLOAD_TOO_LONG")):  # fmt: skip
        answer = send(client, upload, part, offset)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert client.get(f"/v1/submissions/{upload}", headers=MINE).json()["received"] == 100
    assert complete(client, upload).json()["code"] == "UPLOAD_SHORT"


def test_a_damaged_list_is_found_and_can_be_sent_again(client, sealed):
    upload = announce(client, sealed).json()["id"]
    send(client, upload, sealed[:-1] + bytes([sealed[-1] ^ 1]), 0)
    assert complete(client, upload).json()["code"] == "UPLOAD_DAMAGED"
    assert send(client, upload, sealed, 0).json()["received"] == len(sealed)
    assert complete(client, upload).status_code == 202


def test_what_is_no_sealed_list_is_refused(client):
    content = b"nama,nik\nSITI,1871014107900001\n"
    upload = announce(client, content).json()["id"]
    send(client, upload, content, 0)
    answer = complete(client, upload)
    assert answer.status_code == 409 and answer.json()["code"].startswith("ENVELOPE_") and "SITI" not in answer.text


def test_an_agency_cannot_hand_in_what_another_sealed(client, desks):
    stolen = desks["desa"].submit(people(5)).read_bytes()
    upload = announce(client, stolen).json()["id"]
    send(client, upload, stolen, 0)
    assert complete(client, upload).json()["code"] == "SUBMISSION_FOREIGN"


def test_an_agency_sees_its_own_lists_and_no_others(client, seeded):
    mine = client.get("/v1/submissions", headers=MINE).json()["submissions"]
    assert [each["agency"] for each in mine] == ["baznas"]
    assert len(client.get("/v1/submissions", headers=bearer("dpo")).json()["submissions"]) == 3
    jobs = client.get("/v1/jobs", headers=MINE).json()["jobs"]
    assert [each["agency"] for each in jobs] == ["baznas"]


def test_the_disk_is_not_filled(client):
    for number in range(20):
        assert announce(client, bytes([number])).status_code == 201
    assert announce(client, b"one more").json()["code"] == "UPLOADS_OPEN"
    assert announce(client, b"another", bearer(agency="desa")).status_code == 201


@pytest.mark.parametrize("announced", [True, False])
def test_bodies_have_a_limit_whether_or_not_they_say_their_size(client, sealed, announced):
    upload = announce(client, sealed).json()["id"]
    chunk = b"\0" * 2**20
    body = chunk * 9 if announced else (chunk for _ in range(9))
    assert send(client, upload, body, 0).status_code == 413
    content = b'{"digest": "' + b"a" * 70_000 + b'"}'
    headers = {**MINE, "Content-Type": "application/json"}
    assert client.post("/v1/submissions", content=content, headers=headers).status_code == 413


def test_a_job_asked_for_and_its_entry_are_one(client, centre, sealed):
    upload = announce(client, sealed).json()["id"]
    send(client, upload, sealed, 0)
    job = complete(client, upload).json()["id"]
    assert entries(centre)[-1]["subject"]["job"] == job
    with Session(centre.store) as session:
        assert session.exec(select(Upload.job)).one() == session.exec(select(Job.id)).one() == job


def test_a_link_that_waits_is_not_begun_twice(client):
    head = bearer("pmo-head")
    first, second = (client.post("/v1/links", headers=head).json() for _ in range(2))
    assert first["id"] == second["id"] and first["state"] == "waiting"

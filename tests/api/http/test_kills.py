"""A real `lapis centre up`, killed at random and left without its vault: what was acknowledged is there, once."""

import json
import os
import random
import ssl
import threading
import time

import httpx
import pytest
from sqlmodel import Session, func, select

from api.store import Content, HandleBlock, Job, Membership, PendingEntry, Reference, Submission, Token, open_store
from scripts import cli, devices, homes
from tests.api.conftest import people
from tests.api.http.browsing import OWN, fields
from tests.api.http.running import Caller, Up, bearer, desk, found

KILLS = int(os.environ.get("LAPIS_KILLS", "8"))
SEED = int(os.environ.get("LAPIS_SEED", "1"))
OUTAGE = float(os.environ.get("LAPIS_OUTAGE", "3"))
"""Seconds without any vault."""
ROWS = 1500


@pytest.fixture(scope="module")
def up(tmp_path_factory):
    folder = tmp_path_factory.mktemp("up")
    home = found(folder)
    made = Up(home, 20_000 + os.getpid() % 20_000)
    made.start()
    made.wait()
    yield made
    made.stop()
    homes.load(home).server.stop()


def whole(engine):
    """Check that no submission that can be seen is half there; return how many rows can be seen."""
    with Session(engine) as session:
        seen = session.exec(select(Submission.id, Submission.rows, Submission.known_rows, Submission.visible_at)).all()
        for number, rows, known, visible in seen:
            counted = select(func.count()).select_from(Content).where(Content.submission == number)
            blocks = session.exec(select(func.sum(HandleBlock.rows)).where(HandleBlock.submission == number)).one() or 0
            assert session.exec(counted).one() == blocks
            if visible is not None:
                assert blocks == rows - known
        counts = [session.exec(select(func.count()).select_from(table)).one() for table in (Content, Token, Reference)]
    assert len(set(counts)) == 1
    return counts[0]


def test_kills_at_any_moment_lose_nothing_that_was_acknowledged_and_double_nothing(up, tmp_path):
    drawn = random.Random(SEED)
    lists = [desk(up.home, name, tmp_path / name).submit(people(ROWS, start=ROWS * number), f"{number}").read_bytes()
             for name in ("baznas", "desa") for number in range(3)]  # fmt: skip
    acknowledged, done = {}, threading.Event()

    def send():
        while not done.is_set():
            for number, content in enumerate(lists):
                if not done.is_set():
                    caller = Caller(up, bearer(agency="baznas" if number < 3 else "desa"))
                    acknowledged.setdefault(number, set()).add(caller.submit(content, 60_000))

    sender = threading.Thread(target=send)
    sender.start()
    engine = open_store(up.home / "store.sqlite")
    for number in range(KILLS):
        if number % 2:
            up.wait()
        time.sleep(drawn.random() * 1.5)
        up.kill()
        whole(engine)
        up.start()
    up.wait()
    while len(acknowledged) < len(lists):
        time.sleep(0.2)
    done.set()
    sender.join()
    for number, jobs in acknowledged.items():
        caller = Caller(up, bearer(agency="baznas" if number < 3 else "desa"))
        assert len(jobs) == 1
        ended = caller.ended(jobs.pop())
        assert (ended["state"], ended["rows"], ended["known_rows"]) == ("done", ROWS, 0)
    assert whole(engine) == ROWS * len(lists)
    with Session(engine) as session:
        seen = [body for body in session.exec(select(PendingEntry.body)) if "SUBMISSION_VISIBLE" in body]
        assert len(seen) == len(lists) == session.exec(select(func.count()).select_from(Job)).one()
    assert not list((up.home / "inbox").iterdir())
    engine.dispose()


def test_a_vault_that_is_away_for_a_while_is_waited_for_by_nobody(up, tmp_path):
    content = desk(up.home, "csr", tmp_path / "csr").submit(people(9_000)).read_bytes()
    caller = Caller(up, bearer(agency="csr"))
    job = caller.submit(content)
    for _ in range(3):
        time.sleep(0.7)
        up.stop_vault()
    # It cannot come back while its seal key is out of reach.
    seal, hidden = up.home.parent / "seal", up.home.parent / "hidden"
    seal.rename(hidden)
    up.stop_vault()
    time.sleep(OUTAGE)
    assert caller.ask("GET", f"/v1/jobs/{job}").json()["state"] == "waiting"
    hidden.rename(seal)
    ended = caller.ended(job)
    assert (ended["state"], ended["code"], ended["rows"]) == ("done", None, 9_000)
    engine = open_store(up.home / "store.sqlite")
    whole(engine)
    engine.dispose()


def test_a_link_is_a_job_and_the_service_stops_cleanly(up):
    head = Caller(up, bearer("pmo-head"))
    job = head.ask("POST", "/v1/links").json()["id"]
    ended = head.ended(job)
    assert ended["state"] == "done" and ended["persons"] > 0
    asked = {"purpose": "targeting", "basis": "public-task"}
    assert len(head.ask("GET", "/v1/persons", params=asked).json()["persons"]) == 50
    assert up.stop() == 0
    with Session(open_store(up.home / "store.sqlite")) as session:
        assert session.exec(select(func.count()).select_from(Membership)).one() == ended["rows"]


def test_from_a_file_of_identities_to_a_list_that_is_taken_in(up, tmp_path, capsys):
    """The last one: it needs a vault of its own issue, with `lapis` commands alone."""
    homes.load(up.home).server.start()
    who, handover = tmp_path / "who.toml", tmp_path / "handover"
    who.write_text('agencies = ["csr"]\n[[officers]]\nname = "ani"\ngroup = "dpo"\n')
    own = Up(up.home, up.port + 1, own_issuer=True)
    back = ("--redirect", f"{own.address}/login/callback")
    assert cli.main(["centre", "identities", str(who), "--handover", str(handover), "--home", str(up.home), *back]) == 0
    assert "ani" in capsys.readouterr().out and (handover / "officers" / "ani.password").exists()
    own.start()
    try:
        own.wait()
        signs_in(own, "ani", handover / "officers")
        path = desk(up.home, "csr", tmp_path / "csr").submit(people(30, start=90_000))
        (tmp_path / "agency").mkdir()
        given = ("--credentials", handover / "agencies" / "csr.json", "--authority", up.home / "tls" / "ca.pem")
        where = ("--centre", own.address, "--home", tmp_path / "agency", "--json")
        assert cli.main([str(each) for each in ("agency", "submit", path, *where, *given)]) == 0
        job = json.loads(capsys.readouterr().out)["jobs"][path.name]
        assert (job["state"], job["rows"], job["known_rows"]) == ("done", 30, 0)
    finally:
        assert own.stop() == 0
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{own.door}/health", verify=False, trust_env=False)


def signs_in(own, name, handed):
    """Sign in by browser, with password and code, at the door that the command started beside itself."""
    trust = ssl.create_default_context(cafile=own.home / "door" / "ca.pem")
    with own.client() as service, httpx.Client(verify=trust, trust_env=False) as door:
        where = service.get("/login").headers["location"]
        assert where.startswith(f"{own.door}/authorize?")
        until = time.monotonic() + 60
        while True:
            try:
                shown = door.get(where)
                break
            except httpx.TransportError:
                assert time.monotonic() < until
                time.sleep(0.1)
        sent = {**fields(shown.text), "name": name, "password": (handed / f"{name}.password").read_text()}
        second = door.post(f"{own.door}/authorize", data=sent, headers=OWN)
        sent = {**fields(second.text), "passcode": devices.code(handed / f"{name}.otpauth", time.time())}
        back = door.post(f"{own.door}/authorize", data=sent, headers=OWN).headers["location"]
        assert service.get(back).headers["location"] == "/pages"
        assert "Pejabat pelindungan data" in service.get("/pages").text

"""A real `lapis centre up` over PostgreSQL, store and jobs, killed at work: what was acknowledged is there, once."""

import os
import time

from sqlalchemy import create_engine, text
from sqlmodel import Session, select

from api.store import PendingEntry, address, open_store
from scripts import cli, homes
from tests.api.conftest import people
from tests.api.http.running import Caller, Up, bearer, desk, found
from tests.api.http.test_kills import whole

ROWS = 9_000
"""Two chunks: a kill falls between them or inside one."""


def test_a_centre_on_postgresql_is_made_killed_and_goes_on(postgres, tmp_path, capsys):
    database = postgres.empty("lapis_up")
    home = found(tmp_path, "--database", database)
    up = Up(home, 20_000 + (os.getpid() + 9_000) % 20_000)
    up.start()
    try:
        up.wait()
        caller = Caller(up, bearer(agency="baznas"))
        list_ = desk(home, "baznas", tmp_path / "baznas").submit(people(ROWS)).read_bytes()
        job = caller.submit(list_)
        time.sleep(1)
        up.kill()
        up.start()
        up.wait()
        ended = caller.ended(job)
        assert (ended["state"], ended["rows"], ended["known_rows"]) == ("done", ROWS, 0)
        assert Caller(up, bearer("pmo-head")).ask("POST", "/v1/links").status_code == 202
    finally:
        assert up.stop() == 0
        homes.load(home).server.stop()
    assert not list(home.glob("*.sqlite"))
    engine = open_store(database)
    assert whole(engine) == ROWS
    with Session(engine) as session:
        seen = [body for body in session.exec(select(PendingEntry.body)) if "SUBMISSION_VISIBLE" in body]
    engine.dispose()
    assert len(seen) == 1
    jobs = create_engine(address(homes.load(home).jobs))
    with jobs.connect() as connection:
        known = connection.execute(text("SELECT workflow_uuid FROM dbos.workflow_status")).scalars().all()
    jobs.dispose()
    assert job in known
    where = ["--home", str(home)]
    assert cli.main(["centre", "migrate", *where]) == 0
    assert cli.main(["centre", "migrate", "--migrator", "lapis_app", *where]) == 3
    other = postgres.address("lapis_other")
    made = ["centre", "init", "--name", "pmo", "--seal", str(tmp_path / "seal"), "--database", other, *where]
    assert cli.main(made) == 3
    assert "STORE_ELSEWHERE" in capsys.readouterr().err

"""`lapis agency submit` over TLS: it sends in parts, goes on where it stopped, and keeps its credentials to itself."""

import json
import socket
import threading
from datetime import UTC, datetime

import pytest
import uvicorn

from api.app import create_app
from linkage.errors import LapisError
from scripts import cli, connection, submit
from tests.api.conftest import people
from tests.api.http.conftest import serve
from vault import ensure_certificate


@pytest.fixture
def running(centre, tmp_path):
    """The application behind TLS, in a thread; no job runs."""
    ensure_certificate(tmp_path / "tls", datetime.now(UTC))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        create_app(serve(centre, tmp_path / "inbox")), lifespan="off", log_config=None,
        ssl_certfile=tmp_path / "tls" / "server.pem", ssl_keyfile=tmp_path / "tls" / "server.key",
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"https://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture
def home(tmp_path):
    """An agency's home, and what the centre handed over."""
    folder = tmp_path / "agency"
    folder.mkdir()
    given = {"version": 1, "role_id": "role-of-baznas", "secret_id": "secret-of-baznas"}
    (tmp_path / "credentials.json").write_text(json.dumps(given))
    return folder


def command(running, home, path, *more):
    first = ("--credentials", home.parent / "credentials.json", "--authority", home.parent / "tls" / "ca.pem")
    arguments = ["agency", "submit", path, "--centre", running, "--home", home, "--no-wait", "--json", *first, *more]
    return cli.main([str(each) for each in arguments])


def test_a_list_is_sent_in_parts_and_sent_again_is_the_same_job(running, home, desks, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(submit, "PART", 10_000)
    path = desks["baznas"].submit(people(100))
    first, again = [(command(running, home, path), json.loads(capsys.readouterr().out)) for _ in range(2)]
    assert first == again and first[0] == 0
    assert first[1]["jobs"][path.name]["state"] == "waiting"
    assert [each.read_bytes() for each in (tmp_path / "inbox").iterdir()] == [path.read_bytes()]
    assert (home / submit.ACCESS).stat().st_mode & 0o077 == 0


def test_it_goes_on_where_it_stopped(running, home, desks, monkeypatch, tmp_path):
    monkeypatch.setattr(submit, "PART", 10_000)
    path = desks["baznas"].submit(people(100))
    sent, original = [], submit.Desk._send

    def stop_at_third(self, upload, offset, part):
        sent.append(offset)
        if len(sent) == 3:
            raise KeyboardInterrupt
        return original(self, upload, offset, part)

    monkeypatch.setattr(submit.Desk, "_send", stop_at_third)
    assert command(running, home, path) == 130
    assert command(running, home, path) == 0
    assert sent == sorted(sent) and sent.count(20_000) == 2 and len(sent) == len(set(sent)) + 1


def test_wrong_credentials_are_said_and_not_shown(running, home, desks, capsys):
    given = {"role_id": "role-of-baznas", "secret_id": "canary-secret"}
    (home.parent / "credentials.json").write_text(json.dumps(given))
    assert command(running, home, desks["baznas"].submit(people(3))) == 3
    said = capsys.readouterr()
    assert "CREDENTIALS_REFUSED" in said.err and "canary" not in said.err + said.out


def test_a_centre_that_nobody_vouches_for_gets_nothing(running, home, desks, tmp_path, monkeypatch):
    monkeypatch.setattr(connection, "PATIENCE", 0.0)
    ensure_certificate(tmp_path / "other", datetime.now(UTC))
    with pytest.raises(LapisError, match="CENTRE_AWAY"):
        (home / submit.ACCESS).write_text((home.parent / "credentials.json").read_text())
        (home / submit.AUTHORITY).write_bytes((tmp_path / "other" / "ca.pem").read_bytes())
        with submit.Desk(running, home) as desk:
            desk.submit(desks["baznas"].submit(people(3)), wait=False)
    assert not list((tmp_path / "inbox").iterdir())
    with pytest.raises(LapisError, match="CENTRE_UNTRUSTED"):
        submit.Desk(running.replace("https", "http"), home)

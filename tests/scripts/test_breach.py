"""What a stolen credential read: all of it, of that credential and period alone, from a log that was proved first."""

import datetime as dt
import json

import pytest
from sqlmodel import Session

from api.services import journal, sequencer
from api.services.journal import Event
from scripts import cli
from tests.api.conftest import open_centre

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
THIEF = "5f0c8a1e-2b7d-4c36-9a8e-1f02b3c4d5e6"


def names(*numbers):
    return [f"{number:016x}" for number in numbers]


@pytest.fixture
def log(bao, tmp_path):
    """A log of two parties, exported, and its key as the officer keeps it."""
    home = tmp_path / "centre"
    (home / "filters").mkdir(parents=True)
    centre = open_centre(home, bao.session)
    happened = [
        (0, THIEF, "PROFILE_READ", {"person": names(1)[0]}), (1, THIEF, "PERSONS_LISTED", {"persons": names(1, 2, 3)}),
        (2, THIEF, "COVERAGE_READ", {"count": 15}),
        (3, THIEF, "CASE_RELEASED", {"case": "case-3", "agencies": ["desa"]}),
        (4, "somebody", "PROFILE_READ", {"person": names(8)[0]}), (50, THIEF, "PROFILE_READ", {"person": names(9)[0]}),
    ]  # fmt: skip
    with Session(centre.store) as session, session.begin():
        for hours, actor, code, subject in happened:
            event = Event(code, actor, "analyst", "targeting", "public-task", subject)
            journal.record(session, event, START + dt.timedelta(hours=hours))
    sequencer.export(centre, "lapis/pmo/log", tmp_path / "log")
    centre.store.dispose()
    (tmp_path / "key").write_text((tmp_path / "log" / "verifier").read_text())
    return tmp_path


def breach(folder, *more, until="2026-03-01T10:00+00:00"):
    arguments = ["officer", "breach", "--credential", THIEF, "--from", "2026-03-01T00:00+00:00", "--to", until,
                 "--known", "2026-03-02T00:00+00:00", "--bundle", folder / "log", "--key", folder / "key",
                 "--out", folder / "out", "--json", *more]  # fmt: skip
    return cli.main([str(each) for each in arguments])


def test_all_that_the_credential_read_in_the_period_is_listed_and_nothing_else(log):
    assert breach(log) == 0
    found = json.loads((log / "out" / "reach.json").read_text())
    assert found["codes"] == {"CASE_RELEASED": 1, "COVERAGE_READ": 1, "PERSONS_LISTED": 1, "PROFILE_READ": 1}
    assert (log / "out" / "persons.txt").read_text().split() == names(1, 2, 3)
    assert (found["persons"], found["uncounted"], found["cases"], found["agencies"]) == (3, 1, ["case-3"], "desa")


def test_the_notice_is_due_after_three_days_in_both_languages_and_names_no_pseudonym(log):
    assert breach(log) == 0
    notice = (log / "out" / "notice.md").read_text()
    assert notice.count("2026-03-05T00:00+00:00") == 2 and "Pemberitahuan" in notice and "Notice" in notice
    assert not any(name in notice for name in names(1, 2, 3))


def test_a_log_that_was_changed_is_no_evidence(log, capsys):
    (tile,) = (file for file in (log / "log" / "tile" / "entries").rglob("*") if file.is_file())
    tile.write_bytes(tile.read_bytes().replace(THIEF.encode(), b"6" + THIEF[1:].encode()))
    assert breach(log) == cli.REFUSED
    assert not (log / "out").exists()


def test_a_period_without_a_zone_or_backwards_is_refused(log, capsys):
    for until in ("2026-03-01T10:00", "2026-02-01T10:00+00:00"):
        assert breach(log, until=until) == cli.REFUSED
        assert "PERIOD_INVALID" in capsys.readouterr().err


def test_another_log_s_key_proves_nothing(log):
    (log / "key").write_text("lapis/pmo/log+00000000+" + "A" * 44)
    assert breach(log) == cli.REFUSED

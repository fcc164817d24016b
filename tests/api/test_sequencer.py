"""The log in the store: every entry has one place, whoever writes when; nobody rewrites it; outsiders verify it."""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from api.errors import ServiceError
from api.services import journal, sequencer
from api.services.journal import Event
from api.store import LogLeaf, PendingEntry, SignedCheckpoint
from vault.log import LogError, Verifier, bundle, checkpoint, leaf_hash, merkle, verify

ORIGIN = "lapis.test/log"


def enter(store, count, start=0):
    for at in range(start, start + count):
        with Session(store) as session, session.begin():
            event = Event("PROFILE_READ", "somebody", "analyst", "layering", "task", {"person": at})
            journal.record(session, event, CLOCK())


def CLOCK():  # noqa: N802 — a clock, as the centre has one
    import datetime as dt

    return dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def places(store):
    with Session(store) as session:
        return session.exec(select(LogLeaf.index, LogLeaf.entry).order_by(LogLeaf.index)).all()


def test_an_outsider_verifies_what_was_exported_and_that_it_continues(centre, tmp_path):
    enter(centre.store, 300)
    first = sequencer.export(centre, ORIGIN, tmp_path / "first")
    enter(centre.store, 300, 300)
    second = sequencer.export(centre, ORIGIN, tmp_path / "second")
    verifier = Verifier.decode((tmp_path / "first" / "verifier").read_text())
    seen = checkpoint.open_((tmp_path / "first" / "checkpoint").read_text(), verifier)
    proved = verify(tmp_path / "second", verifier, seen)
    assert (first.size, second.size, second.added, proved.size, proved.since) == (300, 600, 300, 600, 300)
    with Session(centre.store) as session:
        bodies = [body.encode() for body in session.exec(select(PendingEntry.body).order_by(PendingEntry.id))]
    assert list(bundle.entries(tmp_path / "second", verifier)) == bodies


def test_many_entries_at_once_are_those_that_one_by_one_would_be_in_their_order(centre):
    events = [Event("PROFILE_READ", "somebody", "analyst", "layering", "task", {"person": at}) for at in range(2_500)]
    with Session(centre.store) as session, session.begin():
        journal.record_all(session, events, CLOCK())
        journal.record_all(session, [], CLOCK())
    sequencer.seal(centre, ORIGIN)
    enter(centre.store, 5)
    with Session(centre.store) as session:
        bodies = session.exec(select(PendingEntry.body).order_by(PendingEntry.id)).all()
        placed = session.exec(select(PendingEntry.body).join(LogLeaf).order_by(LogLeaf.index)).all()
    assert bodies[:5] == bodies[-5:] and placed == bodies[:2_500]
    with pytest.raises(ServiceError, match="EVENT_UNKNOWN"), Session(centre.store) as session:
        journal.record_all(session, [Event("NONE", "", "", "", "", {})], CLOCK())


def test_every_entry_is_proved_to_stand_in_the_log(centre):
    events = [Event("PROFILE_READ", "somebody", "analyst", "layering", "task", {"person": at}) for at in range(700)]
    with Session(centre.store) as session, session.begin():
        journal.record_all(session, events, CLOCK())
    sequencer.place(centre.store)
    with Session(centre.store) as session:
        bodies = session.exec(select(PendingEntry.body).order_by(PendingEntry.id)).all()
        for size in (1, 2, 255, 256, 257, 512, 700):
            root = merkle.root(sequencer.StoredTiles(session), size)
            for index in {0, size // 2, size - 1}:
                path = sequencer.prove(session, index, size)
                merkle.check_inclusion(leaf_hash(bodies[index].encode()), index, size, path, root)
                with pytest.raises(LogError, match="LOG_PROOF"):
                    merkle.check_inclusion(leaf_hash(b"{}"), index, size, path, root)


@pytest.mark.postgresql
def test_where_somebody_always_writes_a_turn_ends(centre, monkeypatch):
    enter(centre.store, 5)
    turn, left = sequencer._batch, iter(range(1_000))

    def busy(store):
        if next(left, None) is None:
            raise AssertionError("it never ends")
        enter(store, 1)
        return turn(store)

    monkeypatch.setattr(sequencer, "_batch", busy)
    assert sequencer.place(centre.store) == 6


def test_nothing_new_signs_nothing_new(centre):
    enter(centre.store, 3)
    assert [sequencer.seal(centre, ORIGIN).added for _ in range(2)] == [3, 0]
    with Session(centre.store) as session:
        assert len(session.exec(select(SignedCheckpoint)).all()) == 1


@pytest.mark.sqlite
def test_an_entry_whose_number_is_far_behind_is_placed_too(centre):
    for number in (1, 300_000, 2):
        with Session(centre.store) as session, session.begin():
            session.add(PendingEntry(id=number, created_at=CLOCK(), body=f"{number}"))
        sequencer.seal(centre, ORIGIN)
    assert places(centre.store) == [(0, 1), (1, 300_000), (2, 2)]


def test_an_entry_without_a_place_for_a_minute_is_an_alarm(centre):
    from dataclasses import replace
    from datetime import timedelta

    enter(centre.store, 3)
    for seconds, late in ((0, False), (60, False), (61, True)):
        found = sequencer.waiting(replace(centre, clock=lambda after=seconds: CLOCK() + timedelta(seconds=after)))
        assert (found.entries, found.seconds, found.late) == (3, seconds, late)
    sequencer.seal(centre, ORIGIN)
    assert sequencer.waiting(centre).entries == 0


@pytest.mark.sqlite
def test_entries_that_end_out_of_order_are_all_placed_once(centre):
    with Session(centre.store) as session, session.begin():
        for number in (1, 2, 4, 5):
            session.add(PendingEntry(id=number, created_at=CLOCK(), body=f"{number}"))
    sequencer.seal(centre, ORIGIN)
    with Session(centre.store) as session, session.begin():
        session.add(PendingEntry(id=3, created_at=CLOCK(), body="3"))
    sequencer.seal(centre, ORIGIN)
    assert places(centre.store) == [(0, 1), (1, 2), (2, 4), (3, 5), (4, 3)]


def test_writers_and_sequencers_at_once_leave_no_gap_and_no_double(centre):
    failed = []

    def write(start):
        enter(centre.store, 50, start)

    def place():
        for _ in range(20):
            try:
                sequencer.seal(centre, ORIGIN)
            except ServiceError as error:
                failed.append(error)

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 100, 200)]
    threads += [threading.Thread(target=place) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sequencer.seal(centre, ORIGIN)
    assert {error.code for error in failed} <= {"LOG_BUSY"}
    found = places(centre.store)
    assert [index for index, _ in found] == list(range(150))
    assert len({entry for _, entry in found}) == 150


STATEMENTS = (
    "UPDATE pending_entry SET body = '{}'",
    "DELETE FROM pending_entry",
    'UPDATE log_leaf SET entry = 2 WHERE "index" = 0',
    "DELETE FROM log_leaf",
    "UPDATE signed_checkpoint SET note = ''",
    "DELETE FROM signed_checkpoint",
    "DELETE FROM unplaced_entry",
    "UPDATE unplaced_entry SET entry = 99",
)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_store_refuses_to_rewrite_the_log(centre, statement):
    enter(centre.store, 2)
    sequencer.seal(centre, ORIGIN)
    enter(centre.store, 1)
    refused = "the log only grows|permission denied"
    with pytest.raises(DBAPIError, match=refused), centre.store.begin() as connection:
        connection.execute(text(statement))
    assert sequencer.seal(centre, ORIGIN).size == 3


@pytest.mark.sqlite
def test_a_rewrite_past_the_triggers_is_found_by_whoever_verifies(centre, tmp_path):
    enter(centre.store, 5)
    sequencer.seal(centre, ORIGIN)
    with centre.store.begin() as connection:
        connection.execute(text("DROP TRIGGER pending_entry_no_update"))
        connection.execute(text("UPDATE pending_entry SET body = '{}' WHERE id = 2"))
    sequencer.export(centre, ORIGIN, tmp_path / "log")
    verifier = Verifier.decode((tmp_path / "log" / "verifier").read_text())
    with pytest.raises(Exception, match="LOG_TILE"):
        verify(tmp_path / "log", verifier)


def test_while_the_vault_is_away_entries_have_their_place_and_the_next_turn_signs(centre):
    from dataclasses import replace

    from vault import VaultError

    def away(_role):
        raise VaultError("VAULT_UNREACHABLE", "no answer from the vault")

    enter(centre.store, 4)
    with pytest.raises(VaultError):
        sequencer.seal(replace(centre, login=away), ORIGIN)
    assert len(places(centre.store)) == 4
    assert sequencer.seal(centre, ORIGIN).size == 4


WRITER = """
import sys
from pathlib import Path
from api.store import open_store
from tests.api.test_sequencer import enter
where = sys.argv[1]
store = open_store(where if where.startswith("postgresql:") else Path(where))
for start in range(0, 10_000, 10):
    enter(store, 10, start)
    print(start + 10, flush=True)
"""


def test_no_entry_is_lost_or_doubled_when_writers_are_killed(centre, database):
    where = database if isinstance(database, str) else centre.store.url.database
    told = 0
    for _ in range(2):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(where)], stdout=subprocess.PIPE, text=True)
        first = process.stdout.readline()
        sequencer.seal(centre, ORIGIN)
        time.sleep(random.uniform(0, 0.3))
        os.kill(process.pid, signal.SIGKILL)
        told += int([first, *process.communicate()[0].split()][-1])
    sequencer.seal(centre, ORIGIN)
    found = places(centre.store)
    with Session(centre.store) as session:
        entries = session.exec(select(PendingEntry.id)).all()
    assert [index for index, _ in found] == list(range(len(entries)))
    assert sorted(entry for _, entry in found) == sorted(entries)
    assert len(entries) >= told > 0

"""Whoever gets past every guard of the store and rewrites the log in it is found by whoever verifies."""

import os
import random

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import Session

from api.services import journal, sequencer
from api.services.journal import Event
from api.store import SignedCheckpoint, address
from tests.api.test_sequencer import CLOCK, ORIGIN
from vault import signing_key
from vault.log import Verifier, verify

ENTRIES, EDITS = 300, int(os.environ.get("LAPIS_EDITS", "60"))


@pytest.fixture
def stored(centre, database, request):
    """A signed log in the store: how to export and verify it, and an engine of somebody whom no guard stops."""
    events = (Event("PROFILE_READ", "somebody", "analyst", "layering", "task", {"person": at}) for at in range(ENTRIES))
    with Session(centre.store) as session, session.begin():
        journal.record_all(session, events, CLOCK())
    size = sequencer.seal(centre, ORIGIN).size
    with centre.login("log") as vault:
        verifier = Verifier(ORIGIN, signing_key(vault, "log").public)
    with Session(centre.store) as session:
        note = session.get_one(SignedCheckpoint, size).note
    if isinstance(database, str):
        cluster = request.getfixturevalue("postgres")
        above = create_engine(address(cluster.address(centre.store.url.database, "postgres")))
        drop = [f"DROP TRIGGER {table}_only_grows ON {table}" for table in ("pending_entry", "log_leaf")]
    else:
        above = create_engine(centre.store.url)
        drop = [
            f"DROP TRIGGER {table}_no_{act}" for table in ("pending_entry", "log_leaf") for act in ("update", "delete")
        ]
    with above.begin() as connection:
        for statement in drop:
            connection.execute(text(statement))

    def look(folder):
        sequencer.write(centre.store, note, verifier, folder)
        verify(folder, verifier)

    yield look, above
    above.dispose()


def edits(drawn, connection):
    """Return statements that rewrite something, with their values, and those that put it back."""
    one, other = drawn.sample(range(1, ENTRIES + 1), 2)
    bodies = dict(connection.execute(text("SELECT id, body FROM pending_entry")).all())
    write = "UPDATE pending_entry SET body = :body WHERE id = :id"
    at = drawn.randrange(len(bodies[one]))
    changed = bodies[one][:at] + chr(ord(bodies[one][at]) ^ 1) + bodies[one][at + 1 :]
    back = [(write, {"id": id_, "body": bodies[id_]}) for id_ in (one, other)]
    kind = drawn.choice(["edit", "swap", "cut", "tile"])
    if kind == "edit":
        return [(write, {"id": one, "body": changed})], back
    if kind == "swap":
        return [(write, {"id": one, "body": bodies[other]}), (write, {"id": other, "body": bodies[one]})], back
    if kind == "cut":
        place = {"place": one - 1, "entry": one}
        return [('DELETE FROM log_leaf WHERE "index" = :place', place)], [
            ('INSERT INTO log_leaf ("index", entry) VALUES (:place, :entry)', place)
        ]
    level, number, hashes = drawn.choice(connection.execute(text("SELECT level, number, hashes FROM log_tile")).all())
    octets = bytearray(hashes)
    octets[drawn.randrange(len(octets))] ^= 1 << drawn.randrange(8)
    tile = "UPDATE log_tile SET hashes = :hashes WHERE level = :level AND number = :number"
    where = {"level": level, "number": number}
    return [(tile, {**where, "hashes": bytes(octets)})], [(tile, {**where, "hashes": bytes(hashes)})]


def run(engine, statements):
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # An entry back in a place in the midst is no business of a sequencer's.
            connection.execute(text("ALTER TABLE log_leaf DISABLE TRIGGER log_leaf_placed"))
        for statement, values in statements:
            connection.execute(text(statement), values)


def test_random_edits_cuts_and_swaps_in_the_store_are_all_found(stored, tmp_path):
    look, above = stored
    look(tmp_path / "whole")
    drawn = random.Random(1)
    for number in range(EDITS):
        with above.connect() as connection:
            rewrite, back = edits(drawn, connection)
        run(above, rewrite)
        with pytest.raises(Exception, match="LOG_"):
            look(tmp_path / str(number))
        run(above, back)
    look(tmp_path / "again")

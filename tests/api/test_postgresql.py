"""PostgreSQL: the service's role only adds to the log, nobody gets round that, and what ends late is placed too."""

import json

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from api.errors import ServiceError
from api.services import journal, sequencer
from api.services.journal import Event
from api.store import LogLeaf, PendingEntry, address, migrate_database, open_store
from tests.api.test_sequencer import CLOCK, ORIGIN, enter, places
from vault.log import Verifier, verify

LOG = ("pending_entry", "log_leaf", "signed_checkpoint", "log_tile", "unplaced_entry")
pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def store(postgres):
    """A store with three entries, of which two have a place, and a checkpoint; no attack changes it."""
    engine = open_store(postgres.fresh())
    enter(engine, 3)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO log_leaf VALUES (0, 1), (1, 2)"))
        connection.execute(text("INSERT INTO signed_checkpoint VALUES (2, 'note', now())"))
        connection.execute(text("INSERT INTO log_tile VALUES (0, 0, '')"))
    yield engine
    engine.dispose()


def rows(engine):
    """Return every row of the log's tables, by table."""
    with engine.connect() as connection:
        return {table: connection.execute(text(f"SELECT * FROM {table}")).all() for table in LOG}


ATTACKS = {
    **{f"a delete of {table}": f"DELETE FROM {table}" for table in LOG},
    **{f"an emptied {table}": f"TRUNCATE {table} CASCADE" for table in LOG},
    **{f"{table} dropped": f"DROP TABLE {table} CASCADE" for table in LOG},
    **{f"{table} taken over": f"ALTER TABLE {table} OWNER TO lapis_app" for table in LOG},
    **{f"triggers of {table} off": f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in LOG},
    **{f"a rule on {table}": f"CREATE RULE quiet AS ON INSERT TO {table} DO INSTEAD NOTHING" for table in LOG},
    **{f"a trigger on {table}": f"CREATE TRIGGER mine BEFORE INSERT ON {table} EXECUTE FUNCTION the_log_only_grows()"
       for table in LOG},
    "a body": "UPDATE pending_entry SET body = '{}' WHERE id = 1",
    "a place": 'UPDATE log_leaf SET entry = 3 WHERE "index" = 0',
    "a note": "UPDATE signed_checkpoint SET note = ''",
    "a tile's number": "UPDATE log_tile SET number = 7",
    "a number of the entry's own": "INSERT INTO pending_entry (id, created_at, body) VALUES (9, now(), '')",
    "a number before": "SELECT setval('pending_entry_id_seq', 1)",
    "an upsert": """INSERT INTO pending_entry (created_at, body) VALUES (now(), 'x')
                    ON CONFLICT (id) DO UPDATE SET body = 'x'""",
    "an upsert of a note": """INSERT INTO signed_checkpoint VALUES (2, 'x', now())
                              ON CONFLICT (size) DO UPDATE SET note = 'x'""",
    "a merge": "MERGE INTO log_leaf USING pending_entry ON entry = id WHEN MATCHED THEN DELETE",
    "a place again": "INSERT INTO log_leaf VALUES (0, 3)",
    "an entry again": "INSERT INTO log_leaf VALUES (2, 1)",
    "a gap": "INSERT INTO log_leaf VALUES (9, 3)",
    "a place before the first": "INSERT INTO log_leaf VALUES (-1, 3)",
    "an entry that is not there": "INSERT INTO log_leaf VALUES (2, 99)",
    "a checkpoint again": "INSERT INTO signed_checkpoint VALUES (2, 'x', now())",
    "an entry that never waits": "INSERT INTO unplaced_entry VALUES (9)",
    "triggers off for the session": "SET session_replication_role = replica",
    "the owner's role": "SET ROLE lapis_owner",
    "the migrator's role": "SET ROLE lapis_migrator",
    "a trigger's function": "CREATE OR REPLACE FUNCTION the_log_only_grows() RETURNS trigger LANGUAGE sql AS ''",
    "a function in the schema": "CREATE FUNCTION public.now() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "a table in the schema": "CREATE TABLE public.fresh (id int)",
    "the schema's version": "UPDATE alembic_version SET version_num = '0001'",
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_the_service_takes_back_nothing_that_the_log_has(store, attack):
    before = rows(store)
    with pytest.raises(DBAPIError), store.begin() as connection:
        connection.execute(text(attack))
    assert rows(store) == before


@pytest.mark.parametrize("table", LOG[:3])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "UPDATE {} SET {} = {}"])
def test_not_even_the_owner_does_nor_with_triggers_off_for_a_session(store, postgres, table, statement):
    """`ENABLE ALWAYS`: a session that plays replica fires these triggers still."""
    column = {"pending_entry": "body", "log_leaf": "entry", "signed_checkpoint": "note"}[table]
    owner = create_engine(address(postgres.address(store.url.database, "postgres")))
    before = rows(store)
    with pytest.raises(DBAPIError, match="the log only grows"), owner.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text(statement.format(table, column, column)))
    owner.dispose()
    assert rows(store) == before


def test_the_log_still_grows(store):
    before = rows(store)
    with store.connect() as connection:
        connection.execute(text("INSERT INTO log_leaf VALUES (2, 3)"))
        left = connection.execute(text("SELECT count(*) FROM unplaced_entry")).scalar()
    assert left == 0
    assert rows(store) == before


def test_an_entry_that_is_committed_after_later_ones_is_placed_and_none_twice(centre):
    def event(number):
        return Event("PROFILE_READ", "somebody", "analyst", "layering", "task", {"person": number})

    with Session(centre.store) as early:
        journal.record(early, event(1), CLOCK())
        early.flush()
        enter(centre.store, 3)
        assert sequencer.seal(centre, ORIGIN).size == 3
        early.commit()
    assert sequencer.seal(centre, ORIGIN).size == 4
    assert places(centre.store) == [(0, 2), (1, 3), (2, 4), (3, 1)]


def test_with_a_window_of_numbers_an_entry_that_ends_late_is_lost(centre):
    """The attack on what went before: whoever looks for numbers above the newest finds this entry never."""
    with Session(centre.store) as early:
        journal.record(early, Event("PROFILE_READ", "somebody", "analyst", "layering", "task", {}), CLOCK())
        early.flush()
        enter(centre.store, 3)
        sequencer.seal(centre, ORIGIN)
        early.commit()
    window = "SELECT count(*) FROM pending_entry LEFT JOIN log_leaf ON id = entry WHERE entry IS NULL AND id > 4 - 3"
    with centre.store.connect() as connection:
        assert connection.execute(text(window)).scalar() == 0
    assert sequencer.waiting(centre).entries == 1


def test_an_entry_that_is_rolled_back_leaves_no_gap(centre):
    with Session(centre.store) as lost:
        journal.record(lost, Event("PROFILE_READ", "somebody", "analyst", "layering", "task", {}), CLOCK())
        lost.flush()
        enter(centre.store, 1)
        lost.rollback()
    enter(centre.store, 1)
    sequencer.seal(centre, ORIGIN)
    assert places(centre.store) == [(0, 2), (1, 3)]


def test_two_sequencers_never_take_one_place(centre):
    """The second waits for the first, which may still fail; what it then does is whole or nothing."""
    enter(centre.store, 2)
    with Session(centre.store) as first:
        first.add(LogLeaf(index=0, entry=1))
        first.flush()
        with centre.store.connect() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '100ms'"))
            with pytest.raises(DBAPIError, match="lock timeout"):
                connection.execute(text("INSERT INTO log_leaf VALUES (0, 2)"))
        first.rollback()
    assert sequencer.seal(centre, ORIGIN).size == 2


def test_a_rewrite_by_the_administrator_is_found_by_whoever_verifies(centre, postgres, tmp_path):
    enter(centre.store, 5)
    sequencer.seal(centre, ORIGIN)
    postgres.admin(centre.store.url.database, "DROP TRIGGER pending_entry_only_grows ON pending_entry",
                   "UPDATE pending_entry SET body = '{}' WHERE id = 2")  # fmt: skip
    sequencer.export(centre, ORIGIN, tmp_path / "log")
    verifier = Verifier.decode((tmp_path / "log" / "verifier").read_text())
    with pytest.raises(Exception, match="LOG_TILE"):
        verify(tmp_path / "log", verifier)


def test_what_a_transaction_sets_ends_with_it(database):
    """Behind a pool, the next transaction may be somebody else's."""
    engine = open_store(database)
    with engine.connect() as connection:
        inside = connection.execute(text("SHOW lock_timeout")).scalar()
        connection.rollback()
        outside = connection.connection.cursor().execute("SHOW lock_timeout").fetchone()[0]
    engine.dispose()
    assert (inside, outside) == ("30s", "0")


def test_no_unique_key_tells_one_agency_of_another(database):
    """A key over what an agency sends starts with the agency; else `duplicate key` says that another has it."""
    keyed = []
    # Alarms are the centre's own words, about one agency each.
    for table in (each for name, each in SQLModel.metadata.tables.items() if name != "alarm"):
        uniques = [each for each in (*table.constraints, *table.indexes) if getattr(each, "unique", False)
                   or type(each).__name__ == "UniqueConstraint"]  # fmt: skip
        keyed += [[column.name for column in each.columns] for each in uniques if "agency" in table.columns]
    assert keyed and all(columns[0] == "agency" for columns in keyed)


def test_a_store_that_nobody_migrated_is_not_opened(postgres):
    empty = postgres.empty("lapis_untouched")
    with pytest.raises(ServiceError, match="STORE_OUTDATED"):
        open_store(empty)
    with pytest.raises(ServiceError, match="NOT_THE_OWNER"):
        migrate_database(empty, "lapis_app")
    with pytest.raises(ServiceError, match="STORE_UNREACHABLE"):
        open_store(empty.replace("lapis_app@", "lapis_nobody@"))
    migrate_database(empty, "lapis_migrator")
    migrate_database(empty, "lapis_migrator")
    open_store(empty).dispose()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("postgresql://lapis_app:secret@localhost/lapis", "DATABASE_PASSWORD"),
        ("postgresql://lapis_app@localhost/lapis?password=secret", "DATABASE_PASSWORD"),
        ("postgresql://lapis_app@db.example/lapis", "DATABASE_OPEN"),
        ("postgresql://lapis_app@db.example/lapis?sslmode=require", "DATABASE_OPEN"),
        ("postgresql://lapis_app@/lapis?host=/run/postgresql&host=db.example", "DATABASE_OPEN"),
        ("mysql://lapis@localhost/lapis", "DATABASE_ADDRESS"),
        ("postgresql://lapis_app@localhost", "DATABASE_ADDRESS"),
        ("lapis", "DATABASE_ADDRESS"),
    ],
)
def test_an_address_that_would_tell_a_secret_is_refused_and_not_repeated(given, code):
    with pytest.raises(ServiceError) as error:
        open_store(given)
    assert error.value.code == code and "secret" not in str(error.value)


def test_an_address_on_this_machine_or_encrypted_is_taken():
    for given in ("postgresql://lapis_app@/lapis?host=/run/postgresql", "postgresql://lapis_app@127.0.0.1/lapis",
                  "postgresql://lapis_app@db.example/lapis?sslmode=verify-full"):  # fmt: skip
        assert address(given).drivername == "postgresql+psycopg"


def test_entries_are_found_by_code_actor_and_person(centre):
    enter(centre.store, 4)
    with Session(centre.store) as session, session.begin():
        session.add(PendingEntry(created_at=CLOCK(), body=json.dumps(
            {"version": 1, "at": "", "code": "LINKED", "actor": "x", "role": "", "purpose": "", "basis": "",
             "subject": {"person": "a"}})))  # fmt: skip
    with Session(centre.store) as session:
        asked = {
            journal.Sought(): 5, journal.Sought("LINKED"): 1, journal.Sought(None, "somebody"): 4,
            journal.Sought(person="a"): 1, journal.Sought("LINKED", "somebody"): 0,
        }  # fmt: skip
        for sought, found in asked.items():
            assert len(journal.entries(session, sought, 0, 10)) == found

"""The log's tables only grow: SQLite's ways round a delete trigger are tried, and each leaves every row as it was."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.store import open_store

TABLES = ("pending_entry", "log_leaf", "signed_checkpoint")
ATTACKS = {
    "an entry again under its id": "INSERT OR REPLACE INTO pending_entry (id, created_at, body) VALUES (1, '', 'x')",
    "an entry over its row": "INSERT OR REPLACE INTO pending_entry (rowid, created_at, body) VALUES (1, '', 'x')",
    "a place again": """INSERT OR REPLACE INTO log_leaf ("index", entry) VALUES (0, 3)""",
    "an entry at another place": """INSERT OR REPLACE INTO log_leaf ("index", entry) VALUES (9, 1)""",
    "another place over a place's row": """INSERT OR REPLACE INTO log_leaf (rowid, "index", entry) VALUES (1, 9, 3)""",
    "a checkpoint again": "INSERT OR REPLACE INTO signed_checkpoint (size, note, signed_at) VALUES (2, 'x', '')",
    "a checkpoint over another's row":
        "INSERT OR REPLACE INTO signed_checkpoint (rowid, size, note, signed_at) VALUES (1, 9, 'x', '')",
    "an update that replaces": """UPDATE OR REPLACE log_leaf SET entry = 1 WHERE "index" = 1""",
    "an upsert":
        "INSERT INTO pending_entry (id, created_at, body) VALUES (1, '', 'x') ON CONFLICT DO UPDATE SET body = 'x'",
    "a delete": "DELETE FROM signed_checkpoint",
}  # fmt: skip


@pytest.fixture
def store(tmp_path):
    """A store with three entries, of which two have a place, and a checkpoint."""
    engine = open_store(tmp_path / "store.sqlite")
    with engine.begin() as connection:
        for entry in (1, 2, 3):
            connection.execute(text(f"INSERT INTO pending_entry VALUES ({entry}, '', 'body {entry}')"))
        connection.execute(text("INSERT INTO log_leaf VALUES (0, 1), (1, 2)"))
        connection.execute(text("INSERT INTO signed_checkpoint VALUES (2, 'note', '')"))
    yield engine
    engine.dispose()


def rows(engine):
    """Return every row of the log's tables, by table."""
    with engine.connect() as connection:
        return {table: connection.execute(text(f"SELECT rowid, * FROM {table}")).all() for table in TABLES}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_no_statement_takes_back_what_the_log_has(store, attack):
    before = rows(store)
    with pytest.raises(IntegrityError, match="the log only grows"), store.begin() as connection:
        connection.execute(text(attack))
    assert rows(store) == before


def test_the_log_still_grows(store):
    with store.begin() as connection:
        connection.execute(text("INSERT INTO pending_entry (created_at, body) VALUES ('', 'body 4')"))
        connection.execute(text("INSERT INTO log_leaf VALUES (2, 3), (3, 4)"))
        connection.execute(text("INSERT INTO signed_checkpoint VALUES (4, 'note', '')"))
    assert [len(found) for found in rows(store).values()] == [4, 4, 2]

"""The store: its migrations make exactly its tables, and SQLite is set up as promised."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlmodel import SQLModel

from api.store import open_store


def test_migrations_make_exactly_the_tables(tmp_path):
    engine = open_store(tmp_path / "store.sqlite")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_opening_again_changes_nothing(tmp_path):
    open_store(tmp_path / "store.sqlite").dispose()
    engine = open_store(tmp_path / "store.sqlite")
    with engine.connect() as connection:
        pragmas = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in
                   ("journal_mode", "foreign_keys", "synchronous")}  # fmt: skip
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2}


def test_cells_and_files_are_not_kept_in_the_order_of_arrival(tmp_path):
    engine = open_store(tmp_path / "store.sqlite")
    with engine.connect() as connection:
        for table in ("cell", "filter_file"):
            made = connection.execute(
                text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table}
            ).scalar()
            assert "WITHOUT ROWID" in made


def test_no_column_is_named_after_an_identity():
    named = {column.name for table in SQLModel.metadata.tables.values() for column in table.columns}
    assert not named & {"name_of_person", "birth_date", "address", "father", "mother", "phone"}

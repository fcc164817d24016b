"""The store: its migrations make exactly its tables, and SQLite is set up as promised."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from api.store import open_store


def test_migrations_make_exactly_the_tables(database):
    engine = open_store(database)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
    engine.dispose()


def test_opening_again_changes_nothing(tmp_path):
    open_store(tmp_path / "store.sqlite").dispose()
    engine = open_store(tmp_path / "store.sqlite")
    with engine.connect() as connection:
        pragmas = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in
                   ("journal_mode", "foreign_keys", "synchronous")}  # fmt: skip
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2}


def test_cells_files_tokens_and_references_are_not_kept_in_the_order_of_arrival(tmp_path):
    engine = open_store(tmp_path / "store.sqlite")
    with engine.connect() as connection:
        for table in ("cell", "filter_file", "reference", "token"):
            made = connection.execute(
                text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table}
            ).scalar()
            assert "WITHOUT ROWID" in made


def test_no_column_is_named_after_an_identity():
    named = {column.name for table in SQLModel.metadata.tables.values() for column in table.columns}
    assert not named & {"name_of_person", "birth_date", "address", "father", "mother", "phone"}


def test_rows_of_an_older_store_stay(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'old.sqlite'}")
    config = Config()
    config.set_main_option("script_location", "api.store:migrations")
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO token (handle, nik, kk) VALUES (7, x'01', NULL), (3, x'02', x'03')"))
        command.upgrade(config, "head")
        rows = connection.execute(text("SELECT handle, nik, kk FROM token")).all()
    assert rows == [(3, b"\x02", b"\x03"), (7, b"\x01", None)]

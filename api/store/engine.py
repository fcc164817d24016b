"""Open the store: an SQLite file of this machine, or a PostgreSQL database. Never opens one of another schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from api.errors import ServiceError
from api.store import postgresql

BUSY_MILLISECONDS = 30_000


def open_store(where: Path | str) -> Engine:
    """Return an engine on the SQLite file at a path, created and migrated, or on the database at an address.

    A database is only looked at: its owner migrates it. Raises ServiceError STORE_UNREACHABLE, STORE_OUTDATED, or what
    `postgresql.address` raises.
    """
    return _database(where) if isinstance(where, str) else _file(where)


def _file(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MILLISECONDS}"):
            connection.execute(f"PRAGMA {pragma}")

    migrate(engine)
    return engine


def _database(address: str) -> Engine:
    engine = postgresql.connect(postgresql.address(address))
    with postgresql.reach(engine) as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    if found != newest:
        engine.dispose()
        raise ServiceError("STORE_OUTDATED", f"expected schema {newest}, got {found}", hint="lapis centre migrate")
    return engine


def migrate_database(address: str, migrator: str) -> None:
    """Bring a database to the newest schema, as a login that may act for its owner, and grant what the service may.

    Raises ServiceError STORE_UNREACHABLE, NOT_THE_OWNER, or what `postgresql.address` raises.
    """
    engine = postgresql.connect(postgresql.address(address).set(username=migrator))
    try:
        postgresql.reach(engine).close()
        migrate(engine)
    finally:
        engine.dispose()


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to the newest version, or to that one."""
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        on_server = engine.dialect.name == "postgresql"
        if on_server:
            postgresql.own(connection)
        command.upgrade(config, revision)
        if on_server:
            postgresql.settle(connection)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "api.store:migrations")
    config.set_main_option("path_separator", "os")
    return config


def forget_arrival(engine: Engine) -> bool:
    """Rebuild the store in the order of its keys and empty its write-ahead log, which both tell what came with what.

    Return False if that log stays: somebody reads meanwhile (until the next run), or a server keeps it.
    """
    if engine.dialect.name == "postgresql":
        return postgresql.forget_arrival(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        try:
            connection.execute(text("VACUUM"))
        except OperationalError:
            return False
        busy = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0]
    return not busy

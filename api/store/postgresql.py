"""The store on PostgreSQL: how it is reached, who owns it, and what the service's own role may do to each table.

Three roles, made by the site's database administrator (docs/postgresql.md): `lapis_owner` logs in nowhere and owns
everything; a migrator, a member of it, changes the schema and is not the service; `lapis_app` is the service, which on
the log's tables may read and insert and nothing else. Never holds a password: libpq reads it from PGPASSFILE.
"""

from __future__ import annotations

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlmodel import SQLModel

from api.errors import ServiceError

OWNER, SERVICE = "lapis_owner", "lapis_app"
LOCAL = "SET LOCAL search_path = public, pg_temp; SET LOCAL lock_timeout = '30s'; SET LOCAL synchronous_commit = on"
"""For each transaction anew: behind a pool, the next transaction may meet another session."""
MAY = {
    "alembic_version": "SELECT",
    "pending_entry": "SELECT, INSERT (created_at, body)",
    "log_leaf": "SELECT, INSERT",
    "unplaced_entry": "SELECT",
    "log_tile": "SELECT, INSERT, UPDATE (hashes)",
    "signed_checkpoint": "SELECT, INSERT",
}
"""What the service may, where it may not do everything."""
ANEW = """
    LOCK TABLE public.{table} IN ACCESS EXCLUSIVE MODE;
    CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM public.{table};
    TRUNCATE public.{table};
    INSERT INTO public.{table} SELECT * FROM pg_temp.kept ORDER BY {key};
    DROP TABLE pg_temp.kept;
"""
"""In the order of its key and by one transaction: rows then lie so, and all bear its number."""
FORGET = f"""
    CREATE OR REPLACE FUNCTION public.forget_arrival() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$ BEGIN {{body}} END $$;
    REVOKE ALL ON FUNCTION public.forget_arrival() FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION public.forget_arrival() TO {SERVICE};
"""
"""For the tables that SQLite keeps without row numbers; the service may not empty them by itself."""


def address(given: str) -> URL:
    """Read a database's address; raises ServiceError DATABASE_ADDRESS, DATABASE_PASSWORD or DATABASE_OPEN."""
    try:
        url = make_url(given)
    except ArgumentError:
        raise ServiceError("DATABASE_ADDRESS", "not an address", hint="postgresql://lapis_app@host/lapis") from None
    if url.get_backend_name() != "postgresql" or not url.database:
        raise ServiceError("DATABASE_ADDRESS", "expected postgresql:// and a database", place="database")
    if url.password is not None or "password" in url.query:
        raise ServiceError("DATABASE_PASSWORD", "no password stands in an address", hint="put it into PGPASSFILE")
    if not _near(url) and url.query.get("sslmode") != "verify-full":
        raise ServiceError(
            "DATABASE_OPEN", "a connection off this machine is encrypted", hint="add sslmode=verify-full"
        )
    return url.set(drivername="postgresql+psycopg")


def _near(url: URL) -> bool:
    """Say whether every host of an address is this machine: a socket's folder, or the loopback."""
    inside = url.query.get("host", ())
    hosts = [url.host or "", *([inside] if isinstance(inside, str) else inside)]
    named = [each for host in hosts for each in host.split(",") if each]
    return all(each.startswith("/") or each in {"localhost", "127.0.0.1", "::1"} for each in named)


def connect(url: URL) -> Engine:
    """Return an engine whose every transaction sets what it needs for itself."""
    engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql(LOCAL)

    return engine


def reach(engine: Engine) -> Connection:
    """Return a connection; raises ServiceError STORE_UNREACHABLE, without the address that libpq would repeat."""
    try:
        return engine.connect()
    except OperationalError:
        hint = "is it running, and does PGPASSFILE let this role in?"
        raise ServiceError("STORE_UNREACHABLE", "the database does not let us in", hint=hint) from None


def own(connection: Connection) -> None:
    """Act as the owner until the transaction ends; raises ServiceError NOT_THE_OWNER."""
    try:
        connection.exec_driver_sql(f"SET LOCAL ROLE {OWNER}")
    except DBAPIError:
        hint = f"give a role that is a member of {OWNER}"
        raise ServiceError("NOT_THE_OWNER", "this role may not change the schema", hint=hint) from None


def settle(connection: Connection) -> None:
    """Say after every migration who may do what, and which tables a link writes anew."""
    _grant(connection)
    anew = (table for table in SQLModel.metadata.sorted_tables if not table.dialect_options["sqlite"]["with_rowid"])
    keys = {each.name: ", ".join(f'"{column.name}"' for column in each.primary_key.columns) for each in anew}
    body = "".join(ANEW.format(table=f'"{table}"', key=key) for table, key in keys.items())
    connection.exec_driver_sql(FORGET.format(body=body))


def _grant(connection: Connection) -> None:
    connection.exec_driver_sql(
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {SERVICE};"
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {SERVICE};"
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {SERVICE};"
    )
    for table in inspect(connection).get_table_names(schema="public"):
        rights = MAY.get(table, "SELECT, INSERT, UPDATE, DELETE")
        connection.exec_driver_sql(f'GRANT {rights} ON public."{table}" TO {SERVICE}')


def forget_arrival(engine: Engine) -> bool:
    """Write what tells of arrival anew, in the order of its keys, and have the server drop its write-ahead log.

    Return False if that log stays: the server recycles, archives or replicates it, or lets us switch it not.
    """
    with engine.begin() as connection:
        connection.execute(text("SELECT forget_arrival()"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        kept = connection.execute(
            text(
                "SELECT current_setting('wal_recycle')::bool OR current_setting('archive_mode') <> 'off'"
                " OR EXISTS (SELECT 1 FROM pg_replication_slots)"
            )
        ).scalar_one()
        try:
            connection.execute(text("SELECT pg_switch_wal()"))
            connection.execute(text("CHECKPOINT"))
        except DBAPIError:
            return False
    return not kept

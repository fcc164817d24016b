"""A private PostgreSQL cluster on a socket of its own, with the three roles, and a fresh migrated database a test."""

import itertools
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from api.store import migrate_database

FOLDERS = ("/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/17/bin")
ROLES = (
    "CREATE ROLE lapis_owner NOLOGIN",
    "CREATE ROLE lapis_migrator LOGIN NOINHERIT IN ROLE lapis_owner",
    "CREATE ROLE lapis_app LOGIN",
    "GRANT pg_checkpoint TO lapis_app",
)
# A crash of the machine is not tested here, and a crash of a client needs no fsync.
OPTIONS = "-h '' -c fsync=off -c full_page_writes=off -c max_connections=200 -c max_wal_size=64MB"
NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Cluster:
    """A running cluster: its programs, its files, the folder of its socket."""

    programs: Path
    data: Path
    socket: Path

    def address(self, database, role="lapis_app"):
        return f"postgresql://{role}@/{database}?host={self.socket}"

    def admin(self, database, *statements):
        """Run statements as the cluster's administrator."""
        engine = create_engine(
            self.address(database, "postgres").replace("postgresql:", "postgresql+psycopg:"),
            isolation_level="AUTOCOMMIT",
        )
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    def empty(self, name):
        """Make a database as an administrator would, without a schema."""
        self.admin("postgres", f"CREATE DATABASE {name} OWNER lapis_owner",
                   f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
                   f"GRANT CONNECT ON DATABASE {name} TO lapis_app, lapis_migrator",
                   f"CREATE DATABASE {name}_jobs OWNER lapis_app")  # fmt: skip
        self.admin(name, "GRANT EXECUTE ON FUNCTION pg_switch_wal() TO lapis_app")
        return self.address(name)

    def fresh(self):
        """Return the address of a new migrated database: a copy of the first."""
        name = f"lapis_{next(NUMBERS)}"
        self.admin("postgres", f"CREATE DATABASE {name} OWNER lapis_owner TEMPLATE lapis_first STRATEGY file_copy",
                   f"GRANT CONNECT ON DATABASE {name} TO lapis_app, lapis_migrator",
                   f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")  # fmt: skip
        return self.address(name)

    def recycle(self, value):
        """Have the server keep its write-ahead log for reuse, or not, and wait until new sessions know."""
        self.admin("postgres", f"ALTER SYSTEM SET wal_recycle = {value}", "SELECT pg_reload_conf()")
        asked = f"DO $$ BEGIN ASSERT current_setting('wal_recycle') = '{value}'; END $$"
        for _ in range(100):
            try:
                return self.admin("postgres", asked)
            except DBAPIError:
                time.sleep(0.05)
        raise AssertionError("the server does not take the setting")

    def drop(self, address):
        name = address.partition("@/")[2].partition("?")[0]
        self.admin("postgres", f"DROP DATABASE {name} WITH (FORCE)")


def programs():
    """Return the folder of PostgreSQL's programs, or skip and say so."""
    found = shutil.which("initdb")
    for folder in (*FOLDERS, *([str(Path(found).parent)] if found else [])):
        if (Path(folder) / "initdb").exists():
            return Path(folder)
    pytest.skip("PostgreSQL is not installed: make system")


def started():
    """Yield a cluster, and stop it afterwards. It refuses to run as root, so then it runs as postgres."""
    where = programs()
    user = "postgres" if os.geteuid() == 0 else None
    # Not in the tests' own folder: other runs close the way to it.
    with tempfile.TemporaryDirectory(prefix="lapis-pg-") as folder:
        cluster = Cluster(where, Path(folder) / "data", Path(folder))
        if user:
            shutil.chown(folder, user)

        def run(program, *arguments):
            subprocess.run([where / program, "-D", cluster.data, *arguments], check=True, capture_output=True, cwd="/",
                           user=user, group=user, extra_groups=[] if user else None)  # fmt: skip

        run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync",
            "--wal-segsize=1")  # fmt: skip
        run("pg_ctl", "-w", "-l", cluster.data / "log", "-o", f"-k {folder} {OPTIONS}", "start")
        try:
            cluster.admin("postgres", *ROLES)
            cluster.recycle("off")
            migrate_database(cluster.empty("lapis_first"), "lapis_migrator")
            yield cluster
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")

"""A centre's PostgreSQL instead of its SQLite file: where it is, and who changes its schema. Never a password."""

from __future__ import annotations

import argparse

from api.store import migrate_database
from linkage.errors import LapisError
from scripts import homes
from scripts.console import Answer

MIGRATOR = "lapis_migrator"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what `lapis centre init` needs for a database."""
    parser.add_argument("--database", metavar="URL", help="a PostgreSQL database instead of a file: docs/postgresql.md")
    add_migrator(parser)


def add_migrator(parser: argparse.ArgumentParser) -> None:
    """Add who changes the schema."""
    parser.add_argument("--migrator", default=MIGRATOR, help=f"who may change its schema (default {MIGRATOR})")


def run_migrate(options: argparse.Namespace) -> Answer:
    """Bring the centre's database to the newest schema; raises LapisError DATABASE_MISSING."""
    home = homes.load(options.home)
    if home.database is None:
        hint = "its file needs no command: whoever opens it migrates it"
        raise LapisError("DATABASE_MISSING", "this centre has no database", place=str(home.path), hint=hint)
    migrate_database(home.database, options.migrator)
    return Answer({"migrated": True}, ["the database has the newest schema"])

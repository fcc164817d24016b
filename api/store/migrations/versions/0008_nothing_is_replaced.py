"""No row of the log is replaced: not by its key, nor by another unique column, nor by SQLite's own row number."""

from collections.abc import Mapping

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BEFORE = {"log_leaf": ('"index"',), "signed_checkpoint": ("size",)}
NOW = {"log_leaf": ('"index"', "entry", "rowid"), "signed_checkpoint": ("size", "rowid")}


def upgrade() -> None:
    """Apply."""
    _guard(NOW)


def downgrade() -> None:
    """Take back."""
    _guard(BEFORE)


def _guard(tables: Mapping[str, tuple[str, ...]]) -> None:
    if op.get_context().dialect.name != "sqlite":
        return
    # INSERT OR REPLACE deletes whatever row collides on any of these, and asks no delete trigger.
    for table, columns in tables.items():
        same = " OR ".join(f"{column} = NEW.{column}" for column in columns)
        op.execute(f"DROP TRIGGER {table}_no_replace")
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 — our own names
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
            f"BEGIN SELECT RAISE(ABORT, 'the log only grows'); END"
        )

"""The log's order, tiles and checkpoints; and nobody changes or takes back an entry, a place or a checkpoint."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEYS = {"pending_entry": "id", "log_leaf": '"index"', "signed_checkpoint": "size"}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "log_leaf",
        sa.Column("index", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["pending_entry.id"]),
        sa.PrimaryKeyConstraint("index"),
        sa.UniqueConstraint("entry"),
    )
    op.create_table(
        "log_tile",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number"),
    )
    op.create_table(
        "signed_checkpoint",
        sa.Column("size", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("signed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    if op.get_context().dialect.name == "sqlite":  # PostgreSQL's guards: migration 0009.
        _guard()


def _guard() -> None:
    for table, key in KEYS.items():
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'the log only grows'); END"
            )
        # INSERT OR REPLACE would delete without asking the trigger above.
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 — our own names
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) "
            f"BEGIN SELECT RAISE(ABORT, 'the log only grows'); END"
        )


def downgrade() -> None:
    """Undo."""
    for table in KEYS if op.get_context().dialect.name == "sqlite" else ():
        for act in ("update", "delete", "replace"):
            op.execute(f"DROP TRIGGER {table}_no_{act}")
    for table in ("signed_checkpoint", "log_tile", "log_leaf"):
        op.drop_table(table)

"""Decisions of people on pairs of rows, the pattern of a pair in review, and how persons changed between runs."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "decision",
        sa.Column("left", sa.BigInteger(), nullable=False),
        sa.Column("right", sa.BigInteger(), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("left", "right"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person_change",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["run.id"]),
        *(sa.ForeignKeyConstraint([name], ["person.id"]) for name in ("before", "after")),
        sa.PrimaryKeyConstraint("run", "before", "after"),
        sqlite_with_rowid=False,
    )
    op.add_column("review", sa.Column("pattern", sa.String(), nullable=True))


def downgrade() -> None:
    """Take back: what people decided is lost."""
    with op.batch_alter_table("review") as review:
        review.drop_column("pattern")
    for table in ("person_change", "decision"):
        op.drop_table(table)

"""What each person says of a pair, and questions to the owners of its rows; whether two people stand behind it."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: what was decided before, one person decided."""
    for table, columns in (("decision", ("by_two", "two_niks")), ("review", ("two_niks",))):
        for name in columns:
            op.add_column(table, sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "review_opinion",
        sa.Column("left", sa.BigInteger(), nullable=False),
        sa.Column("right", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("said_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("left", "right", "person"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "owner_question",
        sa.Column("id", sa.String(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("left", "right", "record")),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("cut", sa.Date(), nullable=True),
        sa.Column("same", sa.Boolean(), nullable=True),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_owner_question_agency", "owner_question", ["agency", "cut"])
    op.create_index("ix_owner_question_pair", "owner_question", ["left", "right"])


def downgrade() -> None:
    """Take back: what people said is lost, and so is who stood behind a decision."""
    for table in ("owner_question", "review_opinion"):
        op.drop_table(table)
    for table, columns in (("review", ("two_niks",)), ("decision", ("two_niks", "by_two"))):
        with op.batch_alter_table(table) as changed:
            for name in columns:
                changed.drop_column(name)

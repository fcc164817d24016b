"""What ingest asked of the vault, how much it may, and alarms."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "token_use",
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("identity", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"]),
        sa.PrimaryKeyConstraint("agency", "day"),
    )
    op.create_table(
        "token_limit",
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("identity", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"]),
        sa.PrimaryKeyConstraint("agency"),
    )
    op.create_table(
        "alarm",
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("first_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"]),
        sa.PrimaryKeyConstraint("agency", "day", "code"),
    )


def downgrade() -> None:
    """Take back."""
    for table in ("alarm", "token_limit", "token_use"):
        op.drop_table(table)

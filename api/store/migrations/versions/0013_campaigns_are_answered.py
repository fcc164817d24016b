"""Refusals and outcomes of campaigns, findings of overlaps, withdrawals; a question may be about no campaign."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("campaign", sa.Column("refused_by", sa.String(), nullable=True))
    op.add_column("campaign", sa.Column("refused_at", UTCDateTime(), nullable=True))
    with op.batch_alter_table("pull") as pull:
        pull.alter_column("campaign", existing_type=sa.Integer(), nullable=True)
    op.create_table(
        "outcome",
        sa.Column("campaign", sa.Integer(), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"]),
        sa.PrimaryKeyConstraint("campaign", "record"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outcome_count",
        sa.Column("campaign", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"]),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"]),
        sa.PrimaryKeyConstraint("campaign", "agency", "outcome"),
    )
    op.create_table(
        "answer_limit",
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("rows_a_day", sa.Integer(), nullable=False),
        sa.Column("rows_a_cut", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"]),
        sa.PrimaryKeyConstraint("agency"),
    )
    _findings()
    op.create_table(
        "withdrawal",
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"]),
        sa.PrimaryKeyConstraint("record"),
        sqlite_with_rowid=False,
    )


def _findings() -> None:
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("programme", sa.String(), nullable=True),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("found_by", sa.String(), nullable=False),
        sa.Column("found_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_finding_person", "finding", ["person"])
    op.create_table(
        "finding_row",
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("finding", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("cut", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["finding"], ["finding.id"]),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"]),
        sa.PrimaryKeyConstraint("record", "finding"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_finding_row_agency", "finding_row", ["agency", "cut"])


def downgrade() -> None:
    """Undo. Questions about no campaign go: the older form has no room for them."""
    for table in ("withdrawal", "finding_row", "finding", "answer_limit", "outcome_count", "outcome"):
        op.drop_table(table)
    op.execute("DELETE FROM pull WHERE campaign IS NULL")
    with op.batch_alter_table("pull") as pull:
        pull.alter_column("campaign", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("campaign") as campaign:
        campaign.drop_column("refused_at")
        campaign.drop_column("refused_by")

"""One table of alarms: of the service's own, and of what a reconciler finds in the vault's trail."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: what was an agency's alarm of a day stays one."""
    op.create_table(
        "alarm_next",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), sa.ForeignKey("agency.id"), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("case", sa.String(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("first_at", UTCDateTime(), nullable=False),
        sa.Column("raised_by", sa.String(), nullable=True),
        sa.UniqueConstraint("code", "about"),
    )
    op.execute(
        "INSERT INTO alarm_next (code, about, agency, count, at, first_at) "
        "SELECT code, agency || ' ' || CAST(day AS VARCHAR), agency, 1, first_at, first_at FROM alarm"
    )
    op.drop_table("alarm")
    op.rename_table("alarm_next", "alarm")


def downgrade() -> None:
    """Take back; a reconciler's alarms are lost."""
    op.create_table(
        "alarm_before",
        sa.Column("agency", sa.String(), sa.ForeignKey("agency.id"), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("code", sa.String(), primary_key=True),
        sa.Column("first_at", UTCDateTime(), nullable=False),
    )
    op.execute(
        "INSERT INTO alarm_before (agency, day, code, first_at) "
        "SELECT agency, date(first_at), code, first_at FROM alarm WHERE agency IS NOT NULL"
    )
    op.drop_table("alarm")
    op.rename_table("alarm_before", "alarm")

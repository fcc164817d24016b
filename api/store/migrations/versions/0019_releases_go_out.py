"""A release goes out of the house once somebody approved it."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("release", sa.Column("approved_by", sa.String(), nullable=True))
    op.add_column("release", sa.Column("approved_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("release", "approved_at")
    op.drop_column("release", "approved_by")

"""Uploads and jobs: what the service over HTTP works on."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "upload",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("agency", sa.String(), sa.ForeignKey("agency.id"), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("job", sa.String(), nullable=True),
        sa.UniqueConstraint("agency", "digest"),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=True),
        sa.Column("upload", sa.String(), sa.ForeignKey("upload.id"), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("rows", "known_rows", "run", "persons", "reviews")),
    )
    op.create_index("ix_job_agency", "job", ["agency"])
    op.create_index("ix_job_state", "job", ["state"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("job")
    op.drop_table("upload")

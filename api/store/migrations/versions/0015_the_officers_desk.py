"""What the data-protection officer signs off, registers and answers."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "sign_off",
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("signed_by", sa.String(), nullable=False),
        sa.Column("signed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("about"),
    )
    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("signed", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        *_recorded(),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_agreement_agency", "agreement", ["agency"])
    op.create_table(
        "assessment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("attacks", sa.String(), nullable=False),
        sa.Column("signed", sa.Date(), nullable=False),
        *_recorded(),
        sa.PrimaryKeyConstraint("id"),
    )
    _requests()


def _recorded() -> tuple[sa.Column[str], sa.Column[object]]:
    by = sa.Column("recorded_by", sa.String(), nullable=False)
    return by, sa.Column("recorded_at", UTCDateTime(), nullable=False)


def _requests() -> None:
    op.create_table(
        "subject_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("registered_at", UTCDateTime(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("record", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_subject_request_agency", "subject_request", ["agency"])
    op.create_table(
        "subject_approval",
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("given_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["subject_request.id"]),
        sa.PrimaryKeyConstraint("request", "role"),
    )
    op.create_table(
        "subject_row",
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["request"], ["subject_request.id"]),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"]),
        sa.PrimaryKeyConstraint("record", "request"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_subject_row_agency", "subject_row", ["agency"])


def downgrade() -> None:
    """Undo."""
    for table in ("subject_row", "subject_approval", "subject_request", "assessment", "agreement", "sign_off"):
        op.drop_table(table)

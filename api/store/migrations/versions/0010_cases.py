"""Cases, what the vault was asked for them, tickets, answers; and the key to which an agency's tickets are sealed."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

CASE = ("case", "case_file.id")
AGENCY = ("agency", "agency.id")


def upgrade() -> None:
    """Apply."""
    op.add_column("agency", sa.Column("enrolment_key", sa.String(), nullable=True))
    op.create_table(
        "case_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("expires", UTCDateTime(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("officer_key", sa.String(), nullable=True),
        sa.Column("manifest", sa.String(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=True),
        *_ended("refused"),
        sa.Column("refused_for", sa.String(), nullable=True),
        *_ended("released"),
        *_ended("reviewed"),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["entry"], ["pending_entry.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    _of_a_case("case_person", sa.Column("person", sa.BigInteger(), nullable=False), key="person")
    _of_a_case(
        "case_request",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("accessor", sa.String(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        key="digest",
        sqlite_with_rowid=False,
    )
    _of_a_case(
        "case_approval",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        key="person",
    )
    for table, at in (("ticket", "issued_at"), ("case_answer", "given_at")):
        _of_a_case(
            table,
            sa.Column("agency", sa.String(), nullable=False),
            sa.Column("sealed", sa.String(), nullable=False),
            sa.Column(at, UTCDateTime(), nullable=False),
            key="agency",
        )


def _ended(how: str) -> tuple[sa.Column[Any], sa.Column[Any]]:
    by = sa.Column(f"{how}_by", sa.String(), nullable=True)
    return by, sa.Column(f"{how}_at", UTCDateTime(), nullable=True)


def _of_a_case(table: str, *columns: sa.Column[Any], key: str, **options: bool) -> None:
    of_agency = [each.name for each in columns if each.name == AGENCY[0]]
    op.create_table(
        table,
        sa.Column(CASE[0], sa.Integer(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint([CASE[0]], [CASE[1]]),
        *(sa.ForeignKeyConstraint([name], [AGENCY[1]]) for name in of_agency),
        sa.PrimaryKeyConstraint(CASE[0], key),
        **options,
    )


def downgrade() -> None:
    """Undo."""
    for table in ("case_answer", "ticket", "case_approval", "case_request", "case_person", "case_file"):
        op.drop_table(table)
    op.drop_column("agency", "enrolment_key")

"""Content as published in its second version, households, and the tables of layering."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TEXTS = ("fund", "form", "payee", "disbursement", "status", "beneficiary", "dtsen", "needs", "lacks", "exposures")
TABLES = (
    "layer_state", "layer_due", "layer_person", "layer_flag", "layer_flag_row", "flag_outcome", "layer_claimed",
    "layer_claim", "money_import", "money_line", "release", "released_cell", "released_row",
)  # fmt: skip


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("content") as content:
        content.alter_column("programme", existing_type=sa.String(), nullable=True)
        for name in TEXTS:
            content.add_column(sa.Column(name, sa.String(), nullable=True))
        content.add_column(sa.Column("decile", sa.Integer(), nullable=True))
        content.add_column(sa.Column("corrects", sa.BigInteger(), nullable=True))
        content.create_index("ix_content_corrects", ["corrects"])
    op.add_column("membership", sa.Column("household", sa.BigInteger(), nullable=True))
    op.add_column("finding", sa.Column("flag", sa.String(), nullable=True))
    _people()
    _flags()
    _money()
    _releases()


def _people() -> None:
    op.create_table(
        "layer_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "layer_due",
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "layer_person",
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("household", sa.BigInteger(), nullable=True),
        sa.Column("regency", sa.String(), nullable=True),
        sa.Column("village", sa.String(), nullable=True),
        sa.Column("beneficiary", sa.String(), nullable=True),
        sa.Column("nik_status", sa.String(), nullable=False),
        sa.Column("decile", sa.SmallInteger(), nullable=False),
        sa.Column("needs", sa.BigInteger(), nullable=False),
        sa.Column("lacks", sa.BigInteger(), nullable=False),
        sa.Column("exposures", sa.BigInteger(), nullable=False),
        sa.Column("mononym", sa.Boolean(), nullable=False),
        sa.Column("default_date", sa.Boolean(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("programmes", sa.BigInteger(), nullable=False),
        sa.Column("met", sa.BigInteger(), nullable=False),
        sa.Column("unmet", sa.BigInteger(), nullable=False),
        sa.Column("fitting", sa.BigInteger(), nullable=False),
        sa.Column("causes", sa.BigInteger(), nullable=False),
        sa.Column("layers", sa.SmallInteger(), nullable=False),
        sa.Column("rupiah", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_index("ix_layer_person_household", "layer_person", ["household"])
    op.create_index("ix_layer_person_waiting", "layer_person", ["nik_status", "since", "person"])


def _flags() -> None:
    op.create_table(
        "layer_flag",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("effect", sa.String(), nullable=False),
        sa.Column("citation", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_layer_flag_rule", "layer_flag", ["rule", "id"])
    op.create_index("ix_layer_flag_unit", "layer_flag", ["unit", "unit_id"])
    op.create_table(
        "layer_flag_row",
        sa.Column("flag", sa.String(), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("flag", "record"),
    )
    op.create_index("ix_layer_flag_row_record", "layer_flag_row", ["record"])
    op.create_table(
        "flag_outcome",
        sa.Column("flag", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("found_by", sa.String(), nullable=False),
        sa.Column("found_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("flag"),
    )


def _money() -> None:
    op.create_table(
        "layer_claimed",
        sa.Column("submission", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("submission"),
    )
    op.create_table(
        "layer_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission", sa.Integer(), nullable=False),
        sa.Column("fund", sa.String(), nullable=False),
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("regency", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("payee", sa.String(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("back", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("unvalued", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_layer_claim_submission", "layer_claim", ["submission"])
    op.create_table(
        "money_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("rupiah", sa.BigInteger(), nullable=False),
        sa.Column("imported_at", UTCDateTime(), nullable=False),
        sa.Column("replaced_at", UTCDateTime(), nullable=True),
        sa.UniqueConstraint("kind", "digest"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "money_line",
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("fund", sa.String(), nullable=False),
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("regency", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["money_import.id"]),
        sa.PrimaryKeyConstraint("source", "row"),
    )


def _releases() -> None:
    op.create_table(
        "release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.UniqueConstraint("month"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "released_cell",
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("dimensions", sa.String(), nullable=False),
        sa.Column("cell", sa.String(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["release"], ["release.id"]),
        sa.PrimaryKeyConstraint("release", "number"),
    )
    op.create_index("ix_released_cell_dimensions", "released_cell", ["release", "dimensions", "number"])
    op.create_index("ix_released_cell_place", "released_cell", ["release", "place", "cell"])
    op.create_table(
        "released_row",
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["release"], ["release.id"]),
        sa.PrimaryKeyConstraint("release", "sheet", "number"),
    )


def downgrade() -> None:
    """Undo. Rows of registers go: the older form has no room for them."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DELETE FROM membership WHERE record IN (SELECT record FROM content WHERE programme IS NULL)")
    op.execute("DELETE FROM content WHERE programme IS NULL")
    op.drop_column("membership", "household")
    op.execute("DELETE FROM finding_row WHERE finding IN (SELECT id FROM finding WHERE flag IS NOT NULL)")
    op.execute("DELETE FROM finding WHERE flag IS NOT NULL")
    op.drop_column("finding", "flag")
    with op.batch_alter_table("content") as content:
        content.drop_index("ix_content_corrects")
        for name in (*TEXTS, "decile", "corrects"):
            content.drop_column(name)
        content.alter_column("programme", existing_type=sa.String(), nullable=False)

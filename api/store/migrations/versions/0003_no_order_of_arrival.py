"""Tokens and references are kept in the order of their random handles, not of arrival."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("token", "reference")


def upgrade() -> None:
    """Apply."""
    _keep(rows_numbered=False)


def downgrade() -> None:
    """Take back."""
    _keep(rows_numbered=True)


def _keep(*, rows_numbered: bool) -> None:
    if op.get_context().dialect.name != "sqlite":
        return  # There a link writes these tables anew: `postgresql.settle`.
    for table in TABLES:
        with op.batch_alter_table(table, recreate="always", table_kwargs={"sqlite_with_rowid": rows_numbered}):
            pass

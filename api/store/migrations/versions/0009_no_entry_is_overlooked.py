"""Entries that have no place yet are known exactly; and on PostgreSQL, what the log's tables refuse."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ONLY_GROW = ("pending_entry", "log_leaf", "signed_checkpoint")
SQLITE = (
    """CREATE TRIGGER pending_entry_waits AFTER INSERT ON pending_entry
       BEGIN INSERT INTO unplaced_entry (entry) VALUES (NEW.id); END""",
    """CREATE TRIGGER log_leaf_placed AFTER INSERT ON log_leaf
       BEGIN DELETE FROM unplaced_entry WHERE entry = NEW.entry; END""",
    # Whoever could take an entry off this list would keep it out of the log.
    """CREATE TRIGGER unplaced_entry_no_delete BEFORE DELETE ON unplaced_entry
       WHEN NOT EXISTS (SELECT 1 FROM log_leaf WHERE entry = OLD.entry)
       BEGIN SELECT RAISE(ABORT, 'the log only grows'); END""",
    """CREATE TRIGGER unplaced_entry_no_update BEFORE UPDATE ON unplaced_entry
       BEGIN SELECT RAISE(ABORT, 'the log only grows'); END""",
)
# Definers, for the service may not write that list; with a search path of their own, for it may name tables alike.
FUNCTION = """
    CREATE FUNCTION public.{name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$ BEGIN {body} END $$
"""
FUNCTIONS = {
    "the_log_only_grows": "RAISE EXCEPTION 'the log only grows' USING ERRCODE = 'integrity_constraint_violation';",
    "entries_wait": "INSERT INTO public.unplaced_entry SELECT id FROM fresh; RETURN NULL;",
    # Places follow one another: who left a gap would stop the log for good.
    "entries_are_placed": """
        IF (SELECT max("index") - min("index") + 1 <> count(*) OR min("index") <> coalesce(
                (SELECT max("index") + 1 FROM public.log_leaf WHERE "index" < (SELECT min("index") FROM fresh)), 0)
            FROM fresh HAVING count(*) > 0) THEN
            RAISE EXCEPTION 'the log only grows' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        DELETE FROM public.unplaced_entry USING fresh WHERE unplaced_entry.entry = fresh.entry;
        RETURN NULL;
    """,
}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "unplaced_entry", sa.Column("entry", sa.Integer(), autoincrement=False), sa.PrimaryKeyConstraint("entry")
    )
    op.execute("INSERT INTO unplaced_entry SELECT id FROM pending_entry WHERE id NOT IN (SELECT entry FROM log_leaf)")
    if op.get_context().dialect.name == "sqlite":
        for statement in SQLITE:
            op.execute(statement)
    else:
        _guard()


def _guard() -> None:
    for name, body in FUNCTIONS.items():
        op.execute(FUNCTION.format(name=name, body=body))
    for table in ONLY_GROW:
        _trigger(table, "only_grows", "BEFORE UPDATE OR DELETE OR TRUNCATE", "the_log_only_grows")
    _trigger("pending_entry", "waits", "AFTER INSERT", "entries_wait")
    _trigger("log_leaf", "placed", "AFTER INSERT", "entries_are_placed")


def _trigger(table: str, name: str, when: str, function: str) -> None:
    fresh = "REFERENCING NEW TABLE AS fresh" if when == "AFTER INSERT" else ""
    op.execute(
        f"CREATE TRIGGER {table}_{name} {when} ON {table} {fresh} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}")


def downgrade() -> None:
    """Take back."""
    if op.get_context().dialect.name == "sqlite":
        for name in ("pending_entry_waits", "log_leaf_placed"):
            op.execute(f"DROP TRIGGER {name}")
    else:
        for table in ONLY_GROW:
            op.execute(f"DROP TRIGGER {table}_only_grows ON {table}")
        op.execute("DROP TRIGGER pending_entry_waits ON pending_entry")
        op.execute("DROP TRIGGER log_leaf_placed ON log_leaf")
        for name in FUNCTIONS:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("unplaced_entry")

"""A stolen PostgreSQL cluster after a link: neither rows nor files tell which cells and tokens came with which list."""

import itertools

import pytest
from sqlalchemy import text

from api.services import ingest, link
from api.store import forget_arrival
from tests.api.conftest import people, silent
from tests.api.test_arrival import values

pytestmark = pytest.mark.postgresql
SAMPLE = 50
COLUMN = {"cell": "token", "token": "nik"}


@pytest.fixture
def later(centre, desks):
    """A long list, then a short one: return what came with the second, by table."""
    ingest.ingest(centre, desks["baznas"].submit(people(1_500)), silent)
    before = values(centre)
    ingest.ingest(centre, desks["desa"].submit(people(150, start=1_500)), silent)
    return {table: found - before[table] for table, found in values(centre).items()}


def told(found, later):
    """Say how well (place, token) tells lists: .5 is nothing, 1 all, whichever way round."""
    early, late = ([place for place, token in found if (token in later) is wanted] for wanted in (False, True))
    pairs = len(early) * len(late)
    right = sum((one < other) + 0.5 * (one == other) for one, other in itertools.product(early, late))
    return max(right / pairs, 1 - right / pairs) if pairs else 0.5


def by_row(centre, postgres, table, later):
    """Place: where a row lies in its table, page and line."""
    query = text(f"SELECT {COLUMN[table]} FROM {table} WHERE {COLUMN[table]} IS NOT NULL ORDER BY ctid")
    with centre.store.connect() as connection:
        return told(list(enumerate(connection.execute(query).scalars())), later)


def by_transaction(centre, postgres, table, later):
    """Place: the number of the transaction that wrote the row, which stays in it for good."""
    column = COLUMN[table]
    query = text(f"SELECT xmin::text::bigint, {column} FROM {table} WHERE {column} IS NOT NULL")
    with centre.store.connect() as connection:
        return told([tuple(row) for row in connection.execute(query)], later)


def by_file(centre, postgres, table, later):
    """Place: where a token stands in the write-ahead log, or in a file of the database that no table has now."""
    with centre.store.connect() as connection:
        number = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar()
        used = connection.execute(text("SELECT pg_relation_filenode(oid) FROM pg_class")).scalars().all()
    live = {str(each) for each in used}
    left = [file for file in (postgres.data / "base" / str(number)).iterdir() if file.name.split("_")[0] not in live]
    found = values(centre)[table]
    sample = [*sorted(found & later)[:SAMPLE], *sorted(found - later)[:SAMPLE]]
    log = b"".join(file.read_bytes() for file in sorted((postgres.data / "pg_wal").iterdir()) if file.is_file())
    files = [log, *(file.read_bytes() for file in left)]
    return max(told([(raw.find(token), token) for token in sample if token in raw], later) for raw in files)


def test_before_a_link_they_tell_and_afterwards_nothing_does(centre, postgres, later):
    def attacked():
        return {
            (attack.__name__, table): attack(centre, postgres, table, later[table])
            for attack in (by_row, by_transaction, by_file) for table in COLUMN
        }  # fmt: skip

    before = attacked()
    assert min(before.values()) > 0.95, before
    assert link.link(centre, silent).arrival_forgotten
    after = attacked()
    assert max(after.values()) < 0.62, after


def test_a_server_that_keeps_its_log_is_said_to(centre, postgres):
    assert forget_arrival(centre.store)
    postgres.recycle("on")
    try:
        centre.store.dispose()
        assert not forget_arrival(centre.store)
    finally:
        postgres.recycle("off")
    centre.store.dispose()
    assert forget_arrival(centre.store)
    postgres.admin("postgres", "REVOKE pg_checkpoint FROM lapis_app")
    try:
        assert not forget_arrival(centre.store)
    finally:
        postgres.admin("postgres", "GRANT pg_checkpoint TO lapis_app")

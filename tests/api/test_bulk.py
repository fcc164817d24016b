"""Whole tables in and out: what is read is what was written, on both databases."""

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.store import bulk, open_store
from api.store.postgresql import address, connect, own

FORM = pa.schema([("id", pa.int64()), ("amount", pa.int64()), ("flag", pa.bool_()), ("word", pa.string()),
                  ("kind", bulk.TEXTS)])  # fmt: skip
TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=8)
ODD = st.sampled_from(["", "NULL", "'", '"', "a,b", "a\nb", "\r", "''", "1", "t"])
ROW = st.tuples(
    st.none() | st.integers(-(2**63), 2**63 - 1), st.none() | st.booleans(), st.none() | TEXT | ODD, st.none() | ODD
)


@pytest.fixture
def table(database):
    """A table of the five kinds of columns, in a transaction that goes."""
    on_server = isinstance(database, str)
    store = connect(address(database).set(username="lapis_migrator")) if on_server else open_store(database)
    with store.connect() as connection, connection.begin() as everything:
        if on_server:
            own(connection)
        connection.exec_driver_sql("CREATE TABLE odd (id BIGINT, amount BIGINT, flag BOOLEAN, word TEXT, kind TEXT)")
        yield connection
        everything.rollback()
    store.dispose()


@given(rows=st.lists(ROW, max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_read_is_what_was_written(table, rows):
    table.exec_driver_sql("DELETE FROM odd")
    given = [dict(zip(FORM.names, (at, *row), strict=True)) for at, row in enumerate(rows)]
    bulk.write(table, "odd", pa.Table.from_pylist(given, schema=FORM))
    found = bulk.read(table, "SELECT * FROM odd ORDER BY id DESC", FORM)
    assert found.to_pylist() == given[::-1]


def test_a_row_of_nothing_is_a_row(table):
    table.exec_driver_sql("INSERT INTO odd (id) VALUES (1), (NULL)")
    one = pa.schema([pa.field("id", pa.int64())])
    assert bulk.read(table, "SELECT id FROM odd ORDER BY coalesce(id, 0)", one)["id"].to_pylist() == [None, 1]


def test_more_rows_than_a_part_come_in_their_order(table, monkeypatch):
    monkeypatch.setattr(bulk, "PART", 7)
    given = pa.table({"id": range(20), "word": [str(at % 3) for at in range(20)]})
    bulk.write(table, "odd", given)
    form = pa.schema([pa.field("id", pa.int64()), pa.field("word", bulk.TEXTS)])
    assert bulk.read(table, "SELECT id, word FROM odd ORDER BY id", form).to_pylist() == given.to_pylist()

"""Encrypted tables: who can read them, what a thief sees, and what a change does."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vault import EmbeddedServer, Retry, VaultError, read_groups, read_table, write_groups, write_table

ONCE = Retry(attempts=1)
ROLE_OF = {
    "parquet-date": "pass-date",
    "parquet-year": "pass-year",
    "parquet-village": "pass-village",
    "parquet-nik": "pass-nik",
}


def table(rows: int = 200) -> pa.Table:
    filters = np.random.default_rng(7).bytes(32 * rows)
    return pa.table(
        {
            "canary_cell": pa.array([f"canary-value-{row}" for row in range(rows)]),
            "canary_filter": pa.FixedSizeBinaryArray.from_buffers(pa.binary(32), rows, [None, pa.py_buffer(filters)]),
        }
    )


def sealed(bao: EmbeddedServer, master_key: str = "parquet-date", rows: int = 200) -> bytes:
    sink = io.BytesIO()
    with bao.session("ingest") as ingest:
        write_table(ingest, table(rows), sink, master_key)
    return sink.getvalue()


@pytest.mark.parametrize("master_key", ROLE_OF)
def test_the_pass_over_an_anchor_opens_its_table_and_every_other_role_is_refused(
    bao: EmbeddedServer, master_key: str
) -> None:
    content = sealed(bao, master_key)
    for role in [*ROLE_OF.values(), "merge", "evaluator", "ingest", "operator"]:
        with bao.session(role, retry=ONCE) as session:
            if role == ROLE_OF[master_key]:
                assert read_table(session, io.BytesIO(content), master_key).equals(table())
                continue
            with pytest.raises(VaultError) as caught:
                read_table(session, io.BytesIO(content), master_key)
            assert caught.value.code == "VAULT_DENIED"


def test_a_pass_writes_no_table_but_its_own_anchors(bao: EmbeddedServer, tmp_path: Path) -> None:
    with bao.session("pass-date", retry=ONCE) as session:
        with pytest.raises(VaultError) as caught:
            write_table(session, table(), tmp_path / "year.parquet", "parquet-year")
        assert caught.value.code == "VAULT_DENIED"
        assert list(tmp_path.iterdir()) == []
        write_table(session, table(), tmp_path / "date.parquet", "parquet-date")
        assert read_table(session, tmp_path / "date.parquet", "parquet-date").equals(table())


def test_a_stolen_file_shows_neither_schema_nor_statistics_nor_values(bao: EmbeddedServer, tmp_path: Path) -> None:
    file = tmp_path / "date.parquet"
    with bao.session("ingest") as ingest:
        write_table(ingest, table(), file, "parquet-date")
    content = file.read_bytes()
    assert content[:4] == content[-4:] == b"PARE"
    for word in (b"canary", b"cell", b"filter", b"ARROW", b"value-0", table()["canary_filter"][0].as_py()):
        assert word not in content
    with pytest.raises(OSError, match="no decryption found"):
        pa.parquet.read_metadata(file)


def test_reading_and_writing_a_file_take_one_key_request_each_however_many_rows(bao: EmbeddedServer) -> None:
    before = bao.layout.audit.stat().st_size
    content = sealed(bao, rows=20_000)
    with bao.session("pass-date") as session:
        read_table(session, io.BytesIO(content), "parquet-date")
    with bao.layout.audit.open() as file:
        file.seek(before)
        paths = [entry["request"]["path"] for entry in map(json.loads, file) if entry["type"] == "request"]
    assert [path for path in paths if path.startswith("transit/")] == [
        "transit/encrypt/parquet-date",
        "transit/decrypt/parquet-date",
    ]


def test_one_column_can_be_read_alone(bao: EmbeddedServer) -> None:
    with bao.session("pass-date") as session:
        found = read_table(session, io.BytesIO(sealed(bao)), "parquet-date", columns=["canary_filter"])
    assert found.column_names == ["canary_filter"]


def test_a_file_under_another_master_key_is_named_as_such(bao: EmbeddedServer) -> None:
    with bao.session("pass-nik", retry=ONCE) as session, pytest.raises(VaultError) as caught:
        read_table(session, io.BytesIO(sealed(bao, "parquet-date")), "parquet-nik")
    assert caught.value.code == "PARQUET_OTHER_KEY"


def test_a_file_that_is_not_there_is_named(bao: EmbeddedServer, tmp_path: Path) -> None:
    with bao.session("pass-nik") as session, pytest.raises(VaultError) as caught:
        read_table(session, tmp_path / "none.parquet", "parquet-nik")
    assert caught.value.code == "PARQUET_MISSING"


@pytest.fixture(scope="module")
def kept(bao: EmbeddedServer) -> bytes:
    return sealed(bao)


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_or_cut_file_gives_one_error_and_never_other_rows(
    bao: EmbeddedServer, kept: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(kept) - 1))
    changed = kept[:at] + bytes([kept[at] ^ data.draw(st.integers(1, 255))]) + kept[at + 1 :]
    with bao.session("pass-date", retry=ONCE) as session:
        for content in (changed, kept[:at]):
            try:
                found = read_table(session, io.BytesIO(content), "parquet-date")
            except VaultError as failure:
                assert failure.code in {"PARQUET_DAMAGED", "PARQUET_OTHER_KEY"}
                assert failure.__context__ is None
            else:
                assert found.equals(table())


def test_a_planted_table_in_the_clear_is_refused(bao: EmbeddedServer) -> None:
    plain = io.BytesIO()
    pa.parquet.write_table(table(), plain)
    with bao.session("pass-date") as session, pytest.raises(VaultError) as caught:
        read_table(session, io.BytesIO(plain.getvalue()), "parquet-date")
    assert caught.value.code == "PARQUET_DAMAGED"


def test_a_file_written_and_read_group_by_group_is_the_same_table(bao: EmbeddedServer, tmp_path: Path) -> None:
    whole, path = table(250), tmp_path / "date.parquet"
    parts = [whole.slice(at, 100) for at in range(0, 250, 100)]
    with bao.session("pass-date", retry=ONCE) as session:
        write_groups(session, iter(parts), whole.schema, path, "parquet-date")
        assert [len(each) for each in read_groups(session, path, "parquet-date")] == [100, 100, 50]
        assert pa.concat_tables(read_groups(session, path, "parquet-date")).equals(whole)
        assert read_table(session, path, "parquet-date").equals(whole)
    assert path.read_bytes()[:4] == b"PARE"
    with bao.session("pass-nik", retry=ONCE) as other, pytest.raises(VaultError, match="VAULT_DENIED"):
        next(read_groups(other, path, "parquet-date"))
    with bao.session("pass-date", retry=ONCE) as session, pytest.raises(VaultError, match="PARQUET_MISSING"):
        next(read_groups(session, tmp_path / "none.parquet", "parquet-date"))


def test_a_group_that_was_changed_is_refused_and_what_was_not_written_to_the_end_is_not_there(
    bao: EmbeddedServer, tmp_path: Path
) -> None:
    path, schema = tmp_path / "date.parquet", table(1).schema

    def stops():
        yield table(100)
        raise KeyboardInterrupt

    with bao.session("pass-date", retry=ONCE) as session:
        with pytest.raises(KeyboardInterrupt):
            write_groups(session, stops(), schema, path, "parquet-date")
        assert not path.exists()
        write_groups(session, iter([table(100)]), schema, path, "parquet-date")
        content = bytearray(path.read_bytes())
        content[1_000] ^= 1
        path.write_bytes(content)
        with pytest.raises(VaultError, match="PARQUET_DAMAGED"):
            list(read_groups(session, path, "parquet-date"))

"""Write one chunk's compartments: filters as encrypted Parquet, the handle map sealed, the rest as rows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import pyarrow as pa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import insert
from sqlmodel import Session

from api.centre import Centre
from api.services.peppering import NewCell
from api.store import Cell, Content, HandleBlock, Reference, Token
from linkage.encoding.compartments import Compartments
from vault import VaultSession, unwrap_key, wrap_key, write_groups, write_table

HANDLES = "handles"
NONCE = bytes(12)
"""Safe for AES-GCM: every data key seals one handle map."""


@dataclass(frozen=True, slots=True)
class SealedHandles:
    """A chunk's handle map under a data key of its own, and that key wrapped by the vault."""

    wrapped_key: bytes
    sealed: bytes


def write_filters(centre: Centre, vault: VaultSession, filters: Mapping[str, pa.Table]) -> dict[str, str]:
    """Write one file an anchor, durably, and return their random names."""
    names = {}
    for anchor, table in filters.items():
        if len(table):
            names[anchor] = f"{centre.entropy(16).hex()}.parquet"
            path = centre.filters / names[anchor]
            write_table(vault, table, path, f"parquet-{anchor}")
            _sync(path)
    _sync(centre.filters)
    return names


def write_ordered(centre: Centre, vault: VaultSession, anchor: str, tables: Iterable[pa.Table]) -> str:
    """Write one file of an anchor's filters that come table by table, durably, and return its random name."""
    name = f"{centre.entropy(16).hex()}.parquet"
    schema = filter_schema(centre, anchor)
    write_groups(vault, tables, schema, centre.filters / name, f"parquet-{anchor}")
    _sync(centre.filters / name)
    _sync(centre.filters)
    return name


def filter_schema(centre: Centre, anchor: str) -> pa.Schema:
    """Return what an anchor's files hold: handle, cell, filter."""
    width = centre.policy.anchor(anchor).bits // 8
    return pa.schema([("handle", pa.int64()), ("cell", pa.int64()), ("filter", pa.binary(width))])


def seal_handles(centre: Centre, vault: VaultSession, version: int, handle_map: pa.Table) -> SealedHandles:
    """Seal a handle map, under that version of the vault's key, so that the merge's role alone opens it."""
    key = centre.entropy(32)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, handle_map.schema) as writer:
        writer.write_table(handle_map)
    return SealedHandles(
        wrapped_key=wrap_key(vault, HANDLES, version, key),
        sealed=AESGCM(key).encrypt(NONCE, sink.getvalue().to_pybytes(), None),
    )


def open_handles(vault: VaultSession, block: HandleBlock) -> pa.Table:
    """Open a handle map, as the merge."""
    key = unwrap_key(vault, HANDLES, block.wrapped_key)
    return pa.ipc.open_stream(AESGCM(key).decrypt(NONCE, block.sealed, None)).read_all()


def store(session: Session, submission: int, agency: str, parts: Compartments, new_cells: list[NewCell]) -> None:
    """Insert a chunk's rows; the caller's transaction makes them one."""
    content = [{**row, "submission": submission, "agency": agency} for row in parts.content.to_pylist()]
    references = [{**row, "agency": agency} for row in parts.references.to_pylist()]
    for table, rows in (
        (Cell, [asdict(cell) for cell in new_cells]),
        (Content, content),
        (Token, parts.tokens.to_pylist()),
        (Reference, references),
    ):
        if rows:
            # Through the connection: the ORM's own bulk insert costs a statement for every few rows.
            session.connection().execute(insert(table), rows)


def _sync(path: os.PathLike[str]) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

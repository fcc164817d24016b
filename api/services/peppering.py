"""What ingest asks of the vault for a chunk, in batches: t2 tokens, look-ups, seals, layer keys. Never once a row.

t1 tokens pass through here in memory and nowhere else.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlmodel import Session, col, select

from api.centre import Centre
from api.store import Cell
from linkage.encoding import Secret, layer
from linkage.encoding.bloom import from_arrow
from linkage.encoding.compartments import Layered, Peppered, draw
from linkage.encoding.qgrams import I64
from linkage.encoding.tokens import TOKEN
from vault import VaultSession, encrypt_batch, hmac_batch, latest_version

KEYS = ("pepper", "layer", "ref", "ref-seal", "handles")

CELL_LABEL = b"lapis/cell-layer/v1\x00\x00\x00\x00\x00"
"""24 bytes before a cell's 8: what the layer key is asked for, and nothing else can be."""


@dataclass(frozen=True, slots=True)
class NewCell:
    """A cell that this chunk is the first to meet in."""

    anchor: str
    token: bytes
    cell: int


@dataclass(frozen=True, slots=True)
class PepperedChunk:
    """The chunk as the vault returned it, and the cells to remember with it."""

    rows: Peppered
    new_cells: list[NewCell]


@dataclass(frozen=True, slots=True)
class _Meeting:
    """One anchor's meetings of the chunk: row int64[m], t1 fixed_size_binary(32)[m], filter uint8[m, width]."""

    rows: I64
    tokens: pa.Array
    filters: np.ndarray[tuple[int, int], np.dtype[np.uint8]]


class Pepperer:
    """One ingest's use of the vault, with the key versions pinned at its start."""

    def __init__(self, centre: Centre, vault: VaultSession) -> None:
        self._centre, self.vault = centre, vault
        self.versions = {key: latest_version(vault, key) for key in KEYS}

    def look_up(self, refs: pa.Array) -> pa.Array:
        """Return the look-up of each reference: fixed_size_binary(32)[n] → the same."""
        return self._hmac("ref", refs)

    def pepper(self, table: pa.Table, lookup: pa.Array) -> PepperedChunk:
        """Pepper, look up cells, layer and seal the rows of `table` (the submission's schema)."""
        met = {anchor.name: _meetings(table, anchor.name) for anchor in self._centre.policy.anchors}
        t2 = self._tokens([table["nik"], table["kk"], *(meeting.tokens for meeting in met.values())])
        new_cells: list[NewCell] = []
        cells = {}
        for (name, meeting), tokens in zip(met.items(), t2[2:], strict=True):
            cells[name] = self._cells(name, tokens, new_cells) if len(meeting.rows) else np.empty(0, np.int64)
        keys = self._layer_keys(np.unique(np.concatenate(list(cells.values()))))
        layered = {}
        for anchor in self._centre.policy.anchors:
            meeting, at = met[anchor.name], cells[anchor.name]
            hard = layer.harden(meeting.filters, at, keys, self._centre.policy.majorities(anchor))
            layered[anchor.name] = Layered(meeting.rows, at, hard)
        sealed = encrypt_batch(self.vault, "ref-seal", self.versions["ref-seal"], table["ref"].combine_chunks())
        return PepperedChunk(Peppered(t2[0], t2[1], lookup, sealed, layered), new_cells)

    def _tokens(self, columns: list[pa.ChunkedArray | pa.Array]) -> list[pa.Array]:
        """Return t2 of each column of t1 tokens, nulls kept, each distinct token sent once."""
        flat = [column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column for column in columns]
        encoded = pa.concat_arrays(flat).dictionary_encode()
        peppered = self._hmac("pepper", encoded.dictionary).take(encoded.indices)
        bounds = np.cumsum([0, *(len(column) for column in flat)])
        return [peppered.slice(start, end - start) for start, end in itertools.pairwise(bounds)]

    def _cells(self, anchor: str, tokens: pa.Array, new_cells: list[NewCell]) -> I64:
        """Return the cell of each anchor token, int64[m]; unknown ones get a random id and go to `new_cells`."""
        encoded = tokens.dictionary_encode()
        distinct = encoded.dictionary.to_pylist()
        with Session(self._centre.store) as session:
            query = select(Cell.token, Cell.cell).where(Cell.anchor == anchor, col(Cell.token).in_(distinct))
            known: dict[bytes, int] = dict(session.exec(query).all())
        missing = [token for token in distinct if token not in known]
        drawn = draw(len(missing), self._centre.entropy).tolist()
        new_cells.extend(NewCell(anchor, token, cell) for token, cell in zip(missing, drawn, strict=True))
        known.update(zip(missing, drawn, strict=True))
        cells = np.array([known[token] for token in distinct], np.int64)
        found: I64 = cells[encoded.indices.to_numpy(zero_copy_only=False)]
        return found

    def _layer_keys(self, cells: I64) -> Mapping[int, Secret]:
        asked = pa.array([CELL_LABEL + cell.to_bytes(8, "big") for cell in cells.tolist()], TOKEN)
        keys = self._hmac("layer", asked)
        return {cell: Secret(key) for cell, key in zip(cells.tolist(), keys.to_pylist(), strict=True)}

    def _hmac(self, key: str, values: pa.Array) -> pa.Array:
        return hmac_batch(self.vault, key, self.versions[key], values)


def _meetings(table: pa.Table, anchor: str) -> _Meeting:
    column = table[f"anchor_{anchor}"].combine_chunks()
    flat = column.flatten()
    return _Meeting(
        rows=pc.list_parent_indices(column).to_numpy().astype(np.int64),
        tokens=flat.field("token"),
        filters=from_arrow(flat.field("filter")),
    )

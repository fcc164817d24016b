"""The published schema of a submission's content: what may be said of an aid row, and in which words.

Columns are only ever appended, under a new version. It has no field for free text: a value is a code, a number, a
place of the official list, or a reference whose form no name and no NIK has. An error names row and column, never
the value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.layering import lists
from linkage.layering.errors import LayeringError

VERSION = 2
"""1 had programme, period, amount, places, the states of NIK and KK, and the two marks of names and dates alone."""
MAX_AMOUNT = 10**12
"""Rupiah. Below the least NIK read as a number, so that no NIK passes for an amount."""
MAX_REFERENCE_DIGITS = 15
"""A treasury order has fifteen digits, a NIK sixteen."""
NIK_STATES = ("ok", "none", "dummy", "invalid", "damaged")
REFERENCE = r"^({})([-./]?[0-9]{{1,15}}){{1,4}}$"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: Arrow type, whether every row has it, its code list or pattern, and its source in P3KE and DTSEN."""

    name: str
    type: pa.DataType
    required: bool = False
    codes: str = ""
    pattern: str = ""
    p3ke: str = ""
    dtsen: str = ""


_TEXTS = pa.list_(pa.string())
COLUMNS = (
    Column("programme", pa.string(), codes="programmes"),
    Column("period", pa.string(), pattern=r"^20\d{2}(-(0[1-9]|1[0-2]|Q[1-4]|T[1-9]))?$"),
    Column("amount", pa.int64()),
    Column("regency", pa.string(), pattern=r"^\d{2}\.\d{2}$", p3ke="Kode wilayah", dtsen="Kode wilayah"),
    Column("village", pa.string(), pattern=r"^\d{2}\.\d{2}\.\d{2}\.\d{4}$", p3ke="Kode wilayah", dtsen="Kode wilayah"),
    Column("nik_status", pa.string(), required=True, codes="nik_states", p3ke="NIK", dtsen="NIK"),
    Column("kk_status", pa.string(), required=True, codes="nik_states", dtsen="Nomor KK"),
    Column("mononym", pa.bool_(), required=True, p3ke="Nama", dtsen="Nama"),
    Column("default_date", pa.bool_(), required=True, p3ke="Tanggal Lahir", dtsen="Tanggal lahir"),
    Column("fund", pa.string(), codes="funds"),
    Column("form", pa.string(), codes="forms"),
    Column("payee", pa.string(), codes="payees"),
    Column("disbursement", pa.string(), pattern=REFERENCE),
    Column("status", pa.string(), codes="statuses"),
    Column("beneficiary", pa.string(), codes="beneficiaries", p3ke="Padan Dukcapil", dtsen="Status NIK"),
    Column("decile", pa.int8(), p3ke="Desil Kesejahteraan", dtsen="Desil"),
    Column("dtsen", pa.string(), pattern=r"^20\d{2}-(0[1-9]|1[0-2])$", dtsen="Versi DTSEN"),
    Column("needs", _TEXTS, codes="needs"),
    Column("lacks", _TEXTS, codes="lacks"),
    Column("exposures", _TEXTS, codes="exposures"),
)
"""In this order. The agency is no column: it is whoever signed. Amount in rupiah; `dtsen` the decile's version.

A row of the status `registered` comes from a register (DTSEN, P3KE): it says something of a person and gives no aid.
"""

SCHEMA = pa.schema([pa.field(column.name, column.type, nullable=not column.required) for column in COLUMNS])


def known(codes: str) -> tuple[str, ...]:
    """Return the codes that a column's list allows."""
    own = {"programmes": tuple(lists.programmes()), "nik_states": NIK_STATES}
    return own.get(codes) or tuple(lists.codes(codes))


def check(table: pa.Table, places: Iterable[str] = (), before: int = 0) -> None:
    """Check rows against the schema; `before` rows came earlier. Raises LayeringError, naming row (from 1) and column.

    `places`, if given, are the official codes of regencies and villages that may occur.
    """
    if not table.schema.remove_metadata().equals(SCHEMA):
        raise LayeringError("CONTENT_SCHEMA", "the columns are not those of the published schema")
    for column in COLUMNS:
        values = table[column.name].combine_chunks()
        if column.required:
            _refuse("VALUE_MISSING", "every row needs a value", column.name, pc.is_null(values), before)
        if column.codes:
            _check_codes(values, column, before)
        if column.pattern:
            bad = pc.invert(pc.match_substring_regex(values, _pattern(column)))
            _refuse("VALUE_FORM", "not in the form of the published schema", column.name, bad, before)
    _check_programmes(table, before)
    _check_numbers(table, before)
    _check_references(table["disbursement"].combine_chunks(), before)
    _check_places(table, frozenset(places), before)


def published() -> dict[str, Any]:
    """Return the schema as anyone may read it: columns with types, codes and sources, as JSON values."""
    columns = [
        {
            "name": column.name,
            "type": str(column.type),
            "required": column.required,
            "list": column.codes,
            "pattern": _pattern(column),
            "source": {"P3KE": column.p3ke, "DTSEN": column.dtsen},
        }
        for column in COLUMNS
    ]
    used = {column.codes for column in COLUMNS if column.codes} | {"references"}
    return {"version": VERSION, "columns": columns, "lists": {name: list(known(name)) for name in sorted(used)}}


def _pattern(column: Column) -> str:
    return column.pattern.format("|".join(known("references"))) if column.pattern == REFERENCE else column.pattern


def _refuse(code: str, message: str, column: str, bad: pa.Array, before: int) -> None:
    where = np.flatnonzero(pc.fill_null(bad, False).to_numpy(zero_copy_only=False))
    if where.size:
        raise LayeringError(code, message, place=f"row {before + int(where[0]) + 1}, column {column}")


def _check_codes(values: pa.Array, column: Column, before: int) -> None:
    flat = values.flatten() if pa.types.is_list(values.type) else values
    bad = pc.invert(pc.is_in(flat, pa.array(known(column.codes), pa.string())))
    bad = pc.or_kleene(pc.is_null(flat), bad) if flat is not values else pc.and_(pc.is_valid(flat), bad)
    if flat is not values:
        owners = pc.list_parent_indices(values).to_numpy()
        wrong = np.zeros(len(values), bool)
        wrong[owners[pc.fill_null(bad, True).to_numpy(zero_copy_only=False)]] = True
        bad = pa.array(wrong)
    _refuse("VALUE_UNKNOWN", "not a code of the published list", column.name, bad, before)


def _check_programmes(table: pa.Table, before: int) -> None:
    """Hold that aid has a programme and a register's row has none, and no rupiah."""
    programme, amount, status = (table[name].combine_chunks() for name in ("programme", "amount", "status"))
    registered = pc.fill_null(pc.equal(status, "registered"), False)
    missing = pc.and_(pc.is_null(programme), pc.invert(registered))
    _refuse("VALUE_MISSING", "every aid has a programme", "programme", missing, before)
    aid = pc.or_(pc.is_valid(programme), pc.is_valid(amount))
    _refuse("REGISTER_AID", "a register's row gives no aid", "status", pc.and_(registered, aid), before)


def _check_numbers(table: pa.Table, before: int) -> None:
    for name, least, most in (("amount", 0, MAX_AMOUNT), ("decile", 1, 10)):
        values = table[name].combine_chunks()
        bad = pc.or_(pc.less(values, least), pc.greater(values, most))
        _refuse("VALUE_FORM", f"expected {least} to {most}", name, bad, before)
    one, other = (pc.is_valid(table[name].combine_chunks()) for name in ("decile", "dtsen"))
    _refuse("DECILE_VERSION", "a decile and its DTSEN version come together", "dtsen", pc.xor(one, other), before)


def _check_references(values: pa.Array, before: int) -> None:
    numbers = pc.replace_substring_regex(values, f"^({'|'.join(known('references'))})|[^0-9]", "")
    digits = pc.utf8_length(numbers)
    bad = pc.greater(digits, MAX_REFERENCE_DIGITS)
    _refuse("RAW_VALUE", "a reference has at most 15 digits", "disbursement", bad, before)


def _check_places(table: pa.Table, places: frozenset[str], before: int) -> None:
    regency, village = (table[name].combine_chunks() for name in ("regency", "village"))
    apart = pc.not_equal(regency, pc.utf8_slice_codeunits(village, 0, 5))
    _refuse("PLACE_CONTRADICTS", "the village lies in another regency", "village", apart, before)
    for name, values in (("regency", regency), ("village", village)) if places else ():
        bad = pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, pa.array(sorted(places)))))
        _refuse("PLACE_UNKNOWN", "not a place of the official list", name, bad, before)

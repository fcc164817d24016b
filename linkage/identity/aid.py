"""Read what the rows of a list say of aid: programme, period, rupiah, and the rest of the published content.

A row of a register gives no aid: what it says of programme and rupiah is left out, and it is told so. Reads each
distinct cell once; a word that no table knows is not passed on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.identity import amounts, deciles, periods, programmes, references, words
from linkage.identity.cells import Cell, Column, is_blank
from linkage.identity.regions import Place
from linkage.identity.verdicts import Verdicts

Flags = NDArray[np.bool_]

_TEXTS = pa.list_(pa.string())
FIELDS = (
    pa.field("programme", pa.string()),
    pa.field("period", pa.string()),
    pa.field("amount", pa.int64()),
    pa.field("fund", pa.string()),
    pa.field("form", pa.string()),
    pa.field("payee", pa.string()),
    pa.field("disbursement", pa.string()),
    pa.field("status", pa.string()),
    pa.field("beneficiary", pa.string()),
    pa.field("decile", pa.int8()),
    pa.field("dtsen", pa.string()),
    pa.field("needs", _TEXTS),
    pa.field("lacks", _TEXTS),
    pa.field("exposures", _TEXTS),
)
"""The columns of a record that speak of aid, as the published content has them."""

REGISTERED = "registered"
ONE_OF = {
    "fund": ("funds", "FUND_UNKNOWN"),
    "form": ("forms", "FORM_UNKNOWN"),
    "payee": ("payees", "PAYEE_UNKNOWN"),
    "status": ("statuses", "STATUS_UNKNOWN"),
    "beneficiary": ("beneficiaries", "BENEFICIARY_UNKNOWN"),
}
"""Roles whose cell names one code: the list, and what is said of an unknown word."""
LISTS = {"needs": "NEED_UNKNOWN", "lacks": "LACK_UNKNOWN", "exposures": "EXPOSURE_UNKNOWN"}
"""Roles whose cell names several codes, and what is said of an unknown word."""
OPEN = frozenset({"occupation"})
"""Roles in which any word may stand: most occupations are no need."""
_NOTHING = frozenset({"-", "–", "—"})


@dataclass(frozen=True, slots=True)
class Known:
    """Hold what is known about every row before reading one: from the operator, else from the titles.

    `register`: the rows are a register's and give no aid; `dtsen` is the version of deciles without one.
    """

    programme: str | None
    period: str | None
    place: Place
    register: bool = False
    dtsen: str | None = None

    @property
    def year(self) -> str | None:
        """Return the year that completes a period without one."""
        return self.period[:4] if self.period else None


@dataclass(frozen=True, slots=True)
class _List:
    """The columns by role, how many rows they have, and where verdicts go."""

    columns: Mapping[str, Column]
    rows: int
    verdicts: Verdicts

    def column(self, role: str) -> Column:
        return self.columns.get(role) or Column([None], np.zeros(self.rows, np.int32))

    def read(self, role: str, of: Callable[[Cell], Any], unknown: str, kind: pa.DataType) -> pa.Array:
        """Read a role's cells; say `unknown` of those that are filled and give None. An empty word is null."""
        column = self.column(role)
        read, codes = column.spread(lambda cell: "" if says_nothing(cell) else of(cell))
        self.verdicts.add(role, unknown, np.array([one is None for one in read], np.bool_)[codes])
        return take([None if one == "" else one for one in read], kind, codes)


def says_nothing(cell: Cell) -> bool:
    """Tell whether a cell is blank or holds what people put for a blank."""
    return is_blank(cell) or (isinstance(cell, str) and cell.strip() in _NOTHING)


def take(values: Sequence[object], kind: pa.DataType, codes: NDArray[np.int32]) -> pa.Array:
    """Place values on rows by their codes."""
    return pa.array(values, kind).take(pa.array(codes))


def read(
    columns: Mapping[str, Column], rows: int, headers: Mapping[str, str], known: Known, verdicts: Verdicts
) -> dict[str, pa.Array]:
    """Return the arrays of `FIELDS` by name; `headers` say which kind of reference a column holds."""
    table = _List(columns, rows, verdicts)
    found = {
        role: table.read(role, partial(words.parse, name), code, pa.string()) for role, (name, code) in ONE_OF.items()
    }
    kind = references.kind_of(headers.get("disbursement", ""))
    found["disbursement"] = table.read(
        "disbursement", lambda cell: references.parse(cell, kind), "REFERENCE_UNREADABLE", pa.string()
    )
    found |= _read_deciles(table, known)
    found |= {name: _read_list(table, name) for name in LISTS}
    if known.register:
        found["status"] = pc.fill_null(found["status"], REGISTERED)
    registered = _flags(pc.equal(found["status"], REGISTERED))
    found["programme"] = _read_programmes(table, None if known.register else known.programme, registered)
    found["period"] = _read_periods(table, known)
    found["amount"] = table.read("amount", amounts.parse, "AMOUNT_UNREADABLE", pa.int64())
    return _without_aid(found, registered, verdicts)


def _flags(values: pa.Array) -> Flags:
    return np.asarray(pc.fill_null(values, False).to_numpy(zero_copy_only=False), np.bool_)


def _without_aid(found: dict[str, pa.Array], registered: Flags, verdicts: Verdicts) -> dict[str, pa.Array]:
    """Take programme and rupiah from the rows of a register; its version is the month that they are of."""
    if not registered.any():
        return found
    aid = _flags(pc.or_(found["programme"].is_valid(), found["amount"].is_valid()))
    verdicts.add("row", "REGISTER_AID", registered & aid)
    mask = pa.array(registered)
    for name in ("programme", "amount"):
        found[name] = pc.if_else(mask, pa.scalar(None, found[name].type), found[name])
    # A person stands in every version of a register: without the month a row would be the one of the version before.
    found["period"] = pc.if_else(mask, pc.coalesce(found["dtsen"], found["period"]), found["period"])
    return found


def _read_programmes(table: _List, default: str | None, registered: Flags) -> pa.Array:
    column = table.column("programme")
    read = [default if is_blank(cell) else programmes.parse(cell) for cell in column.values]
    blank = np.array([is_blank(cell) for cell in column.values], np.bool_)[column.codes]
    unknown = np.array([code is None for code in read], np.bool_)[column.codes] & ~registered
    table.verdicts.add("programme", "PROGRAMME_MISSING", unknown & blank)
    table.verdicts.add("programme", "PROGRAMME_UNKNOWN", unknown & ~blank)
    return take(read, pa.string(), column.codes)


def _read_periods(table: _List, known: Known) -> pa.Array:
    column = table.column("period")
    read, codes = column.spread(lambda cell: periods.parse(cell, known.year))
    table.verdicts.add_each("period", [one.reason for one in read], codes)
    return take([one.text or known.period for one in read], pa.string(), codes)


def _read_deciles(table: _List, known: Known) -> dict[str, pa.Array]:
    """Read deciles with their version: one without the other cannot be held against a newer one."""
    decile = table.read("decile", deciles.parse, "DECILE_UNREADABLE", pa.int8())
    version = table.read("dtsen", deciles.parse_version, "DTSEN_UNREADABLE", pa.string())
    version = pc.coalesce(version, pa.scalar(known.dtsen, pa.string()))
    table.verdicts.add("decile", "DECILE_NO_VERSION", _flags(pc.and_(decile.is_valid(), version.is_null())))
    both = pc.and_(decile.is_valid(), version.is_valid())
    return {
        "decile": pc.if_else(both, decile, pa.scalar(None, pa.int8())),
        "dtsen": pc.if_else(both, version, pa.scalar(None, pa.string())),
    }


def _read_list(table: _List, name: str) -> pa.Array:
    """Read the codes that a list's own column names, and those that living conditions show; null if no column does."""
    order = [code for code in dict.fromkeys(words.spellings(name).values()) if code]
    parts = [_bits(table, name, order)] if name in table.columns else []
    parts += [
        _sign(table, role, order) for role, (of, _) in words.signs().items() if of == name and role in table.columns
    ]
    if not parts:
        return pa.nulls(table.rows, _TEXTS)
    distinct, at = np.unique(np.bitwise_or.reduce(parts), return_inverse=True)
    lists = [[code for place, code in enumerate(order) if bits >> place & 1] for bits in distinct.tolist()]
    return take(lists, _TEXTS, at.astype(np.int32))


def _bits(table: _List, name: str, order: Sequence[str]) -> NDArray[np.int64]:
    read, codes = table.column(name).spread(
        lambda cell: ((), True) if says_nothing(cell) else words.parse_all(name, cell)
    )
    table.verdicts.add(name, LISTS[name], np.array([not whole for _, whole in read], np.bool_)[codes])
    return np.array([sum(1 << order.index(code) for code in found) for found, _ in read], np.int64)[codes]


def _sign(table: _List, role: str, order: Sequence[str]) -> NDArray[np.int64]:
    read, codes = table.column(role).spread(lambda cell: "" if says_nothing(cell) else words.parse_sign(role, cell))
    if role not in OPEN:
        table.verdicts.add(role, "SIGN_UNKNOWN", np.array([one is None for one in read], np.bool_)[codes])
    return np.array([1 << order.index(one) if one else 0 for one in read], np.int64)[codes]

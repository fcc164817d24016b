"""The sheets of a release beside its cells: villages, rupiah, combinations of programmes. What may not be told is null.

Where fewer people than the threshold are behind a figure, or would be left by another, it goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import pyarrow as pa

from linkage import layering
from linkage.layering import money
from linkage.layering.events import as_known, events

Row: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[Any, ...]
HIDDEN = ("by_reference", "by_sum", "returned", "reached", "untraced", "beyond", "rows", "unvalued")
"""What a line says of its rows; what was disbursed is the treasury's own, and public."""
SHARES = ("sound", "bad_nik", "bad_kk", "no_nik", "default_date", "no_period", "no_amount")
STEP = 20
"""Shares in twentieths."""


@dataclass(frozen=True, slots=True)
class Money:
    """Budgets, disbursements and claims as they stand."""

    budgets: pa.Table
    disbursements: pa.Table
    claims: pa.Table


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted of rows: villages (`villages.tally`), persons behind lines, and behind payees (`money.heads`)."""

    villages: pa.Table
    lines: pa.Table
    payees: pa.Table


def count(rows: Iterable[pa.Table], span: tuple[datetime, datetime]) -> list[Counted]:
    """Count parts of all rows (`rows.parts`); `span` is from the release before until now."""
    return [_count(part, span) for part in rows]


def _count(rows: pa.Table, span: tuple[datetime, datetime]) -> Counted:
    happened = events(as_known(rows, span[1]))
    return Counted(
        layering.villages.tally(rows, *span),
        money.heads(happened, money.LINE),
        money.heads(happened, (*money.LINE, "payee")),
    )


def sheets(
    counted: Sequence[Counted], people: pa.Table, profiles: pa.Table, spent: Money, threshold: int
) -> dict[str, list[Row]]:
    """Return every sheet by name, its rows as JSON values."""
    plans, lines = money.plans(spent.budgets, spent.disbursements), money.lines_of(spent.disbursements, spent.claims)
    kept = tell_lines(lines.to_pylist(), behind([each.lines for each in counted], money.LINE), threshold)
    told = [row for row in kept if row["rows"] is not None]
    payees = behind([each.payees for each in counted], (*money.LINE, "payee"))
    quality = layering.villages.judge([each.villages for each in counted])
    return {
        "combinations": layering.combinations(profiles, threshold).to_pylist(),
        "villages": tell_villages(quality.to_pylist(), homes(people), threshold),
        "plans": plans.to_pylist(),
        "lines": kept,
        "payees": tell_payees(money.payees_of(spent.claims).to_pylist(), told, payees, threshold),
        "edges": money.edges(plans, pa.Table.from_pylist(told, schema=money.LINES)).to_pylist(),
    }


def homes(people: pa.Table) -> dict[str, int]:
    """Count people by village."""
    counted = people["village"].value_counts().to_pylist()
    return {each["values"]: each["counts"] for each in counted if each["values"] is not None}


def behind(heads: Iterable[pa.Table], keys: tuple[str, ...]) -> dict[Key, int]:
    """Add up persons by line, or by line and payee (`""` where rows do not say); nobody is in two tables."""
    found: Counter[Key] = Counter()
    for table in heads:
        for row in table.to_pylist():
            found[tuple(row[name] for name in keys)] += row["persons"]
    return dict(found)


def tell_lines(lines: Sequence[Row], persons: Mapping[Key, int], threshold: int) -> list[Row]:
    """Tell of lines with few people behind them only what was disbursed.

    No sum over lines is told, so none gives what is left out.
    """
    return [
        {**line, **dict.fromkeys(HIDDEN)} if _few(persons.get(_line(line), 0), threshold) else dict(line)
        for line in lines
    ]


def tell_payees(
    payees: Sequence[Row], told: Sequence[Row], persons: Mapping[Key, int], threshold: int
) -> list[Row]:  # fmt: skip
    """Tell a line's payees all or none: a line's rows are told, so one payee left out could be computed."""
    few = {key[:-1] for key, count in persons.items() if _few(count, threshold)}
    lines = {_line(row) for row in told} - few
    return [dict(row) for row in payees if _line(row) in lines]


def tell_villages(villages: Sequence[Row], people: Mapping[str, int], threshold: int) -> list[Row]:
    """Tell of each village its rows in tens, faults as shares in twentieths, and its merit; of a small one nothing."""
    told = []
    for row in villages:
        few = people.get(row["village"], 0) < threshold or row["rows"] < threshold
        shares = {name: None if few else _share(row[name], row["rows"], threshold) for name in SHARES}
        mended = None if few else _share(row["mended"], row["faulty_before"], threshold)
        merit = None if few else round(row["merit"] * STEP) / STEP
        rows = None if few else row["rows"] - row["rows"] % 10
        told.append({"village": row["village"], "rows": rows, **shares, "mended": mended, "merit": merit})
    return told


def _share(part: int, whole: int, threshold: int) -> float | None:
    """Return a share in twentieths; None where few are behind it, or few are left."""
    if whole < threshold or _few(part, threshold) or _few(whole - part, threshold):
        return None
    return round(part / whole * STEP) / STEP


def _few(count: int, threshold: int) -> bool:
    return 0 < count < threshold


def _line(row: Row) -> Key:
    return tuple(row[name] for name in money.LINE)

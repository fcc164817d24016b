"""Budgets and disbursements beside planted aid: most balance; some leave rupiah without a row, or rows without rupiah.

The truth says of every line how much; nothing else is untraced.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.layering.lists import programmes
from linkage.layering.money import BUDGETS, DISBURSEMENTS, LINE, PLAN
from linkage.synth.aid import AID, Aid
from linkage.synth.randomness import open_stream

Plan: TypeAlias = tuple[Any, ...]

KINDS = ("exact", "untraced", "beyond")
SHARES = (0.7, 0.2, 0.1)
ROUND = 50_000
TRUE_LINES = pa.schema([*DISBURSEMENTS.remove(6).remove(5), pa.field("untraced", pa.int64()),
                        pa.field("beyond", pa.int64())])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rupiah:
    """Budgets, disbursements, and the truth: `lines` (untraced, beyond) and `gaps` (a plan's budget less what went)."""

    budgets: pa.Table
    disbursements: pa.Table
    lines: pa.Table
    gaps: dict[Plan, int]


def fund(aid: Aid, seed: int) -> Rupiah:
    """Fund planted aid: what each line was disbursed, and each plan allotted."""
    return fund_claims(_claim(aid.rows), seed)


def fund_claims(claimed: Mapping[Plan, Mapping[str, int]], seed: int) -> Rupiah:
    """Fund what rows claim, in rupiah by line and reference; `""` where rows name no reference."""
    rng = open_stream(seed, AID, 1)
    lines, spent = [], []
    for line, claims in claimed.items():
        kind = KINDS[rng.choice(len(KINDS), p=SHARES)]
        missing = ROUND * int(rng.integers(1, 9))
        more = missing if kind == "untraced" else 0
        less = min(missing, claims.get("", 0)) if kind == "beyond" else 0
        named = dict(zip(LINE, line, strict=True))
        lines.append({**named, "untraced": more, "beyond": less})
        for reference, rupiah in {"": 0, **claims}.items():
            amount = rupiah if reference else rupiah + more - less
            spent.append({**named, "reference": reference or None, "amount": amount})
    budgets, gaps = _allot(rng, spent)
    return Rupiah(
        pa.Table.from_pylist(budgets, schema=BUDGETS),
        pa.Table.from_pylist(spent, schema=DISBURSEMENTS),
        pa.Table.from_pylist(lines, schema=TRUE_LINES),
        gaps,
    )


def _allot(rng: np.random.Generator, spent: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[Plan, int]]:
    """Allot each plan what was spent, or somewhat more or less; return the budgets and by how much."""
    sums: dict[Plan, int] = defaultdict(int)
    for row in spent:
        sums[tuple(row[name] for name in PLAN)] += row["amount"]
    gaps = {plan: max(ROUND * int(rng.integers(-3, 6)), -rupiah) for plan, rupiah in sums.items()}
    budgets = [{**dict(zip(PLAN, plan, strict=True)), "amount": sums[plan] + gap} for plan, gap in gaps.items()]
    return budgets, gaps


def _claim(rows: pa.Table) -> dict[Plan, dict[str, int]]:
    """Sum what standing aid rows say by line and reference, row by row and without the code that is to be tested."""
    known = programmes()
    claims: dict[Plan, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    held = rows.filter(pc.is_valid(rows["programme"])).to_pylist()
    gone = {row["corrects"] for row in held}
    for row in held:
        if row["record"] not in gone:
            year = int(row["period"][:4])
            line = (known[row["programme"]].fund, row["programme"], row["agency"], year, row["regency"])
            claims[line][row["disbursement"] or ""] += row["amount"]
    return {line: dict(claims[line]) for line in sorted(claims)}

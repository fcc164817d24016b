"""Where every rupiah went: treasury, programme, agency, regency, persons, and the rest that nobody can trace, named.

Whole rupiah throughout, and each step balances to the last of them. An untraced rupiah is a question to an agency; it
is no accusation, and says nothing of a person.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.layering.columns import Ints, ints
from linkage.layering.errors import LayeringError

PLAN = ("fund", "programme", "agency", "year")
LINE = (*PLAN, "regency")
_KEYS = [*(pa.field(name, pa.string()) for name in PLAN[:3]), pa.field("year", pa.int64())]
BUDGETS = pa.schema([*_KEYS, pa.field("amount", pa.int64(), nullable=False)])
"""Rupiah allotted, by fund, programme, agency and year."""
DISBURSEMENTS = pa.schema(
    [*_KEYS, *(pa.field(name, pa.string()) for name in ("regency", "reference")), BUDGETS.field("amount")]
)
"""Rupiah that left for a regency, with the reference (SP2D and others) where there is one."""

PLANS = pa.schema([*_KEYS, *(pa.field(name, pa.int64()) for name in ("budget", "disbursed", "undisbursed", "over"))])
"""Budget against disbursement; `budget + over = disbursed + undisbursed`."""
LINES = pa.schema(
    [
        *_KEYS,
        pa.field("regency", pa.string()),
        *(
            pa.field(name, pa.int64())
            for name in ("disbursed", "by_reference", "by_sum", "returned", "reached", "untraced", "beyond", "rows",
                         "unvalued")
        ),
    ]
)  # fmt: skip
"""Disbursement against rows, one line a fund, programme, agency, year and regency (`""`: not named; year 0: no period).

`by_reference` and `by_sum` are rupiah that rows account for, under the same reference, or in sum where rows name none;
of these `returned` came back and `reached` went to persons. `untraced` has no row, `beyond` has rows and no
disbursement. `disbursed = reached + returned + untraced`. `unvalued` counts rows without an amount.
"""
PAYEES = pa.schema([*_KEYS, *(pa.field(name, pa.string()) for name in ("regency", "payee")),
                    *(pa.field(name, pa.int64()) for name in ("rows", "rupiah"))])  # fmt: skip
"""Rupiah of paid rows by who was paid, which need not be whom it was for; `unknown` where rows do not say."""
EDGES = pa.schema([*(pa.field(name, pa.string()) for name in ("level", "source", "target")),
                   pa.field("rupiah", pa.int64())])  # fmt: skip
"""The flow as edges from one node to the next; a node is its path, so that equal names stay apart."""

_MEASURES = ("disbursed", "paid", "back", "rows", "unvalued")
CLAIM = (*LINE, "reference", "payee")
CLAIMS = pa.schema([*_KEYS, *(pa.field(name, pa.string()) for name in CLAIM[4:]),
                    *(pa.field(name, pa.int64()) for name in _MEASURES[1:])])  # fmt: skip
"""What rows claim: rupiah `paid` and given `back`, `rows`, and those of them without an amount. They add up.

`payee` is `returned` for what came back: it paid nobody.
"""


def plans(budgets: pa.Table, disbursements: pa.Table) -> pa.Table:
    """Hold budgets against disbursements (`PLANS`), naming what was not and what was over-disbursed."""
    planned = _sum(_keyed(_checked(budgets), PLAN, budget="amount"), PLAN, ("budget",))
    spent = _sum(_keyed(_checked(disbursements), PLAN, disbursed="amount"), PLAN, ("disbursed",))
    both = _sum(_stack([planned, spent], PLAN, ("budget", "disbursed")), PLAN, ("budget", "disbursed"))
    budget, disbursed = ints(both, "budget"), ints(both, "disbursed")
    gap = {"undisbursed": np.maximum(budget - disbursed, 0), "over": np.maximum(disbursed - budget, 0)}
    columns = {name: both[name] for name in (*PLAN, "budget", "disbursed")}
    return pa.table({**columns, **gap}, schema=PLANS)


def lines(disbursements: pa.Table, events: pa.Table) -> pa.Table:
    """Hold disbursements against the rows of persons (`LINES`)."""
    return lines_of(disbursements, claims(events))


def claims(events: pa.Table, by: tuple[str, ...] = ()) -> pa.Table:
    """Sum what rows claim (`CLAIMS`), or likewise for each value of more columns of texts, which then come first."""
    payee = pc.if_else(pc.equal(events["status"], "returned"), "returned", events["payee"])
    events = events.set_column(events.column_names.index("payee"), "payee", payee)
    keys = (*by, *CLAIM)
    texts = [pa.field(name, pa.string()) for name in by]
    return _sum(_claims(events, keys), keys, _MEASURES[1:]).cast(pa.schema([*texts, *CLAIMS]))


def together(claimed: pa.Table, by: tuple[str, ...] = ()) -> pa.Table:
    """Add up claims that were summed apart, each value of further columns by itself."""
    return _sum(claimed, (*by, *CLAIM), _MEASURES[1:]).cast(pa.schema([*map(claimed.field, by), *CLAIMS]))


def heads(events: pa.Table, keys: tuple[str, ...]) -> pa.Table:
    """Count the persons behind what rows claim by some of `CLAIM`: the keys and `persons`."""
    live = _dated(events.filter(pc.is_in(events["status"], pa.array(["paid", "returned"]))))
    named = live.rename_columns({"disbursement": "reference"})
    columns = {name: _text(named, name) for name in keys}
    counted = pa.table({**columns, "person": named["person"]}).group_by(list(keys))
    return counted.aggregate([("person", "count_distinct")]).rename_columns({"person_count_distinct": "persons"})


def lines_of(disbursements: pa.Table, claimed: pa.Table) -> pa.Table:
    """Hold disbursements against claims (`CLAIMS`), as `lines` against the rows behind them."""
    keys = (*LINE, "reference")
    spent = _keyed(_checked(disbursements), keys, disbursed="amount")
    held = _sum(_stack([spent, claimed], keys, _MEASURES), keys, _MEASURES)
    disbursed, claimed = ints(held, "disbursed"), ints(held, "paid") + ints(held, "back")
    named = np.asarray(pc.not_equal(held["reference"], ""), dtype=bool) & (disbursed > 0)
    held = held.append_column("by_reference", pa.array(np.where(named, np.minimum(disbursed, claimed), 0)))
    held = held.append_column("loose", pa.array(np.where(named, 0, claimed)))
    return _balance(_sum(held, LINE, (*_MEASURES, "by_reference", "loose")))


def _balance(held: pa.Table) -> pa.Table:
    disbursed, by_reference, back = (ints(held, name) for name in ("disbursed", "by_reference", "back"))
    by_sum = np.minimum(disbursed - by_reference, ints(held, "loose"))
    traced = by_reference + by_sum
    returned = np.minimum(back, traced)
    columns = {
        "by_reference": by_reference,
        "by_sum": by_sum,
        "returned": returned,
        "reached": traced - returned,
        "untraced": disbursed - traced,
        "beyond": ints(held, "paid") + back - traced,
    }
    kept = {name: held[name] for name in (*LINE, "disbursed", "rows", "unvalued")}
    return pa.table({name: {**kept, **columns}[name] for name in LINES.names}, schema=LINES)


def payees(events: pa.Table) -> pa.Table:
    """Sum paid rows by who was paid (`PAYEES`)."""
    return payees_of(claims(events))


def payees_of(claimed: pa.Table) -> pa.Table:
    """Sum claims (`CLAIMS`) by who was paid, as `payees` the rows behind them."""
    paid = claimed.filter(pc.field("payee") != "returned")
    found = _sum(paid, (*LINE, "payee"), ("rows", "paid"))
    payee = pc.if_else(pc.equal(found["payee"], ""), "unknown", found["payee"])
    columns = {name: found[name] for name in (*LINE, "rows")}
    return pa.table({**columns, "payee": payee, "rupiah": found["paid"]}).select(PAYEES.names).cast(PAYEES)


def edges(planned: pa.Table, traced: pa.Table) -> pa.Table:
    """Return the whole flow (`EDGES`) of `PLANS` and `LINES`: what enters a node leaves it."""
    made = []
    for row in planned.to_pylist():
        fund, programme, agency = _path(row, 1), _path(row, 2), _path(row, 3)
        had = row["budget"] + row["over"]
        made += [("fund", fund, programme, had), ("programme", programme, agency, had)]
        made.append(("agency", agency, "undisbursed", row["undisbursed"]))
    for row in traced.to_pylist():
        agency, regency = _path(row, 3), _path(row, 4)
        made += [("agency", agency, regency, row["disbursed"]), ("unknown", "unknown", regency, row["beyond"])]
        leaves = {"persons": "reached", "persons, no disbursement": "beyond", "returned": "returned"} | {
            "untraced": "untraced"
        }
        made += [("regency", regency, leaf, row[measure]) for leaf, measure in leaves.items()]
    found = [dict(zip(EDGES.names, edge, strict=True)) for edge in made if edge[3]]
    table = pa.Table.from_pylist(found, schema=EDGES)
    return _sum(table, ("level", "source", "target"), ("rupiah",)).cast(EDGES)


def quota(events: pa.Table, village_funds: pa.Table, programme: str, permille: int) -> pa.Table:
    """Compare a programme's rupiah with its share of a village's fund: `village, year, fund, allowed, paid, above`.

    `village_funds` has `village, year, amount`; a village whose fund is not known is left out.
    """
    keys = ("village", "year")
    chosen = events.filter(pc.and_(pc.equal(events["programme"], programme), pc.equal(events["status"], "paid")))
    spent = _keyed(_dated(chosen), keys, paid="amount")
    fund = _keyed(_checked(village_funds), keys, fund="amount")
    both = _sum(_stack([spent, fund], keys, ("paid", "fund")), keys, ("paid", "fund")).filter(pc.field("fund") > 0)
    allowed = ints(both, "fund") * permille // 1000
    above = np.maximum(ints(both, "paid") - allowed, 0)
    kept = {name: both[name] for name in (*keys, "fund", "paid")}
    return pa.table({**kept, "allowed": allowed, "above": above})


def _path(row: dict[str, str], depth: int) -> str:
    return " / ".join(str(row[name]) for name in ("fund", "programme", "agency", "regency")[:depth])


def _checked(table: pa.Table) -> pa.Table:
    """Refuse rupiah that are missing or less than nothing, naming the row."""
    wrong = np.flatnonzero(ints(table, "amount") < 0)
    if wrong.size:
        raise LayeringError("AMOUNT_NEGATIVE", "expected rupiah, 0 or more", place=f"row {int(wrong[0]) + 1}")
    return table


def _dated(events: pa.Table) -> pa.Table:
    first: Ints = ints(events, "first")
    return events.append_column("year", pa.array(np.where(first < 0, 0, first // 12)))


def _claims(events: pa.Table, keys: tuple[str, ...] = (*LINE, "reference")) -> pa.Table:
    """Return what rows claim by key: rupiah `paid` and given `back`, `rows`, and those of them without an amount."""
    live = events.filter(pc.is_in(events["status"], pa.array(["paid", "returned"])))
    named = _dated(live).rename_columns({"disbursement": "reference"})
    amount, returned = ints(live, "amount", 0), pc.equal(live["status"], "returned").to_numpy()
    columns = {
        "paid": np.where(returned, 0, amount),
        "back": np.where(returned, amount, 0),
        "rows": np.ones(len(live), np.int64),
        "unvalued": np.asarray(pc.is_null(live["amount"]), dtype=np.int64),
    }
    return pa.table({**{name: _text(named, name) for name in keys}, **columns})


def _text(table: pa.Table, name: str) -> pa.ChunkedArray:
    return pc.fill_null(table[name].cast(pa.int64()), 0) if name == "year" else pc.fill_null(table[name], "")


def _keyed(table: pa.Table, keys: tuple[str, ...], **measures: str) -> pa.Table:
    columns = {name: _text(table, name) for name in keys}
    return pa.table({**columns, **{name: pc.fill_null(table[source], 0) for name, source in measures.items()}})


def _stack(tables: list[pa.Table], keys: tuple[str, ...], measures: tuple[str, ...]) -> pa.Table:
    """Put tables under each other, a measure that one does not have being 0."""
    full = [
        pa.table(
            {name: table[name] for name in keys}
            | {name: table[name] if name in table.column_names else np.zeros(len(table), np.int64) for name in measures}
        )
        for table in tables
    ]
    return pa.concat_tables(full)


def _sum(table: pa.Table, keys: tuple[str, ...], measures: tuple[str, ...]) -> pa.Table:
    summed = table.group_by(list(keys)).aggregate([(name, "sum") for name in measures])
    renamed = summed.rename_columns({f"{name}_sum": name for name in measures})
    return renamed.select([*keys, *measures]).sort_by([(name, "ascending") for name in keys])

"""What a treasury would have of the lists: budgets and orders for what their rows claim, and what it has besides.

Sums rows as they are laid out; the truth says of every line how much no row accounts for. It names nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from linkage.identity import amounts, references
from linkage.layering.lists import programmes
from linkage.synth.batches import Batch
from linkage.synth.layouts import PERIOD
from linkage.synth.rupiah import Plan, Rupiah, fund_claims

YEAR = int(PERIOD[:4])
FUNDS = ("Program", "Instansi", "Tahun Anggaran", "Sumber Dana", "Pagu")
ORDERS = ("Program", "Instansi", "Tahun Anggaran", "Sumber Dana", "Kabupaten/Kota", "No SP2D", "Nilai")


class Ledger:
    """Sums what rows claim, by line and order."""

    def __init__(self) -> None:
        self._claims: dict[Plan, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, batch: Batch) -> None:
        """Add a batch's rows; a register's claim nothing."""
        if not batch.roll.programme:
            return
        roles = [role for _, role in batch.layout.columns]
        paid = batch.columns[roles.index("amount")]
        orders = batch.columns[roles.index("order")] if "order" in roles else [None] * len(paid)
        fund = programmes()[batch.roll.programme].fund
        line = self._claims[fund, batch.roll.programme, batch.roll.agency, YEAR, batch.home]
        for cell, order in zip(paid, orders, strict=True):
            line[references.parse(order) or ""] += amounts.parse(cell) or 0

    def close(self, seed: int) -> Rupiah:
        """Return budgets, disbursements and the truth about them."""
        return fund_claims({line: dict(self._claims[line]) for line in sorted(self._claims)}, seed)


def fund_rows(rupiah: Rupiah) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a file of budgets, under `FUNDS`."""
    for row in rupiah.budgets.to_pylist():
        yield row["programme"], row["agency"], row["year"], row["fund"], row["amount"]


def order_rows(rupiah: Rupiah) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a file of disbursements, under `ORDERS`."""
    for row in rupiah.disbursements.to_pylist():
        plan = (row["programme"], row["agency"], row["year"], row["fund"])
        yield *plan, row["regency"], row["reference"] or "", row["amount"]

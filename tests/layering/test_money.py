"""Money: every step balances to the rupiah, whatever comes in."""

from collections import defaultdict

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.layering import LayeringError
from linkage.layering.events import EVENTS
from linkage.layering.money import BUDGETS, DISBURSEMENTS, edges, lines, payees, plans, quota

KEYS = {"fund": "APBN", "programme": "PKH", "agency": "kemensos", "year": 2026}
PLACED = {**KEYS, "regency": "18.01"}


def table(schema, *rows):
    return pa.Table.from_pylist(list(rows), schema=schema)


def aid(**row):
    first = row.pop("first", 12 * 2026)
    kept = {name: value for name, value in PLACED.items() if name != "year"}
    return {**kept, "record": 0, "person": 1, "first": first, "last": first, "exact": True, "status": "paid", **row}


def one(disbursements, events):
    found = lines(table(DISBURSEMENTS, *disbursements), table(EVENTS, *events)).to_pylist()
    assert len(found) == 1
    return found[0]


def test_rows_account_for_their_own_reference_and_not_for_another():
    spent = [{**PLACED, "reference": name, "amount": 100} for name in ("SP2D/1", "SP2D/2")]
    found = one(spent, [aid(disbursement="SP2D/1", amount=130), aid(disbursement="SP2D/2", amount=40)])
    assert [found[name] for name in ("by_reference", "by_sum", "untraced", "beyond")] == [140, 0, 60, 30]


def test_rows_without_a_reference_account_in_sum():
    found = one([{**PLACED, "reference": "SP2D/1", "amount": 100}], [aid(amount=70), aid(amount=50)])
    assert [found[name] for name in ("by_reference", "by_sum", "untraced", "beyond")] == [0, 100, 0, 20]


def test_what_was_returned_did_not_reach_a_person():
    found = one([{**PLACED, "amount": 100}], [aid(amount=60), aid(amount=30, status="returned")])
    assert [found[name] for name in ("reached", "returned", "untraced")] == [60, 30, 10]


def test_rows_without_an_amount_are_counted_and_planned_aid_is_no_rupiah():
    found = one([{**PLACED, "amount": 100}], [aid(amount=None), aid(amount=70, status="planned")])
    assert (found["rows"], found["unvalued"], found["untraced"]) == (1, 1, 100)


def test_over_and_under_disbursement_are_named_apart():
    budgets = table(BUDGETS, {**KEYS, "amount": 100}, {**KEYS, "agency": "desa", "amount": 50})
    spent = table(DISBURSEMENTS, {**PLACED, "amount": 130}, {**PLACED, "agency": "desa", "amount": 20})
    found = {row["agency"]: (row["undisbursed"], row["over"]) for row in plans(budgets, spent).to_pylist()}
    assert found == {"kemensos": (0, 30), "desa": (30, 0)}


def test_payee_and_beneficiary_stand_apart():
    rows = [aid(amount=10, payee="self"), aid(amount=20, payee="group", person=2), aid(amount=5),
            aid(amount=9, payee="self", status="returned")]  # fmt: skip
    found = {row["payee"]: (row["rows"], row["rupiah"]) for row in payees(table(EVENTS, *rows)).to_pylist()}
    assert found == {"self": (1, 10), "group": (1, 20), "unknown": (1, 5)}


def test_a_village_above_its_quota_is_named_by_how_much():
    fund = pa.table({"village": ["18.01.04.2001", "18.01.04.2002"], "year": [2026, 2026], "amount": [1000, 1000]})
    rows = [aid(programme="BLT-DD", amount=200, village="18.01.04.2001"), aid(amount=900, village="18.01.04.2002")]
    found = quota(table(EVENTS, *rows), fund, "BLT-DD", 150).to_pylist()
    assert [(row["allowed"], row["paid"], row["above"]) for row in found] == [(150, 200, 50), (150, 0, 0)]


@pytest.mark.parametrize("amount", [-1, None])
def test_rupiah_below_nothing_are_refused_by_row(amount):
    sums = pa.table(
        {**{name: [value] * 2 for name, value in KEYS.items()}, "amount": pa.array([5, amount], pa.int64())}
    )
    with pytest.raises(LayeringError, match=r"AMOUNT_NEGATIVE: row 2"):
        plans(sums, table(DISBURSEMENTS))


plan = st.fixed_dictionaries(
    {
        "fund": st.sampled_from(["APBN", "CSR"]),
        "programme": st.sampled_from(["PKH", "ZAKAT"]),
        "agency": st.sampled_from(["a", "b"]),
        "year": st.sampled_from([2025, 2026]),
        "amount": st.integers(0, 10**12),
    }
)
placed = {"regency": st.sampled_from(["18.01", "18.02", None])}
reference = st.sampled_from(["SP2D/1", "SP2D/2", None])
spending = st.builds(lambda row, more: {**row, **more}, plan, st.fixed_dictionaries({**placed, "reference": reference}))
paying = st.builds(
    lambda row, more: aid(**{key: value for key, value in row.items() if key != "year"}, **more),
    plan,
    st.fixed_dictionaries(
        {
            **placed,
            "disbursement": reference,
            "first": st.sampled_from([-1, 12 * 2025, 12 * 2026]),
            "status": st.sampled_from(["paid", "returned", "planned"]),
            "payee": st.sampled_from(["self", "group", None]),
        }
    ),
)


@given(st.lists(plan, max_size=6), st.lists(spending, max_size=8), st.lists(paying, max_size=10))
def test_every_sum_reconciles_to_the_rupiah(budgets, disbursements, events):
    spent, rows = table(DISBURSEMENTS, *disbursements), table(EVENTS, *events)
    planned, traced = plans(table(BUDGETS, *budgets), spent), lines(spent, rows)
    for row in planned.to_pylist():
        assert row["budget"] + row["over"] == row["disbursed"] + row["undisbursed"]
        assert 0 in (row["over"], row["undisbursed"]) and min(row["over"], row["undisbursed"]) >= 0
    for row in traced.to_pylist():
        assert row["disbursed"] == row["reached"] + row["returned"] + row["untraced"]
        assert row["by_reference"] + row["by_sum"] == row["reached"] + row["returned"]
        assert min(row[name] for name in traced.column_names[5:]) >= 0
    total = {name: sum(traced[name].to_pylist()) for name in traced.column_names[5:]}
    paid = [row["amount"] for row in events if row["status"] == "paid"]
    back = [row["amount"] for row in events if row["status"] == "returned"]
    assert sum(planned["budget"].to_pylist()) == sum(row["amount"] for row in budgets)
    assert total["disbursed"] == sum(planned["disbursed"].to_pylist()) == sum(row["amount"] for row in disbursements)
    assert total["reached"] + total["returned"] + total["beyond"] == sum(paid) + sum(back)
    assert sum(payees(rows)["rupiah"].to_pylist()) == sum(paid)


@given(st.lists(plan, max_size=6), st.lists(spending, max_size=8), st.lists(paying, max_size=10))
def test_what_enters_a_node_of_the_flow_leaves_it(budgets, disbursements, events):
    spent = table(DISBURSEMENTS, *disbursements)
    found = edges(plans(table(BUDGETS, *budgets), spent), lines(spent, table(EVENTS, *events))).to_pylist()
    enters, leaves = defaultdict(int), defaultdict(int)
    for edge in found:
        leaves[edge["source"]] += edge["rupiah"]
        enters[edge["target"]] += edge["rupiah"]
    sources = {edge["source"] for edge in found if edge["level"] in {"fund", "unknown"}}
    ends = {"persons", "persons, no disbursement", "returned", "untraced", "undisbursed"}
    for node in (set(enters) | set(leaves)) - sources - ends:
        assert enters[node] == leaves[node]
    assert sum(leaves[node] for node in sources) == sum(enters[node] for node in ends)

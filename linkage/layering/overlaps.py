"""Evaluate overlap rules over all units at once. A flag carries its rule and citation; a person decides upon it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from linkage.layering import lists, persons
from linkage.layering.columns import Bools, Ints, flags, group, ints, mask, places
from linkage.layering.rules import Rule, Selector, Window

PROGRAMMES, FUNDS = tuple(lists.programmes()), tuple(lists.codes("funds"))
NEEDS_MET = np.array([mask(each.needs, persons.NEEDS) for each in lists.programmes().values()] + [0])

FLAGS = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("rule", "effect", "citation", "unit")),
        pa.field("unit_id", pa.int64()),
        *(pa.field(name, pa.int32()) for name in ("first", "last")),
        pa.field("records", pa.list_(pa.int64())),
    ]
)
"""One flag a rule, unit, programme and period: the records that are to be looked at together, sorted.

`unit` is `person` or `household` (a person without a household stands for one); `first` and `last` are months, or -1.
"""


@dataclass(frozen=True, slots=True)
class Board:
    """Events as arrays of one length, those that were paid or are planned; see `events.EVENTS`."""

    record: Ints
    person: Ints
    household: Ints
    programme: Ints
    fund: Ints
    state: Ints
    period: Ints
    first: Ints
    last: Ints
    exact: Bools
    amount: Ints

    def unit(self, name: str) -> Ints:
        """Return a key for each event's unit: even for a household, odd for a person."""
        alone = 2 * self.person + 1
        return alone if name == "person" else np.where(self.household >= 0, 2 * self.household, alone)

    def select(self, chosen: Selector) -> Ints:
        """Return the positions of the events that a selector means."""
        within = np.ones(len(self.record), bool)
        for at, codes, wanted in (
            (self.programme, PROGRAMMES, chosen.programmes),
            (self.fund, FUNDS, chosen.funds),
        ):
            if wanted:
                within &= np.isin(at, [codes.index(code) for code in wanted])
        return np.flatnonzero(within)


def lay(events: pa.Table, people: pa.Table) -> Board:
    """Lay out events (`events.EVENTS`) beside what is known of their persons (`persons.PERSONS`)."""
    live = events.filter(pa.array(places(events, "status", ("planned", "paid")) >= 0))
    person = ints(live, "person")
    at = np.searchsorted(ints(people, "person"), person)
    texts = live["period"].combine_chunks().dictionary_encode()
    return Board(
        record=ints(live, "record"),
        person=person,
        household=ints(people, "household")[at],
        programme=places(live, "programme", PROGRAMMES),
        fund=places(live, "fund", FUNDS),
        state=places(people, "beneficiary", persons.STATES)[at],
        period=np.asarray(texts.indices.fill_null(-1), dtype=np.int64),
        first=ints(live, "first"),
        last=ints(live, "last"),
        exact=flags(live, "exact"),
        amount=ints(live, "amount", 0),
    )


def evaluate(events: pa.Table, people: pa.Table, rules: Sequence[Rule]) -> pa.Table:
    """Return the flags (`FLAGS`) of every rule, by rule in the order given, then by unit and period."""
    board = lay(events, people)
    found = [_FINDERS[rule.kind](board, rule) for rule in rules]
    return pa.concat_tables([FLAGS.empty_table(), *found])


def _find_pairs(board: Board, rule: Rule) -> pa.Table:
    unit = board.unit(rule.unit)
    left, right = (board.select(chosen) for chosen in (rule.left, rule.right))
    one, other = _meet(left, right, unit)
    first = np.maximum(board.first[one], board.first[other])
    together = _within(board, rule.window, one, other) & _in_force(rule, first)
    if "programme" in rule.same:
        together &= board.programme[one] == board.programme[other]
    if "need" in rule.same:
        together &= (NEEDS_MET[board.programme[one]] & NEEDS_MET[board.programme[other]]) > 0
    one, other, first = one[together], other[together], first[together]
    kept = np.full(len(one), -1) if rule.window.kind == "any" else first // (1 if rule.window.kind == "period" else 12)
    programme = np.minimum(board.programme[one], board.programme[other])
    ends = (np.concatenate([one, other]), np.tile(_number(unit[one], programme, kept), 2))
    return _flag(board, rule, *ends)


def _find_sums(board: Board, rule: Rule) -> pa.Table:
    unit, chosen = board.unit(rule.unit), board.select(rule.left)
    chosen = chosen[(board.first[chosen] >= 0) & _in_force(rule, board.first[chosen])]
    keys = _number(unit[chosen], board.first[chosen] // 12)
    years = group(keys)
    above = np.isin(keys, years.keys[years.total(board.amount[chosen]) > rule.limit])
    return _flag(board, rule, chosen[above], keys[above])


def _find_states(board: Board, rule: Rule) -> pa.Table:
    chosen = board.select(rule.left)
    chosen = chosen[_in_force(rule, board.first[chosen])]
    wrong = chosen[np.isin(board.state[chosen], [persons.STATES.index(state) for state in rule.states])]
    return _flag(board, rule, wrong, _number(board.unit(rule.unit)[wrong]))


_FINDERS = {"pair": _find_pairs, "sum": _find_sums, "state": _find_states}


def _in_force(rule: Rule, first: Ints) -> Bools:
    """Say when a rule holds: by the later of two events, and always for aid without a period."""
    return (first < 0) | ((first >= rule.valid_from) & (first <= rule.valid_to))


def _meet(left: Ints, right: Ints, unit: Ints) -> tuple[Ints, Ints]:
    """Return every pair of a left and a right event of one unit, once, and none with itself."""
    right = right[np.argsort(unit[right], kind="stable")]
    low, high = (np.searchsorted(unit[right], unit[left], side) for side in ("left", "right"))
    many = high - low
    one = np.repeat(left, many)
    other = right[np.arange(len(one)) + np.repeat(low - (np.cumsum(many) - many), many)]
    both_ways = np.zeros(len(unit), np.int8)
    both_ways[left] += 1
    both_ways[right] += 1
    # A pair of events that are each on both sides is met twice.
    twice = (both_ways[one] == 2) & (both_ways[other] == 2)
    keep = (one != other) & (~twice | (one < other))
    return one[keep], other[keep]


def _within(board: Board, window: Window, one: Ints, other: Ints) -> Bools:
    first, last = board.first, board.last
    dated: Bools = (first[one] >= 0) & (first[other] >= 0)
    if window.kind == "any":
        return np.ones(len(one), bool)
    if window.kind == "year":
        dated &= first[one] // 12 == first[other] // 12
        return dated
    apart = np.maximum(first[one], first[other]) - np.minimum(last[one], last[other])
    if window.kind == "months":
        dated &= apart < window.months
        return dated
    meet: Bools = board.exact[one] & board.exact[other] & (apart <= 0)
    meet |= board.period[one] == board.period[other]
    return meet & dated


def _number(*keys: Ints) -> Ints:
    """Return a number for each different combination of keys, in their order."""
    number = np.zeros(len(keys[0]), np.int64)
    for key in keys:
        _, inner = np.unique(key, return_inverse=True)
        _, number = np.unique(number * (int(inner.max(initial=0)) + 1) + inner, return_inverse=True)
    return number


def _flag(board: Board, rule: Rule, events: Ints, key: Ints) -> pa.Table:
    """Make one flag of the events of each key."""
    once = group(key * (int(events.max(initial=0)) + 1) + events)
    events, key = events[once.order[once.start]], key[once.order[once.start]]
    order = np.lexsort((board.record[events], key))
    events, raised = events[order], group(key[order])
    unit = board.unit(rule.unit)[events[raised.start]]
    count = len(raised.start)
    offsets = np.r_[raised.start, len(events)].astype(np.int32)
    columns = {
        "rule": pa.repeat(rule.id, count),
        "effect": pa.repeat(rule.effect, count),
        "citation": pa.repeat(rule.basis.citation, count),
        "unit": pa.array(("household", "person")).take(pa.array(unit % 2)),
        "unit_id": unit // 2,
        "first": raised.least(board.first[events]).astype(np.int32),
        "last": (-raised.least(-board.last[events])).astype(np.int32),
        "records": pa.ListArray.from_arrays(pa.array(offsets), pa.array(board.record[events])),
    }
    return pa.table(columns, schema=FLAGS)


def touched(people_before: pa.Table, people: pa.Table, changed: Ints) -> Ints:
    """Return the persons (sorted) whose units may have other flags: the changed ones, and who shares a family card."""
    members, cards = [], []
    for table in (people_before, people):
        members.append(ints(table, "person"))
        cards.append(ints(table, "household"))
    person, card = np.concatenate(members), np.concatenate(cards)
    near = np.unique(card[np.isin(person, changed) & (card >= 0)])
    return np.unique(np.concatenate([changed, person[np.isin(card, near)]]))


def renew(
    flags_before: pa.Table, events: pa.Table, people_before: pa.Table, people: pa.Table, changed: Ints,
    rules: Sequence[Rule],
) -> pa.Table:  # fmt: skip
    """Return the flags after some persons changed: only what their units have is evaluated again.

    The same flags as `evaluate` over everything, in another order.
    """
    again = touched(people_before, people, changed)
    cards = np.unique(
        np.concatenate(
            [ints(table, "household")[np.isin(ints(table, "person"), again)] for table in (people_before, people)]
        )
    )
    household = places(flags_before, "unit", ("person", "household")) == 1
    unit = ints(flags_before, "unit_id")
    stale = np.where(household, np.isin(unit, cards), np.isin(unit, again))
    part = events.filter(pa.array(np.isin(ints(events, "person"), again)))
    return pa.concat_tables([flags_before.filter(pa.array(~stale)), evaluate(part, people, rules)])

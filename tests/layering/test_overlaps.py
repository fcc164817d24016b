"""Overlap rules: the same flags as by looking at every pair, and only changed units looked at again."""

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.layering import explain, overlaps
from linkage.layering.lists import programmes
from linkage.layering.overlaps import FLAGS, evaluate, renew
from linkage.layering.rules import EFFECTS
from policies.overlap_rules import load_overlap_rules

RULES = load_overlap_rules().rules
PERIODS = ["2026-03", "2026-04", "2026-Q1", "2026-T1", "2026-T2", "2026", "2025-12", "2016-03", None]


def looked_at(rule, rows):
    """Return the pairs of records that a pair rule puts together, by looking at every pair of rows."""
    pairs = set()
    spans = explain.table(rows)[0].to_pylist()

    def chosen(selector, row):
        fund = programmes()[row["programme"]].fund
        return (not selector.programmes or row["programme"] in selector.programmes) and (
            not selector.funds or fund in selector.funds
        )

    def unit(row):
        return ("p", row["person"]) if rule.unit == "person" or row["household"] is None else ("h", row["household"])

    def meets(a, b):
        one, other = spans[a], spans[b]
        if rule.window.kind == "any":
            return True
        if one["first"] < 0 or other["first"] < 0:
            return False
        years = [span["first"] // 12 for span in (one, other)]
        gap = max(one["first"], other["first"]) - min(one["last"], other["last"])
        if rule.window.kind == "year":
            return years[0] == years[1]
        if rule.window.kind == "months":
            return gap < rule.window.months
        return one["period"] == other["period"] or (one["exact"] and other["exact"] and gap <= 0)

    for a, left in enumerate(rows):
        for b, right in enumerate(rows):
            needs = [set(programmes()[row["programme"]].needs) for row in (left, right)]
            if (
                a != b
                and unit(left) == unit(right)
                and chosen(rule.left, left)
                and chosen(rule.right, right)
                and meets(a, b)
                and max(spans[a]["first"], spans[b]["first"]) >= rule.valid_from
                and ("programme" not in rule.same or left["programme"] == right["programme"])
                and ("need" not in rule.same or needs[0] & needs[1])
            ):
                pairs.add((min(a, b), max(a, b)))
    return pairs


@st.composite
def worlds(draw, most=12):
    homes = draw(st.lists(st.sampled_from([None, 0, 1]), min_size=3, max_size=3))
    row = st.fixed_dictionaries(
        {
            "person": st.integers(0, 2),
            "programme": st.sampled_from(sorted(programmes())),
            "period": st.sampled_from(PERIODS),
            "amount": st.integers(0, 3_000_000),
        }
    )
    return [{**row, "household": homes[row["person"]]} for row in draw(st.lists(row, min_size=1, max_size=most))]


@settings(max_examples=150)
@given(worlds(), st.sampled_from([rule for rule in RULES if rule.kind == "pair"]))
def test_a_pair_rule_flags_what_looking_at_every_pair_finds(rows, rule):
    found = evaluate(*explain.table(rows), [rule]).to_pylist()
    pairs = looked_at(rule, rows)
    assert {record for flag in found for record in flag["records"]} == {record for pair in pairs for record in pair}
    for one, other in pairs:
        assert any({one, other} <= set(flag["records"]) for flag in found)
    for flag in found:
        assert flag["records"] == sorted(set(flag["records"])) and len(flag["records"]) > 1


@settings(max_examples=150)
@given(worlds(), worlds(), st.sets(st.integers(0, 2)))
def test_renewing_changed_persons_gives_the_flags_of_evaluating_all(before, after, moved):
    homes = {row["person"]: row["household"] for row in after}
    old = [{**row, "record": at} for at, row in enumerate(before)]
    new = [{**row, "record": 99 + at, "household": homes[row["person"]]} for at, row in enumerate(after)]
    new = [row for row in old if row["person"] not in moved] + [row for row in new if row["person"] in moved]
    (was, people_was), (now, people_now) = explain.table(old), explain.table(new)
    again = renew(evaluate(was, people_was, RULES), now, people_was, people_now, np.array(sorted(moved), int), RULES)
    assert sorted(map(str, again.to_pylist())) == sorted(map(str, evaluate(now, people_now, RULES).to_pylist()))


def test_a_flag_carries_rule_effect_and_citation_and_no_effect_denies():
    for rule in RULES:
        firing = next(example for example in load_overlap_rules().examples[rule.id] if example.fires)
        flag = evaluate(*explain.table(firing.rows), [rule]).to_pylist()[0]
        assert (flag["rule"], flag["citation"]) == (rule.id, rule.basis.citation)
        assert flag["effect"] in EFFECTS and not {"deny", "reject", "stop"} & set(EFFECTS)


def test_returned_aid_raises_no_flag():
    rows = [{"person": 1, "programme": "PKH", "period": "2026-03"} for _ in range(2)]
    events, people = explain.table(rows)
    returned = events.set_column(events.schema.get_field_index("status"), "status", pa.array(["paid", "returned"]))
    rule = next(rule for rule in RULES if rule.id == "same-programme-twice")
    assert len(evaluate(events, people, [rule])) == 1 and len(evaluate(returned, people, [rule])) == 0


def test_a_rule_holds_within_its_dates_only():
    rule = next(rule for rule in RULES if rule.id == "same-programme-twice")
    rows = [{"person": 1, "programme": "PKH", "period": "2026-03"} for _ in range(2)]
    march = 12 * 2026 + 2
    for since, until, count in ((march, march, 1), (march + 1, march + 9, 0), (march - 9, march - 1, 0)):
        dated = dataclasses.replace(rule, valid_from=since, valid_to=until)
        assert len(evaluate(*explain.table(rows), [dated])) == count


def test_no_events_raise_no_flags():
    events, people = explain.table([])
    assert evaluate(events, people, RULES).equals(FLAGS.empty_table())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_words_name_programmes_and_effect_in_both_languages(rule):
    for language in ("id", "en"):
        words = explain.put(rule, language)
        assert all(code in words for code in (*rule.left.programmes, *rule.right.programmes))
        assert explain._WORDS[language][rule.effect] in words and "{" not in words


def test_the_household_of_a_person_without_a_card_is_herself():
    rows = [
        {"person": at, "programme": name, "period": "2026-03"} for at, name in ((1, "BLT-DD"), (1, "PKH"), (2, "PKH"))
    ]
    flags = evaluate(*explain.table(rows), [rule for rule in RULES if rule.id == "blt-dd-pkh"]).to_pylist()
    assert [(flag["unit"], flag["unit_id"], flag["records"]) for flag in flags] == [("person", 1, [0, 1])]


def test_the_board_knows_every_programme_once():
    assert len(set(overlaps.PROGRAMMES)) == len(overlaps.PROGRAMMES) == len(overlaps.NEEDS_MET) - 1

"""The suite as a whole: it catches what is weakened on purpose, and judges the policy that ships."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import pytest

from linkage.attacks import QUICK, AttackError, Bar, Plan, Result, run
from scripts import attack, cli
from tests.attacks.conftest import policy

TINY = Plan(
    name="tiny",
    people=5_000,
    baseline=300,
    names=200,
    overlaps=("100 %",),
    cells=((10, 30), (80, 5)),
    known=(60, 120),
    frequency=(1_500, 3_000),
    leaked=(60, 600),
    budget=30,
    census=900_000,
    shares=(0.5,),
    tried=100,
    settled=100,
)


def sound(document):
    """What the weakened policies are compared with: enough majorities, one anchor."""
    document["layer"] = {"majorities": 7}
    document["anchors"] = {"date": document["anchors"]["date"]}


def no_salt(document):
    sound(document)
    document["anchors"]["date"] |= {"parts": [], "unsafe_unsalted": True}


def no_layer(document):
    sound(document)
    document["layer"] = {"majorities": 0, "unsafe_no_layer": True}


def one_key(document):
    sound(document)
    document["layer"]["unsafe_one_key"] = True


def one_majority(document):
    sound(document)
    document["layer"] = {"majorities": 1, "unsafe_few_majorities": True}


def district_beside_date(document):
    sound(document)
    document["anchors"]["date"] |= {"parts": ["birth_date", "sex", "district"], "unsafe_place_beside_date": True}


WEAKENED = [
    (no_salt, "A5b", "cells opened"),
    (no_layer, "A3b", ""),
    (no_layer, "A5", ""),
    (one_key, "A5b", "cells opened"),
    (one_majority, "A3b", ""),
    (district_beside_date, "A6", "people alone"),
]


@cache
def attacked(change, only, plan=TINY) -> Result:
    return run(policy(change), plan, 3, lambda line: None, [only])


def those(result: Result, words: str) -> list[Bar]:
    return [bar for bar in result.bars if words in bar.setting]


@pytest.mark.parametrize(("change", "only", "words"), WEAKENED)
def test_a_policy_weakened_on_purpose_falls_to_a_named_attack_that_a_sound_one_withstands(change, only, words):
    weak, strong = (attacked(each, only) for each in (change, sound))
    assert not weak.void
    assert not strong.void
    assert not all(bar.holds for bar in those(weak, words))
    assert those(strong, words)
    assert all(bar.holds for bar in those(strong, words))


def test_a_run_whose_baseline_survives_is_void():
    result = attacked(sound, "A5b")
    lucky = Bar("A3 baseline", "s", 0.94, 0.95, 1.0, 100)
    assert result.holds
    assert replace(result, baseline=lucky).void
    assert not replace(result, baseline=lucky).holds


def test_without_a_salt_three_majorities_fall_to_graph_matching_and_with_one_they_do_not():
    plan = replace(TINY, names=600)

    def three(document):
        sound(document)
        document["layer"] = {"majorities": 3}

    def bare(document):
        no_salt(document)
        document["layer"] = {"majorities": 3}

    assert not attacked(bare, "A3", plan).holds
    assert attacked(three, "A3", plan).bars[0].rate < 0.01


def test_the_same_seeds_give_the_same_rates_in_any_number_of_processes():
    with attack.processes(2) as spread:
        assert run(policy(sound), TINY, 3, lambda line: None, ["A5b"], spread).bars == attacked(sound, "A5b").bars


def test_a_lower_floor_hands_the_merge_enough_strangers_to_tell_dates():
    def low(document):
        sound(document)
        document["anchors"]["date"]["floor"] = 0.5

    weak, strong = (those(attacked(each, "A6"), "merge beside") for each in (low, sound))
    assert [bar.holds for bar in weak] == [False]
    assert [bar.holds for bar in strong] == [True]


def test_fewer_than_three_seeds_are_refused():
    with pytest.raises(AttackError, match="SEEDS_FEW"):
        run(policy(sound), TINY, 2, lambda line: None)


def test_a_policy_without_a_shared_cell_has_nothing_to_attack():
    def lone(document):
        document["anchors"] = {"nik": document["anchors"]["nik"]}

    with pytest.raises(AttackError, match="NOTHING_TO_ATTACK"):
        run(policy(lone), TINY, 3, lambda line: None)


MINE = """
version = 2
name = "mine"
names = {q = 2}
anchors.date = {parts = ["birth_date", "sex"], bits = 1024, hashes = 12}
layer = {majorities = 1, unsafe_few_majorities = true}
matching = {floor = 0.6, false_match_budget = 0.01, missed_match_budget = 0.01, least_probability = 0.7}
"""


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(attack, "QUICK", TINY)


def test_the_command_answers_in_json_and_refuses_a_policy_that_falls(tiny, tmp_path, capsys):
    file = tmp_path / "mine.toml"
    file.write_text(MINE, encoding="utf-8")
    status = cli.main(["attack", "--policy", str(file), "--quick", "--json", "--report", str(tmp_path / "report")])
    answer = json.loads(capsys.readouterr().out)
    assert status == 3
    assert not all(bar["holds"] for bar in answer["bars"])
    assert answer["void"] is False
    assert set(answer) >= {"bars", "policy", "seeds", "seconds", "versions"}
    assert {"attack", "setting", "rate", "upper", "bar", "holds", "stated"} <= set(answer["bars"][0])
    assert {bar["attack"].split()[0] for bar in answer["bars"]} == {"A1", "A3", "A3b", "A4", "A5", "A5b", "A6"}
    for name in ("report.md", "report.html", "a1.svg", "a3.svg", "a4.svg", "a5.svg", "a6.svg"):
        assert (tmp_path / "report" / name).stat().st_size > 500


def test_a_policy_file_that_is_not_there_is_named_and_refused(capsys):
    assert cli.main(["attack", "--policy", "none.toml"]) == 3
    assert "POLICY_MISSING" in capsys.readouterr().err


def test_no_bar_falls_for_the_policy_that_ships():
    with attack.processes(2) as spread:
        result = run(policy(), QUICK, 3, lambda line: None, spread=spread)
    assert not result.void
    assert [bar for bar in result.bars if not bar.holds] == []
    assert {bar.attack.split()[0] for bar in result.bars if bar.stated} == {"A6"}

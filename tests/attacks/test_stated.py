"""What the threat model gives up stands in one table, with a reason, and is held to what stands there."""

from __future__ import annotations

import pytest

from linkage.attacks.bounds import Trials
from linkage.attacks.rounds import _held
from linkage.attacks.rules import Attacked, at_most, hold
from linkage.attacks.setting import Setting
from linkage.attacks.stated import MODEL, STATED, Stated, look_up

PAIRS = "A6 pairs"
YEAR = ("birth_year", "sex", "regency")


def year(parts=YEAR) -> Setting:
    return Setting("year", parts, 1024, 12, 7)


@pytest.mark.parametrize("each", STATED.values())
def test_what_is_stated_has_a_reason_and_lies_above_the_models_bar(each):
    assert each.reason
    assert MODEL < each.bar <= 1.0


def test_a_rate_above_what_is_stated_falls_and_one_below_holds_with_its_reason():
    stated = look_up(PAIRS, YEAR).bar
    for rate, holds in ((stated - 0.02, True), (stated + 0.001, False)):
        bar = hold([_held(PAIRS, year(), "s", Trials(10_000, round(10_000 * rate)))])
        assert bar.holds is holds
        assert bar.stated


@pytest.mark.parametrize("parts", [(*YEAR, "district"), ("birth_year", "sex"), ("birth_date", "sex", "village")])
def test_no_other_anchor_hides_behind_an_excuse_whatever_its_name(parts):
    bar = hold([_held(PAIRS, year(parts), "s", Trials(10_000, 200))])
    assert (bar.bar, bar.holds, bar.stated) == (MODEL, False, "")


def test_only_cells_of_a_stated_size_have_a_bar_of_their_own():
    assert look_up("A3b", 3_500, 0.06) == Stated(0.06)
    assert look_up("A3b", 9_000, 0.06).reason


def test_what_chance_finds_is_told_beside_the_rate():
    bar = hold([Attacked("A3b", "s", Trials(100, 1), at_most(0.06), Trials(100, 2), "alone")])
    assert (bar.bar, bar.note) == (0.06, "alone 2.0%")

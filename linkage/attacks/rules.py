"""What an attack of one seed hands on, and the rules by which pooled trials become a bar. Never runs an attack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from linkage.attacks.bounds import Bar, Trials, exact, judge, none, pool

Rule = Callable[[str, str, Trials, Trials, str], Bar]
"""From attack, setting, pooled trials, pooled reference trials and a note to a bar."""

NOTHING = Trials(0, 0)


@dataclass(frozen=True, slots=True)
class Attacked:
    """One attack of one seed: its trials, a reference's where the bar is relative, and the rule that holds it.

    `stated`: why the threat model admits its bar, where that is not the security model's.
    """

    attack: str
    setting: str
    trials: Trials
    rule: Rule
    reference: Trials = NOTHING
    note: str = ""
    stated: str = ""


def hold(group: Sequence[Attacked]) -> Bar:
    """Pool one attack over its seeds and hold it against its bar."""
    trials, reference = pool(each.trials for each in group), pool(each.reference for each in group)
    first = group[0]
    bar = first.rule(first.attack, first.setting, trials, reference, first.note)
    return replace(bar, stated=first.stated)


def at_most(bar: float) -> Rule:
    """Hold the upper bound against a fixed bar; a reference's rate is told at the end of the note."""
    return partial(_at_most, bar)


def times(factor: float) -> Rule:
    """Hold the upper bound against a multiple of the reference's rate."""
    return partial(_small, 1.0, factor)


def small(bar: float, factor: float) -> Rule:
    """Hold the upper bound against a fixed bar and a share of the reference's rate, whichever is less."""
    return partial(_small, bar, factor)


def counted(bar: float) -> Rule:
    """Hold a full count against a fixed bar."""
    return partial(_counted, bar)


def never(attack: str, setting: str, trials: Trials, _reference: Trials, note: str) -> Bar:
    """Allow no hit."""
    return none(attack, setting, trials, note)


# Named functions: what an attack hands on must reach another process.
def _at_most(bar: float, attack: str, setting: str, trials: Trials, reference: Trials, note: str) -> Bar:
    chance = f"{note} {reference.rate:.1%}" if reference.tried else note
    return judge(attack, setting, trials, bar, chance)


def _small(bar: float, factor: float, attack: str, setting: str, trials: Trials, reference: Trials, note: str) -> Bar:
    return judge(attack, setting, trials, min(bar, factor * reference.rate), note)


def _counted(bar: float, attack: str, setting: str, trials: Trials, _reference: Trials, note: str) -> Bar:
    return exact(attack, setting, trials, bar, note)

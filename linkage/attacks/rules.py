"""What an attack of one seed hands on, and the rules by which pooled trials become a bar. Never runs an attack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from linkage.attacks.bounds import Bar, Trials, exact, judge, none, pool

Rule = Callable[[str, str, Trials, Trials, str], Bar]
"""From attack, setting, pooled trials, pooled reference trials and a note to a bar."""

NOTHING = Trials(0, 0)


@dataclass(frozen=True, slots=True)
class Attacked:
    """One attack of one seed: its trials, a reference's where the bar is relative, and the rule that holds it."""

    attack: str
    setting: str
    trials: Trials
    rule: Rule
    reference: Trials = NOTHING
    note: str = ""


def hold(group: Sequence[Attacked]) -> Bar:
    """Pool one attack over its seeds and hold it against its bar."""
    trials, reference = pool(each.trials for each in group), pool(each.reference for each in group)
    first = group[0]
    return first.rule(first.attack, first.setting, trials, reference, first.note)


def at_most(bar: float) -> Rule:
    """Hold the upper bound against a fixed bar."""
    return lambda attack, setting, trials, _reference, note: judge(attack, setting, trials, bar, note)


def times(factor: float) -> Rule:
    """Hold the upper bound against a multiple of the reference's rate."""
    return lambda attack, setting, trials, other, note: judge(attack, setting, trials, factor * other.rate, note)


def small(bar: float, factor: float) -> Rule:
    """Hold the upper bound against a fixed bar and a share of the reference's rate, whichever is less."""
    return lambda attack, setting, trials, other, note: judge(
        attack, setting, trials, min(bar, factor * other.rate), note
    )


def counted(bar: float) -> Rule:
    """Hold a full count against a fixed bar."""
    return lambda attack, setting, trials, _reference, note: exact(attack, setting, trials, bar, note)


def never(attack: str, setting: str, trials: Trials, _reference: Trials, note: str) -> Bar:
    """Allow no hit."""
    return none(attack, setting, trials, note)

"""Bars and what holds them: hits, trials and the 95 % upper bound. Never loosens a bar.

The bound is Clopper and Pearson's (1934), one-sided over the pooled trials of all seeds: exact and conservative.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scipy.stats import beta

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Trials:
    """How many records, names or cells were attacked, and how many were recovered."""

    tried: int
    hits: int

    @property
    def rate(self) -> float:
        """Return the share recovered; 0 of nothing is 0."""
        return self.hits / self.tried if self.tried else 0.0

    @property
    def upper(self) -> float:
        """Return the 95 % upper bound of the rate; of nothing tried, 1."""
        if self.hits >= self.tried:
            return 1.0
        return float(beta.ppf(CONFIDENCE, self.hits + 1, self.tried - self.hits))


def pool(trials: Iterable[Trials]) -> Trials:
    """Add up the trials of several seeds."""
    all_ = list(trials)
    return Trials(sum(each.tried for each in all_), sum(each.hits for each in all_))


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the result: `holds` says whether `upper` is at most `bar`; `note` says what the line means.

    `stated`: why the threat model admits a bar above the security model's; empty where it does not.
    """

    attack: str
    setting: str
    rate: float
    upper: float
    bar: float
    tried: int
    note: str = ""
    stated: str = ""

    @property
    def holds(self) -> bool:
        """Tell whether the policy withstands."""
        return self.upper <= self.bar


def judge(attack: str, setting: str, trials: Trials, bar: float, note: str = "") -> Bar:
    """Hold trials against a bar."""
    return Bar(attack, setting, trials.rate, trials.upper, bar, trials.tried, note)


def none(attack: str, setting: str, trials: Trials, note: str = "") -> Bar:
    """Hold trials against "no hit at all": the bar is the bound that no hit among as many trials has."""
    return judge(attack, setting, trials, Trials(trials.tried, 0).upper, note)


def exact(attack: str, setting: str, trials: Trials, bar: float, note: str = "") -> Bar:
    """Hold a full count, which has no sampling error, against a bar."""
    return Bar(attack, setting, trials.rate, trials.rate, bar, trials.tried, note)

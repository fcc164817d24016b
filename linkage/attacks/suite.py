"""The suite: every attack on every anchor of a policy, over several seeds, each held against its bar.

Bars are the security model's (§3, "Attack suite"). Never loosens one for a policy that falls.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from linkage.attacks.bounds import Bar
from linkage.attacks.errors import AttackError
from linkage.attacks.plans import Plan
from linkage.attacks.rounds import Round
from linkage.attacks.rules import Attacked, hold
from linkage.attacks.setting import Setting
from linkage.encoding import LinkagePolicy

Report = Callable[[str], None]

LEAST_SEEDS = 3
BASELINE = 0.95
"""A run whose attack on the unhardened encoding finds fewer says nothing about hardened ones."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a run found. `void`: the baseline survived; `holds`: not void, and every bar holds."""

    policy: str
    hash: str
    plan: str
    seeds: tuple[int, ...]
    baseline: Bar
    bars: tuple[Bar, ...]
    seconds: float
    versions: dict[str, str]

    @property
    def void(self) -> bool:
        """Tell whether the attack on the unhardened encoding failed."""
        return self.baseline.rate < BASELINE

    @property
    def holds(self) -> bool:
        """Tell whether the policy withstands."""
        return not self.void and all(bar.holds for bar in self.bars)


def run(policy: LinkagePolicy, plan: Plan, seeds: int, report: Report, only: Sequence[str] = ()) -> Result:
    """Attack a policy; `report(line)` tells progress, `only` names some attacks, such as A3b.

    Raises AttackError SEEDS_FEW, NOTHING_TO_ATTACK.
    """
    if seeds < LEAST_SEEDS:
        raise AttackError("SEEDS_FEW", f"expected at least {LEAST_SEEDS} seeds, got {seeds}")
    settings = [setting for setting in (Setting.of(policy, anchor) for anchor in policy.anchors) if setting.crowded]
    if not settings:
        raise AttackError("NOTHING_TO_ATTACK", "no anchor has a cell that people share")
    started = time.monotonic()
    numbers = tuple(range(1, seeds + 1))
    rounds = [Round(plan, settings, policy.matching.floor, number, only) for number in numbers]
    found: dict[tuple[str, str], list[Attacked]] = {}
    for each in rounds:
        for attacked in each.attacks():
            found.setdefault((attacked.attack, attacked.setting), []).append(attacked)
            report(f"seed {each.seed} of {seeds}: {attacked.attack}, {attacked.setting}")
    bars = [hold(group) for group in found.values()]
    return Result(
        policy=policy.name,
        hash=policy.hash,
        plan=plan.name,
        seeds=numbers,
        baseline=next(bar for bar in bars if bar.attack == "A3 baseline"),
        bars=tuple(bar for bar in bars if bar.attack != "A3 baseline"),
        seconds=time.monotonic() - started,
        versions={"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
    )

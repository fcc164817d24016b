"""The suite: every attack on every anchor of a policy, over several seeds, each held against its bar.

Bars are the security model's (§3, "Attack suite"). Never loosens one for a policy that falls.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy

from linkage.attacks.bounds import Bar
from linkage.attacks.errors import AttackError
from linkage.attacks.plans import Plan
from linkage.attacks.rounds import FAMILIES, Round
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


@dataclass(frozen=True, slots=True)
class Task:
    """One family of attacks under one seed; what a process is given."""

    plan: Plan
    settings: tuple[Setting, ...]
    seed: int
    family: str
    bare: bool


def perform(task: Task) -> list[Attacked]:
    """Run one task."""
    return list(Round(task.plan, task.settings, task.seed, task.family, task.bare).attacks())


class Spread(Protocol):
    """Perform tasks and return their results in order, as `map` does; perhaps in several processes."""

    def __call__(self, perform: Callable[[Task], list[Attacked]], tasks: Iterable[Task], /) -> Iterator[list[Attacked]]:
        """Perform all tasks."""
        ...


def run(
    policy: LinkagePolicy, plan: Plan, seeds: int, report: Report, only: Sequence[str] = (), spread: Spread = map
) -> Result:
    """Attack a policy; `report(line)` tells progress, `only` names some families, such as A3b.

    The same seeds give the same rates, however the work is spread. Raises AttackError SEEDS_FEW, NOTHING_TO_ATTACK.
    """
    if seeds < LEAST_SEEDS:
        raise AttackError("SEEDS_FEW", f"expected at least {LEAST_SEEDS} seeds, got {seeds}")
    settings = [setting for setting in (Setting.of(policy, anchor) for anchor in policy.anchors) if setting.crowded]
    if not settings:
        raise AttackError("NOTHING_TO_ATTACK", "no anchor has a cell that people share")
    started = time.monotonic()
    numbers = tuple(range(1, seeds + 1))
    tasks = [
        Task(plan, tuple(settings), number, family, bare=bool(only) and family not in only)
        for family in FAMILIES
        for number in numbers
        if not only or family in {*only, "A3"}
    ]
    found: dict[tuple[str, str], list[Attacked]] = {}
    for task, attacks in zip(tasks, spread(perform, tasks), strict=True):
        for attacked in attacks:
            found.setdefault((attacked.attack, attacked.setting), []).append(attacked)
            report(f"seed {task.seed} of {seeds}: {attacked.attack}, {attacked.setting}")
    bars = sorted((hold(group) for group in found.values()), key=lambda bar: bar.attack.split()[0])
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

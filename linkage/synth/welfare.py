"""How people live: a decile a household, needs, what a village lacks or is exposed to; in the words of a register.

A stream of its own: people and their lists stay as they are without it. It names nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from linkage.synth.people import People
from linkage.synth.randomness import Bools, Floats, Ints
from linkage.synth.registers import ADULT

VERSION = "2026-01"
"""The month of the register's deciles."""
POOREST = 3
"""Deciles that the register lists."""
_LISTED = 0.9
"""Of the people in them: a register misses some."""
_NOISE = 0.7
"""How little being on lists and being poor go together, 0–1."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A column of the register: the words for bad and good, which code of which list the bad one is, and how often.

    `poorest` and `richest` are its shares in deciles 1 and 10; `of` says whose it is: person, home or village.
    """

    role: str
    bad: str
    good: str
    list: str
    code: str
    poorest: float
    richest: float
    of: str


SIGNS = (
    Sign("occupation", "Tidak Bekerja", "Petani", "needs", "work", 0.35, 0.05, "adult"),
    Sign("health", "Ya", "Tidak", "needs", "health", 0.25, 0.05, "person"),
    Sign("floor", "Tanah", "Semen", "needs", "housing", 0.4, 0.0, "home"),
    Sign("toilet", "Tidak Ada", "Sendiri", "needs", "sanitation", 0.35, 0.02, "home"),
    Sign("water", "Sungai", "Sumur Bor", "lacks", "water", 0.3, 0.3, "village"),
    Sign("school", "Jauh", "Dekat", "lacks", "school", 0.2, 0.2, "village"),
    Sign("clinic", "Jauh", "Dekat", "lacks", "clinic", 0.25, 0.25, "village"),
    Sign("road", "Rusak", "Baik", "lacks", "road", 0.2, 0.2, "village"),
    Sign("hazard", "Banjir", "Tidak Ada", "exposures", "flood", 0.25, 0.25, "village"),
)


@dataclass(frozen=True, slots=True)
class Welfare:
    """Of a block's people: `decile` int64 of length n, and `shown`, bool of length n by role: the bad word stands."""

    decile: Ints
    shown: dict[str, Bools]

    def codes(self, name: str, at: Ints) -> list[list[str]]:
        """Return the codes of one list for people at positions."""
        signs = [sign for sign in SIGNS if sign.list == name]
        flags = np.stack([self.shown[sign.role][at] for sign in signs], axis=1).tolist()
        return [[sign.code for sign, on in zip(signs, row, strict=True) if on] for row in flags]


def draw_welfare(rng: np.random.Generator, people: People, eagerness: Floats) -> Welfare:
    """Draw how a block's people live; households that are on many lists (`eagerness`) are poorer on the whole."""
    _, home = np.unique(people.household, return_inverse=True)
    first = np.searchsorted(people.household, np.unique(people.household))
    wealth = _NOISE * rng.random(len(first)) + (1 - _NOISE) * (1 - eagerness[first])
    decile = (np.argsort(np.argsort(wealth)) * 10 // max(len(wealth), 1) + 1)[home]
    draws: dict[str, Callable[[], Floats]] = {
        "village": lambda: rng.random(len(people.villages))[people.village],
        "home": lambda: rng.random(len(first))[home],
        "person": lambda: rng.random(len(home)),
        "adult": lambda: np.where(people.age >= ADULT, rng.random(len(home)), 1.0),
    }
    share = (decile - 1) / 9
    shown = {sign.role: draws[sign.of]() < sign.poorest + (sign.richest - sign.poorest) * share for sign in SIGNS}
    return Welfare(decile, shown)


def choose_listed(rng: np.random.Generator, people: People, welfare: Welfare) -> Ints:
    """Choose whom the register lists, village by village: most of the poorest, each once."""
    listed = np.flatnonzero((welfare.decile <= POOREST) & (rng.random(len(people.person)) < _LISTED))
    return listed[np.lexsort((rng.random(len(listed)), people.village[listed]))]

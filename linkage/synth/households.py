"""Households: who lives together, in which role, of which sex and age. No names, no numbers.

Sizes and ages are general knowledge [G]: about 3.6 people, mothers 18 to 38 years older than their children.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linkage.synth.dials import Dials
from linkage.synth.randomness import Bools, Ints, pick

ROLES = ("kepala keluarga", "istri", "anak", "orang tua")
HEAD, SPOUSE, CHILD, PARENT = range(4)
NOBODY = -1
_CHILDREN = (0.14, 0.28, 0.33, 0.17, 0.08)
_SAME_SEX_TWINS = 0.65


@dataclass(frozen=True, slots=True)
class Homes:
    """The members of a block's households, in order; all arrays are of length n.

    `household` int64 (position in the block), `role` int64 (position in `ROLES`), `female` bool,
    `born` datetime64[D], `twin_of` and `father` int64 (position of the elder twin, of the father; `NOBODY` if none).
    """

    household: Ints
    role: Ints
    female: Bools
    born: NDArray[np.datetime64]
    twin_of: Ints
    father: Ints


def found_homes(rng: np.random.Generator, people: int, today: np.datetime64, dials: Dials) -> Homes:
    """Found households until they hold `people` members; the last one may be cut short."""
    count = people // 2 + 8
    head_age = np.clip(rng.normal(48, 14, count), 20, 88)
    head_female = rng.random(count) < 0.15
    spouse = ~head_female & (rng.random(count) < 0.85)
    children = rng.choice(len(_CHILDREN), size=count, p=_CHILDREN)
    parent = (head_age < 62) & (rng.random(count) < 0.12)
    home = np.repeat(np.arange(count), 1 + spouse + children + parent)[:people]
    place = _count_within(home)
    role = np.full(people, CHILD, dtype=np.int64)
    role[place == 0] = HEAD
    role[(place == 1) & spouse[home]] = SPOUSE
    role[(place == 1 + spouse[home] + children[home]) & parent[home]] = PARENT
    female = _draw_sex(rng, role, head_female[home])
    age = _draw_ages(rng, role, head_age[home], spouse[home])
    twin_of = _pair_twins(rng, home, role, place - 1 - spouse[home], dials)
    twins = np.flatnonzero(twin_of != NOBODY)
    age[twins] = age[twin_of[twins]]
    alike = twins[rng.random(len(twins)) < _SAME_SEX_TWINS]
    female[alike] = female[twin_of[alike]]
    born = today - np.floor(age * 365.25).astype("timedelta64[D]") - np.timedelta64(1, "D")
    return Homes(home, role, female, born, twin_of, _find_fathers(home, role, female))


def _count_within(groups: Ints) -> Ints:
    """Count the members of each run of equal values from 0."""
    starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
    return np.arange(len(groups)) - np.repeat(starts, np.diff(np.r_[starts, len(groups)]))


def _draw_sex(rng: np.random.Generator, role: Ints, head_female: Bools) -> Bools:
    female = rng.random(len(role)) < np.where(role == PARENT, 0.65, 0.49)
    female[role == SPOUSE] = True
    return np.where(role == HEAD, head_female, female)


def _draw_ages(
    rng: np.random.Generator, role: Ints, head_age: NDArray[np.float64], spouse: Bools
) -> NDArray[np.float64]:
    """Draw ages in years: wives about three years younger, children by the mother's age, parents by the child's."""
    count = len(role)
    mother = np.clip(head_age - np.where(spouse, 3, 0), 19, None)
    child = mother - rng.uniform(18, 38, count)
    child = np.where((child < 0) | (child > 34), rng.uniform(0, 20, count), child)
    child = np.minimum(child, mother - 16)
    wife = np.clip(head_age - rng.normal(3, 4, count), 18, 88)
    old = np.clip(head_age + rng.uniform(19, 32, count), 45, 97)
    return np.choose(role, [head_age, wife, child, old])


def _pair_twins(rng: np.random.Generator, home: Ints, role: Ints, order: Ints, dials: Dials) -> Ints:
    """Make the second child the twin of the first in a share of the families that have both."""
    second = (role == CHILD) & (order == 1) & (np.r_[-1, role[:-1]] == CHILD)
    chosen = pick(rng, second, dials.twins * float(second.sum()))
    twin_of = np.full(len(home), NOBODY, dtype=np.int64)
    twin_of[chosen] = chosen - 1
    return twin_of


def _find_fathers(home: Ints, role: Ints, female: Bools) -> Ints:
    """Find each child's father: the head of the house, where he is a man."""
    heads = np.flatnonzero(role == HEAD)
    head = heads[np.searchsorted(home[heads], home)]
    return np.where((role == CHILD) & ~female[head], head, NOBODY)

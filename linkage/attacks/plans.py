"""How large a run is: quick for continuous integration, full for an impact assessment. Never changes a bar."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a run is.

    `people` in the world of names; `baseline`: names of the attack on unhardened encodings; `names` of A3, at
    `overlaps` with the roster; `cells`: sizes of known cells and how many of each a seed; `known`: known names and all
    names of a cell; `frequency`: victims and others; `leaked`: victims and dictionary; `budget`: tokens a day;
    `census`: people of the cell attacks, of whom `shares` are listed; `tried`: cells inverted by what stands beside;
    `settled`: the same where all filters lie in one file, and little is found.
    """

    name: str
    people: int
    baseline: int
    names: int
    overlaps: tuple[str, ...]
    cells: tuple[tuple[int, int], ...]
    known: tuple[int, int]
    frequency: tuple[int, int]
    leaked: tuple[int, int]
    budget: int
    census: int
    shares: tuple[float, ...]
    tried: int
    settled: int


QUICK = Plan(
    name="quick",
    people=15_000,
    baseline=1_500,
    names=800,
    overlaps=("100 %",),
    cells=((10, 60), (80, 8), (640, 1)),
    known=(300, 600),
    frequency=(5_000, 10_000),
    leaked=(400, 4_000),
    budget=200,
    census=9_420_000,
    shares=(0.5,),
    tried=120,
    settled=1_000,
)
FULL = Plan(
    name="full",
    people=60_000,
    baseline=1_500,
    names=1_500,
    overlaps=("100 %", "30 %", "2x superset"),
    cells=((10, 150), (80, 20), (640, 3), (3_500, 1), (9_000, 1)),
    known=(1_000, 2_000),
    frequency=(5_000, 20_000),
    leaked=(2_000, 20_000),
    budget=200,
    census=9_420_000,
    shares=(0.1, 0.5),
    tried=300,
    settled=1_000,
)

"""What may leave: the cells of the fixed cubes, told or hidden, as one table. Nobody may ask for anything else.

The rules are a frozen value (their text stands in `policies/release`). Nothing is computed on request: a release is
made once for one moment, so that no two questions differ in when they were asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa

from linkage.layering.columns import Bools, Ints, ints, places
from linkage.layering.cubes import LEVELS, Cube, Dimension, Grid, Relation, count, settle, weigh
from linkage.layering.errors import LayeringError
from linkage.layering.needs import CAUSES, GROUPS, LAYERS, untouched
from linkage.layering.noise import draw_keys, perturb
from linkage.layering.overlaps import PROGRAMMES
from linkage.layering.persons import NEEDS
from linkage.layering.suppression import primary, protect

BANDS = ("1-2", "3-4", "5-10", "?")
METHODS = ("suppression", "noise")
OTHER_GROUPS = tuple(name for name in GROUPS if name != "no_nik")
"""`no_nik` has a dimension of its own: one group told under two names would be told twice."""
EACH = {"need": NEEDS, "programme": PROGRAMMES, "cause": CAUSES, "group": OTHER_GROUPS}
PLAIN = ("layers", "decile", "nik", "untouched", "in_need")
RELATIONS = (
    Relation({"layers": "0", "decile": BANDS[0]}, {"untouched": "yes"}, equal=True),
    Relation({"nik": "none"}, {"cause:identity": "yes"}),
    *(Relation({"in_need": "yes"}, {f"need:{need}": "unmet"}) for need in NEEDS),
    *(Relation({"in_need": "yes"}, {f"cause:{cause}": "yes"}) for cause in CAUSES),
    *(Relation({f"programme:{code}": "no"}, {"layers": "0"}) for code in PROGRAMMES),
)
"""What everyone knows of the dimensions: without it, what is hidden in one cube could be read in another."""

CELLS = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("level", "place")),
        pa.field("cell", pa.list_(pa.string())),
        pa.field("people", pa.int64()),
    ]
)
"""One cell a row: `cell` says `dimension=code`, sorted, nothing for a total; `people` is null where it is hidden."""


@dataclass(frozen=True, slots=True)
class CubeRule:
    """A cube that may be told. A dimension `need:*` stands for one cube a need, two `programme:*` for one a pair."""

    name: str
    dimensions: tuple[str, ...]
    level: str


@dataclass(frozen=True, slots=True)
class ReleaseRules:
    """The rules of a release: the least people in a cell, the cubes, and how the rest is protected."""

    threshold: int
    cubes: tuple[CubeRule, ...]
    method: str = "suppression"
    spread: float = 0.0
    bound: int = 0


def expand(rule: CubeRule) -> tuple[Cube, ...]:
    """Return the cubes that a rule stands for."""
    plain = tuple(name for name in rule.dimensions if not name.endswith(":*"))
    open_ = [name.removesuffix(":*") for name in rule.dimensions if name.endswith(":*")]
    if not open_:
        return (Cube(plain, rule.level),)
    kind, times = open_[0], len(open_)
    if set(open_) != {kind} or kind not in EACH:
        raise LayeringError("CUBE_OPEN", "expected one kind of open dimension", place=f"cube {rule.name}")
    chosen = combinations([f"{kind}:{code}" for code in EACH[kind]], times)
    return tuple(Cube((*plain, *names), rule.level) for names in chosen)


def build(people: pa.Table, profiles: pa.Table, rules: ReleaseRules) -> Grid:
    """Count the cubes of the rules over people (`persons.PERSONS`) and their profiles (`needs.PROFILES`)."""
    cubes = [cube for rule in rules.cubes for cube in expand(rule)]
    wanted = {name for cube in cubes for name in cube.dimensions}
    return count(settle(people), [_divide(name, people, profiles) for name in sorted(wanted)], cubes, RELATIONS)


def release(people: pa.Table, profiles: pa.Table, rules: ReleaseRules, secret: bytes | None = None) -> pa.Table:
    """Make a release (`CELLS`); `secret` is needed for noise alone. Raises LayeringError."""
    grid = build(people, profiles, rules)
    if rules.method == "suppression":
        return tabulate(grid, grid.counts, protect(grid, rules.threshold))
    keys = weigh(grid, draw_keys(ints(people, "person"), secret or b""))
    noisy = perturb(grid.counts, keys, rules.spread, rules.bound)
    return tabulate(grid, noisy, ~(primary(grid.counts, rules.threshold) | primary(noisy, rules.threshold)))


def tabulate(grid: Grid, counts: Ints, told: Bools) -> pa.Table:
    """Write cells as a table (`CELLS`)."""
    level = np.searchsorted(grid.places.starts, np.arange(len(grid.places.codes)), side="right") - 1
    tables = [CELLS.empty_table()]
    for names, margin in grid.margins.items():
        inner = margin.ids[0].size if len(margin.ids) else 0
        labels = [
            sorted(f"{name}={grid.dimensions[name].codes[at]}" for name, at in zip(names, where, strict=True))
            for where in np.ndindex(margin.shape[1:])
        ]
        ids = margin.ids.ravel()
        place = np.repeat(np.arange(margin.shape[0]), inner)
        columns = {
            "level": pa.array(LEVELS).take(pa.array(level[place])),
            "place": pa.array(grid.places.codes, pa.string()).take(pa.array(place)),
            "cell": pa.array(labels, pa.list_(pa.string())).take(pa.array(np.tile(np.arange(inner), margin.shape[0]))),
            "people": pa.array(counts[ids], mask=~told[ids]),
        }
        tables.append(pa.table(columns, schema=CELLS))
    return pa.concat_tables(tables)


def _divide(name: str, people: pa.Table, profiles: pa.Table) -> Dimension:
    kind, _, code = name.partition(":")
    if kind == "need" and code in NEEDS:
        at = NEEDS.index(code)
        state = 2 * (ints(profiles, "unmet") >> at & 1) + (ints(profiles, "met") >> at & 1)
        return Dimension(name, ("none", "met", "unmet"), state)
    if kind == "programme" and code in PROGRAMMES:
        return Dimension(name, ("no", "yes"), ints(profiles, "programmes") >> PROGRAMMES.index(code) & 1)
    if kind == "cause" and code in CAUSES:
        return Dimension(name, ("no", "yes"), ints(profiles, "causes") >> CAUSES.index(code) & 1)
    if kind == "group" and code in OTHER_GROUPS:
        return Dimension(name, ("no", "yes"), GROUPS[code](people).astype(np.int64))
    if name not in _DIVIDERS:
        raise LayeringError("DIMENSION_UNKNOWN", "no such dimension", place="release policy")
    codes, divide = _DIVIDERS[name]
    return Dimension(name, codes, divide(people, profiles))


_DIVIDERS: Mapping[str, tuple[tuple[str, ...], Callable[[pa.Table, pa.Table], Ints]]] = {
    "layers": (LAYERS, lambda _, profiles: np.minimum(ints(profiles, "layers"), 3)),
    "decile": (BANDS, lambda people, _: np.array([3, 0, 0, 1, 1, *[2] * 6])[ints(people, "decile")]),
    "nik": (("usable", "none"), lambda people, _: np.where(places(people, "nik_status", ("ok",)) == 0, 0, 1)),
    "untouched": (("no", "yes"), lambda people, profiles: untouched(people, profiles).astype(np.int64)),
    "in_need": (("no", "yes"), lambda _, profiles: (ints(profiles, "unmet") > 0).astype(np.int64)),
}

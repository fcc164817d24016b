"""A flow of rupiah from left to right: nodes in columns, bands between them, all of one scale (a Sankey diagram).

What enters a node and what leaves it are stacked on its two sides, so that a picture of a balanced flow has no gap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 960, 460
THICK, GAP, LEGIBLE = 14, 10, 11
"""Pixels of a node across, between two nodes at least, and from which on a node has room for its name."""
Edge = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Node:
    """A node: its name, its column from 0, where it lies, how many rupiah pass, and whether its name fits beside it."""

    name: str
    column: int
    x: float
    y: float
    height: float
    rupiah: int
    legible: bool


@dataclass(frozen=True, slots=True)
class Band:
    """A band from one node to another: its path's middle (SVG), how thick, and how many rupiah."""

    source: str
    target: str
    path: str
    thick: float
    rupiah: int


@dataclass(frozen=True, slots=True)
class Flow:
    """A drawn flow; `columns`: how many."""

    nodes: Sequence[Node]
    bands: Sequence[Band]
    columns: int


def flow(edges: Iterable[Edge]) -> Flow:
    """Lay out edges `(source, target, rupiah)`; those without rupiah are left out. Raises ValueError on a loop.

    A node stands one column right of its last source; whatever leads nowhere stands in the last column.
    """
    summed: dict[tuple[str, str], int] = defaultdict(int)
    for source, target, rupiah in edges:
        summed[source, target] += rupiah
    held = {pair: rupiah for pair, rupiah in summed.items() if rupiah > 0}
    if not held:
        return Flow((), (), 0)
    columns = _columns(held)
    nodes = _nodes(held, columns)
    return Flow(list(nodes.values()), _bands(held, nodes), 1 + max(columns.values()))


def _columns(held: Mapping[tuple[str, str], int]) -> dict[str, int]:
    names = {name for pair in held for name in pair}
    column = dict.fromkeys(names, 0)
    for turn in range(len(names) + 1):
        moved = False
        for source, target in held:
            if column[target] <= column[source]:
                column[target], moved = column[source] + 1, True
        if not moved:
            break
        if turn == len(names):
            raise ValueError("a flow that comes back to where it was has no columns")
    last = max(column.values())
    leads_on = {source for source, _ in held}
    return {name: at if name in leads_on else last for name, at in column.items()}


def _nodes(held: Mapping[tuple[str, str], int], columns: Mapping[str, int]) -> dict[str, Node]:
    into, out = _totals(held, 1), _totals(held, 0)
    rupiah = {name: max(into[name], out[name]) for name in columns}
    stacks = [[name for name, at in columns.items() if at == column] for column in range(1 + max(columns.values()))]
    # The fullest column takes the whole height, gaps included; the others are drawn to its scale.
    scale = min((HEIGHT - GAP * (len(stack) - 1)) / sum(rupiah[name] for name in stack) for stack in stacks)
    step = (WIDTH - THICK) / (len(stacks) - 1)
    made: dict[str, Node] = {}
    for column, stack in enumerate(stacks):
        y = 0.0
        for name in sorted(stack, key=lambda name: (_weight(name, held, made), -rupiah[name], name)):
            height = rupiah[name] * scale
            made[name] = Node(name, column, column * step, y, height, rupiah[name], height >= LEGIBLE)
            y += height + GAP
    return made


def _totals(held: Mapping[tuple[str, str], int], side: int) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for pair, rupiah in held.items():
        found[pair[side]] += rupiah
    return found


def _weight(name: str, held: Mapping[tuple[str, str], int], made: Mapping[str, Node]) -> float:
    """Return about how high what flows into a node comes from, so that bands cross little."""
    into = [(made[source].y, rupiah) for (source, target), rupiah in held.items() if target == name and source in made]
    return sum(y * rupiah for y, rupiah in into) / sum(rupiah for _, rupiah in into) if into else 0.0


def _bands(held: Mapping[tuple[str, str], int], nodes: Mapping[str, Node]) -> list[Band]:
    left: dict[str, float] = {name: node.y for name, node in nodes.items()}
    right = dict(left)
    order = sorted(held, key=lambda pair: (nodes[pair[0]].y, nodes[pair[1]].y))
    starts = {}
    for source, target in order:
        thick = _thick(nodes[source], held[source, target])
        starts[source, target] = right[source] + thick / 2
        right[source] += thick
    found = []
    for source, target in sorted(held, key=lambda pair: (nodes[pair[1]].y, nodes[pair[0]].y)):
        thick = _thick(nodes[source], held[source, target])
        end = left[target] + thick / 2
        left[target] += thick
        found.append(Band(source, target, _path(nodes[source], starts[source, target], nodes[target], end), thick,
                          held[source, target]))  # fmt: skip
    return found


def _thick(node: Node, rupiah: int) -> float:
    return node.height * rupiah / node.rupiah


def _path(source: Node, start: float, target: Node, end: float) -> str:
    x0, x1 = source.x + THICK, target.x
    middle = (x0 + x1) / 2
    return f"M{x0:.1f} {start:.1f}C{middle:.1f} {start:.1f} {middle:.1f} {end:.1f} {x1:.1f} {end:.1f}"

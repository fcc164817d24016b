"""Evidence as a waterfall: where it starts, what each field adds or takes, where it ends; all on one scale of bits."""

from __future__ import annotations

from dataclasses import dataclass

from linkage.matching import Explanation

WIDTH = 600
"""Units across the plot."""
PRIOR, TOTAL = "prior", "total"


@dataclass(frozen=True, slots=True)
class Beam:
    """One line: its field, level of levels (0 of 0 for start and end), bits, and where its beam lies.

    `kind`: `for`, `against`, `sum` or `none`, where nothing is known.
    """

    field: str
    level: int
    levels: int
    bits: float
    x: float
    width: float
    kind: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The beams in their order, and where evens (0 bits) lie."""

    beams: tuple[Beam, ...]
    zero: float


def waterfall(why: Explanation) -> Waterfall:
    """Lay an explanation out; a beam of no bits is as wide as one that can be seen."""
    edges, at = [0.0, why.prior], why.prior
    for step in why.steps:
        at += step.bits
        edges.append(at)
    low, high = min(edges), max(edges)
    scale = WIDTH / (high - low) if high > low else 1.0

    def beam(field: str, level: int, levels: int, bits: float, start: float, kind: str) -> Beam:
        left = (min(start, start + bits) - low) * scale
        return Beam(field, level, levels, bits, left, max(2.0, abs(bits) * scale), kind)

    beams, at = [beam(PRIOR, 0, 0, why.prior, 0.0, "sum")], why.prior
    for step in why.steps:
        kind = "none" if step.level < 0 else "for" if step.bits >= 0 else "against"
        beams.append(beam(step.field, step.level, step.levels, step.bits, at, kind))
        at += step.bits
    beams.append(beam(TOTAL, 0, 0, why.total, 0.0, "sum"))
    return Waterfall(tuple(beams), -low * scale)

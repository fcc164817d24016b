"""An overlap rule as a frozen value. It says what to look at together, and never what to deny.

The text of a rule stands in `policies/overlap`; this file reads no file.
"""

from __future__ import annotations

from dataclasses import dataclass

UNITS = ("person", "household", "house")
"""A house is known by its family card, as a household is: lists carry no addresses."""
EFFECTS = ("info", "review", "hold")
"""What a person does with a flag: know it, look at it, or wait with the payment until it was looked at."""
WINDOWS = ("period", "year", "months", "any")
KINDS = ("pair", "sum", "state")
GRADES = ("read", "press", "general")
"""How well the basis is known: read in its source, from the press, or general knowledge."""
SAME = ("programme", "need")


@dataclass(frozen=True, slots=True)
class Selector:
    """Which events are meant: of these programmes, paid from these funds; an empty tuple means any."""

    programmes: tuple[str, ...] = ()
    funds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """Which periods go together.

    `period`: the same text, or months and quarters that meet · `year`: of one year · `months`: less than `months`
    apart · `any`: all, those without a period too.
    """

    kind: str
    months: int = 0


@dataclass(frozen=True, slots=True)
class Basis:
    """Where a rule comes from, how well that is known, and who verified it when (empty: nobody yet)."""

    citation: str
    grade: str
    verified_by: str = ""
    verified_on: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `valid_from` and `valid_to` are months, both included.

    A *pair* puts a `left` and a `right` event of one unit together, which agree in what `same` names; a *sum* adds a
    unit's `left` rupiah of a year and looks for those over `limit`; a *state* looks for `left` events of persons in
    `states`.
    """

    id: str
    title_id: str
    title_en: str
    kind: str
    unit: str
    effect: str
    basis: Basis
    valid_from: int
    valid_to: int
    left: Selector
    right: Selector = Selector()
    window: Window = Window("any")
    same: tuple[str, ...] = ()
    limit: int = 0
    states: tuple[str, ...] = ()

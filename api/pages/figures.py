"""Released cells and sheets in the form that pages show. It counts nothing: what is hidden stays hidden."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from api.pages.charts import Bar, Flow, bars, flow
from api.services.layers import reading
from api.services.layers.reading import Where
from api.store import Release, ReleasedCell
from linkage.layering import lists
from linkage.layering.needs import LAYERS
from linkage.layering.overlaps import PROGRAMMES
from linkage.layering.persons import NEEDS
from linkage.layering.rules import Rule, Selector

POOREST, UNTOLD = "1-2", "?"
EVERY = 1_000_000
GRAVEST = ("hold", "review", "info")
ITSELF = "itself"
UNTOUCHED = "untouched=yes"
LEAVES = frozenset({"persons", "persons, no disbursement", "returned", "untraced", "undisbursed"})
Cells = Mapping[tuple[str, str], int | None]


@dataclass(frozen=True, slots=True)
class Need:
    """How many people have a need that is met, and that is not; None where it may not be told."""

    need: str
    met: int | None
    unmet: int | None


@dataclass(frozen=True, slots=True)
class Meeting:
    """How many people have two programmes, and what a rule asks about that: an effect, `itself`, or nothing."""

    people: int | None
    asked: str


def told(session: Session, release: Release, cube: str, level: str, place: str = "") -> Cells:
    """Return a cube's cells of one level, of a place and those within it, by place and cell."""
    where = Where(level, place or None)
    found = reading.cells(session, release, cube, where, -1, EVERY)
    return {(each.place, each.cell): each.people for each in found}


def alike(session: Session, release: Release, cell: str, level: str, place: str = "") -> Mapping[str, int | None]:
    """Return one cell by place: of a place and those within it."""
    query = select(ReleasedCell.place, ReleasedCell.people).where(
        ReleasedCell.release == release.id, ReleasedCell.level == level, ReleasedCell.cell == cell
    )
    return {at: people for at, people in session.exec(query) if at.startswith(place)}


def says_who_is_poor(session: Session, release: Release) -> bool:
    """Say whether any list says a low decile: without one a nought would read as if nobody were poor."""
    return alike(session, release, f"decile={POOREST}", "province").get("") != 0


def layer_bars(cells: Cells, decile: str) -> list[Bar]:
    """Return how many people of a decile have no layer, one, two, three and more, in the province."""
    return bars((layers, cells.get(("", f"decile={decile} layers={layers}"))) for layers in LAYERS)


def needs(cells: Cells, place: str) -> list[Need]:
    """Return every need with how many people it is met for, and not."""
    return [
        Need(need, cells.get((place, f"need:{need}=met")), cells.get((place, f"need:{need}=unmet"))) for need in NEEDS
    ]


def pairs(cells: Cells, rules: Sequence[Rule]) -> list[tuple[str, list[Meeting]]]:
    """Return the matrix of programmes: for each, how many people have it and each other one, and which rule asks."""
    names = [code for code in PROGRAMMES if cells.get(("", f"programme:{code}=yes"))]
    return [
        (
            one,
            [
                Meeting(_both(cells, one, other), ITSELF if one == other else _asked(rules, one, other))
                for other in names
            ],
        )
        for one in names
    ]


def meetings(matrix: Iterable[tuple[str, Sequence[Meeting]]]) -> list[tuple[str, str, Meeting]]:
    """Return the matrix as a list: each two programmes once, with those that most people have together first."""
    rows = list(matrix)
    found = [
        (one, other, meeting)
        for at, (one, row) in enumerate(rows)
        for (other, _), meeting in zip(rows[at + 1 :], row[at + 1 :], strict=True)
    ]
    return sorted(found, key=lambda row: -(row[2].people or 0))


def ranked(
    untouched: Mapping[str, int | None], people: Mapping[str, int | None]
) -> list[tuple[str, int | None, int | None]]:
    """Return places with how many nobody reached there, most first, of how many people."""
    rows = [(place, count, people.get(place)) for place, count in untouched.items()]
    return sorted(rows, key=lambda row: (-(row[1] or 0), row[0]))


def _asked(rules: Sequence[Rule], one: str, other: str) -> str:
    """Return the gravest effect of the rules about two programmes, by their usual funds; nothing if there is none."""
    about = [rule.effect for rule in rules if rule.kind == "pair" and "programme" not in rule.same
             and ((_meant(rule.left, one) and _meant(rule.right, other))
                  or (_meant(rule.left, other) and _meant(rule.right, one)))]  # fmt: skip
    return next((effect for effect in GRAVEST if effect in about), "")


def _meant(selector: Selector, programme: str) -> bool:
    fund = lists.programmes()[programme].fund
    return (not selector.programmes or programme in selector.programmes) and (
        not selector.funds or fund in selector.funds
    )


def _both(cells: Cells, one: str, other: str) -> int | None:
    if one == other:
        return cells.get(("", f"programme:{one}=yes"))
    return cells.get(("", " ".join(f"programme:{code}=yes" for code in sorted((one, other)))))


def rupiah(edges: Iterable[Mapping[str, Any]]) -> Flow:
    """Return the flow of rupiah from funds to persons; nodes of one name and depth are one."""
    return flow((_node(each["source"]), _node(each["target"]), each["rupiah"]) for each in edges)


def _node(path: str) -> str:
    """Name a node by its depth and its last part: `2:kemensos`, or `-:untraced` for where the flow ends."""
    parts = path.split(" / ")
    return f"-:{path}" if path in LEAVES else f"{len(parts) - 1}:{parts[-1]}"

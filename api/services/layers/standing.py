"""How one person stands: layers, needs met and unmet, what would fit, flags that concern her. It decides nothing.

Needs and programmes are codes of the published lists. Somebody about whom something changed since is as she was then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from api.store import LayerFlag, LayerFlagRow, LayerPerson, Membership
from linkage.layering.columns import named
from linkage.layering.needs import CAUSES
from linkage.layering.overlaps import PROGRAMMES
from linkage.layering.persons import NEEDS


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's layers over twelve months; `decile` 0 where no list says; `flags`: rules, looked at or not."""

    layers: int
    decile: int
    met: Sequence[str]
    unmet: Sequence[str]
    fitting: Sequence[str]
    causes: Sequence[str]
    flags: Sequence[str]


def of(session: Session, person: int) -> Standing | None:
    """Return how she stands; nothing before the layers were made, or if she is new since."""
    found = session.get(LayerPerson, person)
    if found is None:
        return None
    query: Any = select(LayerFlag.rule).join(LayerFlagRow, col(LayerFlagRow.flag) == col(LayerFlag.id))
    query = query.join(Membership, col(Membership.record) == col(LayerFlagRow.record))
    rules = session.exec(query.where(Membership.person == person).distinct().order_by(LayerFlag.rule)).all()
    return Standing(
        layers=found.layers, decile=found.decile, met=named(found.met, NEEDS), unmet=named(found.unmet, NEEDS),
        fitting=named(found.fitting, PROGRAMMES), causes=named(found.causes, CAUSES), flags=rules,
    )  # fmt: skip

"""What the centre's own command shows of the layers: released counts, and how many flags wait. No person."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from api.centre import Centre
from api.services.layers import flags, reading
from api.services.layers.reading import Where

SHEETS = {"villages-quality": "villages"}
_QUALITY = ("plans", "lines", "payees", "edges", "combinations", *SHEETS)


def show(centre: Centre, what: str, level: str | None, place: str | None, limit: int) -> list[dict[str, Any]]:
    """Return rows of a cube, of a sheet, of causes, or counts of what waits; raises ServiceError NOTHING_RELEASED."""
    if what == "flags":
        return [{"rule": rule, "waiting": count} for rule, count in flags.told(centre).items()]
    with Session(centre.store) as session:
        release = reading.find(session)
        where = Where(level, place)
        if what == "causes":
            found = reading.causes(session, release, where, -1, limit)
            names = ("place", "cause", "people", "in_need", "affected", "affected_before")
            return [{name: getattr(each, name) for name in names} for each in found]
        if what in _QUALITY:
            return [row for _, row in reading.sheet(session, release, SHEETS.get(what, what), -1, limit)]
        cells = reading.cells(session, release, what, where, -1, limit)
        return [{"place": each.place or "18", "cell": each.cell, "people": each.people} for each in cells]

"""What the layers say of a part of the people, and of all parts together. It writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from api.services.layers import claims
from api.store import LayerPerson
from linkage.layering import Picture, draw
from linkage.layering.rules import Rule


@dataclass(frozen=True, slots=True)
class Made:
    """Rows of `layer_person`, flags (`overlaps.FLAGS`), and claims by submission (`claims.make`)."""

    people: pa.Table
    flags: pa.Table
    claimed: pa.Table


def make(linked: Iterable[pa.Table], at: datetime, month: int, rules: Sequence[Rule]) -> Made:
    """Make the layers of linked rows (`rows.WITH_SUBMISSION`), part by part; persons and flags in no order."""
    found = [_part(part, at, month, rules) for part in linked]
    people, flags, claimed = (
        pa.concat_tables([getattr(each, name) for each in found]) for name in ("people", "flags", "claimed")
    )
    return Made(people, flags, claims.together(claimed))


def _part(linked: pa.Table, at: datetime, month: int, rules: Sequence[Rule]) -> Made:
    picture = draw(linked, at, month, rules)
    return Made(people(picture), picture.flags, claims.of(picture.events, linked))


def people(picture: Picture) -> pa.Table:
    """Return the rows of `layer_person`."""
    both = {name: picture.people[name] for name in picture.people.column_names}
    both |= {name: picture.profiles[name] for name in picture.profiles.column_names}
    both["since"] = both["since"].cast(pa.int64())
    return pa.table({name: both[name] for name in LayerPerson.model_fields})

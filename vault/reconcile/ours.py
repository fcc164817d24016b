"""Read from the entries of our own exported log what the vault's trail is held against.

It proves none of them: whoever calls has verified the bundle.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

COUNTED, ROTATED, TRIED = "TOKENS_COUNTED", "TRAIL_ROTATED", "VAULT_GATE_TRIED"
RUNS = frozenset({"VAULT_SET_UP", "IDENTITIES_SET"})
"""The events of a budget, a part of the trail put aside, a try of the gate, and what a run changed in the vault."""
_EARLY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Step:
    """A case's opening or release: which case, by whom, when."""

    case: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """A recorded run and all that it changed."""

    since: datetime
    until: datetime
    changes: frozenset[str]

    def covers(self, change: str, at: datetime) -> bool:
        """Say whether the run made this change at that time."""
        return change in self.changes and self.since - _EARLY <= at <= self.until + _EARLY


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the trail that was put aside: its octets and SHA-256."""

    octets: int
    digest: str


@dataclass(slots=True)
class Ours:
    """What our log says. `asked`, `opened`: by what the case says of its request in the vault."""

    asked: dict[str, Step] = field(default_factory=dict)
    opened: dict[str, Step] = field(default_factory=dict)
    tokens: dict[date, int] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    parts: dict[str, Part] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)


def read(entries: Iterable[bytes]) -> Ours:
    """Return what the entries say; an entry that is none of ours says nothing."""
    ours = Ours()
    for entry in entries:
        try:
            body = json.loads(entry)
            _take(ours, body, body["subject"], _time(body["at"]))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            continue
    return ours


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError
    return found


def _take(ours: Ours, body: dict[str, Any], subject: dict[str, Any], at: datetime) -> None:
    code = body["code"]
    if code == COUNTED:
        day = date.fromisoformat(subject["day"])
        ours.tokens[day] = ours.tokens.get(day, 0) + int(subject["identity"]) + int(subject["anchor"])
    elif code == ROTATED:
        ours.parts[str(subject["part"])] = Part(int(subject["octets"]), str(subject["digest"]))
        ours.dropped.update(map(str, subject["dropped"]))
    elif code in RUNS:
        ours.runs.append(Run(_time(subject["since"]), at, frozenset(subject["changes"])))
    elif code == TRIED:
        ours.asked[str(subject["accessor"])] = Step("", str(body["actor"]), at)
    elif "case" in subject:
        step = Step(str(subject["case"]), str(body["actor"]), at)
        for name, kept in (("asked", ours.asked), ("opened", ours.opened)):
            kept.update(dict.fromkeys(map(str, _requests(subject, name, code)), step))


def _requests(subject: dict[str, Any], name: str, code: str) -> list[Any]:
    """Return the requests that an entry asked for or opened: named so, or as `requests` of an opening or a release."""
    of_code = {"asked": "CASE_OPENED", "opened": "CASE_RELEASED"}[name]
    found = subject.get(name) or (subject.get("requests") if code == of_code else None)
    return found if isinstance(found, list) else []

"""Flags: entries of the access log that a person must look at, by the named thresholds of `policies/oversight`.

A flag accuses nobody and stops nothing. What it cannot see: who looked over whose shoulder, and, where an approval is
given in the vault, the very second of it (the service learns of it when somebody next reads the case).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Literal, get_args
from weakref import WeakKeyDictionary

from sqlmodel import Session, col, select

from api.services import journal
from api.services.journal import WIB, Entry
from api.store import PendingEntry, json_text
from policies.oversight_rules import OversightRules

Flag = Literal[
    "off-hours", "bulk-reads", "same-pseudonym", "quick-approval", "same-approvers", "self-agency", "break-glass"
]
FLAGS: tuple[str, ...] = get_args(Flag)
READS = frozenset({"PERSONS_LISTED", "PROFILE_READ", "OVERLAPS_LISTED", "TRAIL_READ"})
ACTS = frozenset(
    {"CASE_OPENED", "CASE_OPENED_URGENT", "CASE_RELEASED", "CAMPAIGN_OPENED", "CAMPAIGN_APPROVED", "ANSWERS_READ",
     "FINDING_RECORDED", "LOG_EXPORTED", "SUBJECT_APPROVED", "SUBJECT_CLOSED"}
)  # fmt: skip
RECENT, ANEW = timedelta(days=30), timedelta(days=1)
"""How far back judged entries are kept, and for how long."""
OVERTAKEN = 500
"""How many entries may be written between one's taking its number and its being seen."""
LOOKED = READS | ACTS | {"CASE_ENTRY_READ", "CASE_READ"}
"""Codes that flags are made of."""


def flagged(session: Session, rules: OversightRules, since: datetime, until: datetime) -> dict[int, frozenset[str]]:
    """Return the flags of entries in [since, until], by the entry's number; looks further back as windows need it."""
    newest = session.exec(select(PendingEntry.created_at).order_by(col(PendingEntry.id).desc()).limit(1)).first()
    if newest is None:
        return {}
    if since < newest - RECENT:
        return _afresh(session, rules, since, until)
    kept = _kept(session, rules, newest)
    with kept.lock:
        kept.catch_up(session)
        return {number: names for number, (at, names) in kept.found.items() if since <= at <= until}


def _afresh(session: Session, rules: OversightRules, since: datetime, until: datetime) -> dict[int, frozenset[str]]:
    """Judge entries of long ago, with what went before them."""
    query = _looked(since - timedelta(days=rules.longest_days)).where(col(PendingEntry.created_at) <= until)
    lines = [journal.entry_of(row) for row in session.exec(query.order_by(col(PendingEntry.id)))]
    within = {line.number for line in lines if line.at >= since}
    return {number: names for number, names in judge(rules, lines).items() if number in within}


def _looked(since: datetime) -> Any:
    query = select(PendingEntry).where(json_text(PendingEntry.body, "code").in_(LOOKED))
    return query.where(col(PendingEntry.created_at) >= since)


def _kept(session: Session, rules: OversightRules, newest: datetime) -> _Kept:
    """Return what is kept of a store's recent entries; made anew daily, so that it does not grow for ever."""
    store = session.get_bind()
    with _LOCK:
        found = _KEPT.get(store)
        if found is None or found.rules != rules or newest - found.made > ANEW:
            found = _KEPT[store] = _Kept(rules, newest)
        return found


def judge(
    rules: OversightRules, entries: Iterable[Entry], seen: _Seen | None = None
) -> dict[int, frozenset[str]]:  # fmt: skip
    """Return the flags of entries, given in their order, by number; an entry without one is not there.

    `seen`: what earlier entries left, which these are added to.
    """
    seen = seen or _Seen()
    found: dict[int, frozenset[str]] = {}
    for entry in entries:
        names: frozenset[str] = frozenset(_names(rules, seen, entry))
        if names:
            found[entry.number] = names
    return found


@dataclass(slots=True)
class _Seen:
    """What went before: reads a party, looks at a pseudonym, openings, who read what she may approve, pairs."""

    reads: defaultdict[str, deque[tuple[datetime, int]]] = field(default_factory=lambda: defaultdict(deque))
    looks: defaultdict[tuple[str, str], deque[datetime]] = field(default_factory=lambda: defaultdict(deque))
    opened: dict[str, datetime] = field(default_factory=dict)
    proved: dict[tuple[str, str], datetime] = field(default_factory=dict)
    approved: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    pairs: defaultdict[frozenset[str], deque[datetime]] = field(default_factory=lambda: defaultdict(deque))


@dataclass(slots=True)
class _Kept:
    """Flags of a store's recent entries as they were judged, entry after entry, and what later ones are judged by."""

    rules: OversightRules
    made: datetime
    seen: _Seen = field(default_factory=_Seen)
    found: dict[int, tuple[datetime, frozenset[str]]] = field(default_factory=dict)
    last: int = 0
    late: set[int] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    def catch_up(self, session: Session) -> None:
        """Judge what was written since. Transactions end out of order: a number passed over may still come."""
        query = _looked(self.made - RECENT - timedelta(days=self.rules.longest_days))
        query = query.where(col(PendingEntry.id) > self.last - OVERTAKEN, col(PendingEntry.id).not_in(self.late))
        lines = [journal.entry_of(row) for row in session.exec(query.order_by(col(PendingEntry.id)))]
        times = {line.number: line.at for line in lines}
        self.found |= {number: (times[number], names) for number, names in judge(self.rules, lines, self.seen).items()}
        self.last = max([self.last, *times])
        self.late = {number for number in self.late | set(times) if number > self.last - OVERTAKEN}


_KEPT: WeakKeyDictionary[Any, _Kept] = WeakKeyDictionary()
_LOCK = Lock()


def _names(rules: OversightRules, seen: _Seen, entry: Entry) -> Iterable[Flag]:
    code = entry.event.code
    if code in READS | ACTS and _off_hours(rules, entry.at):
        yield "off-hours"
    if code == "CASE_OPENED_URGENT":
        yield "break-glass"
    if code in READS and _bulk(rules, seen, entry):
        yield "bulk-reads"
    if code in READS and _again(rules, seen, entry):
        yield "same-pseudonym"
    fresh = _approvals(seen, entry)
    if _quick(rules, seen, entry, fresh):
        yield "quick-approval"
    if _pair(rules, seen, entry):
        yield "same-approvers"
    if _own(rules, entry):
        yield "self-agency"


def _off_hours(rules: OversightRules, at: datetime) -> bool:
    here = at.astimezone(WIB)
    return here.isoweekday() not in rules.days or not rules.opens <= here.hour < rules.closes


def _bulk(rules: OversightRules, seen: _Seen, entry: Entry) -> bool:
    """Say whether its party has seen too many pseudonyms by now."""
    count = entry.event.subject.get("count", 1)
    reads = seen.reads[entry.event.actor]
    reads.append((entry.at, count if isinstance(count, int) else 1))
    while entry.at - reads[0][0] >= timedelta(hours=rules.bulk_hours):
        reads.popleft()
    return sum(persons for _, persons in reads) >= rules.bulk_persons


def _again(rules: OversightRules, seen: _Seen, entry: Entry) -> bool:
    person = entry.event.subject.get("person")
    if not isinstance(person, str):
        return False
    return _often(seen.looks[entry.event.actor, person], entry.at, rules.repeat_times, rules.repeat_days)


def _often(times: deque[datetime], at: datetime, least: int, days: int) -> bool:
    times.append(at)
    while at - times[0] >= timedelta(days=days):
        times.popleft()
    return len(times) >= least


def _what(subject: Mapping[str, object]) -> str | None:
    """Name what an entry's approval is of: a case, a campaign or a subject request."""
    for name in ("case", "campaign", "request"):
        if name in subject:
            return f"{name} {subject[name]}"
    return None


def _approvals(seen: _Seen, entry: Entry) -> list[str]:
    """Note what an entry tells of openings, readings and approvals; return who is seen to have approved just now."""
    event, what = entry.event, _what(entry.event.subject)
    if what is None:
        return []
    if event.code in {"CASE_OPENED", "CASE_OPENED_URGENT", "CAMPAIGN_OPENED", "SUBJECT_REGISTERED"}:
        seen.opened[what] = entry.at
    if event.code == "CASE_ENTRY_READ":
        seen.proved[what, event.actor] = entry.at
    who = _words(event.subject.get("approvers"))
    if event.code in {"CAMPAIGN_APPROVED", "SUBJECT_APPROVED"}:
        who.add(event.actor)
    fresh = sorted(who - seen.approved[what])
    seen.approved[what] |= who
    return fresh


def _quick(rules: OversightRules, seen: _Seen, entry: Entry, fresh: list[str]) -> bool:
    what = _what(entry.event.subject)
    if what is None:
        return False
    starts = [seen.proved.get((what, who), seen.opened.get(what)) for who in fresh]
    return any(start is not None and (entry.at - start).total_seconds() < rules.quick_seconds for start in starts)


def _pair(rules: OversightRules, seen: _Seen, entry: Entry) -> bool:
    """Say whether the pair that this entry completes has approved too often."""
    what = _what(entry.event.subject)
    ends = entry.event.code in {"CASE_RELEASED", "CAMPAIGN_APPROVED", "SUBJECT_APPROVED"}
    if what is None or not ends or len(seen.approved[what]) < 2:
        return False
    return _often(seen.pairs[frozenset(seen.approved[what])], entry.at, rules.pair_times, rules.pair_days)


def _own(rules: OversightRules, entry: Entry) -> bool:
    """Say whether somebody from an agency acted on what is her agency's."""
    event, subject = entry.event, entry.event.subject
    who = {event.actor} | _words(subject.get("approvers"))
    agencies = _words(subject.get("agency")) | _words(subject.get("agencies"))
    return event.code in READS | ACTS and any(rules.homes.get(each) in agencies for each in who if each in rules.homes)


def _words(given: object) -> set[str]:
    """Return the words of an entry's field, whatever kind it is of."""
    return {each for each in (given if isinstance(given, list) else [given]) if isinstance(each, str)}

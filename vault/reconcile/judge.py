"""Hold the vault's trail against our log, and say what does not fit. Pure: the clock's time and the hash are arguments.

The vault shows its requests by their HMACs. `name` turns what our entries say of a request into what the trail shows of
it: the reconciler's own login asks the vault, and nobody else may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from vault.identities import APPROVERS
from vault.reconcile.findings import Finding
from vault.reconcile.ours import Ours, Step
from vault.reconcile.seen import SEALED, Ask, Seen
from vault.reconcile.trail import Line

PATIENCE = timedelta(seconds=45)
"""How long an entry may take to reach the bundle, and an answer the trail, before its absence is a finding."""
EARLY = timedelta(seconds=5)
"""How far our clock and the vault's may differ."""
Name = Callable[[str], str]


def judge(seen: Seen, ours: Ours, name: Name, now: datetime, patience: timedelta = PATIENCE) -> list[Finding]:
    """Return every finding, in the order of its time; an empty list says that the two logs tell one story."""
    before = now - patience
    asked = {name(each): step for each, step in ours.asked.items()} | ours.asked
    opened = {name(each): step for each, step in ours.opened.items()} | ours.opened
    found = [
        *seen.found.values(),
        *_unanswered(seen, before),
        *_asks(seen, asked, opened, before),
        *_missing(seen, ours, name, before),
        *_changes(seen, ours, before),
        *_tokens(seen, ours, before),
        *_unseen(seen, ours),
    ]
    return sorted(found, key=lambda each: (each.at, each.code, each.about))


def _unanswered(seen: Seen, before: datetime) -> Iterator[Finding]:
    """Find requests to open that got no answer: the vault broke off there, or the answer was taken out."""
    for line in seen.waiting.values():
        if line.path == SEALED and line.at < before:
            yield Finding("GAP", f"answer {line.id}", line.place, line.at, "a request to open without its answer")


def _asks(seen: Seen, asked: dict[str, Step], opened: dict[str, Step], before: datetime) -> Iterator[Finding]:
    for ask in seen.asks.values():
        opening = asked.get(ask.accessor) or asked.get(ask.line.id)
        release = opened.get(ask.accessor) or opened.get(ask.line.id)
        case = opening.case if opening else ""
        for each in (*_matched(ask, opening, release, before), *_opened(ask, opening)):
            yield replace(each, case=case)


def _matched(ask: Ask, opening: Step | None, release: Step | None, before: datetime) -> Iterator[Finding]:
    if opening is None and ask.line.at < before:
        yield _of(ask, "UNMATCHED_ASK", ask.line, "no case of ours asked for this")
    late = [line for line in ask.openings if line.at < before]
    if release is None and late:
        yield _of(ask, "UNMATCHED_RELEASE", late[0], "no release of ours opened this")


def _opened(ask: Ask, opening: Step | None) -> Iterator[Finding]:
    """Judge an opening by its approvals, and every further one as a replay."""
    again = [*ask.openings[1:], *ask.attempts]
    if again:
        detail = "opened again, or refused as opened before"
        yield replace(_of(ask, "REPLAY", again[0], detail), count=len(again))
    if ask.openings and not _approved(ask, ask.openings[0].at, opening):
        yield _of(ask, "TOO_FEW_APPROVERS", ask.openings[0], "not approved by two people of two groups")


def _approved(ask: Ask, until: datetime, opening: Step | None) -> bool:
    """Say whether two people, neither of whom asked, approved in time: one of each group."""
    askers = {ask.line.entity, opening.actor if opening else ""}
    valid = [each for each in ask.approvals if each.entity not in {*askers, ""} and each.at <= until]
    first, second = ({each.entity for each in valid if group in each.policies} for group in APPROVERS)
    return any(one != other for one in first for other in second)


def _of(ask: Ask, code: str, line: Line, detail: str) -> Finding:
    return Finding(code, f"request {ask.line.id}", line.place, line.at, detail)


def _missing(seen: Seen, ours: Ours, name: Name, before: datetime) -> Iterator[Finding]:
    """Find asks and releases that we recorded and the vault did not serve, as far back as the trail goes."""
    asked = {key for ask in seen.asks.values() for key in (ask.accessor, ask.line.id)}
    opened = {key for ask in seen.asks.values() if ask.openings for key in (ask.accessor, ask.line.id)}
    kinds = (("GAP", "asked", ours.asked, asked), ("RELEASE_MISSING", "opened", ours.opened, opened))
    for code, what, recorded, shown in kinds:
        for request, step in recorded.items():
            covered = seen.first is not None and seen.first + EARLY < step.at < before
            if covered and not {request, name(request)} & shown:
                detail = f"recorded as {what}, and not in the trail"
                yield Finding(code, f"request {name(request)}", "log", step.at, detail, case=step.case)


def _changes(seen: Seen, ours: Ours, before: datetime) -> Iterator[Finding]:
    for change in seen.changes.values():
        at = change.line.at
        if at < before and not any(run.covers(change.name, at) for run in ours.runs):
            about = f"{change.name or change.line.path} {change.line.id}"
            yield Finding("POLICY_CHANGED", about, change.line.place, at, change.name)


def _tokens(seen: Seen, ours: Ours, before: datetime) -> Iterator[Finding]:
    """Hold each UTC day's tokens against what was counted; a chunk at midnight may be counted on the day before."""
    left = 0
    for day in sorted({*seen.batches, *ours.tokens}):
        batches = [each for each in seen.batches.get(day, {}).values() if each.at < before]
        asked, counted = sum(each.tokens.count for each in batches), ours.tokens.get(day, 0)
        if asked > counted + left:
            detail = f"{asked:,} asked of the vault, {counted:,} counted"
            at = max(each.at for each in batches)
            yield Finding("TOKENS_BEYOND_BUDGET", f"day {day}", "trail", at, detail, asked - counted)
        left = max(0, counted - asked)


def _unseen(seen: Seen, ours: Ours) -> Iterator[Finding]:
    """Find tokens that ingest counted and the trail does not show: the vault served it without writing.

    Every token is asked for before it is counted, so that over whole days the trail is never behind.
    """
    if seen.first is None or seen.last is None:
        return
    whole = {day for day in (*seen.peppered, *ours.tokens) if day > seen.first.date()}
    shown, counted = (sum(of.get(day, 0) for day in whole) for of in (seen.peppered, ours.tokens))
    if counted > shown:
        detail = f"{counted:,} tokens counted, {shown:,} in the trail"
        yield Finding("GAP", "day trail", "trail", seen.last, detail, counted - shown)

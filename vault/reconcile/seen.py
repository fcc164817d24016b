"""Gather from the vault's trail, line by line, what is to be judged: asks, approvals, openings, changes, tokens, gaps.

It knows nothing of our log. Memory grows with cases, changes and batches, not with lines.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from vault.reconcile.changes import FIRST_START, change
from vault.reconcile.findings import Finding
from vault.reconcile.trail import Line, Tokens

SEALED = "transit/decrypt/ref-seal"
"""Where a sealed reference is opened, and everything that must pass the gate."""
AUTHORIZE = "sys/control-group/authorize"
UNWRAPS = frozenset({"sys/wrapping/unwrap", "sys/wrapping/rewrap", "cubbyhole/response"})
_LEAVES = re.compile(r"transit/(export|byok-export|backup)/.*|transit/rewrap/ref-seal.*|sys/raw/.*"
                     r"|sys/storage/raft/snapshot.*|transit/decrypt/ref-seal/.+")  # fmt: skip
_OWN_ROOT = re.compile(FIRST_START.pattern + r"|self-init.*")
SLACK = timedelta(seconds=2)
"""How far lines may be out of order: the vault stamps them before it writes them."""
FLIGHT = timedelta(seconds=120)
"""How long a request may take; only so long may a trail that begins late show answers whose request it has not."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved, under which policies, when."""

    entity: str
    policies: frozenset[str]
    at: datetime


@dataclass(slots=True)
class Ask:
    """A request that the vault held back, and what became of it. `token`, `accessor`: HMACs."""

    line: Line
    token: str
    accessor: str
    approvals: list[Approval] = field(default_factory=list)
    openings: list[Line] = field(default_factory=list)
    attempts: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of who may do what, as a run would record it."""

    name: str
    line: Line


@dataclass(frozen=True, slots=True)
class Batch:
    """Tokens that were peppered, when."""

    at: datetime
    tokens: Tokens


class Seen:
    """What the trail showed so far. `batches`: of a day, each different one once; `peppered`: all tokens of a day."""

    def __init__(self) -> None:
        self.asks: dict[str, Ask] = {}
        self.changes: dict[str, Change] = {}
        self.batches: dict[date, dict[bytes, Batch]] = {}
        self.peppered: Counter[date] = Counter()
        self.found: dict[str, Finding] = {}
        self.waiting: dict[str, Line] = {}
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.lines = 0
        self._by_hmac: dict[str, Ask] = {}
        self._settled = False

    def add(self, line: Line) -> None:
        """Take one line in."""
        self.lines += 1
        self._order(line)
        if line.answer:
            asked = self.waiting.pop(line.id, None)
            self._orphan(line, asked)
            if line.failed:
                self.changes.pop(line.id, None)
            else:
                self._answered(line)
        elif line.failed:
            self._refused(line)
        else:
            self._asked(line)

    def find(self, code: str, about: str, line: Line, detail: str) -> None:
        """Keep a finding; the same again only counts."""
        before = self.found.get(f"{code} {about}")
        count = before.count + 1 if before else 1
        where = before or Finding(code, about, line.place, line.at, detail)
        self.found[where.key] = Finding(code, about, where.place, where.at, detail, count)

    def _order(self, line: Line) -> None:
        if self.first is None or self.last is None:
            self.first = self.last = line.at
        if line.at < self.last - SLACK:
            self.find("GAP", f"time {line.at.isoformat()}", line, "time goes back")
        self.last = max(self.last, line.at)

    def _orphan(self, line: Line, asked: Line | None) -> None:
        early = self.first is not None and line.at - self.first < FLIGHT
        if asked is None and not line.failed and not early:
            self.find("GAP", f"request {line.id}", line, "an answer whose request is not there")

    def _asked(self, line: Line) -> None:
        """Count what a request that was let in asks for; what it changes is judged by its answer."""
        self.waiting[line.id] = line
        if line.tokens is not None:
            self.peppered[line.at.date()] += line.tokens.count
            day = self.batches.setdefault(line.at.date(), {})
            day.setdefault(line.tokens.digest, Batch(line.at, line.tokens))
        own = _OWN_ROOT.fullmatch(line.id) is not None and not self._settled
        self._settled = self._settled or bool(line.entity)
        if line.token and not line.entity and not own and line.path not in UNWRAPS:
            self.find("NO_ENTITY", f"{line.path} {line.id}", line, "a token without an entity")
        if _LEAVES.fullmatch(line.path):
            self.find("UNGATED_PATH", f"{line.path} {line.id}", line, "a way past the gate")
        if (name := change(line)) and not own:
            self.changes[line.id] = Change(name, line)

    def _refused(self, line: Line) -> None:
        """Note that somebody tried to open what had been opened."""
        ask = self.asks.get(line.id) if line.deferred else self._handed(line)
        if ask is not None and (line.deferred or ask.openings):
            ask.attempts.append(line)

    def _answered(self, line: Line) -> None:
        if line.path == SEALED:
            self._sealed(line)
        elif line.path == AUTHORIZE and line.accessor in self._by_hmac:
            self._by_hmac[line.accessor].approvals.append(Approval(line.entity, line.policies, line.at))
        elif line.path in UNWRAPS and (ask := self._handed(line)) is not None:
            self.find("UNGATED_PATH", f"unwrap {ask.line.id}", line, "opened without having waited for approval")
            ask.openings.append(line)

    def _sealed(self, line: Line) -> None:
        if line.wrap is not None:
            ask = Ask(line, line.wrap.token, line.wrap.accessor)
            self.asks[line.id] = self._by_hmac[ask.token] = self._by_hmac[ask.accessor] = ask
            if line.kind != "service":
                self.find("UNGATED_PATH", f"token {line.id}", line, "asked with a token that could be handed on")
        elif line.deferred:
            self.asks.setdefault(line.id, Ask(line, "", "")).openings.append(line)
        elif line.told:
            self.find("UNGATED_PATH", f"{line.path} {line.id}", line, "answered without approval")

    def _handed(self, line: Line) -> Ask | None:
        if line.path not in UNWRAPS:
            return None
        return self._by_hmac.get(line.handed) or self._by_hmac.get(line.token)

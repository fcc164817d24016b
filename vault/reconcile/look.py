"""One look after another at the two logs: read what is new, judge all of it, and remember how far the look came.

It verifies our log before it believes it. What it remembers (`State`) holds no value: names, numbers, hashes, and the
checkpoint that our log must continue.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from vault.client import VaultSession
from vault.log import LogError, Verifier, bundle, checkpoint, verify
from vault.reconcile import ours as entries
from vault.reconcile.findings import Finding, TrailError
from vault.reconcile.judge import PATIENCE, Name, judge
from vault.reconcile.ours import Ours
from vault.reconcile.parts import Mark, Trail, files, missing
from vault.reconcile.seen import Seen

HASH = "sys/audit-hash/file"


@dataclass(frozen=True, slots=True)
class State:
    """What a look leaves for the next: how far each part was read, our log's checkpoint, which findings were told."""

    marks: Sequence[Mark] = ()
    checkpoint: str = ""
    told: frozenset[str] = field(default_factory=frozenset)

    def save(self, file: Path) -> None:
        """Write it whole or not at all, for its owner alone."""
        content = {"version": 1, "marks": [asdict(mark) for mark in self.marks], "checkpoint": self.checkpoint,
                   "told": sorted(self.told)}  # fmt: skip
        fresh = file.with_name(file.name + ".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as out:
            json.dump(content, out, indent=1)
        fresh.replace(file)

    @classmethod
    def load(cls, file: Path) -> State:
        """Read it, or begin if there is none; raises TrailError STATE_DAMAGED."""
        if not file.exists():
            return cls()
        try:
            content = json.loads(file.read_bytes())
            marks = {1: tuple(Mark(**mark) for mark in content["marks"])}[content["version"]]
            return cls(marks, str(content["checkpoint"]), frozenset(map(str, content["told"])))
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            raise TrailError("STATE_DAMAGED", "not the state of an earlier look", place=str(file)) from None


class Look:
    """Looks at the trail's files (or folders of them) and at our log's bundle, as often as asked."""

    def __init__(
        self,
        trail: Sequence[Path],
        log: Path,
        verifier: Verifier,
        name: Name,
        state: State,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._given, self._log, self._verifier, self._name = trail, log, verifier, name
        self._patience, self._told, self._note = patience, state.told, state.checkpoint
        self._trail, self._seen, self._ours = Trail(state.marks), Seen(), Ours()
        self._proved: datetime | None = None
        self._whole: tuple[object, list[Finding]] = (None, [])

    @property
    def lines(self) -> int:
        """Return how many lines of the trail were read."""
        return self._seen.lines

    @property
    def ours(self) -> Ours:
        """Return what our log said at the last look."""
        return self._ours

    def state(self, told: Sequence[Finding] = ()) -> State:
        """Return what the next look must know, with the findings that have been told."""
        self._told = self._told | {each.size for each in told}
        return State(self._trail.marks, self._note, self._told)

    def untold(self, found: Sequence[Finding]) -> list[Finding]:
        """Return the findings that nobody was told of yet, or that have doubled since."""
        return [each for each in found if each.size not in self._told]

    def look(self, now: datetime) -> list[Finding]:
        """Read on and judge; raises TrailError, or LogError if our log does not verify."""
        self._prove(now)
        while True:
            paths = files(self._given)
            try:
                for line in self._trail.read(paths, self._ours, now):
                    self._seen.add(line)
            except FileNotFoundError:  # put aside under our hands: it has another name now
                continue
            break
        parts = [*self._trail.findings, *self._missing(paths, now)]
        found = {each.key: each for each in (*parts, *judge(self._seen, self._ours, self._name, now, self._patience))}
        return sorted(found.values(), key=lambda each: each.at)

    def _prove(self, now: datetime) -> None:
        """Read our log if it has grown. While it is being written it does not verify; for so long the old one holds."""
        try:
            note = (self._log / "checkpoint").read_text(encoding="utf-8", errors="replace")
            if self._proved is not None and note == self._note:
                self._proved = now
                return
            since = checkpoint.open_(self._note, self._verifier) if self._note else None
            verify(self._log, self._verifier, since)
            self._ours = entries.read(bundle.entries(self._log, self._verifier))
            self._proved, self._note = now, note
        except OSError:
            raise TrailError("LOG_MISSING", "no log of the centre there", place=str(self._log)) from None
        except LogError:
            if self._proved is None or now - self._proved > self._patience:
                raise

    def _missing(self, paths: Sequence[Path], now: datetime) -> list[Finding]:
        """Hold the parts against our log, once for each set of them: it reads every part."""
        known = (sorted(self._ours.parts), sorted(self._ours.dropped), [(path, path.stat().st_ino) for path in paths])
        if self._whole[0] != known:
            self._whole = (known, missing(paths, self._ours, now))
        return self._whole[1]


def namer(session: VaultSession) -> Name:
    """Return how the trail shows a value, asked of the vault with the reconciler's own login, each once."""

    @functools.cache
    def name(value: str) -> str:
        return str(session.write(HASH, {"input": value})["hash"])

    return name

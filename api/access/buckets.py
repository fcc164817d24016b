"""Token buckets in this process: so many requests at once, so many a second after. They hold names and numbers only."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

KEPT = 10_000
"""Names that are remembered; the one longest quiet is forgotten first."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A burst, and what comes back a second."""

    burst: float
    second: float


class Buckets:
    """One bucket a name, all of one rate."""

    def __init__(self, rate: Rate, clock: Callable[[], float]) -> None:
        self._rate, self._clock = rate, clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str) -> float:
        """Take one; return 0, or the seconds until there is one again."""
        with self._lock:
            now = self._clock()
            level, seen = self._levels.pop(name, (self._rate.burst, now))
            level = min(self._rate.burst, level + (now - seen) * self._rate.second)
            taken = level >= 1
            self._levels[name] = (level - 1 if taken else level, now)
            if len(self._levels) > KEPT:
                self._levels.popitem(last=False)
            return 0.0 if taken else (1 - level) / self._rate.second

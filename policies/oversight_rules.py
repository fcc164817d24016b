"""Load the thresholds above which an entry of the access log is flagged. They flag and forbid nothing."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from policies.errors import PolicyError

HOURS_OF_A_DAY = 24
DAYS_OF_A_WEEK = frozenset(range(1, 8))


@dataclass(frozen=True, slots=True)
class OversightRules:
    """Named thresholds: office hours and days (WIB, 1 is Monday), counts with their windows, who is of which agency."""

    hash: str
    opens: int
    closes: int
    days: frozenset[int]
    bulk_persons: int
    bulk_hours: int
    repeat_times: int
    repeat_days: int
    quick_seconds: int
    pair_times: int
    pair_days: int
    homes: Mapping[str, str]

    @property
    def longest_days(self) -> int:
        """Return how far back a flag may have to look."""
        return max(self.repeat_days, self.pair_days, 1 + self.bulk_hours // HOURS_OF_A_DAY)


@cache
def load_oversight_rules(name: str = "lampung") -> OversightRules:
    """Return the shipped thresholds of that name; raises PolicyError OVERSIGHT_RULE."""
    file = resources.files("policies") / "oversight" / f"{name}.toml"
    if not file.is_file():
        raise _wrong("no rules of that name")
    return parse_oversight_rules(file.read_text(encoding="utf-8"))


def parse_oversight_rules(text: str) -> OversightRules:
    """Return the thresholds of a TOML text; raises PolicyError OVERSIGHT_RULE."""
    try:
        found = _rules(tomllib.loads(text), hashlib.sha256(text.encode()).hexdigest())
    except tomllib.TOMLDecodeError:
        raise _wrong("not a TOML file") from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _wrong("a key is missing, unknown or of another kind") from None
    counts = (found.bulk_persons, found.bulk_hours, found.repeat_times, found.repeat_days, found.quick_seconds,
              found.pair_times, found.pair_days)  # fmt: skip
    if min(counts) < 1:
        raise _wrong("a threshold is 1 or more: none can be switched off")
    if not 0 <= found.opens < found.closes <= HOURS_OF_A_DAY or not found.days <= DAYS_OF_A_WEEK:
        raise _wrong("no such hours or days")
    return found


def _rules(given: dict[str, Any], digest: str) -> OversightRules:
    hours, bulk, repeat = given.pop("off-hours"), given.pop("bulk-reads"), given.pop("same-pseudonym")
    quick, pair, own = given.pop("quick-approval"), given.pop("same-approvers"), given.pop("self-agency")
    made = OversightRules(
        digest, _whole(hours.pop("from")), _whole(hours.pop("until")), frozenset(map(_whole, hours.pop("days"))),
        _whole(bulk.pop("persons")), _whole(bulk.pop("hours")), _whole(repeat.pop("times")), _whole(repeat.pop("days")),
        _whole(quick.pop("seconds")), _whole(pair.pop("times")), _whole(pair.pop("days")),
        {str(who): str(agency) for who, agency in own.pop("homes").items()},
    )  # fmt: skip
    if any((given, hours, bulk, repeat, quick, pair, own)):
        raise ValueError("unknown key")
    return made


def _whole(given: object) -> int:
    if not isinstance(given, int) or isinstance(given, bool):
        raise TypeError
    return given


def _wrong(message: str) -> PolicyError:
    return PolicyError("OVERSIGHT_RULE", message, place="policies/oversight")

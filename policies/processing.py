"""Load what is stated of the processing (UU PDP, article 31): the part that no table of the store knows."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

from policies.errors import PolicyError

PARTS = frozenset({"controller", "activities", "measures"})
FIELDS = frozenset({"name", "basis", "purpose", "subjects", "data", "source", "retention"})


def load_processing() -> dict[str, Any]:
    """Return what the shipped file states; raises PolicyError PROCESSING_FORM."""
    file = resources.files("policies") / "oversight" / "processing.toml"
    return parse_processing(file.read_text(encoding="utf-8"))


def parse_processing(text: str) -> dict[str, Any]:
    """Return what a TOML text states; each activity has every field. Raises PolicyError PROCESSING_FORM."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise _wrong("not a TOML file") from None
    activities = found.get("activities")
    if set(found) != PARTS or not isinstance(activities, list) or not activities:
        raise _wrong("expected controller, activities and measures")
    if any(not isinstance(each, dict) or set(each) != FIELDS or not all(each.values()) for each in activities):
        raise _wrong("an activity lacks a field, or has one too many")
    return found


def _wrong(message: str) -> PolicyError:
    return PolicyError("PROCESSING_FORM", message, place="policies/oversight/processing.toml")

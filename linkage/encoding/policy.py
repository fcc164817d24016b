"""The linkage policy: what is encoded, how strongly, and the floors below which it is refused.

A policy is a frozen value with a hash; every submission, filter and run carries that hash. This file never reads a
file: the text comes from `policies`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

from linkage.encoding.errors import EncodingError

T = TypeVar("T")

VERSION = 1
PARTS = ("birth_date", "birth_year", "sex", "regency", "village", "nik")
TEMPORAL = frozenset({"birth_date", "birth_year"})

MIN_BITS = {"nik": 256}
"""Length floor of an anchor that holds a NIK; every other anchor has at least `MIN_NAME_BITS`."""
MIN_NAME_BITS = 512
MAX_BITS = 4096
MIN_HASHES, MAX_HASHES = 4, 30
MIN_MAJORITIES, MAX_MAJORITIES = 3, 7


@dataclass(frozen=True, slots=True)
class Anchor:
    """One way to meet: records compare only where all `parts` agree, by filters salted with them."""

    name: str
    parts: tuple[str, ...]
    bits: int
    hashes: int


@dataclass(frozen=True, slots=True)
class Matching:
    """What the linker may do with the encodings.

    `floor`: Dice below which a pass is silent. `false_match_budget`: share of linked pairs that may be false;
    `missed_match_budget`: share of matches that may be neither linked nor reviewed; `least_probability`: what each
    linked pair must have, however much of the budget is left.
    """

    floor: float
    false_match_budget: float
    missed_match_budget: float
    least_probability: float


@dataclass(frozen=True, slots=True)
class LinkagePolicy:
    """A validated linkage policy. Build it with `parse`."""

    name: str
    anchors: tuple[Anchor, ...]
    majorities: int
    matching: Matching

    def anchor(self, name: str) -> Anchor:
        """Return the anchor of that name."""
        for anchor in self.anchors:
            if anchor.name == name:
                return anchor
        raise EncodingError("POLICY_ANCHOR_UNKNOWN", "no anchor of that name in the policy")

    @property
    def hash(self) -> str:
        """Return SHA-256 over canonical JSON, hex: the identity of this policy wherever it is cited."""
        body = json.dumps({"version": VERSION, **asdict(self)}, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(body.encode()).hexdigest()


def parse(document: Mapping[str, Any]) -> LinkagePolicy:
    """Check a TOML document against schema and floors, and return the policy.

    Raises EncodingError: POLICY_VERSION, POLICY_KEY (missing or unknown), POLICY_TYPE, POLICY_WEAK (below a floor) or
    POLICY_SEPARATION (a date beside a place finer than a regency; security model, separation of compartments).
    """
    _keys(document, {"version", "name", "anchors", "layer", "matching"}, "policy")
    if document["version"] != VERSION:
        raise EncodingError("POLICY_VERSION", f"expected version {VERSION}")
    layer, matching = document["layer"], document["matching"]
    _keys(layer, {"majorities"}, "layer")
    _keys(matching, {field.name for field in fields(Matching)}, "matching")
    if not isinstance(document["anchors"], Mapping) or not document["anchors"]:
        raise EncodingError("POLICY_TYPE", "expected at least one anchor", place="anchors")
    return LinkagePolicy(
        name=_typed(document["name"], str, "name"),
        anchors=tuple(_anchor(name, table) for name, table in document["anchors"].items()),
        majorities=_majorities(_typed(layer["majorities"], int, "layer.majorities")),
        matching=_matching(matching),
    )


def _anchor(name: str, table: Mapping[str, Any]) -> Anchor:
    place = f"anchors.{name}"
    _keys(table, {"parts", "bits", "hashes"}, place)
    parts = tuple(_typed(table["parts"], list, place))
    bits = _typed(table["bits"], int, place)
    hashes = _typed(table["hashes"], int, place)
    if not parts or any(part not in PARTS for part in parts) or len(set(parts)) != len(parts):
        raise EncodingError("POLICY_WEAK", f"an anchor is salted by some of {', '.join(PARTS)}", place=place)
    if "village" in parts and TEMPORAL.intersection(parts):
        raise EncodingError("POLICY_SEPARATION", "no place finer than a regency stands beside a date", place=place)
    least = MIN_BITS["nik"] if "nik" in parts else MIN_NAME_BITS
    if not least <= bits <= MAX_BITS or bits & (bits - 1):
        raise EncodingError("POLICY_WEAK", f"bits: a power of two from {least} to {MAX_BITS}", place=place)
    if not MIN_HASHES <= hashes <= MAX_HASHES:
        raise EncodingError("POLICY_WEAK", f"hashes: from {MIN_HASHES} to {MAX_HASHES}", place=place)
    return Anchor(name, parts, bits, hashes)


def _majorities(count: int) -> int:
    if not MIN_MAJORITIES <= count <= MAX_MAJORITIES:
        raise EncodingError("POLICY_WEAK", f"from {MIN_MAJORITIES} to {MAX_MAJORITIES}", place="layer.majorities")
    return count


def _matching(table: Mapping[str, Any]) -> Matching:
    numbers = {key: _typed(value, float, f"matching.{key}") for key, value in table.items()}
    if not all(0.0 < value < 1.0 for value in numbers.values()):
        raise EncodingError("POLICY_TYPE", "expected numbers between 0 and 1", place="matching")
    return Matching(**numbers)


def _keys(table: object, expected: set[str], place: str) -> None:
    if not isinstance(table, Mapping):
        raise EncodingError("POLICY_TYPE", "expected a table", place=place)
    if missing := sorted(expected - set(table)):
        raise EncodingError("POLICY_KEY", f"missing: {', '.join(missing)}", place=place)
    if set(table) - expected:
        raise EncodingError("POLICY_KEY", "an unknown key", place=place, hint=f"known: {', '.join(sorted(expected))}")


def _typed(value: Any, kind: type[T], place: str) -> T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise EncodingError("POLICY_TYPE", f"expected {kind.__name__}", place=place)
    return value

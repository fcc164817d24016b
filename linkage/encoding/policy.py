"""The linkage policy: what is encoded, how strongly, and the floors below which it is refused.

A policy is a frozen value with a hash; every submission, filter and run carries that hash. This file never reads a
file: the text comes from `policies`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, TypeVar

from linkage.encoding.errors import EncodingError

T = TypeVar("T")

VERSION = 2
"""The second: weights of the layer lie by input bit. A policy of another version, and its filters, are refused."""
PARTS = ("birth_date", "birth_year", "sex", "regency", "district", "village", "nik")
TEMPORAL = frozenset({"birth_date", "birth_year"})
FINE = frozenset({"district", "village"})
"""Places finer than a regency: beside a date they let a cell be inverted by its size (security model, §1)."""

MIN_NIK_BITS, MIN_NAME_BITS, MAX_BITS = 256, 512, 4096
MIN_HASHES, MAX_HASHES = 4, 30
MIN_MAJORITIES, MAX_MAJORITIES = 3, 7
Q = (2, 3)


@dataclass(frozen=True, slots=True)
class Names:
    """How a name becomes q-grams: their length, padded words, those across spaces, those of a second spelling."""

    q: int = 2
    padded: bool = True
    joined: bool = True
    variants: bool = True


@dataclass(frozen=True, slots=True)
class Anchor:
    """One way to meet: records compare only where all `parts` agree, by filters salted with them.

    A filter has `bits` bits; each q-gram of the name sets `hashes` of them, each piece of the birth date `date_hashes`.
    `narrow_heaped` adds the regency to days that registrars put for an unknown one, whose cells are crowded.
    `majorities`, if not 0, stand for the layer's own: a NIK's cell is one person's, and needs fewer. `floor`, if not 0,
    stands for the matching's: the merge tells dates and years by the strangers whom their passes pair.
    """

    name: str
    parts: tuple[str, ...]
    bits: int
    hashes: int
    date_hashes: int = 0
    narrow_heaped: bool = False
    majorities: int = 0
    floor: float = 0.0
    unsafe_unsalted: bool = False
    unsafe_place_beside_date: bool = False
    unsafe_small: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """The second, vault-keyed layer: how many majorities an output bit is the XOR of, and whose key they have."""

    majorities: int
    unsafe_no_layer: bool = False
    unsafe_few_majorities: bool = False
    unsafe_one_key: bool = False


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
    names: Names
    anchors: tuple[Anchor, ...]
    layer: Layer
    matching: Matching

    def anchor(self, name: str) -> Anchor:
        """Return the anchor of that name; raises EncodingError POLICY_ANCHOR_UNKNOWN."""
        for anchor in self.anchors:
            if anchor.name == name:
                return anchor
        raise EncodingError("POLICY_ANCHOR_UNKNOWN", "no anchor of that name in the policy")

    def majorities(self, anchor: Anchor) -> int:
        """Return how many majorities stand behind each output bit of an anchor's layer; 0 for none."""
        return anchor.majorities if self.layer.majorities and anchor.majorities else self.layer.majorities

    def floor(self, anchor: Anchor) -> float:
        """Return the Dice below which an anchor's pass is silent."""
        return anchor.floor or self.matching.floor

    @property
    def hash(self) -> str:
        """Return SHA-256 over canonical JSON, hex: the identity of this policy wherever it is cited."""
        body = json.dumps({"version": VERSION, **asdict(self)}, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(body.encode()).hexdigest()

    @property
    def unprotected(self) -> tuple[str, ...]:
        """Say what this policy gives up, one sentence each unsafe field; nothing for a safe policy."""
        places: list[Anchor | Layer] = [*self.anchors, self.layer]
        named = {each.name for place in places for each in fields(place) if getattr(place, each.name) is True}
        return tuple(sentence for name, sentence in UNPROTECTED.items() if name in named)


UNPROTECTED = {
    "unsafe_unsalted": "unsalted filters: one filter graph re-identifies nearly every name without any key",
    "unsafe_place_beside_date": "a fine place beside a date: cells are inverted by their sizes and a population roster",
    "unsafe_small": "filters or hash counts under the floor: fewer collisions than the attack suite was judged on",
    "unsafe_no_layer": "no vault-keyed layer: whoever holds the epoch key tests any name against the stored filters",
    "unsafe_few_majorities": "too few majorities: the layer is close to linear and learnt from known pairs",
    "unsafe_one_key": "one layer key for all cells: what is learnt in one cell holds in every cell",
}


def parse(document: Mapping[str, Any]) -> LinkagePolicy:
    """Check a TOML document against schema and floors, and return the policy.

    Raises EncodingError: POLICY_VERSION, POLICY_KEY (missing or unknown), POLICY_TYPE, POLICY_WEAK (below a floor) or
    POLICY_SEPARATION (a date beside a place finer than a regency). What is weak passes only with its `unsafe_` field.
    """
    _keys(document, {"version", "name", "names", "anchors", "layer", "matching"}, "policy")
    if document["version"] != VERSION:
        raise EncodingError("POLICY_VERSION", f"expected version {VERSION}")
    if not isinstance(document["anchors"], Mapping) or not document["anchors"]:
        raise EncodingError("POLICY_TYPE", "expected at least one anchor", place="anchors")
    return LinkagePolicy(
        name=_typed(document["name"], str, "name"),
        names=_names(_read(document["names"], Names, "names")),
        anchors=tuple(_anchor(name, table) for name, table in document["anchors"].items()),
        layer=_layer(_read(document["layer"], Layer, "layer")),
        matching=_matching(_read(document["matching"], Matching, "matching")),
    )


def _names(names: Names) -> Names:
    if names.q not in Q:
        raise EncodingError("POLICY_TYPE", f"q: one of {Q}", place="names")
    return names


def _anchor(name: str, table: Any) -> Anchor:
    place = f"anchors.{name}"
    anchor = _read({"name": name, **table} if isinstance(table, Mapping) else table, Anchor, place)
    if any(part not in PARTS for part in anchor.parts) or len(set(anchor.parts)) != len(anchor.parts):
        raise EncodingError("POLICY_TYPE", f"parts: some of {', '.join(PARTS)}", place=place)
    if not anchor.parts and not anchor.unsafe_unsalted:
        raise EncodingError("POLICY_WEAK", "an anchor without parts has no salt", place=place)
    fine = FINE.intersection(anchor.parts) and TEMPORAL.intersection(anchor.parts)
    if fine and not anchor.unsafe_place_beside_date:
        raise EncodingError("POLICY_SEPARATION", "no place finer than a regency stands beside a date", place=place)
    if anchor.bits not in (1 << power for power in range(6, MAX_BITS.bit_length())):
        raise EncodingError("POLICY_TYPE", f"bits: a power of two from 64 to {MAX_BITS}", place=place)
    if not (1 <= anchor.hashes <= MAX_HASHES and 0 <= anchor.date_hashes <= MAX_HASHES):
        raise EncodingError("POLICY_TYPE", f"hashes: from 1 to {MAX_HASHES}", place=place)
    least = MIN_NIK_BITS if "nik" in anchor.parts else MIN_NAME_BITS
    if (anchor.bits < least or anchor.hashes < MIN_HASHES) and not anchor.unsafe_small:
        raise EncodingError("POLICY_WEAK", f"at least {least} bits and {MIN_HASHES} hashes", place=place)
    if anchor.majorities and not MIN_MAJORITIES <= anchor.majorities <= MAX_MAJORITIES:
        message = f"from {MIN_MAJORITIES} to {MAX_MAJORITIES} majorities, or 0 for the layer's"
        raise EncodingError("POLICY_WEAK", message, place=place)
    if not 0.0 <= anchor.floor < 1.0:
        raise EncodingError("POLICY_TYPE", "floor: from 0, for the matching's, to 1", place=place)
    return anchor


def _layer(layer: Layer) -> Layer:
    if not 0 <= layer.majorities <= MAX_MAJORITIES:
        raise EncodingError("POLICY_TYPE", f"majorities: at most {MAX_MAJORITIES}", place="layer")
    allowed = layer.unsafe_few_majorities if layer.majorities else layer.unsafe_no_layer
    if layer.majorities < MIN_MAJORITIES and not allowed:
        raise EncodingError("POLICY_WEAK", f"at least {MIN_MAJORITIES} majorities", place="layer")
    return layer


def _matching(matching: Matching) -> Matching:
    if not all(0.0 < getattr(matching, each.name) < 1.0 for each in fields(matching)):
        raise EncodingError("POLICY_TYPE", "expected numbers between 0 and 1", place="matching")
    return matching


def _read(table: Any, kind: type[T], place: str) -> T:
    """Read a table into a dataclass of plain fields, with neither a missing nor an unknown key."""
    known: dict[str, Any] = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]  # a dataclass by contract
    required = {name for name, each in known.items() if each.default is MISSING}
    _keys(table, required, place, known)
    types = {"int": int, "bool": bool, "float": float, "str": str, "tuple[str, ...]": list}
    values = {name: _typed(value, types[known[name].type], place) for name, value in table.items()}
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


def _keys(table: Any, required: Iterable[str], place: str, known: Iterable[str] | None = None) -> None:
    if not isinstance(table, Mapping):
        raise EncodingError("POLICY_TYPE", "expected a table", place=place)
    allowed = set(required if known is None else known)
    if missing := sorted(set(required) - set(table)):
        raise EncodingError("POLICY_KEY", f"missing: {', '.join(missing)}", place=place)
    if set(table) - allowed:
        raise EncodingError("POLICY_KEY", "an unknown key", place=place, hint=f"known: {', '.join(sorted(allowed))}")


def _typed(value: Any, kind: type[Any], place: str) -> Any:
    """Return the value if it has that very type: true is no whole number, and a number no text."""
    if type(value) is not kind:
        raise EncodingError("POLICY_TYPE", f"expected {kind.__name__}", place=place)
    return value

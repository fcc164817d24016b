"""Load the rules of release and hold them to their floors: no cell under ten, villages whole, no unknown dimension."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from linkage.layering.cubes import LEVELS
from linkage.layering.errors import LayeringError
from linkage.layering.release import EACH, METHODS, PLAIN, CubeRule, ReleaseRules, expand
from linkage.layering.suppression import THRESHOLD
from policies.errors import PolicyError

MAX_DIMENSIONS = 3
"""A finer crossing is a list of people, not a table."""
MIN_SPREAD = 1.5
_DIVIDED = frozenset({*PLAIN, *(f"{kind}:*" for kind in EACH)})


@dataclass(frozen=True, slots=True)
class LoadedRelease:
    """Rules of release and the hash of their text."""

    hash: str
    rules: ReleaseRules


@cache
def load_release_rules(name: str = "lampung") -> LoadedRelease:
    """Return the shipped rules of that name; raises PolicyError RELEASE_RULE."""
    file = resources.files("policies") / "release" / f"{name}.toml"
    if not file.is_file():
        raise PolicyError("RELEASE_RULE", "no rules of that name", place="policies/release")
    return parse_release_rules(file.read_text(encoding="utf-8"))


def parse_release_rules(text: str) -> LoadedRelease:
    """Return the rules of a TOML text; raises PolicyError RELEASE_RULE."""
    try:
        rules = _rules(tomllib.loads(text))
        _judge(rules)
    except tomllib.TOMLDecodeError:
        raise _wrong("not a TOML file") from None
    except (KeyError, TypeError, ValueError):
        raise _wrong("a key is missing, unknown or of another kind") from None
    except LayeringError as error:
        raise _wrong(error.message) from None
    return LoadedRelease(hashlib.sha256(text.encode()).hexdigest(), rules)


def _rules(given: dict[str, Any]) -> ReleaseRules:
    cubes = tuple(CubeRule(one.pop("name"), tuple(one.pop("dimensions")), one.pop("level")) for one in given["cube"])
    noise = given.get("noise", {})
    if any(given["cube"]) or set(given) - {"threshold", "method", "cube", "noise"} or set(noise) - {"spread", "bound"}:
        raise ValueError("unknown key")
    method = given.get("method", METHODS[0])
    return ReleaseRules(
        int(given["threshold"]), cubes, method, float(noise.get("spread", 0)), int(noise.get("bound", 0))
    )


def _judge(rules: ReleaseRules) -> None:
    noise = rules.method == "noise"
    for wrong, message in (
        (rules.threshold < THRESHOLD, f"the threshold is {THRESHOLD} or more"),
        (rules.method not in METHODS, "the method is suppression or noise"),
        (
            noise and not (rules.spread >= MIN_SPREAD and rules.spread <= rules.bound < rules.threshold),
            "too little noise",
        ),
        (not rules.cubes, "no cube"),
        (len({cube.name for cube in rules.cubes}) != len(rules.cubes), "a cube's name stands twice"),
    ):
        if wrong:
            raise _wrong(message)
    for cube in rules.cubes:
        if cube.level not in LEVELS or set(cube.dimensions) - _DIVIDED or len(cube.dimensions) > MAX_DIMENSIONS:
            raise _wrong("no such level or dimension, or too many of these")
        if cube.level == "village" and cube.dimensions:
            raise _wrong("villages have totals only")
        expand(cube)


def _wrong(message: str) -> PolicyError:
    return PolicyError("RELEASE_RULE", message, place="policies/release")

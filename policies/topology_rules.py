"""Load which lists are compared, and whose word goes first where several tell of one person. It judges no row.

A list is an agency's name as it is enrolled. What is not named meets everything, itself included.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policies.errors import PolicyError

VERSION = 1


@dataclass(frozen=True, slots=True)
class TopologyRules:
    """`single`: lists that have nobody twice; `apart`: pairs of lists that never meet; and the hash of the text.

    `priority`: lists whose word is shown first of a person whom several tell of, the first before the others.
    """

    hash: str
    single: frozenset[str]
    apart: frozenset[frozenset[str]]
    priority: tuple[str, ...] = ()

    @property
    def plain(self) -> bool:
        """Say whether every list meets every list, itself included."""
        return not self.single and not self.apart

    def rank(self, source: str) -> int:
        """Return where a list stands by priority; what is not named comes last."""
        return self.priority.index(source) if source in self.priority else len(self.priority)

    def meet(self, sources: Sequence[str]) -> NDArray[np.bool_]:
        """Return which of the lists meet, in their order: bool[k, k]."""
        return np.array([[self._meets(one, other) for other in sources] for one in sources], bool).reshape(
            len(sources), len(sources)
        )

    def _meets(self, one: str, other: str) -> bool:
        return one not in self.single if one == other else frozenset((one, other)) not in self.apart


def load_topology(name: str = "lampung") -> TopologyRules:
    """Return the shipped rules of that name; raises PolicyError TOPOLOGY_RULE."""
    file = resources.files("policies") / "topology" / f"{name}.toml"
    if not file.is_file():
        raise PolicyError("TOPOLOGY_RULE", "no rules of that name", place="policies/topology")
    return parse_topology(file.read_text(encoding="utf-8"))


def parse_topology(text: str) -> TopologyRules:
    """Return the rules of a TOML text; raises PolicyError TOPOLOGY_RULE, naming the key."""
    try:
        body = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise _unfit("expected TOML", "topology") from None
    if body.keys() - {"priority"} != {"version", "single", "apart"} or body["version"] != VERSION:
        raise _unfit(f"expected version {VERSION}, single, apart and at most priority", "topology")
    single, apart = _names(body["single"], "single"), body["apart"]
    if not isinstance(apart, list):
        raise _unfit("expected pairs of lists", "apart")
    pairs = [frozenset(_names(pair, "apart")) for pair in apart]
    if any(len(pair) != 2 for pair in pairs):
        raise _unfit("expected two different lists; a list that does not meet itself is `single`", "apart")
    priority = tuple(_names(body.get("priority", []), "priority"))
    return TopologyRules(hashlib.sha256(text.encode()).hexdigest(), frozenset(single), frozenset(pairs), priority)


def _names(value: Any, place: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise _unfit("expected names of lists", place)
    if len(set(value)) != len(value):
        raise _unfit("expected each list once", place)
    return value


def _unfit(message: str, place: str) -> PolicyError:
    return PolicyError("TOPOLOGY_RULE", message, place=place)

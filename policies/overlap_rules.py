"""Load the overlap rules: one TOML file a rule, with its basis and examples. It judges texts, and no person.

A rule that may hold a payment needs a basis that somebody read in its source; every rule is tried on its own examples.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from linkage.layering import explain, lists, rules
from linkage.layering.explain import Example
from linkage.layering.periods import month
from linkage.layering.rules import Basis, Rule, Selector, Window
from policies.errors import PolicyError

ALWAYS = month(9999, 12)
_KEYS = {
    "id", "title", "kind", "unit", "effect", "valid_from", "valid_to", "basis", "left", "right", "window", "months",
    "same", "limit", "states", "example",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OverlapRules:
    """The rules by id in the order of their files, each one's examples, and the hash of all texts."""

    hash: str
    rules: tuple[Rule, ...]
    examples: Mapping[str, tuple[Example, ...]]

    def find(self, rule: str) -> Rule:
        """Return a rule by its id; raises PolicyError RULE_UNKNOWN."""
        for each in self.rules:
            if each.id == rule:
                return each
        raise PolicyError("RULE_UNKNOWN", "no overlap rule of that name", place="policies/overlap")


@cache
def load_overlap_rules() -> OverlapRules:
    """Return the rules that ship; raises PolicyError OVERLAP_RULE."""
    folder = resources.files("policies") / "overlap"
    files = sorted((file.name, file) for file in folder.iterdir() if file.name.endswith(".toml"))
    return parse_overlap_rules({name.removesuffix(".toml"): file.read_text(encoding="utf-8") for name, file in files})


def parse_overlap_rules(texts: Mapping[str, str]) -> OverlapRules:
    """Parse rules by file name, and try each on its examples; raises PolicyError OVERLAP_RULE, naming file and key."""
    found, examples = [], {}
    for name, text in texts.items():
        rule, examples[name] = _parse(name, text)
        found.append(rule)
    digest = hashlib.sha256("\0".join(f"{name}\0{text}" for name, text in sorted(texts.items())).encode())
    return OverlapRules(digest.hexdigest(), tuple(found), examples)


def _parse(name: str, text: str) -> tuple[Rule, tuple[Example, ...]]:
    try:
        given = tomllib.loads(text)
        rule = _rule(given)
        examples = tuple(Example(one["id"], one["en"], one["fires"], tuple(one["rows"])) for one in given["example"])
    except tomllib.TOMLDecodeError:
        raise _wrong(name, "not a TOML file") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _wrong(name, f"missing or of another kind: {error.args[0] if error.args else ''}") from None
    _judge(name, given, rule)
    _try(name, rule, examples)
    return rule, examples


def _rule(given: Mapping[str, Any]) -> Rule:
    basis = given["basis"]
    verified = str(basis.get("verified_on", ""))
    return Rule(
        id=given["id"],
        title_id=given["title"]["id"],
        title_en=given["title"]["en"],
        kind=given["kind"],
        unit=given["unit"],
        effect=given["effect"],
        basis=Basis(basis["citation"], basis["grade"], basis.get("verified_by", ""), verified),
        valid_from=_month(given["valid_from"]),
        valid_to=_month(given["valid_to"]) if "valid_to" in given else ALWAYS,
        left=_selector(given["left"]),
        right=_selector(given.get("right", {})),
        window=Window(given.get("window", "any"), given.get("months", 0)),
        same=tuple(given.get("same", ())),
        limit=given.get("limit", 0),
        states=tuple(given.get("states", ())),
    )


def _month(text: str) -> int:
    year, number = text.split("-")
    return month(int(year), int(number))


def _selector(given: Mapping[str, Any]) -> Selector:
    if set(given) - {"programmes", "funds"}:
        raise ValueError("a selector has programmes and funds")
    return Selector(tuple(given.get("programmes", ())), tuple(given.get("funds", ())))


def _judge(name: str, given: Mapping[str, Any], rule: Rule) -> None:
    selectors, basis = (rule.left, rule.right), rule.basis
    for wrong, message in (
        (set(given) - _KEYS, "an unknown key"),
        (rule.id != name, "the id is not the file's name"),
        (rule.kind not in rules.KINDS, "no such kind"),
        (rule.unit not in rules.UNITS, "no such unit"),
        (rule.effect not in rules.EFFECTS, "the effect is info, review or hold, and never a denial"),
        (rule.window.kind not in rules.WINDOWS, "no such window"),
        ((rule.window.kind == "months") != (rule.window.months > 0), "months belong to the window `months`"),
        ((rule.kind == "sum") != (rule.limit > 0), "a limit belongs to a sum"),
        ((rule.kind == "state") != bool(rule.states), "states belong to the kind `state`"),
        (set(rule.states) - set(lists.codes("beneficiaries")), "an unknown state"),
        (set(rule.same) - set(rules.SAME), "`same` names programme or need"),
        ({code for each in selectors for code in each.programmes} - set(lists.programmes()), "an unknown programme"),
        ({code for each in selectors for code in each.funds} - set(lists.codes("funds")), "an unknown fund"),
        (rule.valid_from > rule.valid_to, "it ends before it begins"),
        (not basis.citation or basis.grade not in rules.GRADES, "a citation and its grade"),
        (bool(basis.verified_by) != bool(basis.verified_on), "who verified it and when come together"),
        (
            rule.effect == "hold" and (basis.grade != "read" or not basis.verified_by),
            "a hold needs a basis that was read",
        ),
    ):
        if wrong:
            raise _wrong(name, message)


def _try(name: str, rule: Rule, examples: tuple[Example, ...]) -> None:
    if {example.fires for example in examples} != {True, False}:
        raise _wrong(name, "needs an example that raises a flag and one that does not")
    for number, example in enumerate(examples, start=1):
        if explain.fires(rule, example) != example.fires:
            raise _wrong(name, f"example {number} does not come out as it says")


def _wrong(name: str, message: str) -> PolicyError:
    return PolicyError("OVERLAP_RULE", message, place=f"policies/overlap/{name}.toml")

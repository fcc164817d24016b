"""`lapis policy`: the rules that ship, in words and on examples. It reads rules, and no data."""

from __future__ import annotations

import argparse
from typing import Any

from linkage.layering import explain
from linkage.layering.rules import Rule
from policies.overlap_rules import OverlapRules, load_overlap_rules
from scripts.cli import command
from scripts.console import Answer, Sheet

_ALL = "all"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the group's commands."""
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    help_ = "say an overlap rule in words, with its basis, and show it on examples"
    one = command(commands, "explain", help_, "lapis policy explain blt-dd-pkh --language en")
    one.add_argument("rule", nargs="?", default=_ALL, help="a rule's name (default: every rule in a line)")
    one.add_argument("--language", choices=("id", "en"), default="id", help="Indonesian or English (default id)")
    one.set_defaults(run=run_explain)


def run_explain(options: argparse.Namespace) -> Answer:
    """Explain one rule, or list them all."""
    known = load_overlap_rules()
    if options.rule == _ALL:
        rows = [(rule.id, rule.effect, rule.basis.grade, explain.put(rule, options.language)) for rule in known.rules]
        every = [_data(rule, known, options.language) for rule in known.rules]
        return Answer(
            {"hash": known.hash, "rules": every},
            [f"{rule} ({effect}, {grade}): {words}" for rule, effect, grade, words in rows],
        )
    rule = known.find(options.rule)
    data = _data(rule, known, options.language)
    shown = [(each["says"], each["rows"], each["fires"]) for each in data["examples"]]
    return Answer(
        {"hash": known.hash, **data},
        [
            f"{data['title']}\n{data['words']}\n{data['citation']} ({data['grade']}; {data['verified']})",
            Sheet(rule.id, ("example", "rows", "flag"), shown),
        ],
    )


def _data(rule: Rule, known: OverlapRules, language: str) -> dict[str, Any]:
    basis = rule.basis
    examples = [
        {"says": getattr(example, f"says_{language}"), "rows": len(example.rows), "fires": explain.fires(rule, example)}
        for example in known.examples[rule.id]
    ]
    return {
        "rule": rule.id,
        "title": getattr(rule, f"title_{language}"),
        "words": explain.put(rule, language),
        "effect": rule.effect,
        "unit": rule.unit,
        "citation": basis.citation,
        "grade": basis.grade,
        "verified": f"{basis.verified_by} {basis.verified_on}".strip() or "–",
        "examples": examples,
    }

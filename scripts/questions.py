"""`lapis officer person`, `overlaps`: what one pseudonymous person got and needs, and who got twice; each is logged.

It asks the centre under the officer's own login, with a purpose and a legal basis, and keeps nothing.
"""

from __future__ import annotations

import argparse
from typing import Any, TypeAlias

from scripts import officer_desk
from scripts.cli import command
from scripts.console import Answer, Sheet

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - argparse gives it no other name
KINDS = ("agencies", "programmes")
NEEDED = ("unmet", "fitting", "met", "causes", "flags")


def add_commands(commands: Commands) -> None:
    """Add the commands."""
    person = command(
        commands, "person", "show what one person got and still needs",
        "lapis officer person 1c0ffee123456789 --purpose targeting --basis public-task",
    )  # fmt: skip
    person.add_argument("person", help="her pseudonym, as a list of persons or overlaps shows it")
    person.set_defaults(run=run_person)
    twice = command(
        commands, "overlaps", "list who got one programme from two agencies, or two programmes, in one period",
        "lapis officer overlaps --kind programmes --purpose overlap-review --basis public-task",
    )  # fmt: skip
    twice.add_argument("--kind", choices=KINDS, default=KINDS[0], help="of what two were given (default agencies)")
    twice.add_argument("--limit", type=int, default=20, help="at most so many")
    twice.set_defaults(run=run_overlaps)
    for each in (person, twice):
        each.add_argument("--purpose", required=True, help="what the answer is for, such as targeting")
        each.add_argument("--basis", required=True, help="the legal basis, such as public-task")
        officer_desk.add_access(each)


def _ask(options: argparse.Namespace, path: str, **more: Any) -> dict[str, Any]:
    with officer_desk.desk(options) as session:
        reasons = {"purpose": options.purpose, "basis": options.basis}
        return dict(session.ask("GET", path, params={**reasons, **more}))


def run_person(options: argparse.Namespace) -> Answer:
    """Show one person's aid and how she stands."""
    found = _ask(options, f"/v1/persons/{options.person}")
    names = ("programme", "agency", "period", "amount")
    aid = [[_word(row[name]) for name in names] for row in found["aid"]]
    views: list[Sheet | str] = [Sheet(f"What {found['person']} got", names, aid)]
    stands = found["standing"]
    if stands is None:
        return Answer(found, [*views, "the layers do not know this person yet: lapis centre layer"])
    said = [(name, " ".join(stands[name]) or "-") for name in NEEDED]
    rows = [("decile", _word(stands["decile"])), ("layers", stands["layers"]), *said]
    return Answer(found, [*views, Sheet("How she stands", ("", ""), rows)])


def run_overlaps(options: argparse.Namespace) -> Answer:
    """List overlaps."""
    found = _ask(options, "/v1/overlaps", kind=options.kind, limit=options.limit)
    rows = [
        (each["person"], each["period"], " ".join(each["programmes"]), " ".join(each["agencies"]), each["rows"])
        for each in found["overlaps"]
    ]
    return Answer(found, [Sheet("Who got twice", ("person", "period", "programmes", "agencies", "rows"), rows)])


def _word(value: Any) -> str:
    return "·" if value is None else f"{value:,}" if isinstance(value, int) else str(value)

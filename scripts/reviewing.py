"""`lapis officer reviews`: the queue, one pair as a waterfall, what she says of it, and asking the owners.

Levels and bits; it never shows what stands in a row.
"""

from __future__ import annotations

import argparse
from typing import Any

from api.services.reviews import WHYS
from linkage.matching import REASONS
from scripts import officer_desk
from scripts.cli import command
from scripts.console import Answer, Sheet

PURPOSES = ("overlap-review", "quality-review")
COLUMNS = ("pair", "why it waits", "agencies", "probability", "state")
WIDTH = 40
"""Characters of the widest waterfall."""


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `reviews` with its four commands."""
    group = commands.add_parser("reviews", help="pairs of rows in doubt: look, decide, ask their owners")
    acts = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = command(acts, "list", "list pairs that wait, the least sure first", "lapis officer reviews list")
    listing.add_argument("--reason", choices=REASONS, help="of one reason")
    listing.add_argument("--limit", type=int, default=50, help="at most so many (default 50)")
    listing.set_defaults(run=run_list)
    showing = command(acts, "show", "show what speaks for and against one pair", "lapis officer reviews show PAIR")
    showing.set_defaults(run=run_show)
    deciding = command(
        acts, "decide", "say whether it is one person; the next link obeys",
        "lapis officer reviews decide PAIR --answer no --because relatives",
    )  # fmt: skip
    deciding.add_argument("--answer", choices=("yes", "no", "unsure"), required=True, help="is it one person")
    deciding.add_argument("--because", choices=WHYS, required=True, help="what the answer rests on")
    deciding.set_defaults(run=run_decide)
    asking = command(acts, "ask", "ask both owners, each about its own row", "lapis officer reviews ask PAIR")
    asking.set_defaults(run=run_ask)
    for parser in (showing, deciding, asking):
        parser.add_argument("pair", help="as the list shows it")
    for parser in (listing, showing, deciding, asking):
        parser.add_argument("--purpose", choices=PURPOSES, default=PURPOSES[0], help=f"(default {PURPOSES[0]})")
        parser.add_argument("--basis", default="public-task", help="legal basis (default public-task)")
        officer_desk.add_access(parser)


def run_list(options: argparse.Namespace) -> Answer:
    """List them."""
    asked = {**_why(options), "limit": options.limit, **({"reason": options.reason} if options.reason else {})}
    with officer_desk.desk(options) as desk:
        found = desk.ask("GET", "/v1/reviews/pairs", params=asked)
    rows = [
        (each["pair"], each["reason"], _agencies(each), each["probability"], _state(each)) for each in found["pairs"]
    ]
    return Answer(found, [Sheet("Rows in doubt", COLUMNS, rows)])


def run_show(options: argparse.Namespace) -> Answer:
    """Show one pair."""
    with officer_desk.desk(options) as desk:
        found = desk.ask("GET", f"/v1/reviews/pairs/{options.pair}", params=_why(options))
    rows = [(side["person"], side["agency"], side["programme"], side["period"]) for side in found["sides"]]
    sides = Sheet(f"{found['reason']} ({_state(found)})", ("person", "agency", "programme", "period"), rows)
    return Answer(found, [sides, *_waterfall(found["evidence"])])


def run_decide(options: argparse.Namespace) -> Answer:
    """Say what she finds."""
    said = {"answer": options.answer, "reason": options.because}
    with officer_desk.desk(options) as desk:
        found = desk.ask("POST", f"/v1/reviews/pairs/{options.pair}/decisions", params=_why(options), json=said)
    words = {"same": "one person, from the next link on", "not-same": "two people, from the next link on"}
    waits = "still waits: two people must say yes" if options.answer == "yes" else "still waits"
    return Answer(found, [words.get(found["decided"], waits)])


def run_ask(options: argparse.Namespace) -> Answer:
    """Ask the owners."""
    with officer_desk.desk(options) as desk:
        found = desk.ask("POST", f"/v1/reviews/pairs/{options.pair}/questions", params=_why(options))
    return Answer(found, [f"asked with the next weekly cut: {', '.join(found['agencies'])}"])


def _why(options: argparse.Namespace) -> dict[str, str]:
    return {"purpose": options.purpose, "basis": options.basis}


def _agencies(found: dict[str, Any]) -> str:
    return ", ".join(side["agency"] or "–" for side in found["sides"])


def _state(found: dict[str, Any]) -> str:
    if found["two_people"] and found["yes"]:
        return "needs a second person"
    return f"owners asked, {found['answered']} answered" if found["asked"] else "waits"


def _waterfall(why: dict[str, Any] | None) -> list[Sheet | str]:
    """Draw the evidence as lines of blocks on one scale of bits."""
    if why is None:
        return ["no evidence is kept for this pair"]
    at, edges = why["prior"], [0.0, why["prior"]]
    for step in why["steps"]:
        edges.append(edges[-1] + step["bits"])
    low, scale = min(edges), WIDTH / max(1e-9, max(edges) - min(edges))
    rows: list[tuple[str, str | None, float, str]] = [
        ("before anything is compared", None, why["prior"], _beam(0.0, why["prior"], low, scale))
    ]
    for step in why["steps"]:
        level = None if step["level"] < 0 else f"{step['level']} of {step['levels'] - 1}"
        rows.append((step["field"], level, step["bits"], _beam(at, step["bits"], low, scale)))
        at += step["bits"]
    rows.append(("all told", None, why["total"], _beam(0.0, why["total"], low, scale)))
    sheet = Sheet("Evidence in bits", ("field", "level", "bits", ""), [
        (field, level, f"{bits:+.1f}", beam.ljust(WIDTH)) for field, level, bits, beam in rows])  # fmt: skip
    return [sheet, f"one person with a probability of {why['probability']:.3f}"]


def _beam(start: float, bits: float, low: float, scale: float) -> str:
    left, right = sorted(((start - low) * scale, (start + bits - low) * scale))
    return " " * round(left) + ("█" if bits >= 0 else "░") * max(1 if bits else 0, round(right) - round(left))

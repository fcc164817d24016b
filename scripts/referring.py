"""`lapis officer campaign`: open, list, approve and end campaigns, under the officer's own login."""

from __future__ import annotations

import argparse
from typing import Any

from scripts import officer_desk
from scripts.cli import command
from scripts.console import Answer, Sheet

COLUMNS = ("campaign", "state", "programme", "looks for", "where", "until", "approved by", "outcomes")


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `campaign` with its four commands."""
    group = commands.add_parser("campaign", help="open, list, approve and end campaigns")
    acts = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    opening = command(
        acts, "open", "open a campaign; two others approve it",
        "lapis officer campaign open --programme PKH --criterion without --expires 2026-12-31",
    )  # fmt: skip
    opening.add_argument("--programme", required=True, help="code of the programme")
    opening.add_argument(
        "--criterion", choices=("without", "twice", "untouched", "unmet"), required=True,
        help="on no list of it; paid twice for it; poor and on no layer; with an unmet need that it is for",
    )  # fmt: skip
    opening.add_argument("--regency", help="official code, such as 18.01 (default: everywhere)")
    opening.add_argument("--expires", required=True, help="yyyy-mm-dd, within 180 days")
    opening.set_defaults(run=run_open)
    listing = command(acts, "list", "list campaigns and what came of them", "lapis officer campaign list")
    listing.set_defaults(run=run_list)
    approval = command(acts, "approve", "approve a campaign", "lapis officer campaign approve 3")
    refusal = command(acts, "refuse", "end a campaign for good", "lapis officer campaign refuse 3")
    for parser, act in ((approval, "approvals"), (refusal, "refusal")):
        parser.add_argument("campaign", type=int, help="its number")
        parser.set_defaults(run=run_act, act=act)
    for parser in (opening, listing, approval, refusal):
        officer_desk.add_access(parser)


def run_open(options: argparse.Namespace) -> Answer:
    """Open one."""
    fields = ("programme", "criterion", "regency", "expires")
    draft = {name: getattr(options, name) for name in fields if getattr(options, name)}
    with officer_desk.desk(options) as desk:
        return _shown([desk.ask("POST", "/v1/campaigns", json=draft)])


def run_list(options: argparse.Namespace) -> Answer:
    """List them."""
    with officer_desk.desk(options) as desk:
        return _shown(desk.ask("GET", "/v1/campaigns")["campaigns"])


def run_act(options: argparse.Namespace) -> Answer:
    """Approve or refuse one."""
    with officer_desk.desk(options) as desk:
        return _shown([desk.ask("POST", f"/v1/campaigns/{options.campaign}/{options.act}")])


def _shown(campaigns: list[dict[str, Any]]) -> Answer:
    rows = [
        (
            str(each["id"]), each["state"], each["programme"], each["criterion"], each["regency"] or "everywhere",
            each["expires"], ", ".join(each["approved_by"]) or None, _outcomes(each["outcomes"]),
        )
        for each in campaigns
    ]  # fmt: skip
    return Answer({"campaigns": campaigns}, [Sheet("Campaigns", COLUMNS, rows)])


def _outcomes(found: dict[str, int | None] | None) -> str | None:
    return ", ".join(f"{word} {rows or '<10'}" for word, rows in (found or {}).items()) or None

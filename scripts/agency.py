"""`lapis agency`: the group's commands put together, each where it belongs. Does nothing but list the codes itself."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from linkage import identity
from scripts import enrolment, files, giveback, referral, subject_request, submit, tickets, tokenising
from scripts.cli import command
from scripts.console import Answer, Sheet
from scripts.enrolment import HOME
from scripts.sealing import open_agency

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse gives it no other name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the group's commands."""
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    enrolment.add_commands(commands)
    tokenising.add_commands(commands, HOME)
    _add_lists(commands)
    send = command(
        commands,
        "submit",
        "send sealed lists to the centre",
        "lapis agency submit outbox/*.lapis --centre https://pmo:8443",
    )
    submit.add_options(send)
    send.add_argument("--home", type=Path, default=HOME, help=f"the agency's folder (default {HOME})")
    tickets.add_commands(commands, HOME)
    referral.add_commands(commands, HOME, open_agency)
    subject_request.add_command(commands, HOME, open_agency)
    _add_page(commands)


def _add_lists(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add what needs no keys: check, template, codes."""
    check = command(
        commands, "check", "check lists and give them back, verdicts beside", "lapis agency check daftar.xlsx"
    )
    tokenising.add_list(check)
    check.set_defaults(run=giveback.run_check)
    template = command(
        commands, "template", "write an empty list to fill in", "lapis agency template --out daftar.xlsx"
    )
    giveback.add_template(template)
    listed = command(
        commands, "codes", "list what the checks may say, and what to do about it", "lapis agency codes --language id"
    )
    listed.add_argument("--language", choices=("id", "en"), default="en", help="of the sentences (default en)")
    listed.add_argument("--write", type=Path, metavar="FILE", help="write the page of all codes as Markdown")
    listed.set_defaults(run=run_codes)


def _add_page(commands: Commands[argparse.ArgumentParser]) -> None:
    shown = command(commands, "page", "show all of this as pages in the browser of this laptop", "lapis agency page")
    shown.add_argument("--port", type=int, default=0, help="of 127.0.0.1 (default: any that is free)")
    shown.add_argument("--no-browser", action="store_true", help="print the address and open no browser")
    submit.add_access(shown, always=False)
    shown.add_argument("--home", type=Path, default=HOME, help=f"the agency's folder (default {HOME})")
    files.add_passphrase(shown)
    shown.set_defaults(run=run_page)


def run_page(options: argparse.Namespace) -> Answer:
    """Serve the page until it is closed."""
    # Here, for templates and what serves them are of no use to the other commands.
    from scripts import page

    return page.run(options)


def run_codes(options: argparse.Namespace) -> Answer:
    """List the verdict codes, or write their page."""
    if options.write:
        options.write.write_text(identity.codes_page(), encoding="utf-8")
    indonesian = options.language == "id"
    known = identity.codes().values()
    rows = [
        (one.code, one.severity, f"{one.id} {one.todo_id}" if indonesian else f"{one.en} {one.todo_en}")
        for one in known
    ]
    sheet = Sheet("What the checks may say", ("code", "severity", "meaning"), rows)
    return Answer({"codes": [asdict(one) for one in known]}, [sheet])

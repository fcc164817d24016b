"""The one entry point, `lapis`. It finds the group, reports errors in one place, and gives exit statuses a meaning.

0 done · 2 wrong usage · 3 refused: the input or state must change first · 4 the vault is away: run it again later ·
5 done, and there are alarms
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from rich.markup import escape

from linkage.errors import LapisError
from scripts import console

GROUPS = {
    "agency": "at an agency: enrol, accept an epoch, tokenise lists, resolve tickets",
    "custodian": "outside the centre: make epoch keys and seal them to agencies",
    "centre": "at the centre: vault, ingest, link, evaluate",
    "officer": "at an officer's desk: campaigns, cases; verify the access log, hold the vault's trail against it",
    "policy": "the rules that ship, in words and on examples",
    "evaluate": "score a linkage policy on data whose truth is known, beside its peers",
    "bench": "measure speed beside the peers, on the same core",
    "ablate": "change one thing of a linkage policy at a time, and say what it costs",
    "synth": "make synthetic Lampung: real files, real faults, known truth",
    "attack": "attack a linkage policy, and see which bars hold",
    "demo": "run the whole story on synthetic data",
}
REFUSED, VAULT_AWAY, ALARM = 3, 4, 5
AWAY = {"VAULT_UNREACHABLE", "VAULT_SEALED", "VAULT_NOT_READY", "VAULT_BUSY", "VAULT_FAILED", "CENTRE_AWAY"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = _parser(given[0] if given else "")
    options = parser.parse_args(given)
    try:
        answer: console.Answer = options.run(options)
    except LapisError as error:
        return report(error)
    except KeyboardInterrupt:
        console.ERR.print("stopped; nothing is half-done, run the command again")
        return 130
    return console.give(answer, as_json=options.json)


def report(error: LapisError) -> int:
    """Print an error for a person and return the exit status that goes with it."""
    where = f" {escape(error.place)}:" if error.place else ""
    console.ERR.print(f"[bold red]{error.code}[/]{where} {escape(error.message)}", soft_wrap=True)
    if error.hint:
        console.ERR.print(f"  → {escape(error.hint)}", soft_wrap=True)
    return VAULT_AWAY if error.code in AWAY else REFUSED


def _parser(group: str) -> argparse.ArgumentParser:
    """Return the parser, with only the wanted group's module imported: an agency has no centre installed."""
    parser = argparse.ArgumentParser(prog="lapis", description="Layer aid without anyone holding an identity.")
    groups = parser.add_subparsers(title="groups", metavar="GROUP", required=True)
    for name, help_ in GROUPS.items():
        sub = groups.add_parser(
            name, help=help_, description=help_, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if name == group:
            importlib.import_module(f"scripts.{name}").add_arguments(sub)
    return parser


def command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, help_: str, example: str
) -> argparse.ArgumentParser:
    """Add a command with its one line of help and an example."""
    parser = commands.add_parser(
        name, help=help_, description=help_, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    finish(parser, example)
    return parser


def finish(parser: argparse.ArgumentParser, example: str) -> None:
    """Give a command its example and the switch to JSON."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f"example:\n  {example}"
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


if __name__ == "__main__":
    sys.exit(main())

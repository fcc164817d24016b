"""`lapis centre import`, `layer`, `release`, `show`: the layers from the centre's own machine. It shows no person.

What `show` tells of people is what a release tells; flags are told as counts by rule.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

from linkage.layering import treasury
from linkage.layering.cubes import LEVELS
from scripts import console, files, homes
from scripts.cli import command
from scripts.console import Answer, Sheet

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - argparse gives it no other name
CUBES = ("layers", "villages", "programmes", "pairs", "needs", "untouched", "in-need", "exclusion", "exclusion-nik")
SHEETS = ("plans", "lines", "payees", "edges", "villages-quality", "combinations")
SHORT = {
    "plans": ("programme", "agency", "budget", "disbursed", "undisbursed", "over"),
    "lines": ("programme", "regency", "disbursed", "reached", "untraced", "beyond"),
    "causes": ("place", "cause", "affected", "in_need"),
}
"""What a terminal shows of wide rows; `--json` has the rest."""
MOST = 100_000
SHOWN = (*CUBES, "causes", *SHEETS, "flags")


def add_commands(commands: Commands) -> list[argparse.ArgumentParser]:
    """Add the commands; return those that open a centre."""
    take = command(
        commands,
        "import",
        "take in budgets (funds) or disbursements (sp2d) from CSV or XLSX",
        "lapis centre import sp2d sp2d-2026.xlsx --year 2026",
    )
    take.add_argument("kind", choices=tuple(treasury.FORMS))
    take.add_argument("file", type=Path)
    take.add_argument("--year", type=int, help="of rows without a year or day")
    take.add_argument("--fund", help="of rows without a source of funds (else the programme's usual one)")
    take.add_argument("--replaces", type=int, metavar="NUMBER", help="an earlier import that this one stands for")
    take.set_defaults(run=run_import)
    layer = command(
        commands, "layer", "bring the layers to what is linked: flags, needs, gaps, rupiah", "lapis centre layer"
    )
    layer.set_defaults(run=run_layer)
    release = command(commands, "release", "release this month's counts, protected", "lapis centre release")
    release.set_defaults(run=run_release)
    show = command(
        commands, "show", "show released counts and how many flags wait", "lapis centre show causes --level regency"
    )
    show.add_argument("what", choices=SHOWN)
    show.add_argument("--level", choices=LEVELS, default=None, help="of places of one level")
    show.add_argument("--place", help="of this place and of those within it: 18.01")
    show.add_argument("--fund", help="of money, only what this source of funds gave, such as DANA-DESA")
    show.add_argument("--limit", type=int, default=40, help="at most so many rows")
    show.set_defaults(run=run_show)
    out = command(
        commands,
        "export",
        "write an approved release out as Parquet and CSV with its schema, as BPS takes it",
        "lapis centre export --to BPS --out bps-2026-06",
    )
    out.add_argument("--to", required=True, help="who receives it")
    out.add_argument("--out", type=Path, required=True, help="an empty folder")
    out.add_argument("--release", type=int, help="its number (default: the newest)")
    out.set_defaults(run=run_export)
    return [take, layer, release, show, out]


def run_import(options: argparse.Namespace) -> Answer:
    """Take a treasury's file in."""
    from api.services.layers import funds

    data = files.read(options.file)
    lines = treasury.read(data, options.file.name, options.kind, treasury.Usual(options.year, options.fund))
    digest = hashlib.sha256(data).hexdigest()
    made = funds.take(homes.load(options.home).centre("lampung"), options.kind, digest, lines, options.replaces)
    rows = [("import", made.number), ("rows", made.rows), ("rupiah", f"{made.rupiah:,}")]
    views: list[Sheet | str] = [Sheet(f"{options.kind}: {options.file.name}", ("", ""), rows)]
    return Answer(asdict(made), [*views, *(["this very file had been imported"] if made.again else [])])


def run_layer(options: argparse.Namespace) -> Answer:
    """Renew the layers."""
    from api.services.layers import flags, renew

    centre = homes.load(options.home).centre("lampung")
    with console.progress("layer") as track:
        made = renew.renew(centre, track)
    waiting = flags.told(centre)
    rows = [("persons", made.persons), ("renewed", made.renewed), ("flags", made.flags)]
    sheets = [Sheet("Layers", ("", "count"), rows), Sheet("Flags that wait", ("rule", "flags"), list(waiting.items()))]
    return Answer({**asdict(made), "at": made.at.isoformat(), "waiting": waiting}, sheets)


def run_release(options: argparse.Namespace) -> Answer:
    """Release."""
    from api.services.layers import publish

    with console.progress("release") as track:
        made = publish.publish(homes.load(options.home).centre("lampung"), track)
    rows = [("release", made.release), ("cells", made.cells), ("told", made.told)]
    return Answer({**asdict(made), "at": made.at.isoformat()}, [Sheet("Released", ("", ""), rows)])


def run_export(options: argparse.Namespace) -> Answer:
    """Write a release out."""
    from api.services.layers import export

    centre = homes.load(options.home).centre("lampung")
    made = export.export(centre, options.out, options.to, options.release)
    rows = [(name, digest[:16]) for name, digest in made.files.items()]
    return Answer(asdict(made), [Sheet(f"Release {made.release} for {made.to}", ("file", "sha256"), rows)])


def run_show(options: argparse.Namespace) -> Answer:
    """Show one thing."""
    from api.services.layers import shown

    centre = homes.load(options.home).centre("lampung")
    wanted = MOST if options.fund else options.limit
    rows = shown.show(centre, options.what, options.level, options.place, wanted)
    if options.fund:
        rows = [row for row in rows if row.get("fund") == options.fund][: options.limit]
    return Answer({"what": options.what, "rows": rows}, [_sheet(options.what, rows)])


def _sheet(title: str, rows: list[dict[str, Any]]) -> Sheet:
    names = [name for name in SHORT.get(title, rows[0]) if name in rows[0]] if rows else []
    return Sheet(title, names, [[_word(row.get(name)) for name in names] for row in rows])


def _word(value: Any) -> str:
    if value is None:
        return "·"
    if isinstance(value, list):
        return " ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) and abs(value) > 9999 else str(value)

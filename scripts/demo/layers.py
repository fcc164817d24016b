"""The demo's layers: the poorest who got nothing, what stands in the way, where rupiah went. It shows counts alone."""

from __future__ import annotations

from collections import Counter
from typing import Any

from linkage.identity import gazetteer
from scripts import console
from scripts.console import Sheet
from scripts.demo.story import Story, lapis

FEW = 5
"""Rows of a table: the rest is for the pages."""
EVERYTHING = "100000"
MONEY = ("disbursed", "reached", "returned", "untraced", "beyond")


def layers(story: Story) -> dict[str, Any]:
    """Take the treasury's files in, make the layers, release them, and show what they say."""
    home = ("--home", story.home("centre"))
    for kind, name in (("funds", "anggaran.csv"), ("sp2d", "sp2d.csv")):
        lapis("centre", "import", kind, story.home("lists", "treasury", name), *home)
    layered = lapis("centre", "layer", *home, "--json")
    told = lapis("centre", "release", *home, "--json")
    lapis("centre", "show", "flags", *home, show=True)
    counts = {name: layered[name] for name in ("persons", "flags")}
    return {
        "layers": {**counts, "cells": told["cells"], "told": told["told"]},
        "untouched": _untouched(home),
        "causes": _causes(home),
        "rupiah": _rupiah(home),
    }


def _shown(home: tuple[str, ...], what: str, *more: str) -> list[dict[str, Any]]:
    return list(lapis("centre", "show", what, "--limit", EVERYTHING, *more, *home, "--json")["rows"])


def _untouched(home: tuple[str, ...]) -> dict[str, int]:
    """Show the poorest whom nobody reached in twelve months, by regency; return how many are told of.

    At the demo's size hardly a district has ten of them, so that its counts are hidden.
    """
    names, regencies, hidden = gazetteer().names, Counter[str](), 0
    for row in _shown(home, "untouched", "--level", "regency"):
        if "untouched=yes" in row["cell"].split():
            hidden += row["people"] is None
            regencies[row["place"]] += row["people"] or 0
    rows = [(f"{names.get(place, '')} ({place})", people) for place, people in regencies.most_common(FEW)]
    title = f"The poorest two tenths without any aid: {regencies.total()} told, {hidden} counts hidden"
    console.table(Sheet(title, ("regency", "people"), rows))
    return {"people": regencies.total(), "regencies": len(regencies), "hidden": hidden}


def _causes(home: tuple[str, ...]) -> dict[str, int]:
    """Show what stands between a need and its aid, and for how many; return the counts that are told."""
    found = _shown(home, "causes", "--level", "province")
    told = sorted((row for row in found if row["affected"]), key=lambda row: -row["affected"])
    rows = [(row["cause"], row["affected"], row["in_need"]) for row in told]
    console.table(Sheet("What stands in the way of the poorest", ("cause", "people", "of those in need"), rows))
    return {row["cause"]: row["affected"] for row in told}


def _rupiah(home: tuple[str, ...]) -> dict[str, int]:
    """Show by fund what left the treasury, what rows account for and what none does; each line balances."""
    lines = _shown(home, "lines")
    told = [line for line in lines if line["rows"] is not None]
    funds: dict[str, Counter[str]] = {}
    for line in told:
        funds.setdefault(line["fund"], Counter()).update({name: line[name] for name in MONEY})
    shown = [name for name in MONEY if name != "returned"]
    rows = [(fund, *(f"{sums[name]:,}" for name in shown)) for fund, sums in sorted(funds.items())]
    console.table(Sheet(f"Rupiah of {len(told)} of {len(lines)} lines", ("fund", *shown), rows))
    total = {name: sum(sums[name] for sums in funds.values()) for name in MONEY}
    return {**total, "lines": len(lines), "told": len(told), "hidden": _hidden(lines)}


def _hidden(lines: list[dict[str, Any]]) -> int:
    """Return the rupiah of lines with too few people behind them to be told of."""
    return sum(line["disbursed"] for line in lines if line["rows"] is None)

"""The report of a run, for an impact assessment: Markdown, HTML and plots as texts. Opens no file.

Says what was simulated, what fell, and what was not tried. Holds no identity, not even a synthetic one.
"""

from __future__ import annotations

import html
import io
from collections.abc import Mapping, Sequence
from datetime import date

from matplotlib.figure import Figure

from linkage.attacks.bounds import Bar
from linkage.attacks.suite import Result
from linkage.encoding import LinkagePolicy

INTRODUCTION = (
    "Every attack ran on synthetic people of Lampung, encoded by the project's own encoder under keys made for the "
    "run. A rate is the share of records, names or cells recovered; its bound is Clopper and Pearson's, one-sided, "
    "95 %, over the pooled trials of all seeds, which it takes as independent; a bar holds if the bound is at most "
    "the bar. Bars are the security model's, but for those that the threat model states, each with its reason. A run "
    "is void if the attack on unhardened encodings finds fewer than 95 % of 1,500 names."
)
LIMITS = (
    "Solvers only get better: a bar that holds says that these attacks, with this effort, did not pass it.",
    "Names are synthetic; a real list has its own frequencies. Cells of one size are drawn from all generations.",
    "A date's pieces in a filter, where a policy has them, are not attacked.",
    "Learning the layer's weights from known pairs is tried through likenesses alone, not by solving for them.",
    "Who holds the vault's layer key (vault root, or the ingest role) is past the layer: then only salts remain.",
    "Households are not used to join cells; where records join cells, places alone already invert them.",
    "The alarm that a budget of tokens must raise is not simulated, only the budget.",
)
KINDS = (
    ("A1", "frequency alignment with other people's names"),
    ("A3", "graph matching, cells unknown; inside a known cell (A3b)"),
    ("A4", "known pairs"),
    ("A5", "leaked epoch key, with a dump; with an ingest credential (A5b)"),
    ("A6", "cells inverted by what stands beside them"),
)


def compose(result: Result, policy: LinkagePolicy, today: date) -> Mapping[str, str]:
    """Return the files of a report by name: `report.md`, `report.html` and one SVG a kind of attack."""
    plots = {f"{kind.lower()}.svg": _plot(_of(result.bars, kind), title) for kind, title in KINDS}
    return {"report.md": _markdown(result, policy, today), "report.html": _html(result, policy, today, plots), **plots}


def verdict(result: Result) -> str:
    """Say in one line what came out."""
    if result.void:
        return f"Void: the attack on unhardened encodings found only {result.baseline.rate:.1%} of the names."
    fallen, stated = sum(not bar.holds for bar in result.bars), sum(bool(bar.stated) for bar in result.bars)
    if fallen:
        return f"{fallen} of {len(result.bars)} bars fall."
    return f"All {len(result.bars)} bars hold, {stated} of them at a rate that the threat model states."


def _of(bars: Sequence[Bar], kind: str) -> list[Bar]:
    return [bar for bar in bars if bar.attack.startswith(kind)]


def _facts(result: Result, policy: LinkagePolicy, today: date) -> list[str]:
    seeds = ", ".join(map(str, result.seeds))
    versions = ", ".join(f"{name} {version}" for name, version in sorted(result.versions.items()))
    anchors = "; ".join(
        f"{each.name}: {' + '.join(each.parts) or 'no parts'}, {each.bits} bits, {each.hashes} hashes"
        for each in policy.anchors
    )
    return [
        f"Date: {today.isoformat()}. Plan: {result.plan}. Seeds: {seeds}. Time: {result.seconds:.0f} s. {versions}.",
        f"Policy: {policy.name}, {result.hash}. Layer: {policy.layer.majorities} majorities.",
        f"Anchors: {anchors}.",
        f"Unhardened encodings: {result.baseline.rate:.1%} of {result.baseline.tried:,} names found.",
        *(f"Unsafe: {sentence}." for sentence in policy.unprotected),
    ]


def _row(bar: Bar) -> tuple[str, ...]:
    note = "; ".join(filter(None, (bar.note, bar.stated and f"stated in the threat model: {bar.stated}")))
    numbers = (f"{value:.2%}" for value in (bar.rate, bar.upper, bar.bar))
    return (bar.attack, bar.setting, *numbers, f"{bar.tried:,}", "holds" if bar.holds else "FALLS", note)


COLUMNS = ("attack", "setting", "rate", "upper bound", "bar", "tried", "", "note")


def _markdown(result: Result, policy: LinkagePolicy, today: date) -> str:
    lines = ["# Attack report", "", f"**{verdict(result)}**", "", INTRODUCTION, ""]
    lines += [f"- {fact}" for fact in _facts(result, policy, today)]
    for kind, title in KINDS:
        lines += ["", f"## {kind}: {title}", "", f"![{title}]({kind.lower()}.svg)", ""]
        lines += ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
        lines += ["| " + " | ".join(_row(bar)) + " |" for bar in _of(result.bars, kind)]
    lines += ["", "## What this does not say", "", *(f"- {limit}" for limit in LIMITS), ""]
    return "\n".join(lines)


STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;font-size:.85rem}td,th{border:1px solid #ccc;padding:.2rem .5rem;text-align:left}"
    ".falls{background:#fdd}svg{max-width:100%;height:auto}"
)


def _html(result: Result, policy: LinkagePolicy, today: date, plots: Mapping[str, str]) -> str:
    parts = [f"<h1>Attack report</h1><p><strong>{html.escape(verdict(result))}</strong></p><p>{INTRODUCTION}</p>"]
    parts.append(_list(_facts(result, policy, today)))
    for kind, title in KINDS:
        parts.append(f"<h2>{kind}: {html.escape(title)}</h2>{_inline(plots[f'{kind.lower()}.svg'])}")
        parts.append(_table(_of(result.bars, kind)))
    parts.append("<h2>What this does not say</h2>" + _list(LIMITS))
    head = f'<meta charset="utf-8"><title>Attack report</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _list(lines: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(line)}</li>" for line in lines) + "</ul>"


def _table(bars: Sequence[Bar]) -> str:
    head = "".join(f"<th>{column}</th>" for column in COLUMNS)
    rows = [
        f'<tr class="{"holds" if bar.holds else "falls"}">'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in _row(bar))
        + "</tr>"
        for bar in bars
    ]
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _inline(svg: str) -> str:
    return svg[svg.index("<svg") :]


def _plot(bars: Sequence[Bar], title: str) -> str:
    """Draw each bound beside its bar, as SVG with text kept as text."""
    figure = Figure(figsize=(9, 1.2 + 0.3 * len(bars)), layout="constrained")
    axes = figure.subplots()
    places = range(len(bars))
    colours = ["tab:blue" if bar.holds else "tab:red" for bar in bars]
    axes.barh(places, [bar.upper for bar in bars], color=colours, height=0.6)
    axes.plot([bar.bar for bar in bars], places, linestyle="none", marker="|", markersize=14, color="black")
    axes.set_yticks(places, [f"{bar.attack}: {bar.setting}" for bar in bars], fontsize=7)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("95 % upper bound of the rate; the mark is the bar; red falls")
    axes.set_title(title, loc="left", fontsize=10)
    sink = io.StringIO()
    figure.savefig(sink, format="svg", metadata={"Date": None, "Creator": None})
    return sink.getvalue()

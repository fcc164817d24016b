"""The report on A4: headings, a definition for each figure, charts and tables, in Indonesian or English.

It draws what it is handed and knows no store and no clock. Every page says of which release it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from api.pages import cells, languages, layer_tables
from api.pages.cells import label
from api.pages.charts import paper, regions, tiles
from api.pages.tables import Table
from linkage.layering import lists
from linkage.paper import pages

if TYPE_CHECKING:
    from api.pages.report import Report

FONTS = (pages.BODY, pages.BOLD)
MOST_LOST = 60
"""Lines of untraced rupiah in print, the largest first; the page's file has all."""
MOST_WIDE = 5
"""Columns from which on text is finer."""
MARKS = {"hold": "!!", "review": "!", "info": "*"}


def report(found: Report, language: str, day: datetime) -> bytes:
    """Return the report as a PDF."""

    def say(key: str) -> str:
        return label(key, "report", language)

    at = languages.moment(found.release.at, language)
    story = [
        pages.line(say("title"), "title", centred=True),
        pages.gap(2),
        pages.table(
            [
                (say("release"), str(found.release.id)),
                (say("as_of"), at),
                (say("printed"), languages.moment(day, language)),
                (say("rules"), found.release.rules[:16]),
            ],
            (0.3, 0.7), heads=0, lines=False,
        ),
        pages.line(say("note"), "small"),
        *_start(found, language),
        *_poorest(found, language),
        *_matrix(found, language),
        *_money(found, language),
        *_causes(found, language),
    ]  # fmt: skip
    foot = f"{say('release')} {found.release.id} · {at}"
    return pages.build(story, say("title"), say("page"), foot)


def _head(part: str, language: str) -> Iterator[Any]:
    """Yield a part's heading and what its figures mean."""
    yield pages.room(45)
    yield pages.line(label(part, "report", language), "head")
    yield pages.line(label(f"{part}_means", "report", language), "small")


def _people(count: int | None, language: str) -> str:
    return label("hidden", "none", language) if count is None else languages.number(count, language)


def _start(found: Report, language: str) -> Iterator[Any]:
    """Yield the figures that a meeting begins with."""
    yield from _head("start", language)
    counted: list[tuple[str, str]] = [("people", _people(found.people, language)),
                                      ("in_need", _people(found.in_need, language))]  # fmt: skip
    if found.poor:
        counted.append(("missed", _people(found.missed, language)))
    if found.plans:
        counted += [(name, languages.rupiah(_sum(found.plans, name), language)) for name in ("budget", "disbursed")]
        counted.append(("untraced", languages.rupiah(_sum(found.lines, "untraced"), language)))
    rows = [(label(name, "total", language), value) for name, value in counted]
    yield pages.table(rows, (0.7, 0.3), heads=0, right={1})


def _sum(rows: Sequence[Mapping[str, Any]], name: str) -> int:
    return sum(row[name] or 0 for row in rows)


def _poorest(found: Report, language: str) -> Iterator[Any]:
    """Yield the poorest by layers, on the map, and by district."""
    yield from _head("layers" if found.poor else "layers_unknown", language)
    yield _table(layer_tables.LAYERS, found.bars, (0.6, 0.4), language)
    if not found.poor:
        yield pages.line(label("nobody_poor", "report", language), "small")
        return
    yield from _head("map", language)
    yield _map(found, language)
    yield from _head("districts", language)
    heads = [label(name, "column", language) for name in ("district", "regency", "untouched", "people_there")]
    rows = [
        (_short(place, language), _short(place[:5], language), _people(untouched, language), _people(people, language))
        for place, untouched, people in found.districts
    ]
    yield pages.table([heads, *rows], (0.3, 0.3, 0.2, 0.2), right={2, 3})


def _map(found: Report, language: str) -> Any:
    def said(value: Any) -> str:
        return "–" if value is None else languages.number(value, language)

    wide = 0.72 * pages.WIDTH
    if found.outlines is not None:
        shown = regions(found.outlines, found.untouched)
        return paper.outline_map(shown, found.outlines.height, said, pages.BOLD, wide)
    return paper.tile_map(tiles(found.untouched), lambda code: _short(code, language), said, FONTS, wide)


def _short(code: str, language: str) -> str:
    return cells.place(code, language).removeprefix("Kabupaten ")


def _matrix(found: Report, language: str) -> Iterator[Any]:
    """Yield which programmes meet, with the rule's mark, and what the marks mean."""
    yield from _head("matrix", language)
    names = [name for name, _ in found.matrix]
    rows = [
        [name, *(f"{_told(each.people, language)}{f' {MARKS[each.asked]}' if each.asked in MARKS else ''}"
                 for each in row)]
        for name, row in found.matrix
    ]  # fmt: skip
    if not names:
        yield pages.line(label("nothing", "none", language))
        return
    share = 0.84 / len(names)
    right = set(range(1, len(names) + 1))
    yield pages.table([["", *names], *rows], (0.16, *[share] * len(names)), right=right, kind="fine")
    yield pages.line(
        ", ".join(f"{mark} {label(effect, 'effect', language)}" for effect, mark in MARKS.items()), "small"
    )


def _told(count: int | None, language: str) -> str:
    return "–" if count is None else languages.number(count, language)


def _money(found: Report, language: str) -> Iterator[Any]:
    """Yield the flow of rupiah, its budget, and the untraced rest."""
    yield from _head("money", language)
    if found.flow.nodes:
        yield paper.flow_chart(found.flow, lambda name: node(name, language), pages.BODY, pages.WIDTH)
    if not found.plans:
        yield pages.line(label("no_money", "report", language))
        return
    yield pages.gap(2)
    yield _table(layer_tables.PLANS, found.plans, (0.09, 0.11, 0.11, 0.06, 0.18, 0.18, 0.16, 0.11), language)
    lost = sorted((row for row in found.lines if row["untraced"]), key=lambda row: -row["untraced"])[:MOST_LOST]
    yield from _head("lost", language)
    if lost:
        yield _table(layer_tables.LOST, lost, (0.13, 0.14, 0.15, 0.2, 0.19, 0.19), language)
    else:
        yield pages.line(label("all_traced", "report", language))


def _causes(found: Report, language: str) -> Iterator[Any]:
    """Yield what stands in the way."""
    yield from _head("causes", language)
    yield _table(layer_tables.CAUSES, found.causes, (0.46, 0.18, 0.18, 0.18), language)


def _table(table: Table, rows: Sequence[Any], widths: Sequence[float], language: str) -> Any:
    """Return a table of the pages with all of its rows."""
    right = {at for at, column in enumerate(table.columns) if column.kind.style == "number"}
    heads = [column.heading(language) for column in table.columns]
    told = ([column.text(row, language) for column in table.columns] for row in rows)
    return pages.table([heads, *told], widths, right=right, kind="fine" if len(widths) > MOST_WIDE else "small")


def node(name: str, language: str) -> str:
    """Return what a node of the flow is called."""
    at, _, last = name.partition(":")
    if at == "-":
        return label(last, "leaf", language)
    if at == "3":
        return _short(last, language) or label("unnamed", "none", language)
    return label(str(getattr(lists.codes("funds").get(last), language, last)), "leaf", language)

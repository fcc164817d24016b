"""Berita Acara: what was found in a list, on paper, for two people to sign. Holds counts, and no row of the list."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from linkage.giveback import STATUSES, Language, Tally, sentence, status, village_name, word
from linkage.identity import codes
from linkage.paper import pages


@dataclass(frozen=True, slots=True)
class Details:
    """Say which list the minutes are of: its file's name, the agency, the day, the submission's digest in hex."""

    file_name: str
    agency: str
    day: dt.date
    digest: str | None = None


def minutes(tally: Tally, details: Details, language: Language) -> bytes:
    """Return the minutes as a PDF of A4 pages."""

    def say(name: str) -> str:
        return word(language, name)

    facts: list[tuple[str, str]] = [
        (say("file"), details.file_name),
        (say("agency"), details.agency or "…"),
        (say("day"), details.day.strftime("%d-%m-%Y")),
        (say("digest"), details.digest or say("no_digest")),
    ]
    heads = [status(language, each) for each in STATUSES]
    villages: list[tuple[str | int, ...]] = [
        (village_name(village, language), sum(counts.values()), *(counts.get(each, 0) for each in STATUSES))
        for village, counts in tally.villages.items()
    ]
    said = [(f"{code}: {sentence(codes()[code], language)}", count) for code, count in tally.codes.items()]
    totals = [(head, tally.statuses.get(each, 0)) for head, each in zip(heads, STATUSES, strict=True)]
    villages_head: tuple[str | int, ...] = (say("village"), say("rows"), *heads)
    story = [
        pages.line(say("minutes"), "title", centred=True),
        pages.gap(3),
        pages.table(facts, (0.3, 0.7), heads=0, lines=False),
        pages.gap(2),
        pages.line(say("declared")),
        pages.line(say("by_status"), "head"),
        pages.table([(say("by_status"), say("rows")), *totals, (say("all"), tally.rows)], (0.8, 0.2)),
        pages.line(say("by_code"), "head"),
        pages.table([(say("meaning"), say("rows")), *said], (0.8, 0.2)),
        pages.line(say("by_village"), "head"),
        pages.table([villages_head, *villages], (0.34, *[0.11] * 6)),
        pages.gap(8),
        _signatures(language),
    ]
    return pages.build(story, say("minutes"), say("page"))


def _signatures(language: Language) -> object:
    """Return two places to sign, side by side on one page."""
    line = "\n\n\n\n\n(........................................)\n"
    under = f"{word(language, 'name_line')}\n{word(language, 'number_line')}"
    cells = [word(language, name) + line + under for name in ("operator", "superior")]
    return pages.table([cells], (0.5, 0.5), heads=0, lines=False)

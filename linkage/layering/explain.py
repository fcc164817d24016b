"""Explain an overlap rule in words, and show it at work on made-up events. The words follow from the rule itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from linkage.layering import overlaps, persons
from linkage.layering.events import EVENTS
from linkage.layering.lists import codes, programmes
from linkage.layering.periods import read
from linkage.layering.rules import Rule, Selector

_WORDS: Mapping[str, Mapping[str, str]] = {
    "id": {
        "person": "orang yang sama", "household": "satu kartu keluarga", "house": "satu rumah (kartu keluarga)",
        "period": "pada periode yang sama", "year": "pada tahun yang sama", "months": "dalam {months} bulan",
        "any": "kapan pun", "programme": "dari program yang sama", "need": "untuk kebutuhan yang sama",
        "info": "hanya untuk diketahui", "review": "perlu diperiksa petugas",
        "hold": "pembayaran menunggu pemeriksaan petugas; tidak ada yang ditolak otomatis",
        "pair": "{left} bersama {right}, {unit}{same}, {window}", "sum": "{left}: lebih dari Rp{limit} setahun, {unit}",
        "state": "{left}, status penerima: {states}", "all": "bantuan apa pun", "funds": "bantuan dari {funds}",
        "or": " atau ",
    },
    "en": {
        "person": "the same person", "household": "one family card", "house": "one house (family card)",
        "period": "in the same period", "year": "in the same year", "months": "within {months} months",
        "any": "at any time", "programme": "of the same programme", "need": "for the same need",
        "info": "to be known only", "review": "an officer looks at it",
        "hold": "payment waits until an officer has looked; nothing is denied by itself",
        "pair": "{left} together with {right}, {unit}{same}, {window}",
        "sum": "{left}: more than Rp{limit} a year, {unit}", "state": "{left}, recipient's state: {states}",
        "all": "any aid", "funds": "aid from {funds}", "or": " or ",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """Made-up events and whether the rule raises a flag on them; each row as `table` reads it."""

    says_id: str
    says_en: str
    fires: bool
    rows: tuple[Mapping[str, Any], ...]


def put(rule: Rule, language: str) -> str:
    """Put a rule into one sentence, `id` or `en`."""
    words = _WORDS[language]
    sentence = words[rule.kind].format(
        left=_name(rule.left, words),
        right=_name(rule.right, words),
        unit=words[rule.unit],
        same="".join(f", {words[name]}" for name in rule.same),
        window=words[rule.window.kind].format(months=rule.window.months),
        limit=f"{rule.limit:,}".replace(",", "." if language == "id" else ","),
        states=words["or"].join(getattr(codes("beneficiaries")[state], language) for state in rule.states),
    )
    return f"{sentence} → {words[rule.effect]}."


def _name(chosen: Selector, words: Mapping[str, str]) -> str:
    named = words["or"].join(chosen.programmes)
    funds = words["funds"].format(funds=words["or"].join(chosen.funds)) if chosen.funds else ""
    return " ".join(part for part in (named, funds) if part) or words["all"]


def fires(rule: Rule, example: Example) -> bool:
    """Say whether a rule raises a flag on an example."""
    return bool(len(overlaps.evaluate(*table(example.rows), [rule])))


def table(rows: Sequence[Mapping[str, Any]]) -> tuple[pa.Table, pa.Table]:
    """Return events and persons of made-up rows: person, programme; household, period, fund, amount, beneficiary."""
    known = programmes()
    spans = read(pa.array([row.get("period") for row in rows], pa.string()))
    events = [
        {
            "record": at,
            "fund": known[row["programme"]].fund,
            "form": known[row["programme"]].form,
            "first": int(spans.first[at]),
            "last": int(spans.last[at]),
            "exact": bool(spans.exact[at]),
            "status": "paid",
            **row,
        }
        for at, row in enumerate(rows)
    ]
    people = {row["person"]: {"decile": persons.UNKNOWN_DECILE, **row} for row in rows}
    ordered = [people[person] for person in sorted(people)]
    return pa.Table.from_pylist(events, schema=EVENTS), pa.Table.from_pylist(ordered, schema=persons.PERSONS)

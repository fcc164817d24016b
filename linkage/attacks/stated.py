"""What the threat model gives up: rates above the security model's bars, each with its reason. One table, and no other.

An anchor is known by its parts and not by its name, so that no other anchor hides behind an excuse; a known cell by its
size. Whatever is not in the table is held to the model's own bar; whatever is, falls when it rises above the rate that
is stated here.
"""

from __future__ import annotations

from dataclasses import dataclass

MODEL = 0.01
"""The security model's bar for cells (§3, A6)."""

Parts = tuple[str, ...]

DATE: Parts = ("birth_date", "sex")
YEAR: Parts = ("birth_year", "sex", "regency")
VILLAGE: Parts = ("village", "sex")


@dataclass(frozen=True, slots=True)
class Stated:
    """The highest rate that the threat model admits, and the reason; an empty reason is the model's own bar."""

    bar: float
    reason: str = ""


NAMES_HOLD = "what then protects a name is A3b's bar inside a known cell"
FEW = f"cells are few and large, so that some sizes are told; {NAMES_HOLD}"
STRANGERS = f"a higher floor would hide more and find fewer of those without a NIK; {NAMES_HOLD}"
NAMESAKES = f"namesakes meet at any floor, most of them in heaped dates and in years; {NAMES_HOLD}"
CHUNKS = "not protected between an ingest and the next link, nor in a backup from then: a file is one chunk of one list"
ARRIVAL = "between an ingest and the next link the store's log tells which cells came together; a link empties it"
HEAPED = "only cells of a heaped date are that large; most of what they give up is how often names occur"
JOINED = "not protected: maps, cells and the villages of content in one hand"

STATED: dict[tuple[str, Parts | int], Stated] = {
    ("A3b", 9_000): Stated(0.10, HEAPED),
    ("A6 sizes", YEAR): Stated(0.03, FEW),
    ("A6 sizes", VILLAGE): Stated(0.015, FEW),
    ("A6 files", YEAR): Stated(0.035, FEW),
    ("A6 files", VILLAGE): Stated(0.025, FEW),
    ("A6 pairs", DATE): Stated(0.05, STRANGERS),
    ("A6 pairs", YEAR): Stated(0.12, NAMESAKES),
    ("A6 before a link, order", YEAR): Stated(0.02, ARRIVAL),
    ("A6 before a link, order", VILLAGE): Stated(0.10, ARRIVAL),
    **{("A6 before a link, files", parts): Stated(1.0, CHUNKS) for parts in (DATE, YEAR, VILLAGE)},
    **{("A6 joined", parts): Stated(1.0, JOINED) for parts in (DATE, YEAR, VILLAGE)},
}


def look_up(attack: str, what: Parts | int, model: float = MODEL) -> Stated:
    """Return what is stated of an attack, by an anchor's parts or a known cell's size; or else the model's own bar."""
    return STATED.get((attack, what), Stated(model))

"""Normalise a person's name to A–Z and single spaces, by the table in `data/names.toml`. Never keeps what it read."""

from __future__ import annotations

import copy
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from linkage.identity.cells import Cell
from linkage.identity.labels import fold
from linkage.identity.tables import load_toml

_BRACKETS = re.compile(r"\([^()]*\)?|\[[^\[\]]*\]?")
_APOSTROPHES = re.compile(r"['’‘`´ʼʻ\"“”]")
_LATIN = re.compile(r"[A-Z]")
_GAPS = re.compile(r"[^A-Z]+")
_FOREIGN = re.compile(r"[^\W\d_]")
_SEVERAL = re.compile(r"[A-Z]{3,}\s*[/&+]\s*[A-Z]{3,}")
_ROUNDS = 20


@dataclass(frozen=True, slots=True, repr=False)
class Name:
    """Hold `name` and `father`, normalised or None; `mononym` if one word is left; `reason`, a code, if not clean."""

    name: str | None
    father: str | None = None
    mononym: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Rules:
    letters: dict[int, str]
    front: frozenset[str]
    behind: frozenset[str]
    deceased: frozenset[str]
    long: frozenset[str]
    short: frozenset[str]
    alias: frozenset[str]
    words: dict[str, str]
    leading: dict[str, str]
    spelling: tuple[tuple[str, str], ...]
    none: frozenset[str]
    longest: int
    old: re.Pattern[str]
    marks: frozenset[str]
    stops: frozenset[str]
    more_than_words: frozenset[str]
    groups: frozenset[str]


STEPS: dict[str, tuple[tuple[str, str], ...]] = {
    "titles in front": (("titles", "front"),),
    "titles behind": (("titles", "behind"),),
    "marks of death": (("titles", "deceased"),),
    "filiation": (("filiation", "long"), ("filiation", "short"), ("filiation", "alias")),
    "Muhammad": (("muhammad", "anywhere"), ("muhammad", "leading")),
    "abbreviations": (("abbreviations", ""), ("abbreviations_leading", "")),
    "old spelling": (("spelling", ""),),
}
"""The steps that can be left out, to see what each is worth, and the parts of the table that each reads."""


def _without(steps: frozenset[str]) -> dict[str, Any]:
    """Return the table with the parts of some steps empty."""
    table: dict[str, Any] = copy.deepcopy(load_toml("names"))
    for section, key in (part for step in sorted(steps) for part in STEPS[step]):
        (table[section][key] if key else table[section]).clear()
    return table


@cache
def _rules(steps: frozenset[str] = frozenset()) -> _Rules:
    table = _without(steps)
    titles, filiation, muhammad = table["titles"], table["filiation"], table["muhammad"]
    marks = frozenset(filiation["long"] + filiation["short"] + filiation["alias"])
    return _Rules(
        letters=str.maketrans(table["letters"]),
        front=frozenset(titles["front"]),
        behind=frozenset(titles["behind"]),
        deceased=frozenset(titles["deceased"]),
        long=frozenset(filiation["long"]),
        short=frozenset(filiation["short"]),
        alias=frozenset(filiation["alias"]),
        words=dict.fromkeys(muhammad["anywhere"], "MUHAMMAD") | table["abbreviations"],
        leading=dict.fromkeys(muhammad["leading"], "MUHAMMAD") | table["abbreviations_leading"],
        spelling=tuple(table["spelling"].items()),
        none=frozenset(table["dummies"]["none"]),
        longest=int(table["limits"]["longest"]),
        old=re.compile("|".join(map(re.escape, table["spelling"]))),
        marks=marks,
        stops=frozenset(filiation["long"] + filiation["alias"]),
        more_than_words=marks.union(
            titles["front"],
            titles["deceased"],
            muhammad["leading"],
            table["abbreviations_leading"],
            table["groups"]["words"],
        ),
        groups=frozenset(table["groups"]["words"]),
    )


def longest() -> int:
    """Return how many letters a name may have."""
    return _rules().longest


def title_in_front() -> str:
    """Return the pattern (RE2 and Python's) of one title and the space behind it."""
    return rf"^(?:{'|'.join(sorted(_rules().front))}) "


def fathers() -> frozenset[str]:
    """Return the words between a name and that of the father."""
    return _rules().long


def ruled() -> frozenset[str]:
    """Return the words, A–Z, that a rule knows; any other is spelled as it is, or by `old_spelling`."""
    return _rules().more_than_words.union(_rules().words)


def old_spelling() -> str:
    """Return the pattern (RE2 and Python's) of what a word may be spelled anew for."""
    return _rules().old.pattern


def dummies() -> frozenset[str]:
    """Return what says that there is no name."""
    return _rules().none


def parse(cell: Cell, without: frozenset[str] = frozenset()) -> Name:
    """Read one cell. A name that is already normalised comes back as it is. `without` leaves out some of STEPS."""
    if cell is None:
        return Name(None, reason="NAME_MISSING")
    if not isinstance(cell, str):
        return Name(None, reason="NAME_NOT_TEXT")
    rules = _rules(without)
    if len(cell.strip()) > rules.longest:
        return Name(None, reason="NAME_LONG")
    if not _FOREIGN.search(cell):
        return Name(None, reason="NAME_NOT_TEXT" if fold(cell) not in rules.none else "NAME_MISSING")
    return _parse_text(_upper(cell, rules), rules)


def _parse_text(text: str, rules: _Rules) -> Name:
    words = _GAPS.sub(" ", _without_titles_behind(text, rules)).split()
    if not words:
        # Nothing but a title, or a script that has no A–Z.
        words = _GAPS.sub(" ", text).split()
    foreign = not text.isascii() and bool(_FOREIGN.search(_LATIN.sub("", text)))
    if not words:
        return Name(None, reason="NAME_SCRIPT")
    own, father = _settle(words, rules)
    name = " ".join(own)
    if name in rules.none:
        return Name(None, reason="NAME_MISSING")
    if len(name) > rules.longest:
        return Name(None, reason="NAME_LONG")
    return Name(name, father, len(own) == 1, "NAME_LETTERS" if foreign else _doubt(text, words, rules))


def _doubt(text: str, words: list[str], rules: _Rules) -> str | None:
    """Return the code of a name that is no one person's: a group's, or that of several people."""
    if len(words) > 1 and words[0] in rules.groups:
        return "NAME_GROUP"
    return "NAME_SEVERAL" if _SEVERAL.search(text) else None


def _upper(cell: str, rules: _Rules) -> str:
    """Return the text in upper case without accents or apostrophes."""
    text = _APOSTROPHES.sub("", cell)
    if not text.isascii():
        # Upper case may bring marks of its own, so decompose after it.
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).upper().translate(rules.letters))
        text = _APOSTROPHES.sub("", "".join(sign for sign in text if not unicodedata.combining(sign)))
    return text.upper()


def _without_titles_behind(text: str, rules: _Rules) -> str:
    """Drop what stands in brackets, and degrees after a comma or written with dots."""
    head, *tail = _BRACKETS.sub(" ", text).split(",") if "(" in text or "[" in text else text.split(",")
    words = head.split()
    while "." in head and (length := _title_length(words, rules)):
        words = words[:-length]
    return " ".join(words + [_kept(part, rules) for part in tail])


def _title_length(words: list[str], rules: _Rules) -> int:
    """Count the last words (S.PD, or S. PD) that are a degree written with dots; never all of them."""
    for length in (2, 1):
        last = "".join(words[-length:])
        if len(words) > length and "." in last and _compact(last) in rules.behind:
            return length
    return 0


def _kept(part: str, rules: _Rules) -> str:
    """Return the words of a part after a comma that are no title."""
    if _compact(part) in rules.behind:
        return ""
    return " ".join(word for word in part.split() if _compact(word) not in rules.behind)


def _compact(text: str) -> str:
    return _GAPS.sub("", text)


def _settle(words: list[str], rules: _Rules) -> tuple[list[str], str | None]:
    """Apply the word rules until nothing changes, so that normalising twice is normalising once."""
    father: str | None = None
    for _ in range(_ROUNDS):
        own, rest = _split_father(_without_titles(words, rules), rules)
        if rest and father is None:
            father = " ".join(_settle(rest, rules)[0])
        changed = _spell(own, rules)
        if changed == words:
            break
        words = changed
    return words, father


def _without_titles(words: list[str], rules: _Rules) -> list[str]:
    start, end = 0, len(words)
    while end - start > 1 and words[start] in rules.front:
        start += 1
    while end - start > 1 and words[end - 1] in rules.deceased:
        end -= 1
    return words[start:end]


def _split_father(words: list[str], rules: _Rules) -> tuple[list[str], list[str]]:
    """Split at the first mark of filiation that has a name before it."""
    if rules.marks.isdisjoint(words):
        return words, []
    for place, word in enumerate(words[1:], start=1):
        if word in rules.alias:
            return words[:place], []
        if word in rules.long or (word in rules.short and place + 1 < len(words)):
            rest = words[place + 1 :]
            stop = next((i for i, other in enumerate(rest) if i and other in rules.stops), len(rest))
            return words[:place], rest[:stop]
    return words, []


def _spell(words: list[str], rules: _Rules) -> list[str]:
    last, old = len(words) - 1, rules.old.search(" ".join(words))
    spelled = []
    for place, word in enumerate(words):
        known = rules.words.get(word) or (rules.leading.get(word) if place == 0 and last else None)
        spelled.append(known or (_modern(word, rules) if old else word))
    return spelled


def settle_word(word: str) -> str | None:
    """Return how a word of a name is spelled in the end, or None if a rule about more than the word may touch it.

    Takes A–Z. What other words there are, and where it stands, then makes no difference.
    """
    rules = _rules()
    for _ in range(_ROUNDS - 1):
        if word in rules.more_than_words:
            return None
        spelled = rules.words.get(word) or _modern(word, rules)
        if spelled == word:
            return word
        word = spelled
    return None


def _modern(word: str, rules: _Rules) -> str:
    if len(word) > 2 and rules.old.search(word):
        for old, new in rules.spelling:
            word = word.replace(old, new)
    return word


def second_spellings(names: pa.Array) -> pa.Array:
    """Return the other reading of each old spelling (J for Y), null if there is none: string[n], normalised names."""
    others = names
    for old, new in load_toml("names")["second_spelling"].items():
        others = pc.replace_substring(others, old, new)
    return pc.if_else(pc.equal(others, names), None, others)


def birth_order_words() -> frozenset[str]:
    """Return the words that many share by birth order and that say little about who is meant."""
    return frozenset(load_toml("names")["weights"]["birth_order"])

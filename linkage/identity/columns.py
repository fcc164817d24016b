"""Choose the column of each role: by the operator's word, else by header and content together. Never between equals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from linkage.identity import choices, content
from linkage.identity.cells import Cell, is_blank
from linkage.identity.choices import DETAILS, KNOWN_ROLES, NONE, Ask, Candidate
from linkage.identity.errors import IdentityError
from linkage.identity.headings import Label

Chosen = Mapping[str, str]
Sample = Sequence[Sequence[Cell]]

_LEAST_FIT = 0.1
_EQUAL = 0.01
_VAGUE, _BORNE_OUT = 0.5, 0.8
_ESSENTIAL = ("nik", "name")


@dataclass(frozen=True, slots=True)
class Finding:
    """Report what is unusual about a role's column, by a code."""

    role: str
    code: str


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """Hold the 0-based column of each role, how surely, and how a mapping file names it.

    `findings` say what was unusual, `chosen` which roles the operator settled.
    """

    columns: dict[str, int]
    confidence: dict[str, float]
    headers: dict[str, str]
    findings: tuple[Finding, ...]
    chosen: frozenset[str]


def choose(
    labels: Sequence[Label | None],
    texts: Sequence[str],
    sample: Sample,
    chosen: Chosen,
    place: str,
    ask: Ask | None,
) -> Found:
    """Choose for every role; `labels` and `texts` say what each column's header names and reads.

    Raises IdentityError COLUMN_AMBIGUOUS if two columns fit a role equally and `ask` is not there to choose.
    """
    found: dict[str, Candidate] = {}
    findings: list[Finding] = []
    taken = _take_chosen(chosen, texts)
    found.update(taken)
    used = {one.column for one in taken.values()}
    for role in ("number", *(role for role in KNOWN_ROLES if role not in taken and chosen.get(role) != NONE)):
        ranked = [one for one in _rank(role, labels, texts, sample) if one.column not in used]
        usable = [one for one in ranked if one.confidence >= _LEAST_FIT]
        # A header that may mean other things as well says nothing if its cells do not bear it out.
        sure = any(label and label.role == role and label.rank > _VAGUE for label in labels)
        if ranked and not usable and role != "number" and (sure or role not in DETAILS):
            findings.append(Finding(role, "COLUMN_CONTENT"))
        best = _settle(role, usable, place, ask) if role != "number" else next(iter(usable), None)
        if best:
            found[role] = best
        elif usable and role != "number":
            findings.append(Finding(role, "COLUMN_DOUBLE"))
    findings += _guess(found, labels, texts, sample, chosen, place, ask)
    findings += [
        Finding(role, "COLUMN_NONE")
        for role in _ESSENTIAL
        if role not in found and chosen.get(role) != NONE and role not in {one.role for one in findings}
    ]
    return Found(
        {role: one.column for role, one in found.items()},
        {role: one.confidence for role, one in found.items()},
        {role: _lasting(one, texts) for role, one in found.items() if role != "number"},
        tuple(findings),
        frozenset(taken),
    )


def _take_chosen(chosen: Chosen, texts: Sequence[str]) -> dict[str, Candidate]:
    taken = {}
    for role, choice in chosen.items():
        column = choices.find(choice, texts) if choice != NONE else None
        if column is not None:
            taken[role] = _candidate(column, texts, 1.0)
    return taken


def _candidate(column: int, texts: Sequence[str], confidence: float) -> Candidate:
    return Candidate(column, choices.letters(column), texts[column], confidence)


def _lasting(one: Candidate, texts: Sequence[str]) -> str:
    """Return what finds the column again: its header if that is its own, else its letters."""
    return one.header if one.header and choices.find(one.header, texts) == one.column else one.letters


def _settle(role: str, usable: Sequence[Candidate], place: str, ask: Ask | None) -> Candidate | None:
    """Return the surest column, or the one that the operator chooses between equals."""
    if len(usable) < 2 or usable[0].confidence - usable[1].confidence >= _EQUAL:
        return next(iter(usable), None)
    equal = [one for one in usable if usable[0].confidence - one.confidence < _EQUAL]
    if ask:
        return ask(role, place, equal)
    where = " and ".join(one.letters for one in sorted(equal, key=lambda one: one.column)[:2])
    hint = f"remove or rename one of them, or say which: --map {role}={equal[0].letters}, or {role}=- for none"
    raise IdentityError("COLUMN_AMBIGUOUS", f"two columns fit {role}", place=f"{place}, columns {where}", hint=hint)


def _rank(role: str, labels: Sequence[Label | None], texts: Sequence[str], sample: Sample) -> list[Candidate]:
    """Return the columns that claim a role, the surest first, weighed by how well their cells fit."""
    ranked = [
        _candidate(column, texts, round(label.rank * _fit(role, label, _cells(sample, column)), 3))
        for column, label in enumerate(labels)
        if label and label.role == role
    ]
    return sorted(ranked, key=lambda one: (-one.confidence, one.column))


def _fit(role: str, label: Label, cells: Sequence[Cell]) -> float:
    """Return how well cells fit; under a vague header of a detail they have to fit well, or not at all."""
    fit = content.fit(role, cells)
    return 0.0 if role in DETAILS and label.rank <= _VAGUE and (fit < _BORNE_OUT or not cells) else fit


def _cells(sample: Sample, column: int) -> list[Cell]:
    return [row[column] for row in sample if column < len(row) and not is_blank(row[column])]


def _guess(
    found: dict[str, Candidate],
    labels: Sequence[Label | None],
    texts: Sequence[str],
    sample: Sample,
    chosen: Chosen,
    place: str,
    ask: Ask | None,
) -> list[Finding]:
    """Fill roles that no header names from columns whose cells leave no doubt; `found` gets them."""
    used = {one.column for one in found.values()}
    guesses: dict[str, list[Candidate]] = {}
    for column, label in enumerate(labels):
        # What the header says is believed, unless it is a header that the cells deny.
        if column in used or (label and label.role not in {"number", "nik", "kk"}):
            continue
        guess = content.guess(_cells(sample, column))
        if guess and guess[0] not in found and chosen.get(guess[0]) != NONE:
            guesses.setdefault(guess[0], []).append(_candidate(column, texts, round(guess[1], 3)))
    if "birth_place_date" in found:
        guesses.pop("birth_date", None)
    told = []
    for role, candidates in guesses.items():
        if len(candidates) == 1 or role in _ESSENTIAL:
            best = candidates[0] if len(candidates) == 1 else _settle(role, candidates, place, ask)
            if best:
                found[role] = best
                told.append(Finding(role, "COLUMN_BY_CONTENT"))
    return told

"""Clusters under construction: a union–find that knows what speaks against a union. Never sees a record's content."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What became of a pair."""

    JOINED = "JOINED"
    DISPUTED = "DISPUTED"
    SAME_SOURCE = "SAME_SOURCE"
    NIK_CONFLICT = "NIK_CONFLICT"
    TWO_NIKS = "TWO_NIKS"
    TOO_LARGE = "CLUSTER_TOO_LARGE"
    UNSURE = "UNSURE"


@dataclass(slots=True)
class _Testimony:
    """What the known pairs between two clusters say: how many, their log-odds in all, whether one is a NIK conflict.

    `parted`: people decided of one that it is not one person.
    """

    pairs: int = 0
    odds: float = 0.0
    conflict: bool = False
    parted: bool = False

    def add(self, other: _Testimony) -> None:
        self.pairs += other.pairs
        self.odds += other.odds
        self.conflict = self.conflict or other.conflict
        self.parted = self.parted or other.parted


class Forest:
    """Records 0 … n-1 with their NIK codes (-1 for none); each a cluster of its own at first.

    `source`: the code of a list that has no duplicates, -1 for one that may: two of its records are never joined.
    """

    def __init__(self, nik: list[int], source: list[int], cap: int, confirm: int, absence: float) -> None:
        self._parent = list(range(len(nik)))
        self._size = [1] * len(nik)
        self._nik = nik
        self._niks: dict[int, Counter[int]] = {}
        self._sources = [{each} if each >= 0 else set[int]() for each in source]
        self._said: dict[int, dict[int, _Testimony]] = {}
        self._cap = cap
        self._confirm = confirm
        self._absence = absence

    def roots(self) -> list[int]:
        """Return the root of every record."""
        return [self._root(at) for at in range(len(self._parent))]

    def testify(self, left: int, right: int, odds: float, conflict: bool, parted: bool = False) -> None:
        """Note what a known pair says, before any union."""
        said = _Testimony(1, odds, conflict, parted)
        for one, other in ((left, right), (right, left)):
            self._said.setdefault(one, {}).setdefault(other, _Testimony()).add(said)

    def join(self, left: int, right: int, decided: bool = False, by_two: bool = False) -> Verdict:
        """Join the clusters of two records unless a veto stands.

        Of what people `decided` only another decision's does, and unless it was decided `by_two` of them that each
        cluster has a NIK of its own.
        """
        one, other = self._root(left), self._root(right)
        if one == other:
            return Verdict.JOINED
        verdict = self._decided(one, other, by_two) if decided else self._veto(one, other)
        if verdict is Verdict.JOINED:
            self._unite(one, other)
        return verdict

    def _decided(self, one: int, other: int, by_two: bool) -> Verdict:
        if self._said.get(one, {}).get(other, _Testimony()).parted:
            return Verdict.DISPUTED
        mine, theirs = self._tokens(one).keys(), self._tokens(other).keys()
        # One person's word joins no two NIKs, not by way of a third record either.
        unlike = mine and theirs and not mine & theirs
        return Verdict.TWO_NIKS if unlike and not by_two else Verdict.JOINED

    def _veto(self, one: int, other: int) -> Verdict:
        said = self._said.get(one, {}).get(other, _Testimony())
        if said.parted:
            return Verdict.DISPUTED
        if said.conflict:
            return Verdict.NIK_CONFLICT
        if self._sources[one] & self._sources[other]:
            return Verdict.SAME_SOURCE
        mine, theirs = self._confirmed(one), self._confirmed(other)
        if mine and theirs and not mine & theirs:
            return Verdict.TWO_NIKS
        if self._size[one] + self._size[other] > self._cap:
            return Verdict.TOO_LARGE
        absent = self._size[one] * self._size[other] - said.pairs
        return Verdict.UNSURE if said.odds < self._absence * absent else Verdict.JOINED

    def _confirmed(self, root: int) -> set[int]:
        return {nik for nik, seen in self._tokens(root).items() if seen >= self._confirm}

    def _tokens(self, root: int) -> Counter[int]:
        if root not in self._niks:
            self._niks[root] = Counter() if self._nik[root] < 0 else Counter([self._nik[root]])
        return self._niks[root]

    def _unite(self, one: int, other: int) -> None:
        if (len(self._said.get(one, ())), -one) < (len(self._said.get(other, ())), -other):
            one, other = other, one
        self._tokens(one).update(self._tokens(other))
        self._sources[one] |= self._sources[other]
        del self._niks[other]
        self._parent[other] = one
        self._size[one] += self._size[other]
        mine = self._said.setdefault(one, {})
        mine.pop(other, None)
        for third, said in self._said.pop(other, {}).items():
            if third == one:
                continue
            mine.setdefault(third, _Testimony()).add(said)
            theirs = self._said[third]
            del theirs[other]
            theirs[one] = mine[third]

    def _root(self, at: int) -> int:
        while self._parent[at] != at:
            self._parent[at] = self._parent[self._parent[at]]
            at = self._parent[at]
        return at

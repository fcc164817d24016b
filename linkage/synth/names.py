"""Full names by descent, sex and generation: Zipf-weighted parts from `names.toml`, joined to one string a person.

Draws what is on the identity card; never spells it wrongly (see `name_faults`).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.synth.dials import Dials
from linkage.synth.randomness import Bools, Ints, weigh

DESCENTS = ("jawa", "lampung", "sunda", "bali", "other")
BALI = DESCENTS.index("bali")
ABSENT = -1
PREFIX, FIRST, MIDDLE, LAST = range(4)
BESIDE_FIRST: Ints = np.array([PREFIX, MIDDLE, LAST], dtype=np.int64)
_TAIL = 0.5
_MIDDLE = 0.35


@dataclass(frozen=True, slots=True)
class Pool:
    """Words (as codes of the vocabulary, int64) with their chances (float64, sum 1)."""

    codes: Ints
    chances: NDArray[np.float64]

    def draw(self, rng: np.random.Generator, count: int) -> Ints:
        """Draw `count` codes."""
        return rng.choice(self.codes, size=count, p=self.chances)

    def without(self, words: Ints) -> Pool:
        """Leave words out; the others keep their proportions."""
        kept = ~np.isin(self.codes, words)
        return Pool(self.codes[kept], self.chances[kept] / self.chances[kept].sum())


@cache
def _read() -> dict[str, Any]:
    text = resources.files("linkage.synth").joinpath("names.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _compose(table: dict[str, Any]) -> list[str]:
    return [stem + end for end in table.get("ends", ()) for stem in table.get("stems", ())]


@cache
def list_words() -> tuple[str, ...]:
    """List the vocabulary; a word's code is its position."""
    words = ["Muhammad", "Abdul", "Siti", "I", "Ni"]
    for descent in DESCENTS:
        for sex in "LP":
            table = _read()[descent][sex]
            words += table["old"] + _compose(table) + table["young"] + table["last"] + table.get("order", [])
    return tuple(dict.fromkeys(words))


@cache
def _code(word: str) -> int:
    return list_words().index(word)


def _pool(words: list[str], exponent: float) -> Pool:
    return Pool(np.array([_code(word) for word in words], dtype=np.int64), weigh(len(words), exponent))


@cache
def _pools(descent: int, sex: str, exponent: float) -> dict[str, Pool]:
    table = _read()[DESCENTS[descent]][sex]
    pools = {kind: _pool(table[kind], exponent) for kind in ("old", "young", "last", "order") if kind in table}
    tail = _compose(table)
    if tail:
        heads, tails = pools["old"], _pool(tail, exponent)
        chances = np.concatenate([heads.chances * (1 - _TAIL), tails.chances * _TAIL])
        pools["old"] = Pool(np.concatenate([heads.codes, tails.codes]), chances)
    begins = np.array([_code(word) for word in _read()["never_alone"]], dtype=np.int64)
    return pools | {f"{kind} alone": pools[kind].without(begins) for kind in ("old", "young")}


def draw_descents(rng: np.random.Generator, count: int, dials: Dials) -> Ints:
    """Draw positions in `DESCENTS`, int64."""
    named = [dials.javanese, dials.lampungese, dials.sundanese, dials.balinese]
    return rng.choice(len(DESCENTS), size=count, p=[*named, 1 - sum(named)])


def draw_names(rng: np.random.Generator, descents: Ints, female: Bools, years: Ints, dials: Dials) -> Ints:
    """Draw word codes, int64 of shape (n, 4): prefix, first, middle, last; `ABSENT` where there is none."""
    parts = np.full((len(years), 4), ABSENT, dtype=np.int64)
    for descent in range(len(DESCENTS)):
        for sex in "LP":
            members = np.flatnonzero((descents == descent) & (female == (sex == "P")))
            parts[members] = _draw_group(rng, descent, sex, years[members], dials)
    return parts


def _draw_group(rng: np.random.Generator, descent: int, sex: str, years: Ints, dials: Dials) -> Ints:
    pools, count = _pools(descent, sex, dials.zipf), len(years)
    parts = np.full((count, 4), ABSENT, dtype=np.int64)
    young = rng.random(count) < np.clip((years - 1965) / 35, 0.02, 0.98)
    parts[:, FIRST] = np.where(young, pools["young"].draw(rng, count), pools["old"].draw(rng, count))
    parts[:, LAST] = pools["last"].draw(rng, count)
    middle = young & (rng.random(count) < _MIDDLE)
    parts[middle, MIDDLE] = pools["young"].draw(rng, int(middle.sum()))
    parts[:, MIDDLE] = np.where(parts[:, MIDDLE] == parts[:, FIRST], ABSENT, parts[:, MIDDLE])
    if descent == BALI:
        parts[:, PREFIX] = pools["order"].draw(rng, count)
        parts[:, MIDDLE] = np.where(young, parts[:, MIDDLE], ABSENT)
        parts[:, LAST] = np.where(young, parts[:, LAST], ABSENT)
        return parts
    chance = rng.random(count)
    if sex == "L":
        parts[young & (chance < dials.muhammad_young), PREFIX] = _code("Muhammad")
        parts[~young & (chance < dials.abdul_old), PREFIX] = _code("Abdul")
    else:
        parts[young & (chance < dials.siti), PREFIX] = _code("Siti")
    alone = np.flatnonzero(_draw_mononyms(rng, years, dials))
    for kind, of_kind in (("old alone", ~young[alone]), ("young alone", young[alone])):
        parts[alone[of_kind], FIRST] = pools[kind].draw(rng, int(of_kind.sum()))
    parts[np.ix_(alone, BESIDE_FIRST)] = ABSENT
    return parts


def _draw_mononyms(rng: np.random.Generator, years: Ints, dials: Dials) -> Bools:
    """Draw who has one word; Balinese never do, so the others make up for them."""
    chance = np.interp(years, [1975, 2000], [dials.mononyms_over_50, dials.mononyms_young])
    return np.asarray(rng.random(len(years)) < chance / (1 - dials.balinese))


def is_mononym(parts: Ints) -> Bools:
    """Tell whose name is one word."""
    return np.asarray((parts != ABSENT).sum(axis=1) == 1)


def join_names(parts: Ints, female: Bools, descents: Ints) -> pa.Array:
    """Join word codes to full names (string); Balinese names begin with `I` or `Ni`."""
    words = pa.array(list_words(), type=pa.string())
    columns = [words.take(pa.array(parts[:, part], mask=parts[:, part] == ABSENT)) for part in range(4)]
    article = np.where(female, "Ni", "I").astype(object)
    columns.insert(0, pa.array(article, mask=descents != BALI, type=pa.string()))
    return pc.binary_join_element_wise(*columns, " ", null_handling="skip")

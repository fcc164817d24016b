"""One seed's attacks on every anchor of a policy, each with the bar that it will be held against.

The bars are the security model's (§3, "Attack suite"); where it gives none, the note says what the figure means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from linkage.attacks import cells, frequency, graphs, leaked
from linkage.attacks.bounds import Bar, Trials, exact, judge, none, pool
from linkage.attacks.census import listed, misremember, settle
from linkage.attacks.setting import Setting, baseline
from linkage.attacks.world import World, found_world
from linkage.encoding.qgrams import I64

Rule = Callable[[str, str, Trials, Trials, str], Bar]
"""From attack, setting, pooled trials, pooled reference trials and a note to a bar."""

ERRORS = 0.05
"""Of the attacker's roster, in the cell attacks."""
BASELINE_NAMES = 1_500
KNOWN_ACROSS = 50


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a run is. `cells`: sizes of known cells and how many of each; `known`: known and all names of a cell;
    `shares`: of the population on the centre's lists; `budget` and `dictionary` of tokens.
    """  # noqa: D205 — one sentence

    name: str
    people: int
    names: int
    overlaps: tuple[str, ...]
    cells: tuple[tuple[int, int], ...]
    known: tuple[int, int]
    frequency: tuple[int, int]
    leaked: tuple[int, int]
    budget: int
    census: int
    shares: tuple[float, ...]


QUICK = Plan(
    name="quick",
    people=15_000,
    names=1_000,
    overlaps=("100 %",),
    cells=((10, 60), (80, 8), (640, 1)),
    known=(300, 600),
    frequency=(3_000, 10_000),
    leaked=(400, 4_000),
    budget=200,
    census=9_420_000,
    shares=(0.5,),
)
FULL = Plan(
    name="full",
    people=60_000,
    names=1_500,
    overlaps=("100 %", "30 %", "2x superset"),
    cells=((10, 150), (80, 20), (640, 3), (3_500, 1), (9_000, 1)),
    known=(1_000, 2_000),
    frequency=(5_000, 20_000),
    leaked=(2_000, 20_000),
    budget=200,
    census=9_420_000,
    shares=(0.1, 0.5),
)


NOTHING = Trials(0, 0)


@dataclass(frozen=True, slots=True)
class Attacked:
    """One attack of one seed: its trials, a reference's where the bar is relative, and the rule that holds it."""

    attack: str
    setting: str
    trials: Trials
    rule: Rule
    reference: Trials = NOTHING
    note: str = ""


def hold(group: Sequence[Attacked]) -> Bar:
    """Pool one attack over its seeds and hold it against its bar."""
    trials, reference = pool(each.trials for each in group), pool(each.reference for each in group)
    first = group[0]
    return first.rule(first.attack, first.setting, trials, reference, first.note)


def at_most(bar: float) -> Rule:
    """Hold the upper bound against a fixed bar."""
    return lambda attack, setting, trials, _reference, note: judge(attack, setting, trials, bar, note)


def times(factor: float) -> Rule:
    """Hold the upper bound against a multiple of the reference's rate."""
    return lambda attack, setting, trials, other, note: judge(attack, setting, trials, factor * other.rate, note)


def small(bar: float, factor: float) -> Rule:
    """Hold the upper bound against a fixed bar and a share of the reference's rate, whichever is less."""
    return lambda attack, setting, trials, other, note: judge(
        attack, setting, trials, min(bar, factor * other.rate), note
    )


def counted(bar: float) -> Rule:
    """Hold a full count against a fixed bar."""
    return lambda attack, setting, trials, _reference, note: exact(attack, setting, trials, bar, note)


def never(attack: str, setting: str, trials: Trials, _reference: Trials, note: str) -> Bar:
    """Allow no hit."""
    return none(attack, setting, trials, note)


STATED = "not protected, and stated in the threat model: "
MIXED = "what everybody who has the disk sees beside one role: a filter file is one chunk of one list"


@dataclass(frozen=True, slots=True)
class Round:
    """One seed: people, their encodings under fresh keys, and the attacker's dice, all from `seed`."""

    plan: Plan
    settings: Sequence[Setting]
    floor: float
    seed: int
    world: World = field(init=False)
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        """Make the people and the dice."""
        object.__setattr__(self, "world", found_world(self.plan.people, self.seed))
        object.__setattr__(self, "rng", np.random.default_rng([self.seed, 7]))

    def attacks(self) -> Iterator[Attacked]:
        """Run everything, one result at a time, the cells first: they can overturn the rest."""
        yield from self._cells()
        yield from self._across()
        for strength, settings in self._by_strength().items():
            yield from self._inside(settings[0], ", ".join(each.name for each in settings), strength)
        for setting in self.settings:
            yield from self._names(setting)
        yield from self._tokens()

    def _by_strength(self) -> dict[tuple[int, int, int], list[Setting]]:
        groups: dict[tuple[int, int, int], list[Setting]] = {}
        for setting in self.settings:
            groups.setdefault(setting.strength, []).append(setting)
        return groups

    def _cells(self) -> Iterator[Attacked]:
        census = settle(self.world.people, self.plan.census, self.rng)
        roster = misremember(census, ERRORS, self.rng)
        for setting in self.settings:
            if not setting.parts:
                continue
            anchored = cells.anchor(census, roster, setting.parts)
            for share in self.plan.shares:
                listing = listed(census, share, self.rng)
                view = cells.View(anchored, census, roster, listing)
                yield from self._views(setting, view, f"{share:.0%} listed")

    def _views(self, setting: Setting, view: cells.View, listed_: str) -> Iterator[Attacked]:
        """Invert one anchor's cells from each view of the centre."""
        name = setting.name
        one = at_most(0.01)
        yield Attacked("A6 sizes", f"pass-{name} alone, {listed_}", cells.by_size(view), one)
        files = cells.by_file(view, self.rng)
        yield Attacked("A6 files", f"pass-{name} beside the store, {listed_}", files, one, note=MIXED)
        yield Attacked("A6 order", f"stolen store, cells of {name}, {listed_}", cells.by_order(view, self.rng), one)
        if setting.dated:
            pairs = cells.by_pairs(view, self._components(setting), self.rng)
            yield Attacked("A6 pairs", f"merge beside the store, cells of {name}, {listed_}", pairs, one)
        joined = f"merge and pass-{name}, or everything but K, {listed_}"
        why = STATED + "maps, cells and the villages of content in one hand"
        yield Attacked("A6 joined", joined, cells.by_join(view, self.rng), at_most(1.0), note=why)
        if setting.dated:
            yield Attacked("A6 alone", f"people alone in a cell of {name}, {listed_}", cells.alone(view), one)

    def _components(self, setting: Setting) -> Callable[[I64], I64]:
        """Return how people of given cells come to the merge as pairs: their names drawn, encoded and compared."""

        def components(cell: I64) -> I64:
            names = self.world.some(self.rng.choice(self.world.men(), len(cell)))
            return graphs.components(names, cell, setting, self.floor, self.rng)

        return components

    def _across(self) -> Iterator[Attacked]:
        plain = baseline(self.settings[0])
        for overlap in self.plan.overlaps:
            found = self._match(plain, overlap, BASELINE_NAMES)
            if overlap == self.plan.overlaps[0]:
                label = f"{BASELINE_NAMES:,} names, {plain.bits} bits, {plain.hashes} hashes, no salt, no layer"
                yield Attacked("A3 baseline", label, found, at_most(1.0), note="must reach 95 %, or the run is void")
            for setting in self.settings:
                trials = self._match(setting, overlap, self.plan.names)
                label = f"{setting.name}, cells unknown, overlap {overlap}"
                yield Attacked("A3", label, trials, small(0.01, 1 / 50), found)
        for setting in self.settings:
            trials = self._match(setting, "100 %", self.plan.names, known=KNOWN_ACROSS)
            yield Attacked("A4", f"{setting.name}, {KNOWN_ACROSS} known pairs", trials, at_most(0.005))

    def _match(self, setting: Setting, overlap: str, count: int, known: int = 0) -> Trials:
        """Match `count` victims with a roster that overlaps them as `overlap` says."""
        rows = self.world.distinct(2 * count, self.rng)
        roster = {"100 %": rows[:count], "30 %": rows[count * 7 // 10 :][:count], "2x superset": rows}[overlap]
        victims = rows[:count]
        shuffled = self.world.some(self.rng.permutation(roster))
        where = self.world.cells(setting.parts, victims)
        return graphs.across_cells(self.world.some(victims), where, shuffled, setting, self.rng, known)

    def _inside(self, setting: Setting, anchors: str, strength: tuple[int, int, int]) -> Iterator[Attacked]:
        """Attack known cells; what is found depends on bits, hashes and majorities alone."""
        bits, hashes, majorities = strength
        label = f"{anchors}: {bits} bits, {hashes} hashes, K = {majorities}"
        for size, times_ in self.plan.cells:
            trials = pool(graphs.inside_cell(self._cell(size), setting, self.rng) for _ in range(times_))
            rule = at_most(1.5 / size) if size <= 10 else at_most(0.06)
            yield Attacked("A3b", f"{label}, known cell of {size:,}", trials, rule)
        known, size = self.plan.known
        trials = graphs.inside_cell(self._cell(size), setting, self.rng, known)
        yield Attacked("A4", f"{label}, {known:,} known of {size:,} in a cell", trials, at_most(0.10))
        trials = graphs.inside_cell_with_key(self._cell(640), setting, self.rng)
        why = "the epoch key leaked, and which cell it is known: held to A3b's bar"
        yield Attacked("A5 in a cell", f"{label}, known cell of 640", trials, at_most(0.06), note=why)

    def _cell(self, size: int) -> pa.Array:
        return self.world.some(self.rng.choice(self.world.men(), size, replace=False))

    def _names(self, setting: Setting) -> Iterator[Attacked]:
        victims, reference = self.plan.frequency
        rows = self.rng.permutation(len(self.world.names))[: victims + reference]
        where = self.world.cells(setting.parts, rows[:victims])
        found = frequency.align(
            self.world.some(rows[:victims]), where, self.world.some(rows[victims:]), setting, self.rng
        )
        label = f"{setting.name}, {victims:,} victims, {reference:,} others"
        why = "against 1.5 × guessing the commonest name"
        yield Attacked("A1", label, found.attack, times(1.5), found.blind, why)
        hunted, entries = self.plan.leaked
        rows = self.rng.permutation(len(self.world.names))[:entries]
        where = self.world.cells(setting.parts, rows)
        trials = leaked.filters(self.world.some(rows), where, hunted, setting, self.rng)
        yield Attacked("A5", f"{setting.name}, names of {hunted:,} victims among {entries:,}", trials, never)
        opened = leaked.cells_opened(entries, self.plan.budget, setting)
        label = f"{setting.name}, cells opened of {entries:,} in a day of {self.plan.budget} tokens"
        yield Attacked("A5b", label, opened, counted(self.plan.budget / entries), note=OPENS)

    def _tokens(self) -> Iterator[Attacked]:
        hunted, entries = self.plan.leaked
        niks = self.world.people["nik"].drop_null().combine_chunks()
        rows = self.rng.permutation(len(niks))[:entries]
        dictionary = niks.take(rows)
        trials = leaked.tokens(dictionary, hunted, 0, self.rng)
        yield Attacked("A5", f"NIKs of {hunted:,} victims among {entries:,}", trials, never)
        budget = self.plan.budget
        trials = leaked.tokens(dictionary, entries, budget, self.rng)
        label = f"NIKs, a day of {budget} tokens, {entries:,} entries"
        yield Attacked("A5b", label, trials, counted(budget / entries))


OPENS = "with one pass's role as well: a token opens a whole cell, and every name in it"

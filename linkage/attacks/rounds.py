"""One seed's attacks on every anchor of a policy, each with the bar that it will be held against.

The bars are the security model's (§3, "Attack suite"); where it gives none, the note says what the figure means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from linkage.attacks import cells, frequency, graphs, leaked, stated
from linkage.attacks.bounds import Trials, pool
from linkage.attacks.census import listed, misremember, settle
from linkage.attacks.plans import Plan
from linkage.attacks.rules import Attacked, at_most, counted, never, small, times
from linkage.attacks.setting import Setting, baseline
from linkage.attacks.world import World, found_world
from linkage.encoding.qgrams import I64

ERRORS = 0.05
"""Of the attacker's roster, in the cell attacks."""
KNOWN_ACROSS = 50
SMALL = 10
"""Up to this many names a cell is held to 1.5 × chance."""
OPENS = "with one pass's role as well: a token opens a whole cell, and every name in it"
CHANCE, LARGE = 1.5, 0.06
"""Of a name in a cell that small; and the bar of larger ones."""
ALONE = "how often names occur gives up alone"
WORK = 10**8
"""Cells times anchor values, at most, where all filters lie in one file."""

FAMILIES = ("A3b", "A6", "A3", "A4", "A1", "A5", "A5b")
"""In the order in which they are best begun: what may take longest first. A3 brings the baseline."""


@dataclass(frozen=True, slots=True)
class Round:
    """One family of attacks under one seed: people, their encodings under fresh keys, and the attacker's dice.

    All come from `seed` and `family`, so that no attack depends on which others are run, or where. `bare`: of A3, the
    baseline alone.
    """

    plan: Plan
    settings: Sequence[Setting]
    seed: int
    family: str
    bare: bool = False
    world: World = field(init=False)
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        """Make the people and the dice."""
        object.__setattr__(self, "world", found_world(self.plan.people, self.seed))
        object.__setattr__(self, "rng", np.random.default_rng([self.seed, 7, FAMILIES.index(self.family)]))

    def attacks(self) -> Iterator[Attacked]:
        """Run the family's attacks, one result at a time."""
        families: Mapping[str, Callable[[], Iterator[Attacked]]] = {
            "A6": self._cells,
            "A3": self._across,
            "A3b": self._inside,
            "A4": self._known,
            "A1": self._frequency,
            "A5": self._leaked,
            "A5b": self._credential,
        }
        yield from families[self.family]()

    def _baseline(self, found: Trials) -> Attacked:
        plain = baseline(self.settings[0])
        label = f"{self.plan.baseline:,} names, {plain.bits} bits, {plain.hashes} hashes, no salt, no layer"
        return Attacked("A3 baseline", label, found, at_most(1.0), note="must reach 95 %, or the run is void")

    def _strengths(self) -> Iterator[tuple[str, Setting]]:
        """Return what attacks inside one cell depend on, bits, hashes and majorities, each once, and whose it is."""
        for strength in dict.fromkeys(each.strength for each in self.settings):
            alike = [each for each in self.settings if each.strength == strength]
            names = ", ".join(each.name for each in alike)
            yield f"{names}: {strength[0]} bits, {strength[1]} hashes, K = {strength[2]}", alike[0]

    def _cells(self) -> Iterator[Attacked]:
        census = settle(self.world.people, self.plan.census, self.rng)
        roster = misremember(census, ERRORS, self.rng)
        lists = {share: listed(census, share, self.rng) for share in self.plan.shares}
        for setting in self.settings:
            if not setting.parts:
                continue
            anchored = cells.anchor(census, roster, setting.parts)
            for share, listing in lists.items():
                view = cells.View(anchored, census, roster, listing, self.plan.tried)
                yield from self._views(setting, view, f"{share:.0%} listed")

    def _views(self, setting: Setting, view: cells.View, listed_: str) -> Iterator[Attacked]:
        """Invert one anchor's cells from each view of the centre."""
        name, rng = setting.name, self.rng
        yield _held("A6 sizes", setting, f"pass-{name} alone, {listed_}", cells.by_size(view))
        many = max(1, min(self.plan.settled, WORK // view.anchored.values))
        files = cells.by_file(view, cells.after_link(view), rng, many)
        yield _held("A6 files", setting, f"pass-{name} beside the store, {listed_}", files)
        if setting.dated:
            pairs = cells.by_pairs(view, self._components(setting), rng)
            yield _held("A6 pairs", setting, f"merge beside the store, cells of {name}, {listed_}", pairs)
            yield _held("A6 alone", setting, f"people alone in a cell of {name}, {listed_}", cells.alone(view))
        before = cells.before_link(view)
        files = cells.by_file(view, before, rng, view.tried)
        yield _held("A6 before a link, files", setting, f"pass-{name} beside the store, {listed_}", files)
        order = cells.by_order(view, before, rng, view.tried)
        yield _held("A6 before a link, order", setting, f"stolen store, cells of {name}, {listed_}", order)
        joined = f"merge and pass-{name}, or everything but K, {listed_}"
        yield _held("A6 joined", setting, joined, cells.by_join(view, rng))

    def _components(self, setting: Setting) -> Callable[[I64], I64]:
        """Return how people of given cells come to the merge as pairs: their names drawn, encoded and compared."""

        def components(cell: I64) -> I64:
            names = self.world.some(self.rng.choice(self.world.men(), len(cell)))
            return graphs.components(names, cell, setting, setting.floor, self.rng)

        return components

    def _across(self) -> Iterator[Attacked]:
        """Attack unhardened encodings first: without them a run is void, and a bar is relative to them."""
        whole = self.plan.overlaps[0]
        for overlap in self.plan.overlaps:
            plain = self._match(baseline(self.settings[0]), overlap, self.plan.baseline)
            if overlap == whole:
                yield self._baseline(plain)
            if self.bare:
                return
            for setting in self.settings:
                trials = self._match(setting, overlap, self.plan.names)
                label = f"{setting.name}, cells unknown, overlap {overlap}"
                yield Attacked("A3", label, trials, small(0.01, 1 / 50), plain)

    def _match(self, setting: Setting, overlap: str, count: int, known: int = 0) -> Trials:
        """Match `count` victims with a roster that overlaps them as `overlap` says."""
        rows = self.world.distinct(2 * count, self.rng)
        roster = {"100 %": rows[:count], "30 %": rows[count * 7 // 10 :][:count], "2x superset": rows}[overlap]
        victims = rows[:count]
        shuffled = self.world.some(self.rng.permutation(roster))
        where = self.world.cells(setting.parts, victims)
        return graphs.across_cells(self.world.some(victims), where, shuffled, setting, self.rng, known)

    def _inside(self) -> Iterator[Attacked]:
        for label, setting in self._strengths():
            for size, count in self.plan.cells:
                drawn = [self._cell(size) for _ in range(count)]
                trials = pool(graphs.inside_cell(names, setting, self.rng) for names in drawn)
                chance = pool(map(graphs.blind, drawn))
                held = stated.look_up("A3b", size, CHANCE / size if size <= SMALL else LARGE)
                where = f"{label}, known cell of {size:,}"
                yield Attacked("A3b", where, trials, at_most(held.bar), chance, ALONE, held.reason)

    def _known(self) -> Iterator[Attacked]:
        for setting in self.settings:
            trials = self._match(setting, "100 %", self.plan.names, known=KNOWN_ACROSS)
            yield Attacked("A4", f"{setting.name}, {KNOWN_ACROSS} known pairs, cells unknown", trials, at_most(0.005))
        known, size = self.plan.known
        for label, setting in self._strengths():
            trials = graphs.inside_cell(self._cell(size), setting, self.rng, known)
            yield Attacked("A4", f"{label}, {known:,} known of {size:,} in a cell", trials, at_most(0.10))

    def _cell(self, size: int) -> pa.Array:
        return self.world.some(self.rng.choice(self.world.men(), size, replace=False))

    def _frequency(self) -> Iterator[Attacked]:
        victims, others = self.plan.frequency
        for setting in self.settings:
            rows = self.rng.permutation(len(self.world.names))[: victims + others]
            names, reference = self.world.some(rows[:victims]), self.world.some(rows[victims:])
            where = self.world.cells(setting.parts, rows[:victims])
            found = frequency.align(names, where, reference, setting, self.rng)
            label = f"{setting.name}, {victims:,} victims, {others:,} others"
            why = "against 1.5 × guessing the commonest name"
            yield Attacked("A1", label, found.attack, times(1.5), found.blind, why)

    def _leaked(self) -> Iterator[Attacked]:
        victims, entries = self.plan.leaked
        for setting in self.settings:
            rows = self.rng.permutation(len(self.world.names))[:entries]
            where = self.world.cells(setting.parts, rows)
            trials = leaked.filters(self.world.some(rows), where, victims, setting, self.rng)
            yield Attacked("A5", f"{setting.name}, names of {victims:,} victims among {entries:,}", trials, never)
        trials = leaked.tokens(self._niks(entries), victims, 0, self.rng)
        yield Attacked("A5", f"NIKs of {victims:,} victims among {entries:,}", trials, never)
        for label, setting in self._strengths():
            trials = graphs.inside_cell_with_key(self._cell(640), setting, self.rng)
            why = "the epoch key leaked, and which cell it is known: held to A3b's bar"
            yield Attacked("A5", f"{label}, known cell of 640", trials, at_most(0.06), note=why)

    def _credential(self) -> Iterator[Attacked]:
        entries, budget = self.plan.leaked[1], self.plan.budget
        for setting in self.settings:
            opened = leaked.cells_opened(entries, budget, setting)
            label = f"{setting.name}, cells opened of {entries:,} in a day of {budget} tokens"
            yield Attacked("A5b", label, opened, counted(budget / entries), note=OPENS)
        trials = leaked.tokens(self._niks(entries), entries, budget, self.rng)
        yield Attacked("A5b", f"NIKs, {entries:,} entries, a day of {budget} tokens", trials, counted(budget / entries))

    def _niks(self, count: int) -> pa.Array:
        niks = self.world.people["nik"].drop_null().combine_chunks()
        return niks.take(pa.array(self.rng.permutation(len(niks))[:count]))


def _held(attack: str, setting: Setting, label: str, trials: Trials) -> Attacked:
    """Hold an attack on cells against what the threat model states of it, or the security model's bar."""
    found = stated.look_up(attack, setting.parts)
    return Attacked(attack, label, trials, at_most(found.bar), stated=found.reason)

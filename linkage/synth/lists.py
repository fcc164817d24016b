"""Who is on which list: one drawing a programme, correlated within households, second rows included.

Decides who and in what order; not what their rows show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.synth.dials import Dials
from linkage.synth.people import People
from linkage.synth.randomness import Floats, Ints, pick
from linkage.synth.registers import ADULT

PLAIN, SAME_NIK, UNSOUND_NIK, TYPO, NO_NIK, SECOND_NIK = range(6)
_NO_NIK_PEOPLE = 0.4


@dataclass(frozen=True, slots=True)
class Roll:
    """One programme's list: its key among the dials, its agency and programme, and whom it takes."""

    key: str
    agency: str
    programme: str
    adults: bool
    desa_only: bool = False


ROLLS = (
    Roll("pkh", "kemensos", "PKH", adults=False),
    Roll("sembako", "kemensos", "SEMBAKO", adults=False),
    Roll("provinsi", "dinsos-provinsi", "BANSOS-PROVINSI", adults=False),
    Roll("kabupaten", "dinsos-kabupaten", "BANSOS-KABUPATEN", adults=True),
    Roll("rtlh", "dinsos-kabupaten", "RTLH", adults=True),
    Roll("desa", "desa", "BLT-DD", adults=True, desa_only=True),
    Roll("baznas", "baznas", "ZAKAT", adults=True),
    Roll("csr", "csr", "CSR-SEMBAKO", adults=False),
    Roll("perorangan", "perorangan", "BANTUAN-PERORANGAN", adults=True),
)

REGISTER = Roll("dtsen", "dtsen", "", adults=False)
"""The register of the poorest: a list that gives no aid, beside those that do."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The rows of one list in one block, in order: `at` int64 (position in the block's people), `way` int64.

    `way` is `PLAIN` for a first row and else tells how a second row of the same person escaped notice.
    """

    roll: Roll
    at: Ints
    way: Ints


def read_rate(dials: Dials, name: str) -> float:
    """Read a dial whose name is made from a list's or an agency's."""
    return float(getattr(dials, name))


def no_nik_rate(dials: Dials, roll: Roll) -> float:
    """Read the share of a list's rows that show no NIK."""
    return read_rate(dials, "no_nik_" + roll.agency.removeprefix("dinsos-"))


def expect_listed(dials: Dials) -> float:
    """Expect the share of people on any list, by the dials alone; it sets how many villages there are."""
    missed = np.prod([1 - read_rate(dials, f"list_{roll.key}") for roll in ROLLS])
    return float(1 - missed) * (1 - dials.people_without_nik / 4)


def enrol(rng: np.random.Generator, people: People, roll: Roll, eagerness: Floats, dials: Dials) -> Enrolment:
    """Draw one list; `eagerness` (0 to 1 a person) is one's household's, so that lists overlap in families."""
    adult = people.age >= ADULT
    desa = np.array([village.is_desa for village in people.villages])[people.village]
    eligible = (adult | (not roll.adults)) & (desa | (not roll.desa_only))
    spread = max(0.05, float(adult.mean())) if roll.adults else 1.0
    chance = read_rate(dials, f"list_{roll.key}") * (0.4 + 1.2 * eagerness) / spread
    scarce = min(1.0, _NO_NIK_PEOPLE * no_nik_rate(dials, roll) / max(dials.people_without_nik, 1e-9))
    chance = np.where(people.nik == 0, chance * scarce, chance)
    first = np.flatnonzero(eligible & (rng.random(len(chance)) < chance))
    again = pick(rng, np.ones(len(first), dtype=bool), len(first) * dials.duplicates / (1 - dials.duplicates))
    shares = (
        dials.duplicate_same_nik,
        dials.duplicate_unsound_nik,
        dials.duplicate_typo,
        dials.duplicate_no_nik,
        dials.duplicate_second_nik,
    )
    ways = rng.choice(np.arange(SAME_NIK, SECOND_NIK + 1), size=len(again), p=np.array(shares) / sum(shares))
    at = np.concatenate([first, first[again]])
    way = np.concatenate([np.full(len(first), PLAIN), ways])
    order = np.lexsort((rng.random(len(at)), people.village[at]))
    return Enrolment(roll, at[order], way[order])

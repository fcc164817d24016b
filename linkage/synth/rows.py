"""The rows of one list in one block: everything they show, before a layout says in which columns and forms.

Faults of number, name, date, sex and family card are drawn here, each to its dial.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linkage.synth import numbers
from linkage.synth.dials import Dials
from linkage.synth.faults import flag
from linkage.synth.lists import Enrolment, Roll
from linkage.synth.name_faults import Named, respell
from linkage.synth.names import BALI
from linkage.synth.nik_damage import break_kk
from linkage.synth.nik_faults import NikColumn, show_niks
from linkage.synth.people import People
from linkage.synth.randomness import Bools, Ints, pick
from linkage.synth.registers import TODAY
from linkage.synth.welfare import Welfare

_STRANGERS = ("Slamet", "Kasim", "Rusdi", "Sukardi", "Hasan", "Sutrisno", "Abdullah", "Mulyono")


@dataclass(frozen=True, slots=True)
class Rows:
    """One list's rows in order, each field of length n.

    `at` int64 (position in `people`) · `nik` (see `NikColumn`) · `name`, `kk` lists of str · `born` datetime64[D] (as
    shown) · `dated`, `month_first`, `sexed`, `female` bool (`female` as shown) · `faults` int64 bits · `welfare` of a
    register's rows.
    """

    roll: Roll
    people: People
    at: Ints
    nik: NikColumn
    name: list[str]
    kk: list[str]
    born: NDArray[np.datetime64]
    dated: Bools
    month_first: Bools
    sexed: Bools
    female: Bools
    faults: Ints
    welfare: Welfare | None = None


def fill_rows(
    rng: np.random.Generator, people: People, enrolment: Enrolment, ledger: numbers.Ledger, dials: Dials
) -> Rows:
    """Fill the rows of a list: what each shows, and what is wrong with it."""
    at, roll = enrolment.at, enrolment.roll
    sheets = people.village[at] if roll.desa_only else np.zeros(len(at), dtype=np.int64)
    nik = show_niks(rng, people, enrolment, ledger, sheets, dials)
    names, faults = respell(rng, people.name.take(at).to_pylist(), _describe(rng, people, at), dials)
    faults |= nik.faults
    faults[enrolment.way != 0] |= flag("duplicate")
    dated = _hide_some(rng, faults, "birth_date_none", _undated_rate(roll, dials))
    born, month_first = _misdate(rng, people.born[at], dated, faults, dials)
    sexed = _hide_some(rng, faults, "sex_none", dials.no_sex_perorangan if roll.key == "perorangan" else 0.0)
    female = people.female[at].copy()
    wrong = pick(rng, sexed, dials.wrong_sex * float(sexed.sum()))
    female[wrong] ^= True
    faults[wrong] |= flag("sex_wrong")
    kk = _show_cards(rng, people.kk[at], faults, dials)
    return Rows(roll, people, at, nik, names, kk, born, dated, month_first, sexed, female, faults)


def _describe(rng: np.random.Generator, people: People, at: Ints) -> Callable[[int, str], Named]:
    strangers = rng.integers(0, len(_STRANGERS), size=len(at))

    def describe(row: int, name: str) -> Named:
        person = at[row]
        father = people.father[person]
        known = str(people.name[int(father)]) if father >= 0 else _STRANGERS[strangers[row]]
        return Named(name, known, bool(people.female[person]), bool(people.descent[person] == BALI))

    return describe


def _undated_rate(roll: Roll, dials: Dials) -> float:
    special = {"csr": dials.no_birth_date_csr, "perorangan": dials.no_birth_date_perorangan}
    return special.get(roll.key, dials.no_birth_date)


def _hide_some(rng: np.random.Generator, faults: Ints, fault: str, rate: float) -> Bools:
    """Leave a share of cells empty; return which are not."""
    shown = np.ones(len(faults), dtype=bool)
    hidden = pick(rng, shown, rate * len(faults))
    shown[hidden] = False
    faults[hidden] |= flag(fault)
    return shown


def _misdate(
    rng: np.random.Generator, born: NDArray[np.datetime64], dated: Bools, faults: Ints, dials: Dials
) -> tuple[NDArray[np.datetime64], Bools]:
    """Put wrong dates and exchanged days and months; return the dates shown and which are written month first."""
    born, count = born.copy(), float(dated.sum())
    _, months, days = numbers.split_dates(born)
    swappable = dated & (days <= 12) & (days != months)
    swapped = pick(rng, swappable, dials.day_month_swapped * count)
    years = born[swapped].astype("datetime64[Y]").astype("datetime64[M]")
    exchanged = years + (days[swapped] - 1).astype("timedelta64[M]")
    born[swapped] = exchanged.astype("datetime64[D]") + (months[swapped] - 1).astype("timedelta64[D]")
    faults[swapped] |= flag("birth_date_swapped")
    plain = dated & (faults & flag("birth_date_swapped") == 0)
    wrong = pick(rng, plain, dials.wrong_birth_date * count)
    born[wrong] = _miss(rng, born[wrong])
    faults[wrong] |= flag("birth_date_wrong")
    plain &= (faults & flag("birth_date_wrong") == 0) & (days > 12)
    month_first = np.zeros(len(born), dtype=bool)
    month_first[pick(rng, plain, dials.month_first * count)] = True
    faults[month_first] |= flag("birth_date_month_first")
    return born, month_first


def _miss(rng: np.random.Generator, born: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Miss a date by a few days, a month or two, one year, or ten years; never by nothing, never into the future."""
    steps = np.array([1, 2, 9, 31, 61, 365, 366, 3652])
    chosen = steps[rng.integers(0, len(steps), size=len(born))].astype("timedelta64[D]")
    later = (rng.random(len(born)) < 0.5) & (born + chosen < TODAY)
    return np.asarray(np.where(later, born + chosen, born - chosen))


def _show_cards(rng: np.random.Generator, kk: Ints, faults: Ints, dials: Dials) -> list[str]:
    texts: list[str] = kk.astype("U16").tolist()
    broken = pick(rng, np.ones(len(kk), dtype=bool), dials.invalid_kk * len(kk))
    for row, chance in zip(broken.tolist(), rng.random(len(broken)).tolist(), strict=True):
        texts[row] = break_kk(texts[row], chance)
    faults[broken] |= flag("kk_invalid")
    return texts

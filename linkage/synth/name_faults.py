"""What the name column shows: the name on the card, or one of the spellings of domain §3.

Faults are independent of each other, so a row may carry several; each is applied to the name as it then stands, and
none may undo another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from linkage.synth.dials import Dials
from linkage.synth.faults import flag
from linkage.synth.randomness import Ints

Respell = Callable[["Named", float], str | None]
"""Take a name and a chance; return the new name, or None where the fault cannot happen to this one."""

_SHORT = {
    "Muhammad": ("M.", "Moh.", "Muh.", "Mohammad", "Muhamad", "Mochamad", "MHD", "Md"),
    "Abdul": ("Abd.", "Abd"),
    "Siti": ("St.", "Sitti"),
    "Ahmad": ("Achmad", "Akhmad"),
    "Nur": ("Noer", "Noor"),
}
_OLD = (("u", "oe"), ("c", "tj"), ("j", "dj"), ("y", "j"), ("sy", "sj"), ("ny", "nj"), ("kh", "ch"))
_DEGREES = (", S.Pd", ", SE", ", S.Sos", ", S.Ag", ", A.Md", ", SH", ", ST")
_TITLES = {
    False: ("H. ", "Bpk ", "Alm. ", "Drs. ", "Sdr. ", "Ust. "),
    True: ("Hj. ", "Ibu ", "Ny. ", "Almh. ", "Dra. "),
}
_LETTERS = "aeiounrtsm"


@dataclass(frozen=True, slots=True)
class Named:
    """One name to respell: as it stands, the father's name, whether of a woman, whether Balinese."""

    name: str
    father: str
    female: bool
    balinese: bool


def abbreviate(who: Named, chance: float) -> str | None:
    """Shorten or respell the first word, of two or more, that has a usual short form."""
    first, _, rest = who.name.partition(" ")
    forms = _SHORT.get(first)
    return f"{forms[int(chance * len(forms))]} {rest}" if forms and rest else None


def spell_old(who: Named, chance: float) -> str | None:
    """Write one sound in the spelling before 1972 (Suparman, Soeparman)."""
    able = [(new, old) for new, old in _OLD if new in who.name.lower()]
    if not able:
        return None
    new, old = able[int(chance * len(able))]
    at = who.name.lower().index(new)
    spelt = old.capitalize() if who.name[at].isupper() else old
    return who.name[:at] + spelt + who.name[at + len(new) :]


def respace(who: Named, chance: float) -> str | None:
    """Run two words together, or part a long single word."""
    words = who.name.split(" ")
    if len(words) > 1:
        at = int(chance * (len(words) - 1))
        return " ".join([*words[:at], words[at] + words[at + 1].lower(), *words[at + 2 :]])
    at = 2 + int(chance * (len(who.name) - 4))
    return f"{who.name[:at]} {who.name[at:].capitalize()}" if len(who.name) > 6 else None


def drop_word(who: Named, chance: float) -> str | None:
    """Leave out the middle word of three, or the last of two."""
    words = who.name.split(" ")
    if len(words) < 2:
        return None
    at = 1 + int(chance * (len(words) - 2)) if len(words) > 2 else 1
    return " ".join(words[:at] + words[at + 1 :])


def mistype(who: Named, chance: float) -> str | None:
    """Drop, double, replace or exchange one letter that does not begin a word."""
    able = [at for at in range(1, len(who.name) - 1) if who.name[at].isalpha() and who.name[at - 1].isalpha()]
    if not able:
        return None
    pointer = chance * len(able)
    at, kind = able[int(pointer)], int(pointer % 1 * 4)
    before, letter, after = who.name[:at], who.name[at], who.name[at + 1 :]
    if kind == 3 and after[0].isalpha() and after[0] != letter:
        return before + after[0] + letter + after[1:]
    if kind == 2:
        others = _LETTERS.replace(letter, "")
        return before + others[int(pointer * 4 % 1 * len(others))] + after
    return before + letter * (2 if kind == 1 else 0) + after


def add_father(who: Named, chance: float) -> str | None:
    """Add the father's name behind bin or binti; Balinese names take none."""
    if who.balinese:
        return None
    words = ("binti", "binti", "bt.", "b.") if who.female else ("bin", "bin", "b.", "Bin")
    return f"{who.name} {words[int(chance * 4)]} {who.father}"


def add_title(who: Named, chance: float) -> str | None:
    """Put a title in front, or (one in five) a degree behind."""
    if chance < 0.2:
        return who.name + _DEGREES[int(chance * 5 * len(_DEGREES))]
    titles = _TITLES[who.female]
    return titles[int((chance - 0.2) / 0.8 * len(titles))] + who.name


_ORDER: tuple[tuple[str, str, Respell], ...] = (
    ("abbreviated", "name_abbreviated", abbreviate),
    ("dropped", "name_dropped", drop_word),
    ("old_spelling", "name_old_spelling", spell_old),
    ("spacing", "name_spacing", respace),
    ("name_typo", "name_typo", mistype),
    ("filiation", "name_filiation", add_father),
    ("title", "name_title", add_title),
)


def respell(
    rng: np.random.Generator, names: list[str], describe: Callable[[int, str], Named], dials: Dials
) -> tuple[list[str], Ints]:
    """Respell a column of names; return the names (list of str) and the faults (int64 bits), one a row.

    `describe` says whose name stands in a row, given the row and the name as it then stands.
    """
    shown = list(names)
    faults = np.zeros(len(names), dtype=np.int64)
    for dial, fault, change in _ORDER:
        left = int(getattr(dials, dial) * len(names) + rng.random())
        chances = rng.random(len(names))
        for row in rng.permutation(len(names)).tolist():
            if not left:
                break
            changed = change(describe(row, shown[row]), float(chances[row]))
            if changed is not None and changed.lower() not in (shown[row].lower(), names[row].lower()):
                shown[row], left = changed, left - 1
                faults[row] |= flag(fault)
    return shown, faults

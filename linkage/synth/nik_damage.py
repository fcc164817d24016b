"""Damage to one number, as text: the mistypings and the unsound forms of domain §2 and §7.

Every function takes a chance (0 ≤ chance < 1) instead of a generator, so that a number and its chance decide alone.
None but `break_nik` touches the thirteenth digit, and that one always leaves an unsound number.
"""

from __future__ import annotations

_NEAR = dict(zip("1234567890", ("2", "13", "24", "35", "46", "57", "68", "79", "80", "9"), strict=True))
_MARK = 12
_PLACES = tuple(place for place in range(16) if place != _MARK)
_SWAPS = tuple(place for place in range(15) if place not in (_MARK - 1, _MARK))


def substitute(nik: str, chance: float) -> str:
    """Replace one digit by a neighbour on the keyboard's row of digits."""
    pointer = chance * len(_PLACES)
    place = _PLACES[int(pointer)]
    near = _NEAR[nik[place]]
    return nik[:place] + near[int(pointer % 1 * len(near))] + nik[place + 1 :]


def transpose(nik: str, chance: float) -> str:
    """Exchange two unlike neighbouring digits (a NIK always has some: no region code is one digit repeated)."""
    swaps = [place for place in _SWAPS if nik[place] != nik[place + 1]]
    place = swaps[int(chance * len(swaps))]
    return nik[:place] + nik[place + 1] + nik[place] + nik[place + 2 :]


def change_length(nik: str, chance: float) -> str:
    """Drop a digit or strike it twice."""
    pointer = chance * len(nik)
    place = int(pointer)
    return nik[:place] + nik[place] * (0 if pointer % 1 < 0.5 else 2) + nik[place + 1 :]


def write_o(nik: str) -> str:
    """Write the letter O for the last zeros in a row, or l for a 1 where there is no zero."""
    return nik.replace("0", "O") if "0" in nik else nik.replace("1", "l")


def break_nik(nik: str, chance: float) -> str:
    """Make a number unsound: serial 0000, cut, lengthened, an impossible date, district 00, no such province."""
    forms = (
        (0.35, nik[:12] + "0000"),
        (0.55, nik[:15]),
        (0.65, nik + nik[-1]),
        (0.75, nik[:12]),
        (0.90, nik[:8] + "1" + str(3 + int(chance * 1000) % 7) + nik[10:]),
        (0.95, nik[:4] + "00" + nik[6:]),
        (1.00, "0" + nik[1:]),
    )
    return next(form for limit, form in forms if chance < limit)


def break_kk(kk: str, chance: float) -> str:
    """Make a family card's number unsound, in the same ways; a few are `0` or `-`."""
    if chance < 0.1:
        return "0" if chance < 0.05 else "-"
    return break_nik(kk, (chance - 0.1) / 0.9)

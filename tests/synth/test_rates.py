"""Every dial is met by the files themselves, so that easy data cannot raise a score."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from linkage.synth import ROLLS, load_dials

DIALS = load_dials()
MONTHS = ["jan", "feb", "mar", "apr", "mei", "jun", "jul", "agu", "sep", "okt", "nov", "des"]
MONTHS_OTHERWISE = {"peb": 2, "agt": 8, "nop": 11}
NONE_TEXTS = {"", "-", "0", "belum ada", "0" * 16, "9" * 16}
KEYS_NEARBY = {"12", "23", "34", "45", "56", "67", "78", "89", "90"}


def near(measured: float, dial: float, slack: float = 0.2) -> bool:
    return abs(measured - dial) <= slack * dial


def share(rows: Iterable[Any], holds: Callable[[Any], bool]) -> float:
    counted = Counter(bool(holds(row)) for row in rows)
    return counted[True] / (counted[True] + counted[False])


def bare(cell: Any) -> Any:
    """Take a NIK cell's decoration off; a number cell stays a number."""
    return re.sub(r"^'|[ .]", "", cell) if isinstance(cell, str) and cell not in NONE_TEXTS else cell


def shows_nik(row: Any) -> bool:
    return row.cells["nik"] not in NONE_TEXTS


def date_exists(day: int, month: int, year: int) -> bool:
    for century in (1900, 2000):
        try:
            date(century + year, month, day)
        except ValueError:
            continue
        return True
    return False


def is_sound(cell: Any) -> bool:
    """Check the form of a NIK, written apart from the generator's own check."""
    if not isinstance(cell, str) or not re.fullmatch(r"[1-9]\d{15}", cell) or cell.endswith("0000"):
        return False
    provinces = (
        "11 12 13 14 15 16 17 18 19 21 31 32 33 34 35 36 51 52 53 61 62 63 64 65 71 72 73 74 75 76 81 82 91 92 93"
    )
    if cell[:2] not in f"{provinces} 94 95 96".split() or "00" in (cell[2:4], cell[4:6]):
        return False
    day = int(cell[6:8])
    return date_exists(day - 40 if day > 40 else day, int(cell[8:10]), int(cell[10:12]))


def read_date(row: Any) -> tuple[date | None, bool]:
    """Read the date that a row shows; tell whether it was written month first (seen by a month over 12)."""
    cell = row.cells.get("born", row.cells.get("birthplace", ""))
    if isinstance(cell, (datetime, date)):
        return (cell.date() if isinstance(cell, datetime) else cell), False
    if isinstance(cell, float):
        return date(1899, 12, 30) + timedelta(days=int(cell)), False
    text = cell.rsplit(", ", 1)[-1]
    if iso := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text):
        return date(*map(int, iso.groups())), False
    if digits := re.fullmatch(r"(\d\d)[/-](\d\d)[/-](\d{4})", text):
        first, second, year = map(int, digits.groups())
        return (date(year, first, second), True) if second > 12 else (date(year, second, first), False)
    if words := re.fullmatch(r"(\d+) (\w+) (\d{4})", text):
        name = words[2][:3].lower()
        month = MONTHS_OTHERWISE.get(name) or MONTHS.index(name) + 1
        return date(int(words[3]), month, int(words[1])), False
    return None, False


def is_swap(shown: date, true: date) -> bool:
    return shown != true and (shown.year, shown.month, shown.day) == (true.year, true.day, true.month)


@pytest.fixture(scope="session")
def rows(world: Any) -> list[Any]:
    return world.without_damaged_file()


@pytest.fixture(scope="session")
def with_nik(rows: list[Any]) -> list[Any]:
    return [row for row in rows if shows_nik(row)]


@pytest.fixture(scope="session")
def dated(world: Any) -> list[tuple[date, bool, date]]:
    """List (shown, month first, true) for every row that shows a date."""
    read = [(*read_date(row), row.truth["birth_date"]) for row in world.rows]
    return [(shown, first, true) for shown, first, true in read if shown is not None]


@pytest.mark.parametrize("agency", sorted({roll.agency for roll in ROLLS}))
def test_each_source_shows_no_nik_at_its_rate(rows: list[Any], agency: str) -> None:
    of_agency = [row for row in rows if row.truth["agency"] == agency]
    dial = getattr(DIALS, "no_nik_" + agency.removeprefix("dinsos-"))
    assert near(share(of_agency, lambda row: not shows_nik(row)), dial)


def test_eleven_per_cent_of_shown_niks_are_unsound(with_nik: list[Any]) -> None:
    assert near(share(with_nik, lambda row: not is_sound(bare(row.cells["nik"]))), DIALS.invalid_nik)


def test_letters_stand_for_zeros_at_their_rate(with_nik: list[Any]) -> None:
    rate = share(with_nik, lambda row: bool(re.search("[Ol]", str(row.cells["nik"]))))
    assert near(rate, DIALS.o_for_zero)


def test_number_cells_and_scientific_notation_come_at_their_rate(with_nik: list[Any]) -> None:
    rate = share(with_nik, lambda row: isinstance(row.cells["nik"], float) or "E+15" in row.cells["nik"])
    assert near(rate, DIALS.excel_zeroed)


def test_runs_of_plus_one_come_at_their_rate(rows: list[Any]) -> None:
    runs = shown = 0
    for above, row in pairwise(rows):
        one, two = bare(above.cells["nik"]), bare(row.cells["nik"])
        same_sheet = all(above.truth[k] == row.truth[k] for k in ("file", "sheet"))
        shown += shows_nik(row)
        runs += same_sheet and is_sound(one) and is_sound(two) and int(two) == int(one) + 1
    assert near(runs / shown, DIALS.fill_down)


def test_a_sound_nik_stands_twice_in_a_file_at_its_rate(with_nik: list[Any]) -> None:
    seen: set[tuple[str, str]] = set()
    again = 0
    for row in with_nik:
        key = (row.truth["file"], bare(row.cells["nik"]))
        again += key in seen and is_sound(key[1])
        seen.add(key)
    assert near(again / len(with_nik), DIALS.same_nik_in_file)


def edit(shown: Any, own: str | None) -> str:
    """Name the typo that leads from one's own number to the shown one, `` if none does."""
    if not isinstance(shown, str) or own is None or shown == own:
        return ""
    if len(shown) == len(own):
        at = [place for place in range(16) if shown[place] != own[place]]
        if len(at) == 1 and {shown[at[0]] + own[at[0]], own[at[0]] + shown[at[0]]} & KEYS_NEARBY:
            return "substituted"
        if len(at) == 2 and at[1] == at[0] + 1 and shown[at[0]] == own[at[1]] and shown[at[1]] == own[at[0]]:
            return "transposed"
    shorter, longer = sorted([shown, own], key=len)
    cut = {longer[:place] + longer[place + 1 :] for place in range(len(longer))}
    return "length" if len(longer) == len(shorter) + 1 and shorter in cut else ""


@pytest.mark.parametrize("kind", ["substituted", "transposed"])
def test_typos_of_one_kind_come_at_their_rate(with_nik: list[Any], kind: str) -> None:
    rate = share(with_nik, lambda row: edit(bare(row.cells["nik"]), row.truth["nik"]) == kind)
    # A few fill-down and second numbers also differ in one digit; they are injected under their own names.
    others = share(with_nik, lambda row: edit(bare(row.cells["nik"]), row.truth["nik"]) == kind and not _typo(row))
    assert near(rate - others, DIALS.typos * getattr(DIALS, f"typo_{kind}"))


def _typo(row: Any) -> bool:
    return any(fault.startswith("nik_typo") for fault in row.faults)


def test_dropped_and_added_digits_come_at_their_rate(with_nik: list[Any]) -> None:
    labelled = [row for row in with_nik if "nik_typo_length" in row.faults]
    assert all(edit(bare(row.cells["nik"]), row.truth["nik"]) == "length" for row in labelled)
    assert near(len(labelled) / len(with_nik), DIALS.typos * DIALS.typo_length)


def test_neighbours_numbers_come_at_their_rate(world: Any, with_nik: list[Any]) -> None:
    owners = {person["nik"]: person["person"] for person in world.people if person["nik"]}
    labelled = [row for row in with_nik if "nik_typo_neighbour" in row.faults]
    assert all(owners[bare(row.cells["nik"])] != row.truth["person"] for row in labelled)
    # About 45 rows: the noise of the draw alone is 15 %.
    assert near(len(labelled) / len(with_nik), DIALS.typos * DIALS.typo_neighbour, slack=0.4)


def test_all_typos_together_come_at_their_rate(with_nik: list[Any]) -> None:
    assert near(share(with_nik, _typo), DIALS.typos)


def test_family_cards_are_wrong_at_their_rate(world: Any) -> None:
    shown = [row for row in world.rows if "kk" in row.cells]
    assert near(share(shown, lambda row: row.cells["kk"] != row.person["kk"]), DIALS.invalid_kk)


def test_the_same_person_stands_twice_in_a_programme_at_its_rate(rows: list[Any]) -> None:
    persons = {(row.truth["programme"], row.truth["person"]) for row in rows}
    assert near(1 - len(persons) / len(rows), DIALS.duplicates)


def test_the_deceased_are_listed_at_their_rate(world: Any) -> None:
    assert near(share(world.rows, lambda row: row.person["deceased"]), DIALS.deceased)


def test_birth_dates_are_wrong_at_their_rate(dated: list[Any]) -> None:
    assert near(share(dated, lambda d: d[0] != d[2] and not is_swap(d[0], d[2])), DIALS.wrong_birth_date)


def test_days_and_months_are_exchanged_at_their_rate(dated: list[Any]) -> None:
    assert near(share(dated, lambda d: is_swap(d[0], d[2])), DIALS.day_month_swapped)


def test_dates_are_written_month_first_at_their_rate(dated: list[Any]) -> None:
    assert near(share(dated, lambda d: d[1]), DIALS.month_first)


@pytest.mark.parametrize(
    ("agency", "dial"),
    [
        ("kemensos", DIALS.no_birth_date),
        ("csr", DIALS.no_birth_date_csr),
        ("perorangan", DIALS.no_birth_date_perorangan),
    ],
)
def test_birth_dates_are_missing_at_their_rate(world: Any, agency: str, dial: float) -> None:
    of_agency = [row for row in world.rows if row.truth["agency"] == agency]
    assert near(share(of_agency, lambda row: read_date(row)[0] is None), dial)


def test_sexes_are_wrong_at_their_rate(world: Any) -> None:
    shown = [row for row in world.rows if row.cells["sex"]]
    assert near(share(shown, lambda row: row.cells["sex"][0] != row.person["sex"]), DIALS.wrong_sex)


def test_sexes_are_missing_from_individuals_aid_at_their_rate(world: Any) -> None:
    shown = [row for row in world.rows if row.truth["agency"] == "perorangan"]
    assert near(share(shown, lambda row: not row.cells["sex"]), DIALS.no_sex_perorangan)


@pytest.mark.parametrize(
    ("dial", "fault"),
    [
        ("title", "name_title"),
        ("abbreviated", "name_abbreviated"),
        ("old_spelling", "name_old_spelling"),
        ("spacing", "name_spacing"),
        ("dropped", "name_dropped"),
        ("filiation", "name_filiation"),
        ("name_typo", "name_typo"),
    ],
)
def test_names_are_respelt_at_their_rate_and_never_without_a_label(world: Any, dial: str, fault: str) -> None:
    labelled = [row for row in world.rows if fault in row.faults]
    assert near(len(labelled) / len(world.rows), getattr(DIALS, dial))
    for row in world.rows:
        respelt = any(name.startswith("name_") for name in row.faults)
        assert respelt == (row.cells["name"].lower() != row.person["name"].lower())


def test_numbers_are_decorated_at_their_rate(with_nik: list[Any]) -> None:
    assert near(share(with_nik, lambda row: row.cells["nik"] != bare(row.cells["nik"])), DIALS.decorated_nik)


def test_one_whole_file_lost_the_last_digit_of_every_nik(world: Any) -> None:
    files = Counter(row.truth["file"] for row in world.rows if "nik_file_damaged" in row.faults)
    assert list(files) == ["dinsos-kabupaten/bansos-18.06.xlsx"]
    cells = [row.cells["nik"] for row in world.rows if "nik_file_damaged" in row.faults]
    assert len(cells) > 200
    assert all(isinstance(cell, float) and int(cell) % 10 == 0 for cell in cells)


def test_about_two_rows_stand_for_each_listed_person(world: Any) -> None:
    assert 1.8 < len(world.rows) / len({row.truth["person"] for row in world.rows}) < 2.4


def test_every_row_without_a_nik_fault_shows_its_persons_own(world: Any) -> None:
    for row in world.rows:
        if not any(fault.startswith("nik_") for fault in row.faults):
            assert bare(row.cells["nik"]) == row.person["nik"]
            assert row.truth["own_nik"]


def test_the_truth_tells_soundness_as_an_independent_check_does(rows: list[Any]) -> None:
    assert all(row.truth["sound_nik"] == is_sound(bare(row.cells["nik"])) for row in rows)


def test_every_sound_nik_is_of_the_reserved_range_whatever_is_wrong_with_it(world: Any) -> None:
    sound = [bare(row.cells["nik"]) for row in world.rows if is_sound(bare(row.cells["nik"]))]
    assert len(sound) > 20_000
    assert all(nik[12] == "9" for nik in sound)


def test_a_sound_nik_that_is_not_the_persons_own_is_explained_by_a_fault(rows: list[Any]) -> None:
    for row in rows:
        if is_sound(bare(row.cells["nik"])) and bare(row.cells["nik"]) != row.truth["nik"]:
            assert any(fault.startswith("nik_") for fault in row.faults)

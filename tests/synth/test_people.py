"""The people are as the design describes them."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Any

import pytest

from linkage.synth import load_dials

DIALS = load_dials()
WEIGHTS = {
    "18.02": 0.152,
    "18.07": 0.123,
    "18.01": 0.122,
    "18.71": 0.1215,
    "18.03": 0.074,
    "18.06": 0.07,
    "18.13": 0.019,
}
SPLIT = {"18.09": "1801", "18.10": "1806", "18.11": "1805", "18.12": "1805", "18.13": "1804"}


def share(people: list[Any], name: str) -> float:
    return sum(bool(person[name]) for person in people) / len(people)


def test_people_are_numbered_from_nought_without_gaps(world: Any) -> None:
    assert [person["person"] for person in world.people] == list(range(20_000))


def test_regencies_weigh_as_designed(world: Any) -> None:
    regencies = Counter(person["regency"] for person in world.people)
    assert len(regencies) == 15
    for code, weight in WEIGHTS.items():
        assert regencies[code] == pytest.approx(weight * 20_000, abs=1)


def test_villages_hold_about_four_hundred_listed_people(world: Any) -> None:
    listed = {row.truth["person"]: row.person["village"] for row in world.rows}
    villages = Counter(listed.values())
    assert sum(villages.values()) / len(villages) == pytest.approx(DIALS.people_per_village, rel=0.2)


def test_every_number_is_given_once_and_is_of_the_reserved_range(world: Any) -> None:
    niks = [person["nik"] for person in world.people if person["nik"]]
    cards = {person["household"]: person["kk"] for person in world.people}
    assert len(set(niks)) == len(niks)
    assert len(set(cards.values())) == len(cards)
    assert all(len(number) == 16 and int(number[12:]) > 9000 for number in [*niks, *cards.values()])


def test_a_nik_carries_its_persons_birth_date_and_sex(world: Any) -> None:
    for person in world.people:
        if person["nik"]:
            born, woman = person["birth_date"], person["sex"] == "P"
            assert person["nik"][6:12] == f"{born.day + 40 * woman:02}{born.month:02}{born.year % 100:02}"


def test_a_household_shares_card_and_village(world: Any) -> None:
    homes: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for person in world.people:
        homes[person["household"]].add((person["kk"], person["village"]))
    assert all(len(home) == 1 for home in homes.values())


@pytest.mark.parametrize(("name", "dial"), [("default_date", "default_dates"), ("deceased", "deceased")])
def test_shares_of_people_are_as_dialled(world: Any, name: str, dial: str) -> None:
    assert share(world.people, name) == pytest.approx(getattr(DIALS, dial), rel=0.1)


def test_people_without_a_nik_are_as_dialled(world: Any) -> None:
    assert 1 - share(world.people, "has_nik") == pytest.approx(DIALS.people_without_nik, rel=0.1)


def test_default_dates_are_the_known_ones(world: Any) -> None:
    days = [person["birth_date"] for person in world.people if person["default_date"]]
    assert all((day.month, day.day) in ((12, 31), (7, 1)) or day.day == 15 for day in days)


@pytest.mark.parametrize(
    ("descent", "dial"),
    [("jawa", "javanese"), ("lampung", "lampungese"), ("sunda", "sundanese"), ("bali", "balinese")],
)
def test_descents_are_as_dialled(world: Any, descent: str, dial: str) -> None:
    of_descent = sum(person["descent"] == descent for person in world.people)
    assert of_descent / len(world.people) == pytest.approx(getattr(DIALS, dial), rel=0.15)


def test_mononyms_are_common_over_fifty_and_rare_among_the_young(world: Any) -> None:
    old = [person for person in world.people if person["birth_date"] < date(1976, 1, 1)]
    young = [person for person in world.people if person["birth_date"] >= date(2000, 1, 1)]
    assert 0.30 <= share(old, "mononym") <= 0.40
    assert share(young, "mononym") < 0.1
    assert all(person["mononym"] == (" " not in person["name"]) for person in world.people)


def test_muhammad_leads_among_young_men(world: Any) -> None:
    men = [p for p in world.people if p["sex"] == "L" and p["birth_date"] >= date(2000, 1, 1)]
    firsts = Counter(person["name"].split()[0] for person in men)
    assert firsts.most_common(1)[0][0] == "Muhammad"


def test_balinese_names_begin_with_their_article(world: Any) -> None:
    balinese = [person for person in world.people if person["descent"] == "bali"]
    assert all(p["name"].split()[0] == ("Ni" if p["sex"] == "P" else "I") for p in balinese)


def test_names_have_heavy_heads_and_a_long_tail(world: Any) -> None:
    names = Counter(person["name"] for person in world.people)
    assert names.most_common(1)[0][1] > 30
    assert len(names) > 8_000


def test_old_prefixes_belong_to_people_born_before_the_split(world: Any) -> None:
    old = [person for person in world.people if person["split_regency"]]
    assert {person["regency"] for person in old} == set(SPLIT)
    assert all(person["nik"][:4] == SPLIT[person["regency"]] for person in old)
    assert all(person["birth_date"] < date(2012, 1, 1) for person in old)


def test_migrants_carry_another_provinces_number(world: Any) -> None:
    migrants = [person for person in world.people if person["migrant"] and person["nik"]]
    assert len(migrants) > 500
    assert all(person["nik"][:2] != "18" for person in migrants)


def test_twins_share_house_and_birth_date(world: Any) -> None:
    twins = Counter((p["household"], p["birth_date"]) for p in world.people if p["twin"])
    assert len(twins) > 40
    assert set(twins.values()) == {2}


def test_sons_carry_their_fathers_name(world: Any) -> None:
    homes: dict[int, list[Any]] = defaultdict(list)
    for person in world.people:
        if person["father_son"]:
            homes[person["household"]].append(person)
    assert len(homes) > 100
    for members in homes.values():
        father = next(person for person in members if person["role"] == "kepala keluarga")
        sons = [person for person in members if person["role"] == "anak"]
        assert sons
        assert all(son["name"].split()[-1] in father["name"].split() for son in sons)


def test_mothers_are_older_than_their_children(world: Any) -> None:
    mothers = {p["household"]: p["birth_date"] for p in world.people if p["role"] == "istri" and not p["default_date"]}
    children = [p for p in world.people if p["role"] == "anak" and not p["default_date"]]
    gaps = [(c["birth_date"] - mothers[c["household"]]).days / 365.25 for c in children if c["household"] in mothers]
    assert sum(gap < 12 for gap in gaps) / len(gaps) < 0.02

"""Regions by name and by code, and that two candidates give none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.identity import Place, gazetteer, resolve
from linkage.identity.tables import load_toml

TABLE = load_toml("regions")
PLACES = gazetteer()
VILLAGES = sorted(code for code in PLACES.names if code.count(".") == 3)


def find(village="", district="", regency=""):
    return resolve(village, district, regency, PLACES)


def test_lampung_has_its_15_regencies_229_districts_and_2651_villages():
    depths = [code.count(".") for code in PLACES.names]
    assert [depths.count(depth) for depth in (1, 2, 3)] == [15, 229, 2651]


def test_the_official_names_of_every_village_lead_to_its_code():
    unclear = 0
    for code in VILLAGES:
        got = find(PLACES.names[code], PLACES.names[code[:8]], PLACES.names[code[:5]])
        assert got.village in {code, None}
        assert got.regency == code[:5]
        unclear += got.village is None
    assert unclear <= 4


@pytest.mark.parametrize("code", sorted(code for code in PLACES.names if code.count(".") == 1))
def test_a_regency_is_found_by_name_and_code(code):
    name = PLACES.names[code]
    assert find(regency=name).regency == code
    assert find(regency=name.upper().replace("KABUPATEN", "KAB.")).regency == code
    assert find(regency=code).regency == find(regency=code.replace(".", "")).regency == code


@pytest.mark.parametrize(("short", "code"), TABLE["short"].items())
def test_a_short_name_of_a_regency_is_found(short, code):
    assert find(regency=short).regency == code
    assert find(regency=short.lower()).regency == code


@pytest.mark.parametrize("prefix", TABLE["prefixes"]["village"])
def test_a_prefix_of_a_village_is_stripped(prefix):
    assert (
        find(f"{prefix}. Kedaton", "Kalianda", "Lampung Selatan").village
        == find("Kedaton", "Kalianda", "Lampung Selatan").village
    )
    assert find("Kedaton", "Kalianda", "Lampung Selatan").village is not None


@pytest.mark.parametrize("prefix", TABLE["prefixes"]["district"])
def test_a_prefix_of_a_district_is_stripped(prefix):
    assert find("", f"{prefix} Kalianda", "Lamsel").district == "18.01.06"


@pytest.mark.parametrize("prefix", TABLE["prefixes"]["regency"])
def test_a_prefix_of_a_regency_is_stripped(prefix):
    assert find(regency=f"{prefix}. METRO").regency == "18.72"


def test_a_district_settles_a_missing_regency():
    assert find("", "Kalianda") == Place("18.01", "18.01.06")


def test_a_code_settles_everything_above_it():
    code = VILLAGES[0]
    assert find(code) == find(code.replace(".", "")) == Place(code[:5], code[:8], code)


def test_spaces_inside_a_name_do_not_matter():
    assert find("", "TANJUNGBINTANG", "lampungselatan") == find("", "Tanjung Bintang", "Lampung Selatan")


@pytest.mark.parametrize(
    ("village", "district", "regency", "reason"),
    [
        ("Sidoharjo", "", "", "VILLAGE_AMBIGUOUS"),
        ("Atlantis", "Kalianda", "Lampung Selatan", "VILLAGE_UNKNOWN"),
        ("", "Atlantis", "Lampung Selatan", "DISTRICT_UNKNOWN"),
        ("", "Kalianda", "Metro", "DISTRICT_UNKNOWN"),
        ("", "", "Atlantis", "REGENCY_UNKNOWN"),
        ("99.99.99.9999", "", "", "VILLAGE_UNKNOWN"),
        ("", "", "18.01.06", "REGENCY_UNKNOWN"),
    ],
)
def test_what_cannot_be_settled_says_why(village, district, regency, reason):
    got = find(village, district, regency)
    assert (got.village, got.reason) == (None, reason)


def test_nothing_named_is_nothing_settled():
    assert find() == Place()


@given(
    *[st.one_of(st.text(max_size=12), st.from_regex(r"[0-9.]{0,14}", fullmatch=True), st.sampled_from(VILLAGES))] * 3
)
def test_any_words_give_official_codes_or_none(village, district, regency):
    got = find(village, district, regency)
    assert {got.village, got.district, got.regency} <= {None, *PLACES.names}
    assert got.village is None or got.village.startswith(f"{got.district}.")

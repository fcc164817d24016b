import copy
import tomllib

import pytest

from linkage.encoding import EncodingError, policy
from policies.linkage_policies import load_linkage_policy
from tests.encoding.conftest import POLICY


def changed(path, value):
    document = copy.deepcopy(POLICY)
    *folders, last = path.split(".")
    place = document
    for folder in folders:
        place = place[folder]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return document


def test_the_hash_is_the_same_for_the_same_policy_and_differs_for_any_change():
    hashes = {policy.parse(POLICY).hash}
    for path, value in (
        ("name", "other"),
        ("anchors.date.hashes", 13),
        ("anchors.nik.bits", 512),
        ("anchors.date.floor", 0.7),
        ("layer.majorities", 5),
        ("matching.floor", 0.61),
        ("matching.least_probability", 0.8),
    ):
        hashes.add(policy.parse(changed(path, value)).hash)
    assert len(hashes) == 8
    assert policy.parse(copy.deepcopy(POLICY)).hash in hashes


def test_an_anchors_own_floor_stands_for_the_matchings():
    found = policy.parse(changed("anchors.date.floor", 0.7))
    assert [found.floor(found.anchor(name)) for name in ("date", "nik")] == [0.7, 0.6]


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("version", 1, "POLICY_VERSION"),
        ("layer", None, "POLICY_KEY"),
        ("surprise", 1, "POLICY_KEY"),
        ("anchors.date.surprise", 1, "POLICY_KEY"),
        ("anchors", {}, "POLICY_TYPE"),
        ("anchors.date", 3, "POLICY_TYPE"),
        ("anchors.date.bits", "1024", "POLICY_TYPE"),
        ("anchors.date.bits", True, "POLICY_TYPE"),
        ("anchors.date.bits", 256, "POLICY_WEAK"),
        ("anchors.date.bits", 1000, "POLICY_TYPE"),
        ("anchors.date.bits", 8192, "POLICY_TYPE"),
        ("anchors.nik.bits", 128, "POLICY_WEAK"),
        ("anchors.date.hashes", 3, "POLICY_WEAK"),
        ("anchors.date.parts", [], "POLICY_WEAK"),
        ("anchors.date.parts", ["shoe_size"], "POLICY_TYPE"),
        ("anchors.date.parts", ["sex", "sex"], "POLICY_TYPE"),
        ("anchors.date.parts", ["birth_date", "sex", "village"], "POLICY_SEPARATION"),
        ("anchors.year.parts", ["birth_year", "village"], "POLICY_SEPARATION"),
        ("anchors.date.parts", ["birth_date", "district"], "POLICY_SEPARATION"),
        ("anchors.date.hashes", 31, "POLICY_TYPE"),
        ("anchors.date.date_hashes", -1, "POLICY_TYPE"),
        ("anchors.date.majorities", 2, "POLICY_WEAK"),
        ("anchors.date.unsafe_unsalted", 1, "POLICY_TYPE"),
        ("layer.majorities", 1, "POLICY_WEAK"),
        ("layer.majorities", 0, "POLICY_WEAK"),
        ("layer.majorities", 8, "POLICY_TYPE"),
        ("names", {}, None),
        ("names.q", 4, "POLICY_TYPE"),
        ("names.padded", "yes", "POLICY_TYPE"),
        ("anchors.date.floor", 1.0, "POLICY_TYPE"),
        ("anchors.date.floor", -0.1, "POLICY_TYPE"),
        ("anchors.date.floor", 1, "POLICY_TYPE"),
        ("matching.floor", 1.5, "POLICY_TYPE"),
        ("matching.floor", None, "POLICY_KEY"),
        ("matching.cuts", [0.8], "POLICY_KEY"),
    ],
)
def test_what_is_below_a_floor_or_unknown_is_an_error(path, value, code):
    if code is None:
        assert policy.parse(changed(path, value))
        return
    with pytest.raises(EncodingError) as error:
        policy.parse(changed(path, value))
    assert error.value.code == code


UNSAFE = {
    "unsafe_unsalted": ("anchors.date", {"parts": []}),
    "unsafe_place_beside_date": ("anchors.date", {"parts": ["birth_date", "district"]}),
    "unsafe_small": ("anchors.date", {"bits": 256}),
    "unsafe_no_layer": ("layer", {"majorities": 0}),
    "unsafe_few_majorities": ("layer", {"majorities": 1}),
    "unsafe_one_key": ("layer", {"majorities": 3}),
}


@pytest.mark.parametrize("flag", UNSAFE)
def test_what_is_weak_passes_only_with_its_own_field_and_says_what_it_gives_up(flag):
    place, values = UNSAFE[flag]
    document = copy.deepcopy(POLICY)
    table = document
    for folder in place.split("."):
        table = table[folder]
    table.update(values)
    if flag != "unsafe_one_key":
        with pytest.raises(EncodingError):
            policy.parse(document)
        for other in set(UNSAFE) - {flag}:
            if UNSAFE[other][0] == place:
                table[other] = True
        with pytest.raises(EncodingError):
            policy.parse(document)
        for other in UNSAFE:
            table.pop(other, None)
    table[flag] = True
    assert policy.parse(document).unprotected == (policy.UNPROTECTED[flag],)


def test_the_shipped_policies_are_one_safe_and_one_that_says_it_is_not():
    assert load_linkage_policy("lampung").unprotected == ()
    assert set(load_linkage_policy("open-clk").unprotected) == {
        policy.UNPROTECTED["unsafe_unsalted"],
        policy.UNPROTECTED["unsafe_no_layer"],
    }


def test_a_policy_survives_its_own_text(linkage_policy):
    text = 'version = 2\nname = "test"\n[names]\nq = 2\n'
    for name, table in POLICY["anchors"].items():
        parts = ", ".join(f'"{part}"' for part in table["parts"])
        text += f"[anchors.{name}]\nparts = [{parts}]\nbits = {table['bits']}\nhashes = {table['hashes']}\n"
    text += "[layer]\nmajorities = 3\n[matching]\nfloor = 0.6\nleast_probability = 0.7\n"
    text += "false_match_budget = 0.01\nmissed_match_budget = 0.02\n"
    assert policy.parse(tomllib.loads(text)) == linkage_policy

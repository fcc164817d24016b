import copy
import tomllib

import pytest

from linkage.encoding import EncodingError, policy
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
        ("layer.majorities", 5),
        ("matching.floor", 0.61),
        ("matching.least_probability", 0.8),
    ):
        hashes.add(policy.parse(changed(path, value)).hash)
    assert len(hashes) == 7
    assert policy.parse(copy.deepcopy(POLICY)).hash in hashes


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("version", 2, "POLICY_VERSION"),
        ("layer", None, "POLICY_KEY"),
        ("surprise", 1, "POLICY_KEY"),
        ("anchors.date.surprise", 1, "POLICY_KEY"),
        ("anchors", {}, "POLICY_TYPE"),
        ("anchors.date", 3, "POLICY_TYPE"),
        ("anchors.date.bits", "1024", "POLICY_TYPE"),
        ("anchors.date.bits", True, "POLICY_TYPE"),
        ("anchors.date.bits", 256, "POLICY_WEAK"),
        ("anchors.date.bits", 1000, "POLICY_WEAK"),
        ("anchors.date.bits", 8192, "POLICY_WEAK"),
        ("anchors.nik.bits", 128, "POLICY_WEAK"),
        ("anchors.date.hashes", 3, "POLICY_WEAK"),
        ("anchors.date.parts", [], "POLICY_WEAK"),
        ("anchors.date.parts", ["shoe_size"], "POLICY_WEAK"),
        ("anchors.date.parts", ["sex", "sex"], "POLICY_WEAK"),
        ("anchors.date.parts", ["birth_date", "sex", "village"], "POLICY_SEPARATION"),
        ("anchors.year.parts", ["birth_year", "village"], "POLICY_SEPARATION"),
        ("layer.majorities", 1, "POLICY_WEAK"),
        ("matching.floor", 1.5, "POLICY_TYPE"),
        ("matching.floor", None, "POLICY_KEY"),
        ("matching.cuts", [0.8], "POLICY_KEY"),
    ],
)
def test_what_is_below_a_floor_or_unknown_is_an_error(path, value, code):
    with pytest.raises(EncodingError) as error:
        policy.parse(changed(path, value))
    assert error.value.code == code


def test_a_policy_survives_its_own_text(linkage_policy):
    text = 'version = 1\nname = "test"\n'
    for name, table in POLICY["anchors"].items():
        parts = ", ".join(f'"{part}"' for part in table["parts"])
        text += f"[anchors.{name}]\nparts = [{parts}]\nbits = {table['bits']}\nhashes = {table['hashes']}\n"
    text += "[layer]\nmajorities = 3\n[matching]\nfloor = 0.6\nleast_probability = 0.7\n"
    text += "false_match_budget = 0.01\nmissed_match_budget = 0.02\n"
    assert policy.parse(tomllib.loads(text)) == linkage_policy

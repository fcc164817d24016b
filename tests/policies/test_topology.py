"""Which lists meet: what is not named meets everything."""

import pytest

from policies.errors import PolicyError
from policies.topology_rules import load_topology, parse_topology


def test_the_rules_that_ship_let_every_list_meet_every_list():
    rules = load_topology()
    assert rules.plain and rules.meet(["desa", "baznas"]).all() and rules.meet([]).shape == (0, 0)


def test_a_single_list_does_not_meet_itself_and_two_apart_meet_neither_way():
    rules = parse_topology('version = 1\nsingle = ["a"]\napart = [["b", "c"]]')
    assert not rules.plain
    assert rules.meet(["a", "b", "c"]).tolist() == [[False, True, True], [True, True, False], [True, False, True]]


def test_a_list_that_is_not_named_comes_after_those_that_are():
    rules = parse_topology('version = 1\nsingle = []\napart = []\npriority = ["b", "a"]')
    assert rules.plain and sorted(["c", "a", "b"], key=rules.rank) == ["b", "a", "c"]


@pytest.mark.parametrize(
    "text",
    [
        "version",
        "version = 2\nsingle = []\napart = []",
        "version = 1\nsingle = []",
        "version = 1\nsingle = []\napart = []\nmore = 1",
        'version = 1\nsingle = "a"\napart = []',
        'version = 1\nsingle = ["a", "a"]\napart = []',
        "version = 1\nsingle = [1]\napart = []",
        'version = 1\nsingle = []\napart = ["ab"]',
        'version = 1\nsingle = []\napart = [["a"]]',
        'version = 1\nsingle = []\napart = [["a", "a"]]',
        'version = 1\nsingle = []\napart = [["a", "b", "c"]]',
        'version = 1\nsingle = []\napart = []\npriority = ["a", "a"]',
        'version = 1\nsingle = []\napart = []\npriority = "a"',
    ],
)
def test_rules_of_another_shape_are_refused(text):
    with pytest.raises(PolicyError, match="TOPOLOGY_RULE"):
        parse_topology(text)


def test_a_name_that_does_not_ship_is_refused():
    with pytest.raises(PolicyError, match="TOPOLOGY_RULE"):
        load_topology("none")

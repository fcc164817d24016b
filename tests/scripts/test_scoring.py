"""A group that stands too far below the whole is named with its cost and its reason, or without one."""

from linkage.matching import BCubed, Pairwise, Quality
from scripts.scoring import BEHIND, REASONS, _behind, behind


def quality(**groups):
    none = BCubed(1.0, 1.0)
    return Quality(Pairwise(1_000, 1_000, 950), groups, 10, 10, none, dict.fromkeys(groups, none))


def test_a_group_within_three_points_is_not_named_and_one_beyond_is_with_pairs_missed_and_wrong():
    found = behind(quality(mononym=Pairwise(100, 100, 93), twin=Pairwise(100, 90, 80), strange=Pairwise(10, 10, 1)))
    assert set(found) == {"twin", "strange"}
    assert (found["twin"]["missed"], found["twin"]["wrong"]) == (10, 20)
    assert found["twin"]["points"] > 100 * BEHIND and found["twin"]["reason"] == REASONS["twin"]
    assert found["strange"]["reason"] is None


def test_a_group_without_a_known_reason_is_not_passed_over():
    views = _behind(behind(quality(strange=Pairwise(10, 10, 1))))
    assert "strange: no reason is known; look into it" in views
    assert _behind({}) == ["no group stands more than 3 points below the whole"]

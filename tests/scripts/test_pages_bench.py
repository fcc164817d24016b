"""`lapis bench pages`: who comes, and how looks become figures; the pages themselves are its own to open."""

from scripts import cli, pages_bench, pages_walk
from scripts.pages_walk import Look


def test_a_crew_has_every_role_and_every_role_has_pages():
    roles = [role for _, role in pages_walk.crew(20)]
    assert {role: roles.count(role) for role in set(roles)} == pages_walk.SHARES
    assert set(pages_walk.OPENED) == set(pages_walk.SHARES)


def test_the_slowest_page_stands_for_all_and_a_refused_look_is_counted():
    looks = [Look("quick", 0.01, 900, 200)] * 20 + [Look("slow", 0.5, 4000, 200)] * 19 + [Look("slow", 0.5, 70, 500)]
    found = pages_bench.summed(looks, 2.0)
    assert (found["p95_ms"], found["failed"], found["pages_per_s"]) == (500, 1, 20)
    assert found["pages"]["slow"]["octets"] == 4000 and found["pages"]["quick"]["p95_ms"] == 10


def test_a_range_without_sense_is_refused():
    assert cli.main(["bench", "pages", "--users", "0"]) == cli.REFUSED
    assert cli.main(["bench", "pages", "--persons", "1", "2", "--database", "postgresql://x"]) == cli.REFUSED

"""Deciles come in versions: the newest counts from when it was known, and an earlier answer stays what it was."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from linkage.layering.events import ROWS, as_known, events
from linkage.layering.needs import profile, untouched
from linkage.layering.periods import month
from linkage.layering.persons import describe

from .conftest import PLAIN, day

NOW = month(2026, 8)
VERSIONS = ["2025-10", "2026-01", "2026-04", "2026-07"]


def register(person, decile, version, known):
    return {
        "person": person, "programme": None, "amount": None, "status": "registered", "period": version,
        "decile": decile, "dtsen": version, "agency": "dtsen", "known": day(known),
    }  # fmt: skip


def deciles(table, at):
    people = describe(as_known(table, day(at)))
    return dict(zip(people["person"].to_pylist(), people["decile"].to_pylist(), strict=True))


def test_a_newer_version_counts_from_the_day_it_was_known_and_never_before(rows):
    table = rows(register(1, 1, "2026-01", 0), register(1, 4, "2026-04", 40))
    assert [deciles(table, at)[1] for at in (0, 39, 40, 99)] == [1, 1, 4, 4]


def test_an_older_version_that_comes_late_changes_nothing(rows):
    table = rows(register(1, 4, "2026-04", 0), register(1, 1, "2026-01", 40))
    assert deciles(table, 99)[1] == 4


def test_whoever_a_newer_version_leaves_out_keeps_the_decile_of_the_one_before(rows):
    table = rows(register(1, 1, "2026-01", 0), register(2, 2, "2026-01", 0), register(2, 6, "2026-04", 40))
    assert deciles(table, 99) == {1: 1, 2: 6}


def test_who_is_poor_and_untouched_is_asked_of_the_version_that_was_known_then(rows):
    table = rows(register(1, 1, "2026-01", 0), register(1, 7, "2026-07", 50))
    for at, poor in ((10, True), (60, False)):
        standing = as_known(table, day(at))
        people = describe(standing)
        assert bool(untouched(people, profile(events(standing), people, NOW)).any()) is poor


@given(st.lists(st.tuples(st.sampled_from(VERSIONS), st.integers(1, 10), st.integers(0, 60)), min_size=1, max_size=8))
def test_at_every_moment_the_decile_is_the_newest_version_s_that_was_known(sent):
    plain = {**PLAIN, "corrects": None, "household": 10}
    given_ = [{"record": at, **plain, **register(1, decile, version, known)}
              for at, (version, decile, known) in enumerate(sent)]  # fmt: skip
    table = pa.Table.from_pylist(given_, schema=ROWS)
    for at in {known for _, _, known in sent}:
        known = [(version, when, place, decile) for place, (version, decile, when) in enumerate(sent) if when <= at]
        assert deciles(table, at)[1] == max(known)[3]

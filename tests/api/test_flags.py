"""Flags: each named threshold just reached and just missed; and order and company change no entry's flags."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.services.flags import FLAGS, judge
from api.services.journal import Entry, Event
from policies.oversight_rules import load_oversight_rules

RULES = load_oversight_rules()
MORNING = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)
"""Monday, ten o'clock in Lampung."""
PERSON = f"{1:016x}"


def entry(number, code, actor="citra", after=0.0, **subject):
    return Entry(number, MORNING + dt.timedelta(seconds=after), Event(code, actor, "analyst", "", "", subject))


def flags(*entries, rules=RULES):
    return {number: set(names) for number, names in judge(rules, entries).items()}


def test_a_read_in_office_hours_is_not_flagged():
    assert flags(entry(1, "PROFILE_READ", person=PERSON)) == {}


@pytest.mark.parametrize(
    ("hours", "flagged"),
    [(-4.1, True), (-4, False), (8.99, False), (9, True), (24 * 4, False), (24 * 5, True), (24 * 6, True)],
)
def test_hours_and_days_are_those_of_lampung(hours, flagged):
    found = flags(entry(1, "PROFILE_READ", after=3600 * hours, person=PERSON))
    assert found == ({1: {"off-hours"}} if flagged else {})


def test_a_machine_of_an_agency_may_work_at_night():
    assert flags(entry(1, "FEEDBACK_GIVEN", after=3600 * 12), entry(2, "PART_RECEIVED", after=3600 * 12)) == {}


def test_many_pseudonyms_within_the_window_are_flagged_and_over_two_windows_not():
    pages = [entry(n, "PERSONS_LISTED", after=60 * n, count=200) for n in (1, 2)]
    assert flags(*pages) == {2: {"bulk-reads"}}
    assert flags(pages[0], entry(2, "PERSONS_LISTED", after=60 + 3600, count=200)) == {}
    assert flags(pages[0], entry(2, "PERSONS_LISTED", "dewi", after=120, count=200)) == {}


def test_one_pseudonym_again_and_again_is_flagged_from_the_threshold_on():
    looks = [entry(n, "PROFILE_READ", after=n, person=PERSON) for n in range(1, RULES.repeat_times + 2)]
    assert flags(*looks) == {n: {"same-pseudonym"} for n in range(RULES.repeat_times, RULES.repeat_times + 2)}
    assert flags(*[entry(n, "PROFILE_READ", after=n, person=f"{n:016x}") for n in range(1, 20)]) == {}


@pytest.mark.parametrize(("seconds", "flagged"), [(29, True), (30, False)])
def test_a_campaign_approved_within_seconds_of_its_opening_is_flagged(seconds, flagged):
    found = flags(entry(1, "CAMPAIGN_OPENED", campaign=3), entry(2, "CAMPAIGN_APPROVED", "ani", seconds, campaign=3))
    assert found == ({2: {"quick-approval"}} if flagged else {})


@pytest.mark.parametrize(("seconds", "flagged"), [(29, True), (31, False)])
def test_a_case_s_approval_counts_from_when_its_approver_fetched_the_entry(seconds, flagged):
    found = flags(
        entry(1, "CASE_OPENED", case="case-1"),
        entry(2, "CASE_ENTRY_READ", "ani", 4000, case="case-1"),
        entry(3, "CASE_READ", "ani", 4000 + seconds, case="case-1", approvers=["ani"]),
        entry(4, "CASE_READ", "citra", 4000 + seconds + 1, case="case-1", approvers=["ani"]),
    )
    assert found == ({3: {"quick-approval"}} if flagged else {})


def test_the_same_pair_is_flagged_and_other_pairs_are_not():
    def released(number, pair):
        return entry(number, "CASE_RELEASED", after=3600 * (number % 2) + 100 * number, case=f"case-{number}",
                     approvers=pair)  # fmt: skip

    same = [released(n, ["ani", "budi"]) for n in range(1, RULES.pair_times + 1)]
    assert flags(*same) == {RULES.pair_times: {"same-approvers"}}
    mixed = [released(n, ["ani", ("budi", "eko")[n % 2]]) for n in range(1, RULES.pair_times + 1)]
    assert flags(*mixed) == {}


def test_who_comes_from_an_agency_is_flagged_when_she_acts_on_it():
    rules = replace(RULES, homes={"budi": "dinsos"})
    released = entry(1, "CASE_RELEASED", case="case-1", approvers=["ani", "budi"], agencies=["dinsos"])
    assert flags(released, rules=rules) == {1: {"self-agency"}}
    assert flags(released) == {}


def test_every_urgent_case_is_flagged():
    assert flags(entry(1, "CASE_OPENED_URGENT", case="case-1")) == {1: {"break-glass"}}


CODES = st.sampled_from(["PROFILE_READ", "PERSONS_LISTED", "CASE_OPENED_URGENT", "CASE_RELEASED", "CAMPAIGN_APPROVED",
                         "LOG_READ", "PART_RECEIVED"])  # fmt: skip
SUBJECTS = st.dictionaries(
    st.sampled_from(["person", "count", "case", "campaign", "approvers", "agencies", "agency"]),
    st.one_of(st.integers(0, 500), st.text(max_size=5), st.lists(st.text(max_size=3), max_size=3)),
)


@given(st.lists(st.tuples(CODES, st.sampled_from("abc"), st.integers(0, 10**6), SUBJECTS), max_size=20))
def test_whatever_the_log_says_it_is_judged_by_known_names_and_later_entries_change_no_earlier_flag(rows):
    rows.sort(key=lambda row: row[2])
    entries = [Entry(n, MORNING + dt.timedelta(seconds=row[2]), Event(row[0], row[1], "", "", "", row[3]))
               for n, row in enumerate(rows)]  # fmt: skip
    found = judge(RULES, entries)
    assert all(names and names <= set(FLAGS) for names in found.values())
    half = len(entries) // 2
    earlier = {number: names for number, names in found.items() if number < half}
    assert judge(RULES, entries[:half]) == earlier

"""The judge over made-up trails: honest cases in any order have no finding, and any line or entry left out has one."""

import datetime as dt
import itertools

from hypothesis import given
from hypothesis import strategies as st

from vault.reconcile import Finding, Line, Seen, judge
from vault.reconcile.ours import Ours, Step
from vault.reconcile.seen import AUTHORIZE, FLIGHT, SEALED
from vault.reconcile.trail import Wrap

START = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
LATER = START + dt.timedelta(hours=9)
PEOPLE = (("ani", "dpo"), ("budi", "pmo-head"))


def made(number, **more):
    """Return a request's line."""
    known = {
        "place": f"audit.log:{number}", "at": START, "answer": False, "id": "", "operation": "update", "path": SEALED,
        "entity": "release", "name": "approle", "token": "t", "kind": "service", "policies": frozenset({"release"}),
        "failed": False, "deferred": False, "accessor": "", "handed": "", "wrap": None, "told": False, "tokens": None,
    }  # fmt: skip
    return Line(**{**known, **more})


def case(number):
    """Return the events of one honest case, each a request and its answer."""
    ask = {"id": f"ask-{number}"}
    events = [[made(number, **ask), made(number, **ask, answer=True, wrap=Wrap(f"w-{number}", f"a-{number}"))]]
    for who, group in PEOPLE:
        approval = {"id": f"{who}-{number}", "path": AUTHORIZE, "entity": who, "policies": frozenset({group}),
                    "accessor": f"a-{number}"}  # fmt: skip
        events.append([made(number, **approval), made(number, **approval, answer=True, told=True)])
    opening = {**ask, "deferred": True}
    return [*events, [made(number, **opening), made(number, **opening, answer=True, told=True)]]


def ours(numbers):
    """Return what our log says of those cases."""
    step = Step("case-1", "citra", START + dt.timedelta(hours=8))
    names = [f"a-{number}" for number in numbers]
    return Ours(asked=dict.fromkeys(names, step), opened=dict.fromkeys(names, step))


@st.composite
def trails(draw):
    """Draw the lines of some cases, shuffled so that each case keeps its own order."""
    count = draw(st.integers(1, 4))
    lines = {number: list(itertools.chain(*case(number))) for number in range(count)}
    order = draw(st.permutations([number for number, each in lines.items() for _ in each]))
    shuffled = [lines[number].pop(0) for number in order]
    first = made(0, id="first", path="sys/audit/test", token="", at=START - FLIGHT - dt.timedelta(hours=1))
    return count, [first, *shuffled]


def codes(lines, known):
    seen = Seen()
    for number, line in enumerate(lines):
        seen.add(at(line, START + dt.timedelta(seconds=number)) if number else line)
    return {each.code for each in judge(seen, known, str, LATER)}


def at(line, when):
    import dataclasses

    return dataclasses.replace(line, at=when)


@given(trails())
def test_honest_cases_in_any_order_have_no_finding(trail):
    count, lines = trail
    assert codes(lines, ours(range(count))) == set()


@given(trails(), st.data())
def test_one_line_less_is_found_unless_it_is_an_approval_s_question(trail, data):
    """An answer that is missing is found by what it led to; a question without answer says that the vault broke off."""
    count, lines = trail
    gone = data.draw(st.integers(1, len(lines) - 1))
    found = codes([*lines[:gone], *lines[gone + 1 :]], ours(range(count)))
    assert found & {"GAP", "TOO_FEW_APPROVERS", "RELEASE_MISSING", "UNMATCHED_RELEASE"}, lines[gone]


@given(trails(), st.data())
def test_one_entry_less_is_found(trail, data):
    count, lines = trail
    known = ours(range(count))
    forgotten, code = data.draw(st.sampled_from([(known.asked, "UNMATCHED_ASK"), (known.opened, "UNMATCHED_RELEASE")]))
    del forgotten[f"a-{data.draw(st.integers(0, count - 1))}"]
    assert codes(lines, known) == {code}


@given(trails(), st.integers(0, 3))
def test_an_approver_who_asked_or_approved_alone_is_found(trail, which):
    count, lines = trail
    known = ours(range(count))
    step = Step("case-1", PEOPLE[which % 2][0], START + dt.timedelta(hours=8))
    known.asked["a-0"] = step
    assert codes(lines, known) == {"TOO_FEW_APPROVERS"}


def test_a_finding_that_doubles_is_told_again():
    sizes = [Finding("TOKENS_BEYOND_BUDGET", "day 2026-11-24", "trail", START, "", count).size for count in (4, 7, 8)]
    assert sizes[0] == sizes[1] != sizes[2]

"""Thresholds of flags: the shipped ones load, and none can be left out, misspelt or switched off."""

import re
from importlib import resources

import pytest

from policies.errors import PolicyError
from policies.oversight_rules import load_oversight_rules, parse_oversight_rules

TEXT = (resources.files("policies") / "oversight" / "lampung.toml").read_text()


def test_the_shipped_thresholds_load_under_the_hash_of_their_text():
    rules = load_oversight_rules()
    assert (rules.opens, rules.closes, rules.quick_seconds) == (6, 19, 30)
    assert parse_oversight_rules(TEXT) == rules
    assert parse_oversight_rules(TEXT + "\n# other").hash != rules.hash


@pytest.mark.parametrize("line", [line for line in TEXT.splitlines() if " = " in line and not line.startswith("#")])
def test_no_threshold_may_be_left_out(line):
    with pytest.raises(PolicyError, match="OVERSIGHT_RULE"):
        parse_oversight_rules(TEXT.replace(line, ""))


@pytest.mark.parametrize(
    ("old", "new"),
    [("persons = 400", "persons = 0"), ("seconds = 30", "seconds = true"), ("seconds = 30", "seconds = 30.5"),
     ("from = 6", "from = 20"), ("until = 19", "until = 25"), ("[1, 2, 3, 4, 5]", "[0]"), ("times = 5", "tims = 5"),
     ("homes = {}", "homes = 3"), ("[bulk-reads]", "[bulk]")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(old, new):
    assert old in TEXT
    with pytest.raises(PolicyError, match="OVERSIGHT_RULE"):
        parse_oversight_rules(re.sub(re.escape(old), new, TEXT, count=1))


def test_rules_that_are_not_there_are_refused():
    with pytest.raises(PolicyError, match="OVERSIGHT_RULE"):
        load_oversight_rules("elsewhere")

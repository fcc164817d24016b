"""Rules of release as files: their floors cannot be lowered by an edit."""

from importlib import resources

import pytest

from policies import PolicyError
from policies.release_rules import load_release_rules, parse_release_rules

TEXT = (resources.files("policies") / "release" / "lampung.toml").read_text(encoding="utf-8")
NOISE = 'method = "noise"\n[noise]\nspread = 2.0\nbound = 5\n'


def test_the_rules_that_ship_are_read_with_their_hash():
    loaded = load_release_rules()
    assert loaded.rules.threshold == 10 and {cube.name for cube in loaded.rules.cubes} >= {
        "villages",
        "layers",
        "needs",
    }
    assert loaded.hash != parse_release_rules(TEXT + "# a word\n").hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("threshold = 10", "threshold = 9"),
        ("threshold = 10", 'threshold = "many"'),
        ('method = "suppression"', 'method = "none"'),
        ('method = "suppression"', 'method = "noise"'),
        ('method = "suppression"', NOISE.replace("2.0", "0.1")),
        ('method = "suppression"', NOISE.replace("bound = 5", "bound = 10")),
        ('["layers", "decile"]', '["layers", "age"]'),
        ('["layers", "decile"]', '["layers", "decile", "nik", "untouched"]'),
        ('["layers", "decile"]', '["need:*", "programme:*"]'),
        ("dimensions = []", 'dimensions = ["layers"]'),
        ('level = "district"', 'level = "hamlet"'),
        ('name = "layers"', 'name = "villages"'),
        ('name = "layers"', 'name = "layers"\nnote = "x"'),
        ("[[cube]]", "[[cube"),
    ],
)
def test_unsound_rules_are_refused(old, new):
    assert old in TEXT
    with pytest.raises(PolicyError, match="RELEASE_RULE"):
        parse_release_rules(TEXT.replace(old, new, 1))


def test_noise_may_be_chosen():
    text = TEXT.replace('method = "suppression"', 'method = "noise"') + "\n[noise]\nspread = 2.0\nbound = 5\n"
    rules = parse_release_rules(text).rules
    assert (rules.method, rules.spread, rules.bound) == ("noise", 2.0, 5)


def test_a_release_of_no_rules_is_refused():
    with pytest.raises(PolicyError, match="no rules of that name"):
        load_release_rules("nothing")

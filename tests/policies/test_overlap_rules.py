"""Overlap rules as files: what is refused, and that every rule that ships works on its own examples."""

from importlib import resources

import pytest

from policies import PolicyError
from policies.overlap_rules import load_overlap_rules, parse_overlap_rules
from scripts import cli

TEXT = (resources.files("policies") / "overlap" / "blt-dd-pkh.toml").read_text(encoding="utf-8")
HOLD = (resources.files("policies") / "overlap" / "same-programme-twice.toml").read_text(encoding="utf-8")


def test_the_rules_of_the_domain_ship_each_with_basis_and_examples():
    known = load_overlap_rules()
    effects = {rule.id: rule.effect for rule in known.rules}
    assert effects == {
        "same-programme-twice": "hold", "blt-dd-pkh": "review", "blt-dd-sembako-prakerja": "review",
        "blt-dd-amount": "info", "bsu-pkh-sembako": "review", "house-repair-10-years": "review",
        "provincial-and-regency-aid": "review", "pkh-sembako": "info", "pbi-pip-any": "info", "giving-any": "info",
        "deceased-or-inactive": "hold",
    }  # fmt: skip
    assert all(rule.basis.citation and len(known.examples[rule.id]) >= 2 for rule in known.rules)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('effect = "review"', 'effect = "deny"'),
        ('effect = "review"', 'effect = "review"\nnote = "x"'),
        ('"BLT-DD"] }', '"BLTDD"] }'),
        ('window = "year"', 'window = "week"'),
        ('window = "year"', 'window = "year"\nmonths = 3'),
        ('unit = "household"', 'unit = "village"'),
        ('id = "blt-dd-pkh"', 'id = "other"'),
        ('grade = "read"', 'grade = "sure"'),
        ('citation = "', 'cites = "'),
        ('verified_on = "2026-11-24"', 'verified_on = ""'),
        ("fires = true", "fires = false"),
        ('valid_from = "2023-01"', 'valid_from = "soon"'),
        ("[title]", "[title"),
    ],
)
def test_an_unsound_rule_is_refused_by_file(old, new):
    assert old in TEXT
    with pytest.raises(PolicyError) as refused:
        parse_overlap_rules({"blt-dd-pkh": TEXT.replace(old, new, 1)})
    assert refused.value.code == "OVERLAP_RULE" and refused.value.place == "policies/overlap/blt-dd-pkh.toml"


@pytest.mark.parametrize("grade", ["press", "general"])
def test_nothing_is_held_on_hearsay(grade):
    with pytest.raises(PolicyError, match="a hold needs a basis that was read"):
        parse_overlap_rules({"same-programme-twice": HOLD.replace('grade = "read"', f'grade = "{grade}"')})


def test_a_rule_whose_example_does_not_come_out_is_refused():
    with pytest.raises(PolicyError, match="does not come out"):
        parse_overlap_rules({"blt-dd-pkh": TEXT.replace("{ person = 2, household = 2", "{ person = 2, household = 1")})


def test_the_hash_follows_every_text():
    one = parse_overlap_rules({"blt-dd-pkh": TEXT}).hash
    assert one != parse_overlap_rules({"blt-dd-pkh": TEXT + "\n# a word\n"}).hash


@pytest.mark.parametrize("arguments", [[], ["blt-dd-pkh"], ["blt-dd-pkh", "--language", "en"]])
def test_a_rule_explains_itself(arguments, capsys):
    assert cli.main(["policy", "explain", *arguments]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "BLT-DD" in shown and ("Permendesa 13/2023" in shown) == bool(arguments)


def test_an_unknown_rule_is_refused(capsys):
    assert cli.main(["policy", "explain", "nothing"]) == cli.REFUSED

"""The reader of policy files: what it reads, and that it refuses the rest with a line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import PolicyError
from policies.hcl import Rule, parse

names = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)
texts = st.text(st.sampled_from('ab/-*+ "\\'), max_size=8)
values = st.recursive(
    texts | st.booleans() | st.integers(-999, 999),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
rules = st.builds(
    Rule, texts, st.just(0), st.lists(texts, max_size=3).map(tuple), st.dictionaries(names.map("x".__add__), values)
)


def write(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + "\n".join(f"{json.dumps(name)} = {write(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(write(inner) for inner in value) + "]"
    return json.dumps(value)


def block(rule: Rule) -> str:
    attributes = {"capabilities": list(rule.capabilities), **rule.limits}
    lines = "\n".join(f"{name} = {write(value)}" for name, value in attributes.items())
    return f"# a note\npath {json.dumps(rule.path)} {{ // another\n{lines}\n}} /* and\nanother */\n"


@given(st.lists(rules, max_size=4))
def test_what_is_written_is_read_back(wanted: list[Rule]) -> None:
    read = parse("".join(map(block, wanted)), "a.hcl")
    assert [(one.path, one.capabilities, one.limits) for one in read] == [
        (one.path, one.capabilities, one.limits) for one in wanted
    ]


@given(st.text(st.sampled_from('path "{}[]=,#/*ab1\n\\'), max_size=40))
def test_any_other_text_is_read_or_refused_with_the_files_name(text: str) -> None:
    try:
        parse(text, "a.hcl")
    except PolicyError as problem:
        assert problem.code == "POLICY_UNREADABLE"
        assert problem.place.startswith("a.hcl, line ")


@pytest.mark.parametrize(
    "text",
    [
        "path",
        'path "a"',
        'path "a" {',
        'paths "a" {}',
        "path a {}",
        'path "a" { capabilities = "update" }',
        'path "a" { capabilities = [1] }',
        'path "a" { capabilities = ["a" "b"] }',
        'path "a" { capabilities = ["a"] capabilities = ["sudo"] }',
        'path "a" { x = }',
        'path "a" { x = word }',
        'path "a" { x = "open }',
        'path "a" {} }',
        'path "a" { /* open }',
        'path "a\\u0041" {}',
        'path "${a}" {} ;',
    ],
)
def test_what_is_not_plain_is_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        parse(text, "a.hcl")


def test_a_control_group_is_read_as_nested_blocks() -> None:
    text = 'path "a" { control_group = { factor "dpo" { identity { group_names = ["dpo"] } } } }'
    assert parse(text, "a.hcl")[0].limits == {"control_group": {"factor dpo": {"identity": {"group_names": ["dpo"]}}}}


def test_a_rule_knows_its_line() -> None:
    assert [rule.line for rule in parse('path "a" {}\n\n# note\npath "b" {}\n', "a.hcl")] == [1, 4]

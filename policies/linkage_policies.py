"""Load a linkage policy that ships with Lapis, or a deployer's own file. The rules themselves are in `linkage`."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from linkage.encoding import LinkagePolicy
from linkage.encoding.policy import parse
from policies.errors import PolicyError


def load_linkage_policy(name: str) -> LinkagePolicy:
    """Return the shipped policy of that name, such as `lampung`; raises PolicyError POLICY_MISSING or EncodingError."""
    file = files("policies") / "linkage" / f"{name}.toml"
    if not file.is_file():
        raise PolicyError("POLICY_MISSING", "no linkage policy of that name", place="policies/linkage")
    return parse_linkage_policy(file.read_text(encoding="utf-8"))


def parse_linkage_policy(text: str) -> LinkagePolicy:
    """Return the policy that a TOML text describes; raises PolicyError POLICY_SYNTAX or EncodingError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise PolicyError("POLICY_SYNTAX", "not a TOML file") from None
    return parse(document)

"""Purpose and legal basis as a question about people carries them: from the closed lists of the access rules.

The gate has judged them before; this publishes them. (No deferred annotations here: the lists are known at start.)
"""

from typing import Annotated, Any

from fastapi import Depends, Query

from policies.access_rules import AccessRules


def reason(rules: AccessRules) -> Any:
    """Return the dependency that publishes `purpose`, `basis` and `case`."""
    purposes, bases = ({"enum": list(known)} for known in (rules.purposes, rules.bases))

    def given(
        purpose: Annotated[str, Query(json_schema_extra=purposes, description="why people are looked at")],
        basis: Annotated[str, Query(json_schema_extra=bases, description="on which legal basis (UU PDP, article 20)")],
        case: Annotated[str | None, Query(pattern="^case-[0-9]{1,9}$", examples=["case-12"])] = None,
    ) -> None:
        """Take them; the gate has used them."""

    return Depends(given)

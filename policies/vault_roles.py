"""Which vault roles there are, which transit keys they may name, and their files' text. It judges nothing."""

from __future__ import annotations

from importlib import resources

OPERATOR = "operator"
ROLES = (
    "api",
    "evaluator",
    "ingest",
    "log",
    "merge",
    OPERATOR,
    "pass-date",
    "pass-nik",
    "pass-village",
    "pass-year",
    "release",
)
KEYS = (
    "handles",
    "ingest",
    "layer",
    "log",
    "parquet-date",
    "parquet-nik",
    "parquet-village",
    "parquet-year",
    "pepper",
    "ref",
    "ref-seal",
    "ticket",
    "waiting",
)


def load_vault_policies() -> dict[str, str]:
    """Return each policy's HCL text by the role's name, from the files beside this module."""
    return _texts("vault")


def load_identity_policies() -> dict[str, str]:
    """Return the HCL text of the steward's, each kind of officer's, and the agencies' policy, by its name."""
    return _texts("identities")


def _texts(folder: str) -> dict[str, str]:
    return {
        file.name.removesuffix(".hcl"): file.read_text(encoding="utf-8")
        for file in (resources.files("policies") / folder).iterdir()
        if file.name.endswith(".hcl")
    }

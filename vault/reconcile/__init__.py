"""The vault's audit trail held against our own log: parse, follow, judge. It changes nothing and decides about nobody.

What it proves: whatever the vault opened stands in our log, approved by two people, once; and the trail itself is whole
as far as an earlier look or our log can tell. Lines that were cut out before anybody looked, and that our log does not
name either, it cannot know of.
"""

from vault.reconcile.changes import recorded
from vault.reconcile.findings import CODES, Finding, TrailError
from vault.reconcile.judge import PATIENCE, judge
from vault.reconcile.look import Look, State, namer
from vault.reconcile.parts import files
from vault.reconcile.seen import Seen
from vault.reconcile.trail import Line, parse

__all__ = [
    "CODES",
    "PATIENCE",
    "Finding",
    "Line",
    "Look",
    "Seen",
    "State",
    "TrailError",
    "files",
    "judge",
    "namer",
    "parse",
    "recorded",
]

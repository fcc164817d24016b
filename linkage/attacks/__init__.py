"""What an attacker would do to the encodings, as a suite that a deployer runs on her own policy.

An *attack* recovers names, identifiers or anchor values from what some *view* of the centre shows; a *bar* is the rate
that it may not exceed. Works on synthetic people alone, under keys made for the run; never opens a store or a vault.
"""

from linkage.attacks.bounds import Bar, Trials
from linkage.attacks.errors import AttackError
from linkage.attacks.plans import FULL, QUICK, Plan
from linkage.attacks.setting import Setting
from linkage.attacks.suite import LEAST_SEEDS, Result, Spread, run

__all__ = ["FULL", "LEAST_SEEDS", "QUICK", "AttackError", "Bar", "Plan", "Result", "Setting", "Spread", "Trials", "run"]

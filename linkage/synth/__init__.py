"""Synthetic Lampung: people, their households, and their rows on seven agencies' lists, with every known fault.

A *roll* is a programme's list, a *layout* the shape of its file, a *fault* a damage injected on purpose, a *dial* the
rate of one. Deterministic from a seed, generated block by block. Opens no file and takes nothing from real lists; every
NIK and KK has a serial of 9001 or above.
"""

from linkage.synth.batches import ROWS_SCHEMA, Batch
from linkage.synth.dials import Dial, Dials, describe_dials, load_dials, read_dials
from linkage.synth.errors import SynthError
from linkage.synth.faults import FAULTS
from linkage.synth.layouts import LAYOUTS, PERIOD, Layout
from linkage.synth.lists import REGISTER, ROLLS, Roll
from linkage.synth.people import PEOPLE_SCHEMA
from linkage.synth.welfare import VERSION, Welfare
from linkage.synth.world import DAMAGED_REGENCY, Block, generate

__all__ = [
    "DAMAGED_REGENCY",
    "FAULTS",
    "LAYOUTS",
    "PEOPLE_SCHEMA",
    "PERIOD",
    "REGISTER",
    "ROLLS",
    "ROWS_SCHEMA",
    "VERSION",
    "Batch",
    "Block",
    "Dial",
    "Dials",
    "Layout",
    "Roll",
    "SynthError",
    "Welfare",
    "describe_dials",
    "generate",
    "load_dials",
    "read_dials",
]

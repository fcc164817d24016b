"""Layering: who gets what, who gets nothing, where every rupiah went; Arrow tables in, Arrow tables or values out.

Works on pseudonyms and never sees a token. A flag advises and cites its rule; nothing here denies anyone anything.
No clock, no database: what was known when arrives in the rows, and the moment asked about as an argument.
"""

from linkage.layering import money, needs, release, schema, treasury, villages
from linkage.layering.errors import LayeringError
from linkage.layering.events import ROWS
from linkage.layering.fingerprints import combinations, rare
from linkage.layering.lists import LISTS, Code, Programme, codes, programmes
from linkage.layering.picture import Picture, carry, draw
from linkage.layering.rules import Rule

__all__ = [
    "LISTS",
    "ROWS",
    "Code",
    "LayeringError",
    "Picture",
    "Programme",
    "Rule",
    "carry",
    "codes",
    "combinations",
    "draw",
    "money",
    "needs",
    "programmes",
    "rare",
    "release",
    "schema",
    "treasury",
    "villages",
]

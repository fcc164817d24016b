"""Layering: who gets what, who gets nothing, where every rupiah went; Arrow tables in, Arrow tables or values out.

Works on pseudonyms and never sees a token. A flag advises and cites its rule; nothing here denies anyone anything.
No clock, no database: what was known when arrives in the rows, and the moment asked about as an argument.
"""

from linkage.layering import schema
from linkage.layering.errors import LayeringError
from linkage.layering.lists import LISTS, Code, Programme, codes, programmes

__all__ = ["LISTS", "Code", "LayeringError", "Programme", "codes", "programmes", "schema"]

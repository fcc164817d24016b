"""What a row of an agency's list says about a person: NIK, KK, names, dates, regions, columns.

Runs at the agency, where the list is. It never tokenises, never repairs a number, never drops a duplicate,
and never puts a value about a person into a message, a log or an exception: what holds one does not print.
"""

from linkage.identity.cells import Cell
from linkage.identity.choices import Ask, Candidate, Choices
from linkage.identity.codes import SEVERITIES, Code, codes
from linkage.identity.codes import page as codes_page
from linkage.identity.duplicates import DUPLICATE_SCHEMA
from linkage.identity.errors import IdentityError
from linkage.identity.grid import Sheet
from linkage.identity.header import Finding, Mapping
from linkage.identity.names import birth_order_words, second_spellings
from linkage.identity.people import LANE_SCHEMA, RECORD_SCHEMA
from linkage.identity.programmes import codes as programme_codes
from linkage.identity.records import Defaults, Reading, read_records
from linkage.identity.regions import Gazetteer, Place, gazetteer, resolve
from linkage.identity.sheet import read as read_sheets
from linkage.identity.verdicts import PROPOSAL_SCHEMA, VERDICT_SCHEMA

__all__ = [
    "DUPLICATE_SCHEMA",
    "LANE_SCHEMA",
    "PROPOSAL_SCHEMA",
    "RECORD_SCHEMA",
    "SEVERITIES",
    "VERDICT_SCHEMA",
    "Ask",
    "Candidate",
    "Cell",
    "Choices",
    "Code",
    "Defaults",
    "Finding",
    "Gazetteer",
    "IdentityError",
    "Mapping",
    "Place",
    "Reading",
    "Sheet",
    "birth_order_words",
    "codes",
    "codes_page",
    "gazetteer",
    "programme_codes",
    "read_records",
    "read_sheets",
    "resolve",
    "second_spellings",
]

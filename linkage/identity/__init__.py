"""What a row of an agency's list says about a person: NIK, KK, names, dates, regions, columns.

Runs at the agency, where the list is. It never tokenises, never repairs a number, never drops a duplicate,
and never puts a value about a person into a message, a log or an exception: what holds one does not print.
"""

from linkage.identity.cells import Cell
from linkage.identity.choices import DETAILS, ROLES, Ask, Candidate, Choices, letters
from linkage.identity.choices import dump as dump_choices
from linkage.identity.choices import load as load_choices
from linkage.identity.choices import parse as parse_choices
from linkage.identity.codes import SEVERITIES, Code, codes
from linkage.identity.codes import page as codes_page
from linkage.identity.duplicates import DUPLICATE_SCHEMA
from linkage.identity.errors import IdentityError
from linkage.identity.grid import Sheet
from linkage.identity.header import Finding, Mapping
from linkage.identity.names import STEPS as NAME_STEPS
from linkage.identity.names import birth_order_words, second_spellings
from linkage.identity.people import LANE_SCHEMA, RECORD_SCHEMA
from linkage.identity.periods import read as read_period
from linkage.identity.programmes import codes as programme_codes
from linkage.identity.records import Defaults, Reading, read_records
from linkage.identity.regions import Gazetteer, Place, gazetteer, resolve
from linkage.identity.respelling import respell
from linkage.identity.rows import Row, extract
from linkage.identity.sheet import read as read_sheets
from linkage.identity.texts import ENCODINGS
from linkage.identity.verdicts import PROPOSAL_SCHEMA, VERDICT_SCHEMA

__all__ = [
    "DETAILS",
    "DUPLICATE_SCHEMA",
    "ENCODINGS",
    "LANE_SCHEMA",
    "NAME_STEPS",
    "PROPOSAL_SCHEMA",
    "RECORD_SCHEMA",
    "ROLES",
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
    "Row",
    "Sheet",
    "birth_order_words",
    "codes",
    "codes_page",
    "dump_choices",
    "extract",
    "gazetteer",
    "letters",
    "load_choices",
    "parse_choices",
    "programme_codes",
    "read_period",
    "read_records",
    "read_sheets",
    "resolve",
    "respell",
    "second_spellings",
]

"""What an operator gets back: her own workbook with what was found in each row, an empty list to fill in.

Runs at the agency, beside the list. It never changes a cell of hers, never passes a formula on as one, and nothing
that it writes is for anyone else: what it makes of a list holds the list.
"""

from linkage.giveback.columns import Columns, widen
from linkage.giveback.errors import GivebackError
from linkage.giveback.fresh import write_workbook
from linkage.giveback.remarks import Judged, columns, judge, sentence, with_proposals
from linkage.giveback.summary import disarm, lines
from linkage.giveback.tally import Tally, tally, village_name
from linkage.giveback.template import template
from linkage.giveback.words import LANGUAGES, STATUSES, Language, status, word
from linkage.giveback.workbook import add_columns

__all__ = [
    "LANGUAGES",
    "STATUSES",
    "Columns",
    "GivebackError",
    "Judged",
    "Language",
    "Tally",
    "add_columns",
    "columns",
    "disarm",
    "judge",
    "lines",
    "sentence",
    "status",
    "tally",
    "template",
    "village_name",
    "widen",
    "with_proposals",
    "word",
    "write_workbook",
]

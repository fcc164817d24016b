"""The centre's SQL store: pseudonyms only. Never a raw identity, a t1 token, a filter or a key."""

from api.store.cases import Case, CaseAnswer, CaseApproval, CasePerson, CaseRequest, Ticket
from api.store.dialects import json_text
from api.store.engine import forget_arrival, migrate_database, open_store
from api.store.log import LogLeaf, LogTile, PendingEntry, SignedCheckpoint, UnplacedEntry
from api.store.postgresql import address
from api.store.referrals import AnswerLimit, Finding, FindingRow, Outcome, OutcomeCount, Withdrawal
from api.store.sessions import WebSession
from api.store.tables import (
    Agency,
    Alarm,
    Approval,
    Campaign,
    Cell,
    Content,
    Epoch,
    FilterFile,
    HandleBlock,
    Membership,
    Person,
    Pull,
    Reference,
    Review,
    Run,
    Submission,
    Token,
    TokenLimit,
    TokenUse,
)
from api.store.work import Job, Upload

__all__ = [
    "Agency",
    "Alarm",
    "AnswerLimit",
    "Approval",
    "Campaign",
    "Case",
    "CaseAnswer",
    "CaseApproval",
    "CasePerson",
    "CaseRequest",
    "Cell",
    "Content",
    "Epoch",
    "FilterFile",
    "Finding",
    "FindingRow",
    "HandleBlock",
    "Job",
    "LogLeaf",
    "LogTile",
    "Membership",
    "Outcome",
    "OutcomeCount",
    "PendingEntry",
    "Person",
    "Pull",
    "Reference",
    "Review",
    "Run",
    "SignedCheckpoint",
    "Submission",
    "Ticket",
    "Token",
    "TokenLimit",
    "TokenUse",
    "UnplacedEntry",
    "Upload",
    "WebSession",
    "Withdrawal",
    "address",
    "forget_arrival",
    "json_text",
    "migrate_database",
    "open_store",
]

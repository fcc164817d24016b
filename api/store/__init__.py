"""The centre's SQL store: pseudonyms only. Never a raw identity, a t1 token, a filter or a key."""

from api.store.engine import forget_arrival, open_store
from api.store.log import LogLeaf, LogTile, PendingEntry, SignedCheckpoint
from api.store.referrals import Finding, FindingRow, Outcome, OutcomeCount, Withdrawal
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
    "Approval",
    "Campaign",
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
    "Token",
    "TokenLimit",
    "TokenUse",
    "Upload",
    "WebSession",
    "Withdrawal",
    "forget_arrival",
    "open_store",
]

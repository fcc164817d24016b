"""The centre's SQL store: pseudonyms only. Never a raw identity, a t1 token, a filter or a key."""

from api.store.engine import forget_arrival, open_store
from api.store.tables import (
    Agency,
    Alarm,
    Cell,
    Content,
    Epoch,
    FilterFile,
    HandleBlock,
    Membership,
    Person,
    Reference,
    Review,
    Run,
    Submission,
    Token,
    TokenLimit,
    TokenUse,
)

__all__ = [
    "Agency",
    "Alarm",
    "Cell",
    "Content",
    "Epoch",
    "FilterFile",
    "HandleBlock",
    "Membership",
    "Person",
    "Reference",
    "Review",
    "Run",
    "Submission",
    "Token",
    "TokenLimit",
    "TokenUse",
    "forget_arrival",
    "open_store",
]

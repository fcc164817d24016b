"""The events that leave an entry in the access log: code and meaning. Codes are stable; success and refusal differ."""

from __future__ import annotations

from collections.abc import Mapping

EVENTS: Mapping[str, str] = {
    "LOGIN": "a party got a token",
    "LOGIN_REFUSED": "credentials that the vault does not know",
    "ACCESS_DENIED": "the access rules denied a request",
    "REQUEST_REFUSED": "a request that the rules allowed was refused; `reason` says why",
    "SUBMISSION_ANNOUNCED": "an agency announced a list, or asked where it had stopped",
    "PART_RECEIVED": "a part of a list arrived",
    "SUBMISSION_RECEIVED": "a list is whole, and waits to be taken in",
    "SUBMISSION_READ": "somebody asked how much of a list is there",
    "SUBMISSIONS_LISTED": "somebody listed submissions",
    "SUBMISSION_VISIBLE": "a list was taken in, and its rows can be linked",
    "JOBS_LISTED": "somebody listed jobs",
    "JOB_READ": "somebody asked after a job",
    "JOB_REFUSED": "a job ended without result; `reason` says why",
    "TOKENS_COUNTED": "ingest asked the vault for a chunk's tokens: how many, on which day",
    "VAULT_SET_UP": "a set-up changed keys, policies or roles of the vault: which",
    "IDENTITIES_SET": "the steward changed who logs in: whom",
    "TRAIL_ROTATED": "a part of the vault's audit trail was put aside: its digest, and which old parts were dropped",
    "ALARMS_RAISED": "the reconciler raised alarms",
    "ALARMS_LISTED": "somebody listed alarms",
    "LINK_STARTED": "somebody asked for a link",
    "LINKED": "a linkage run replaced the persons",
    "PERSONS_LISTED": "somebody listed persons",
    "PROFILE_READ": "somebody read one person's profile",
    "OVERLAPS_LISTED": "somebody listed overlaps",
    "COVERAGE_READ": "somebody read the counts by regency",
    "RUNS_LISTED": "somebody listed linkage runs",
    "REVIEWS_COUNTED": "somebody counted the pairs that wait for a person",
    "LOG_READ": "somebody read this log",
}

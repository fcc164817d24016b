"""The events that leave an entry in the access log: code and meaning. Codes are stable; success and refusal differ."""

from __future__ import annotations

from collections.abc import Mapping

EVENTS: Mapping[str, str] = {
    "LOGIN": "a party got a token",
    "LOGIN_REFUSED": "credentials that the vault does not know",
    "LOGOUT": "somebody signed out of her browser's session",
    "SESSION_ENDED": "a browser's session ended: its owner is no longer what she was",
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
    "VAULT_GATE_TRIED": "a set-up asked the vault to open what nobody sealed: it waits for two people",
    "VAULT_SET_UP": "a set-up changed keys, policies or roles of the vault: which",
    "IDENTITIES_SET": "the steward changed who logs in: whom",
    "TRAIL_ROTATED": "a part of the vault's audit trail was put aside: its digest, and which old parts were dropped",
    "ALARMS_RAISED": "the reconciler raised alarms",
    "ALARMS_LISTED": "somebody listed alarms",
    "LINK_STARTED": "somebody asked for a link",
    "LINKED": "a linkage run replaced the persons",
    "RELEASE_APPROVED": "somebody approved that a release goes out of the house",
    "RELEASE_EXPORTED": "an approved release was written out: to whom, and the digest of each file",
    "RELEASED": "counts were released: `cells` of which so many are `told`, by rules of that hash",
    "RELEASES_LISTED": "somebody listed releases: when each was made, and who approved that it goes out",
    "MONEY_IMPORTED": "a file of budgets or disbursements was taken in, or stands in the place of an earlier one",
    "LAYERED": "the layers were brought to what is linked: for how many persons anew",
    "PERSONS_LISTED": "somebody listed persons",
    "PROFILE_READ": "somebody read one person's profile",
    "OVERLAPS_LISTED": "somebody listed overlaps",
    "COVERAGE_READ": "somebody read the counts by regency",
    "LAYERS_READ": "somebody read released counts of a cube",
    "GAPS_READ": "somebody read released counts of needs and of who is left out",
    "CAUSES_READ": "somebody read released counts of causes",
    "FUNDS_READ": "somebody read a released sheet of the rupiah",
    "REPORT_READ": "somebody took the counts of a release along as a PDF for a meeting",
    "VILLAGES_LISTED": "somebody listed the quality of villages' rows",
    "FLAGS_LISTED": "somebody listed flags with their rows",
    "FLAG_SETTLED": "a person recorded what she found of a flag",
    "UNREGISTERED_LISTED": "somebody listed people without a usable NIK",
    "RUNS_LISTED": "somebody listed linkage runs",
    "REVIEWS_LISTED": "somebody listed pairs of rows that wait for a person, with their evidence",
    "REVIEW_READ": "somebody looked at one pair in review",
    "REVIEW_DECIDED": "somebody said whether two rows are one person; `decided` says what is in force by it",
    "OWNERS_ASKED": "an officer asked the owners of two rows whether it is one person",
    "OWNERS_ANSWERED": "an agency answered such questions about its own rows; `settled` pairs by it",
    "REVIEWS_COUNTED": "somebody counted the pairs that wait for a person",
    "CAMPAIGN_OPENED": "somebody opened a campaign; it answers nothing yet",
    "CAMPAIGNS_LISTED": "somebody listed campaigns",
    "CAMPAIGN_APPROVED": "one of two people approved a campaign",
    "CAMPAIGN_REFUSED": "one person ended a campaign, before or after it was in force",
    "CAMPAIGN_PULLED": "an agency asked which of its own rows a campaign concerns",
    "OUTCOMES_TOLD": "an agency told what became of a campaign's rows",
    "FINDING_RECORDED": "a person recorded what she found of an overlap",
    "FEEDBACK_GIVEN": "an agency asked how its own rows stand; `reviews` of them are sent back for review",
    "ROWS_WITHDRAWN": "an agency took rows of its own back",
    "LOG_READ": "somebody read this log",
    "LOG_EXPORTED": "somebody took entries of this log out, as a table or as a bundle to verify",
    "QUEUE_LISTED": "somebody looked at alarms and flags that wait for a verdict",
    "SIGNED_OFF": "somebody gave her verdict on an alarm or a flag; `about` says which",
    "CASE_OPENED": "an officer opened a case: `asked` are the vault's accessors, `manifest` names what would be opened",
    "CASE_OPENED_URGENT": "likewise, at once and to be reviewed within a day: the data-protection officer is told",
    "CASES_LISTED": "somebody listed cases",
    "CASE_READ": "somebody looked at a case and who has approved it",
    "CASE_ENTRY_READ": "somebody fetched a case's entry with its proof",
    "CASE_REFUSED": "an approver refused a case; `reason` says why",
    "CASE_RELEASED": "what two people approved was opened, once: `opened` are the vault's accessors",
    "CASE_REVIEWED": "the data-protection officer reviewed an urgent case",
    "SUBJECT_REGISTERED": "an agency registered a person's request about her own data; `kind` says which",
    "SUBJECTS_LISTED": "somebody listed people's requests",
    "SUBJECT_APPROVED": "one of two people approved that a request is answered",
    "TRAIL_READ": "the data-protection officer read what is on record of a person who asked, and who read it",
    "SUBJECT_CLOSED": "a person's request was answered; `outcome` says how, `agencies` whose rows it is about",
    "AGREEMENT_RECORDED": "the data-protection officer recorded an agreement with an agency",
    "ASSESSMENT_RECORDED": "the data-protection officer recorded an impact assessment and its attack report",
    "REGISTER_READ": "somebody read the register of agreements or the records of processing",
    "TICKETS_LISTED": "an agency fetched its tickets",
    "ANSWER_GIVEN": "an agency answered a ticket, sealed to the officer",
    "ANSWERS_READ": "the officer of a case fetched its answers",
    "ALERTS_LISTED": "somebody listed alerts about cases",
}


def page() -> str:
    """Return the registry as the page `docs/events.md`, in Markdown."""
    return _HEAD + "".join(f"| `{code}` | {meaning} |\n" for code, meaning in EVENTS.items())


_HEAD = """# What the access log says

Made from `api/services/events.py` by `lapis officer events --write docs/events.md`. A code never changes its meaning.
An entry is canonical JSON: `version`, `at`, `code`, `actor` and `role` (the vault's ids), `purpose`, `basis`, and
`subject`: ids, counts and pseudonyms, and for a request its `action`, the `rules` that judged it, `agency` and `case`.

| code | what happened |
|---|---|
"""

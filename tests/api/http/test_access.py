"""Every route, every role, own and another's: what is not in this table is denied, and a route that is not fails."""

import pytest

from api.access.principals import OF_AN_AGENCY, ROLES
from api.app import create_app
from tests.api.http.conftest import bearer, call, entries, operations

ALL, OWN = "all", "own"
LOOKING = frozenset({"targeting", "overlap-review", "quality-review"})
ASKERS = dict.fromkeys(("analyst", "pmo-officer", "pmo-head"), LOOKING)
LISTS = {"agency": OWN, "agency-staff": OWN, "pmo-officer": ALL, "pmo-head": ALL, "dpo": ALL}
PUBLIC = dict.fromkeys(("anyone", *ROLES), ALL)
COUNTS = dict.fromkeys(("analyst", "pmo-officer", "pmo-head", "dpo"), ALL)
APPROVERS = dict.fromkeys(("pmo-head", "dpo"), ALL)
STAFF = {"pmo-officer": ALL, **APPROVERS}
OVERSIGHT = frozenset({"oversight", "citizen-request"})
OFFICIAL = dict.fromkeys(("dpo", "reconciler"), frozenset({"oversight"}))
AT_A_BROWSER = dict.fromkeys(sorted(ROLES - {"agency"}), ALL)
APPROVERS = {"dpo": ALL, "pmo-head": ALL}
RELEASED = {**ASKERS, "dpo": frozenset({"oversight"})}
DOUBTS = frozenset({"overlap-review", "quality-review"})
DECIDERS = dict.fromkeys(("pmo-officer", "pmo-head"), DOUBTS)
DOUBTERS = {"analyst": DOUBTS, **DECIDERS}
TABLE = {
    "readHealth": PUBLIC,
    "readReadiness": PUBLIC,
    "issueToken": PUBLIC,
    "createSubmission": {"agency": OWN},
    "listSubmissions": LISTS,
    "readSubmission": LISTS,
    "sendPart": {"agency": OWN},
    "completeSubmission": {"agency": OWN},
    "listJobs": LISTS,
    "readJob": LISTS,
    "startLink": {"pmo-head": ALL},
    "listRuns": COUNTS,
    "countReviews": COUNTS,
    "createAlarms": {"reconciler": ALL},
    "listAlarms": dict.fromkeys(("dpo", "pmo-head", "reconciler"), ALL),
    "listPersons": ASKERS,
    "readPerson": {**ASKERS, "dpo": frozenset({"citizen-request"})},
    "listOverlaps": ASKERS,
    "readCoverage": {**ASKERS, "dpo": frozenset({"oversight"})},
    "readLayers": RELEASED,
    "readGaps": RELEASED,
    "readCauses": RELEASED,
    "readFunds": RELEASED,
    "readReport": RELEASED,
    "listVillages": RELEASED,
    "approveRelease": APPROVERS,
    "listReviews": DOUBTERS,
    "readReview": DOUBTERS,
    "decideReview": DECIDERS,
    "askOwners": {"pmo-officer": DOUBTS},
    "showReviews": DOUBTERS,
    "showReview": DOUBTERS,
    "sendReviewForm": DECIDERS,
    "sendOwnersForm": {"pmo-officer": DOUBTS},
    "listFlags": dict.fromkeys(("pmo-officer", "pmo-head"), frozenset({"overlap-review"})),
    "createFlagOutcome": {"pmo-officer": frozenset({"overlap-review"})},
    "listUnregistered": dict.fromkeys(("pmo-officer", "pmo-head"), frozenset({"targeting", "quality-review"})),
    "createCampaign": {"pmo-officer": ALL},
    "listCampaigns": {"agency": OWN, "pmo-officer": ALL, "pmo-head": ALL, "dpo": ALL},
    "approveCampaign": APPROVERS,
    "refuseCampaign": APPROVERS,
    "pullCampaign": {"agency": OWN},
    "sendOutcomes": {"agency": OWN},
    "readFeedback": {"agency": OWN},
    "sendOwnAnswers": {"agency": OWN},
    "withdrawRows": {"agency": OWN},
    "createFinding": {"pmo-officer": frozenset({"overlap-review"})},
    "readLog": {"dpo": OVERSIGHT, "reconciler": OVERSIGHT},
    "readLogTable": OFFICIAL,
    "readLogWorkbook": OFFICIAL,
    "readLogBundle": OFFICIAL,
    "listQueue": APPROVERS,
    "sendSignOff": APPROVERS,
    "showQueue": APPROVERS,
    "sendSignOffForm": APPROVERS,
    "createSubjectRequest": {"agency": OWN},
    "listSubjectRequests": {"agency": OWN, **APPROVERS},
    "approveSubjectRequest": APPROVERS,
    "completeSubjectRequest": {"dpo": ALL},
    "readTrail": {"dpo": frozenset({"citizen-request"})},
    "showSubjects": APPROVERS,
    "createAgreement": {"dpo": ALL},
    "createAssessment": {"dpo": ALL},
    "listAgreements": APPROVERS,
    "readProcessing": APPROVERS,
    "readProcessingTable": APPROVERS,
    "showRegister": APPROVERS,
    "showFront": PUBLIC,
    "showGlossary": PUBLIC,
    "startLogin": PUBLIC,
    "finishLogin": PUBLIC,
    "chooseLanguage": PUBLIC,
    "readStatic": PUBLIC,
    "showHome": AT_A_BROWSER,
    "askReason": AT_A_BROWSER,
    "endLogin": AT_A_BROWSER,
    "showSubmissions": LISTS,
    "showSubmission": LISTS,
    "showRuns": COUNTS,
    "showRun": COUNTS,
    "showCampaigns": STAFF,
    "showCampaign": STAFF,
    "showApprovals": APPROVERS,
    "showReleases": COUNTS,
    "readReleaseFiles": STAFF,
    "sendReleaseApprovalForm": APPROVERS,
    "showDesk": {"agency-staff": OWN},
    "showCases": STAFF,
    "showCase": STAFF,
    "showPersons": ASKERS,
    "showPerson": {**ASKERS, "dpo": frozenset({"citizen-request"})},
    "showOverlaps": ASKERS,
    "showCoverage": {**ASKERS, "dpo": frozenset({"oversight"})},
    "showLayers": RELEASED,
    "showGaps": RELEASED,
    "showFunds": RELEASED,
    "showVillages": RELEASED,
    "showFlags": dict.fromkeys(("pmo-officer", "pmo-head"), frozenset({"overlap-review"})),
    "sendFlagOutcomeForm": {"pmo-officer": frozenset({"overlap-review"})},
    "showUnregistered": dict.fromkeys(("pmo-officer", "pmo-head"), frozenset({"targeting", "quality-review"})),
    "showLog": {"dpo": OVERSIGHT, "reconciler": OVERSIGHT},
    "createCase": {"pmo-officer": frozenset({"double-payment", "citizen-request", "vital-interest"})},
    "listCases": STAFF,
    "readCase": STAFF,
    "readCaseEntry": APPROVERS,
    "sendRefusal": APPROVERS,
    "createRelease": {"pmo-officer": ALL},
    "sendReview": {"dpo": ALL},
    "listAlerts": APPROVERS,
    "listTickets": {"agency": OWN},
    "sendAnswer": {"agency": OWN},
    "listAnswers": {"pmo-officer": ALL},
}
TURNED_AWAY = {"TOKEN_MISSING", "ACCESS_DENIED", "NOT_FOUND"}
HAS_AN_OWNER = {"listSubmissions", "readSubmission", "sendPart", "completeSubmission", "listJobs",
                "readJob", "sendAnswer", "showSubmissions", "showSubmission"}  # fmt: skip


def expected(name, role, owner, purpose):
    cell = TABLE[name].get(role)
    if cell is None:
        return False
    if cell == OWN:
        return owner == "baznas"
    return cell == ALL or purpose in cell


def cases(service):
    for operation in operations(create_app(service)):
        name, _, _, asks = operation
        for role in ("anyone", *sorted(ROLES)):
            for owner in ("baznas", "desa") if name in HAS_AN_OWNER else ("baznas",):
                for purpose in service.rules.purposes if asks else ("",):
                    yield operation, role, owner, purpose


def test_every_cell_is_as_declared(client, service, seeded):
    tried, wrong = 0, []
    for operation, role, owner, purpose in cases(service):
        name = operation[0]
        headers = {} if role == "anyone" else bearer(role, "baznas" if role in OF_AN_AGENCY else None)
        other = {"agency": owner} if name in {"listSubmissions", "listJobs", "showSubmissions"} else {}
        answer = call(client, operation, seeded, owner, headers, purpose, **other)
        refused = answer.status_code >= 400 and answer.json()["code"] in TURNED_AWAY
        tried += 1
        if refused == expected(name, role, owner, purpose) or answer.status_code >= 500:
            wrong.append((name, role, owner, purpose, answer.status_code))
    assert not wrong
    assert tried > 200


def test_the_table_names_every_route_and_no_other(service):
    assert {operation[0] for operation in operations(create_app(service))} == set(TABLE)


def test_a_route_that_no_rule_names_is_denied(service, seeded):
    from fastapi.testclient import TestClient

    app = create_app(service)
    app.add_api_route("/v1/forgotten", lambda: {"all": "people"}, operation_id="forgotten")
    with TestClient(app) as client:
        assert client.get("/v1/forgotten").status_code == 401
        for role in ROLES - OF_AN_AGENCY:
            assert client.get("/v1/forgotten", headers=bearer(role)).status_code == 403


@pytest.mark.parametrize("missing", ["purpose", "basis"])
def test_a_question_about_people_needs_purpose_and_basis(client, seeded, missing):
    given = {"purpose": "targeting", "basis": "public-task"}
    asked = f"/v1/persons/{seeded.person}"
    assert client.get(asked, params=given, headers=bearer()).status_code == 200
    del given[missing]
    assert client.get(asked, params=given, headers=bearer()).status_code == 403
    assert client.get(asked, params={**given, missing: "curiosity"}, headers=bearer()).status_code == 403


def test_what_another_agency_sent_looks_like_what_nobody_sent(client, seeded):
    other = client.get(f"/v1/submissions/{seeded.submission['desa']}", headers=bearer(agency="baznas"))
    nobody = client.get(f"/v1/submissions/{'0' * 32}", headers=bearer(agency="baznas"))
    assert (other.status_code, other.json()) == (nobody.status_code, nobody.json()) and other.status_code == 404


def test_a_denial_is_an_entry_and_repeats_nothing_that_was_sent(client, centre, seeded):
    canary = "1871014107900001"
    query = {"purpose": canary, "basis": canary, "case": canary, "agency": canary}
    client.get(f"/v1/persons/{canary}", params=query, headers=bearer("reconciler"))
    client.get("/v1/submissions", params={"agency": canary}, headers=bearer(agency="baznas"))
    found = entries(centre)
    assert [entry["code"] for entry in found] == ["ACCESS_DENIED", "ACCESS_DENIED"]
    assert canary not in str(found)

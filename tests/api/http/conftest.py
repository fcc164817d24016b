"""The real application over a real centre; tokens are signed by a key of the tests' own."""

import datetime as dt
import itertools
import os
import time
import uuid
from dataclasses import dataclass, replace
from types import SimpleNamespace

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from api.access import Verifier
from api.access.buckets import Buckets, Rate
from api.access.oidc import Provider, SignIn
from api.access.principals import OF_AN_AGENCY
from api.app import create_app
from api.service import Service
from api.services.uploads import Inbox
from api.store import (
    Approval,
    Campaign,
    Case,
    Content,
    Epoch,
    Job,
    Membership,
    PendingEntry,
    Person,
    Review,
    Run,
    Submission,
    Ticket,
    Upload,
)
from linkage.matching import Frozen, Model, patterns
from policies.access_rules import load_access_rules
from tests.api.conftest import AGENCIES, EPOCH, POLICY, centre, desks

__all__ = ["centre", "desks"]

ISSUER, AUDIENCE = "https://vault.test/v1/identity/oidc", "lapis-tests"
KEY = ec.generate_private_key(ec.SECP256R1())
JWKS = {"keys": [{**jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "k1", "alg": "ES256"}]}
NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
FROZEN = Frozen(
    Model((0.8,), patterns.fields(2), 0.001, ((0.2, 0.8), (0.1, 0.1, 0.8), (0.1, 0.9), (0.2, 0.8), (0.4, 0.6)),
          ((0.9, 0.1), (0.8, 0.1, 0.1), (0.9, 0.1), (0.99, 0.01), (0.95, 0.05))),
    0.9, 0.2, 80, 400,
)  # fmt: skip
STAFF = ("analyst", "pmo-officer", "pmo-head", "dpo", "reconciler")
PURPOSE = {"analyst": "targeting", "pmo-officer": "targeting", "pmo-head": "targeting", "dpo": "citizen-request"}


def subject(role, agency=None):
    """Return the vault's id of whoever has a role, or of an agency."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{role}{agency}"))


def token(role="analyst", agency=None, key=KEY, kid="k1", **claims):
    """Sign a token for a role, or for an agency."""
    now = int(NOW.timestamp())
    body = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject(role, agency),
            "iat": now - 60, "exp": now + 600, "role": "agency" if agency and role not in OF_AN_AGENCY else role,
            **({"agency": agency} if agency else {}), **claims}  # fmt: skip
    body = {name: value for name, value in body.items() if value is not None}
    return jwt.encode(body, key, algorithm="ES256", headers={"kid": kid})


def bearer(role="analyst", agency=None, **claims):
    """Return the header that goes with a token."""
    return {"Authorization": f"Bearer {token(role, agency, **claims)}"}


class Idle:
    """No job runs: what routes write stays as they wrote it."""

    def nudge(self):
        """Do nothing."""

    def progress(self, _job):
        """Know nothing."""


def issue(identity, secret):
    """Know one agency's credentials, as the vault would."""
    from vault import VaultError

    if (identity, secret) != ("role-of-baznas", "secret-of-baznas"):
        raise VaultError("VAULT_LOGIN_REFUSED", "the vault does not know these credentials")
    return token(agency="baznas")


def serve(centre, folder, **changes):
    """Put the service together."""
    folder.mkdir(exist_ok=True)
    verifier = Verifier(lambda: ISSUER, frozenset({AUDIENCE}), lambda: JWKS, centre.clock)
    # Nobody is there: what needs the provider itself is tried with a real one.
    nowhere = "https://127.0.0.1:9"
    provider = Provider("lapis", "https://testserver/login/callback", f"{nowhere}/authorize", nowhere, nowhere)
    quick = Rate(1e6, 1e6)
    made = Service(
        centre=centre, inbox=Inbox(folder, os.urandom), verifier=verifier, rules=load_access_rules(), jobs=Idle(),
        issue=issue, ready=lambda: centre.login("merge").close(), requests=Buckets(quick, time.monotonic),
        logins=Buckets(quick, time.monotonic), lifetime=900,
        sign_in=SignIn(lambda: provider, verifier),
    )  # fmt: skip
    return replace(made, **changes)


@pytest.fixture
def service(centre, tmp_path):
    """The service over an empty centre."""
    return serve(centre, tmp_path / "inbox")


@pytest.fixture(scope="session")
def application():
    """The real application, put together once from the rules alone: what it serves is each test's own."""
    return create_app(SimpleNamespace(rules=load_access_rules()))


@pytest.fixture
def client(service, application):
    """A client of the real application."""
    application.state.service = service
    return TestClient(application, raise_server_exceptions=False)


@dataclass(frozen=True)
class Seeded:
    """Ids of what `seed` put into the store."""

    person: str
    submission: dict
    job: dict
    case: dict


@pytest.fixture
def seeded(centre):
    """Two agencies' upload and job, and people with aid: known rows, made without a vault."""
    return seed(centre)


def seed(centre):
    """Fill the store: 40 persons, each on two agencies' lists of one programme and period."""
    ids = {name: (f"{number:032x}", f"{number + 16:032x}") for number, name in enumerate(AGENCIES, 1)}
    with Session(centre.store) as session, session.begin():
        if session.get(Epoch, EPOCH.card.epoch) is None:
            session.add(Epoch(id=EPOCH.card.epoch, check_value=EPOCH.card.check))
        session.add(Run(id=1, started_at=NOW, finished_at=NOW, policy=POLICY.hash,
                        model=FROZEN.to_json(), report="{}"))  # fmt: skip
        session.flush()
        records = itertools.count(1)
        for number, (agency, (upload, job)) in enumerate(ids.items(), 1):
            session.add(
                Submission(
                    id=number,
                    agency=agency,
                    content=f"{number:064x}",
                    epoch=EPOCH.card.epoch,
                    policy=POLICY.hash,
                    rows=40,
                    statistics="{}",
                    staged_at=NOW,
                    visible_at=NOW,
                )
            )
            session.add(Upload(id=upload, agency=agency, digest=f"{number:064x}", size=1000, created_at=NOW))
            session.flush()
            session.add(Job(id=job, kind="ingest", agency=agency, upload=upload, state="done", created_at=NOW, rows=40))
            for person in range(40 if agency != "csr" else 0):
                if number == 1:
                    session.add(Person(id=person + 1, first_run=1))
                    session.flush()
                record = next(records)
                session.add(Content(record=record, submission=number, agency=agency, programme="PKH", period="2026-03",
                                    amount=person % 2 * 300_000, regency="18.01" if person else "18.02", village=None,
                                    nik_status="ok", kk_status="ok", mononym=False, default_date=False))  # fmt: skip
                session.add(Membership(record=record, person=person + 1, run=1))
        session.add(Campaign(programme="PKH", criterion="twice", regency=None, expires=dt.date(2026, 6, 1),
                             opened_by="somebody", opened_at=NOW))  # fmt: skip
        session.add(Review(left=2, right=44, run=1, reason="TWO_NIKS", probability=0.25, pattern="1,2,-1,0,-1",
                           two_niks=True))  # fmt: skip
        session.flush()
        for role, who in (("dpo", "ani"), ("pmo-head", "budi")):
            session.add(Approval(campaign=1, role=role, person=who, given_at=NOW))
    uploads, jobs = ({name: pair[at] for name, pair in ids.items()} for at in (0, 1))
    return Seeded(f"{1:016x}", uploads, jobs, cases(centre))


def cases(centre):
    """Add three cases without requests: Baznas's and the village's, each with its ticket, released; and one waiting."""
    with Session(centre.store) as session, session.begin():
        for number, agency in enumerate(("baznas", "desa", None), 1):
            session.add(
                Case(
                    opened_by=subject("pmo-officer"), opened_at=NOW, expires=NOW + dt.timedelta(hours=3),
                    purpose="vital-interest", basis="vital-interest", urgent=True, officer_key="ab" * 32,
                    manifest="cd" * 32, released_at=NOW if agency else None,
                )
            )  # fmt: skip
            session.flush()
            if agency:
                session.add(Ticket(case=number, agency=agency, sealed="{}", issued_at=NOW))
    return {"baznas": "case-1", "desa": "case-2", None: "case-3"}


def operations(app):
    """Return every operation of the published form: (operation id, method, path, whether it asks for a purpose)."""
    found = []
    for path, item in app.openapi()["paths"].items():
        for method, operation in item.items():
            asks = any(each["name"] == "purpose" for each in operation.get("parameters", ()))
            found.append((operation["operationId"], method, path, asks))
    return found


REFS = {"json": {"refs": ["7d" * 32]}}
BODIES = {
    "createCampaign": {"json": {"programme": "PKH", "criterion": "without", "expires": "2026-06-01"}},
    "createFinding": {"json": {"person": f"{1:016x}", "period": "2026-03", "outcome": "review-together"}},
    "createFlagOutcome": {"json": {"outcome": "both-may-stand"}},
    "pullCampaign": REFS,
    "readFeedback": REFS,
    "sendOwnAnswers": {"json": {"answers": [{"question": "5f" * 16, "ref": "7d" * 32, "same": True}]}},
    "decideReview": {"json": {"answer": "unsure", "reason": "cannot-tell"}},
    "sendReviewForm": {"data": {"answer": "unsure", "reason": "cannot-tell"}},
    "withdrawRows": REFS,
    "sendOutcomes": {"json": {"counts": {"visited": 3}}},
    "createSubmission": {"json": {"digest": "ab" * 32, "size": 10}},
    "createAlarms": {"json": {"alarms": [{"code": "REPLAY", "about": "request 5f0c8a1e", "place": "audit.log:441",
                                         "at": "2026-03-01T00:00:00Z"}]}},
    "sendPart": {"content": b"abc", "headers": {"Upload-Offset": "0"}},
    "createCase": {"json": {"persons": [f"{1:016x}"], "hours": 4}},
    "sendRefusal": {"json": {"reason": "not-needed"}},
    "sendReview": {"json": {"verdict": "justified"}},
    "sendAnswer": {"json": {"sealed": "{}"}},
    "createSubjectRequest": {"json": {"kind": "access", "channel": "counter", "by": "nik", "token": "7d" * 32,
                                      "received_at": "2026-02-28T09:00:00Z"}},
    "completeSubjectRequest": {"json": {"outcome": "refused"}},
    "createAgreement": {"json": {"agency": "baznas", "number": "1/PKS/2026", "signed": "2026-01-01",
                                 "until": "2027-01-01", "digest": "9f" * 32}},
    "createAssessment": {"json": {"signed": "2026-02-01", "digest": "9f" * 32, "attacks": "7d" * 32}},
    "sendSignOff": {"json": {"about": "alarm-1", "verdict": "explained"}},
    "sendFlagOutcomeForm": {"data": {"outcome": "both-may-stand"}},
    "sendSignOffForm": {"data": {"about": "alarm-1", "verdict": "explained"}},
    "issueToken": {"data": {"grant_type": "client_credentials", "client_id": "role-of-baznas",
                            "client_secret": "secret-of-baznas"}},
    "chooseLanguage": {"data": {"language": "en", "back": "/"}, "headers": {"Sec-Fetch-Site": "same-origin"}},
    "endLogin": {"headers": {"Sec-Fetch-Site": "same-origin"}},
    "readReleaseFiles": {"params": {"to": "BPS"}},
    "askReason": {"params": {"to": "showPersons"}},
}  # fmt: skip


def call(client, operation, seeded, owner="baznas", headers=None, purpose="targeting", **query):
    """Make a valid request of an operation."""
    name, method, path, asks = operation
    own = {"submission": seeded.submission[owner], "job": seeded.job[owner], "person": seeded.person}
    numbers = {
        "campaign": 1,
        "request": "request-1",
        "flag": "0" * 32,
        "release": 1,
        "run": 1,
        "pair": f"{2:016x}{44:016x}",
    }
    url = path.format(**own, **numbers, case=seeded.case[owner], file="lapis.css")
    more = {**BODIES.get(name, {})}
    more["headers"] = {**more.get("headers", {}), **(headers or {})}
    reasons = {"purpose": purpose, "basis": "public-task"} if asks else {}
    params = {**reasons, **more.pop("params", {}), **query}
    return client.request(method, url, params=params, follow_redirects=False, **more)


def entries(centre):
    """Return the log's entries as (code, actor)."""
    import json

    with Session(centre.store) as session:
        bodies = session.exec(select(PendingEntry.body).order_by(PendingEntry.id)).all()
    return [json.loads(body) for body in bodies]

"""What the tests of several rooms share: one real OpenBao a test run, with every role's policy applied."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from policies import load_identity_policies, load_vault_policies
from tests import postgresql
from vault import (
    Desired,
    EmbeddedServer,
    Identities,
    Officer,
    Retry,
    VaultSession,
    apply,
    apply_identities,
    login_agency,
    login_person,
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the routes' tests run on the other database too; services' tests run on both in any case."""
    parser.addoption("--routes-on", default="sqlite", help="sqlite, postgresql, or both with a comma between")


# Speed is measured in benchmarks; a slow first call is no fault.
settings.register_profile("lapis", deadline=None)
settings.load_profile("lapis")


OFFICERS = tuple(
    Officer(name, group)
    for name, group in (
        ("ani", "dpo"), ("budi", "pmo-head"), ("citra", "pmo-officer"), ("dewi", "analyst"), ("eko", "reconciler"),
    )
)  # fmt: skip
CLERKS = (Officer("rina", "agency-staff", "baznas"),)
AGENCIES = ("dinsos", "baznas")
BROWSER = "https://127.0.0.1:8443/login/back"
PORT = 20_000 + (os.getpid() * 7 + 3) % 20_000
PAGES = f"https://127.0.0.1:{PORT}/login/callback"
"""Where the tests' own service takes browsers back; one port a process of tests."""


def identities() -> Identities:
    """Say who there is in the tests' vault: an officer of each group, two agencies, and somebody of one.

    Without a second factor, so that tests can log in as often as they like; `test_second_factor` has its own server.
    """
    return Identities(load_identity_policies(), (*OFFICERS, *CLERKS), AGENCIES, (BROWSER, PAGES), second_factor=False)


def person(server: EmbeddedServer, name: str) -> VaultSession:
    """Log one of the officers in with the password that the steward handed over."""
    password = (server.layout.seal_dir / "officers" / f"{name}.password").read_text()
    return login_person(server.address, server.ca_file, name, password, retry=Retry(attempts=1))


def agency(server: EmbeddedServer, name: str) -> VaultSession:
    """Log one of the agencies in."""
    file = server.layout.seal_dir / "agencies" / f"{name}.json"
    return login_agency(server.address, server.ca_file, file, retry=Retry(attempts=1))


def started(root: Path) -> Iterator[EmbeddedServer]:
    """Yield a server with every role's policy applied, and stop it afterwards."""
    policies = load_vault_policies()
    server = EmbeddedServer(
        root / "home", root / "seal", policies["operator"], steward_policy=load_identity_policies()["steward"]
    )
    try:
        server.start()
        with server.session() as operator:
            apply(operator, Desired(policies), server.credentials_dir)
        with server.session("steward") as steward:
            apply_identities(steward, identities(), server.layout.seal_dir)
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A started server; `bao.session("ingest")` logs in, `bao.credentials_dir` holds each role's credentials."""
    yield from started(tmp_path_factory.mktemp("bao"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgresql.Cluster]:
    """A private PostgreSQL cluster; `postgres.fresh()` is the address of a new migrated database."""
    yield from postgresql.started()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what did not run, and why: a suite that is silently skipped proves nothing."""
    reasons = Counter(
        (report.nodeid.partition("::")[0], str(report.longrepr[2] if isinstance(report.longrepr, tuple) else ""))
        for report in terminalreporter.stats.get("skipped", ())
    )
    if reasons:
        terminalreporter.section("did not run", red=True)
        for (file, reason), count in sorted(reasons.items()):
            terminalreporter.line(f"{count:5}  {file}  {reason}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail in continuous integration when anything was skipped but for the processor's sake: the rest is to be had."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", ()) if reporter is not None else ()
    if os.environ.get("CI") and any("Skipped: the processor has no" not in str(each.longrepr) for each in skipped):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

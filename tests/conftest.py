"""What the tests of several rooms share: one real OpenBao a test run, with every role's policy applied."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from policies import load_vault_policies
from vault import Desired, EmbeddedServer, apply

# Speed is measured in benchmarks; a slow first call is no fault.
settings.register_profile("lapis", deadline=None)
settings.load_profile("lapis")


def started(root: Path) -> Iterator[EmbeddedServer]:
    """Yield a server with every role's policy applied, and stop it afterwards."""
    policies = load_vault_policies()
    server = EmbeddedServer(root / "home", root / "seal", policies["operator"])
    try:
        server.start()
        with server.session() as operator:
            apply(operator, Desired(policies), server.credentials_dir)
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A started server; `bao.session("ingest")` logs in, `bao.credentials_dir` holds each role's credentials."""
    yield from started(tmp_path_factory.mktemp("bao"))


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

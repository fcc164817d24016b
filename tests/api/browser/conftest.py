"""A real chromium before the real service, door and vault."""

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import uvicorn

from api.app import create_app
from tests.api.browser.surfing import CHROMIUM
from tests.api.http.browsing import DOOR, SERVICE, client_id, sign_in
from tests.api.http.conftest import serve
from tests.conftest import PAGES, PORT
from vault import ensure_certificate

ROOT = Path(__file__).parents[3]


def answers(address):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if httpx.get(f"{address}/health", verify=False, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"nobody answers at {address}")


@pytest.fixture(scope="module")
def door(bao, tmp_path_factory):
    """The door, a process of its own."""
    tls = tmp_path_factory.mktemp("door")
    ensure_certificate(tls, datetime.now(UTC))
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.cli", "centre", "door", "--port", str(PORT + 1), "--vault", bao.address,
         "--ca", str(bao.ca_file), "--client", client_id(bao), "--redirect", PAGES, "--tls", str(tls), "--attended"],
        stdin=subprocess.PIPE, cwd=ROOT, env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    try:
        answers(DOOR)
        yield
    finally:
        process.stdin.close()
        assert process.wait(20) == 0, "it ends when whoever started it is gone"


@pytest.fixture
def served(bao, door, centre, tmp_path):
    """The service over TLS."""
    now = replace(centre, clock=lambda: datetime.now(UTC))
    tls = tmp_path / "tls"
    ensure_certificate(tls, datetime.now(UTC))
    app = create_app(serve(now, tmp_path / "inbox", sign_in=sign_in(bao, now.clock)))
    config = uvicorn.Config(
        app, port=PORT, lifespan="off", log_config=None, access_log=False,
        ssl_certfile=tls / "server.pem", ssl_keyfile=tls / "server.key",
    )  # fmt: skip
    server = uvicorn.Server(config)
    running = threading.Thread(target=server.run, daemon=True)
    running.start()
    try:
        answers(SERVICE)
        yield now
    finally:
        server.should_exit = True
        running.join(20)


@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no chromium at {CHROMIUM}")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """A page of a fresh browser; nothing may be complained of in its console."""
    context = chromium.new_context(ignore_https_errors=True, locale="id-ID", viewport={"width": 1280, "height": 800})
    found, complaints = context.new_page(), []
    found.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    found.on("pageerror", lambda error: complaints.append(str(error)))
    yield found
    context.close()
    assert not complaints

"""A real chromium before the real service, door and vault: sign in, see the page, and find the entry in the log."""

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
from api.services import sequencer
from tests.api.http.browsing import DOOR, SERVICE, client_id, password, sign_in
from tests.api.http.conftest import entries, seed, serve
from tests.conftest import PAGES, PORT
from vault import ensure_certificate

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = "/usr/bin/chromium"
ROOT = Path(__file__).parents[3]
SHOTS = os.environ.get("LAPIS_SHOTS")
WIDTHS = {360: 740, 1280: 800}
pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no chromium at /usr/bin/chromium")


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


def shot(page, name):
    """Keep a picture of a page for people to look at, if they want any; it must never be wider than the screen."""
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)


def enter(page, bao, name):
    """Sign in as a person would."""
    page.goto(SERVICE)
    shot(page, "front")
    page.get_by_role("link", name="Masuk").click()
    assert page.url.startswith(f"{DOOR}/authorize")
    shot(page, "door")
    page.get_by_label("Nama pengguna").fill(name)
    page.get_by_label("Kata sandi").fill(password(bao, name))
    page.get_by_role("button", name="Masuk").click()
    page.wait_for_url(f"{SERVICE}/pages")


def reason(page, purpose):
    page.get_by_label(purpose).check()
    page.get_by_label("Tugas pelayanan publik").check()
    page.get_by_role("button", name="Lanjut").click()


def codes(centre):
    return [entry["code"] for entry in entries(centre)]


def test_an_analyst_signs_in_says_why_and_reads_a_profile(served, page, bao):
    seeded = seed(served)
    enter(page, bao, "dewi")
    shot(page, "analyst-home")
    page.get_by_role("navigation").get_by_role("link", name="Penerima").click()
    shot(page, "analyst-reason")
    reason(page, "Mencari yang perlu dibantu")
    shot(page, "analyst-persons")
    page.goto(f"{page.url}&limit=15")
    for known in (15, 30):
        assert page.locator("#rows a.id").count() == known
        page.get_by_role("link", name="Tampilkan lagi").click()
        page.locator("#rows a.id").nth(known).wait_for()
    assert page.locator("#rows a.id").count() == 40
    page.get_by_role("link", name=f"{2:016x}").click()
    assert page.get_by_text("Rp\N{NO-BREAK SPACE}600.000").is_visible()
    shot(page, "analyst-person")
    for name, where in (("Bantuan ganda", "overlaps"), ("Belum tersentuh", "coverage")):
        page.get_by_role("navigation").get_by_role("link", name=name).click()
        shot(page, f"analyst-{where}")
    page.get_by_role("button", name="English").click()
    assert page.get_by_role("heading", name="Not yet reached").is_visible()
    page.get_by_role("button", name="Sign out").click()
    assert page.get_by_role("link", name="Sign in").is_visible()
    listed = ["PERSONS_LISTED"] * (codes(served).count("PERSONS_LISTED"))
    assert codes(served) == ["LOGIN", *listed, "PROFILE_READ", "OVERLAPS_LISTED", "COVERAGE_READ", "COVERAGE_READ",
                             "LOGOUT"]  # fmt: skip
    profile = next(entry for entry in entries(served) if entry["code"] == "PROFILE_READ")
    assert profile["subject"]["person"] == f"{2:016x}" and seeded.person != profile["subject"]["person"]
    assert (profile["purpose"], profile["basis"], profile["role"]) == ("targeting", "public-task", "analyst+anyone")


def test_an_officer_reads_the_log_and_sees_how_far_it_is_proved(served, page, bao):
    seed(served)
    enter(page, bao, "dewi")
    page.goto(f"{SERVICE}/pages/persons/{3:016x}?purpose=targeting&basis=consent")
    page.get_by_role("button", name="Keluar").click()
    page.get_by_role("link", name="Masuk").wait_for()
    enter(page, bao, "ani")
    sealed = sequencer.seal(served, "lapis/pmo/log")
    page.get_by_role("navigation").get_by_role("link", name="Catatan akses").click()
    reason(page, "Mengawasi pemakaian data")
    assert page.get_by_text(f"Sudah diperiksa sampai catatan ke-{sealed.size}.").is_visible()
    assert page.get_by_text(sealed.root).is_visible()
    shot(page, "officer-log")
    page.get_by_label("Nomor penerima").fill(f"{3:016x}")
    page.get_by_role("button", name="Tampilkan").click()
    row = page.locator("#rows tr", has_text="Satu penerima dilihat")
    assert row.count() == 1 and "Persetujuan orangnya" in row.inner_text()
    shot(page, "officer-log-person")
    assert codes(served) == ["LOGIN", "PROFILE_READ", "LOGOUT", "LOGIN", "LOG_READ", "LOG_READ"]
    assert entries(served)[-1]["purpose"] == "oversight"


def test_somebody_of_an_agency_follows_its_own_list(served, page, bao):
    seeded = seed(served)
    enter(page, bao, "rina")
    shot(page, "agency-home")
    page.get_by_role("main").get_by_role("link", name="Daftar terkirim").click()
    shot(page, "agency-submissions")
    assert page.get_by_role("link", name="Buka").count() == 1
    page.get_by_role("link", name="Buka").click()
    assert page.url.endswith(seeded.submission["baznas"])
    shot(page, "agency-submission")
    assert codes(served) == ["LOGIN", "SUBMISSIONS_LISTED", "SUBMISSION_READ"]
    assert entries(served)[-1]["subject"]["agency"] == "baznas"

"""One enrolled agency for all tests of the page, each on a copy of its folder; and a real browser."""

import shutil
from pathlib import Path

import pytest

from tests.scripts.page.serving import enrol, page

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def enrolled(tmp_path_factory):
    return enrol(tmp_path_factory.mktemp("enrolled"))


@pytest.fixture
def home(enrolled, tmp_path):
    """An agency's folder of one's own."""
    return shutil.copytree(enrolled, tmp_path / "agency")


@pytest.fixture
def running(home):
    """The page, its keys open."""
    with page(home) as found:
        yield found


@pytest.fixture
def visitor(running):
    return running.visitor()


@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no chromium at {CHROMIUM}")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()

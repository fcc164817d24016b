"""One enrolled agency for all tests of the page; each works on a copy of its folder."""

import shutil

import pytest

from tests.scripts.page.serving import enrol, page


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

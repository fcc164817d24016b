"""Every page, for somebody who may see it, on two screens and in two languages: light, whole, and open to everybody.

With LAPIS_PICTURES set to a folder it leaves a picture of each there.
"""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from api.app import create_app
from tests.api.browser.surfing import WIDTHS, enter
from tests.api.http.browsing import DOOR, SERVICE
from tests.api.http.conftest import seed, serve
from tests.api.http.released import release, work

PICTURES = os.environ.get("LAPIS_PICTURES")
HEAVIEST = 100_000
TARGETING, OVERSIGHT = "purpose=targeting&basis=public-task", "purpose=oversight&basis=public-task"
REVIEW = "purpose=overlap-review&basis=public-task"
PERSON, LIST = f"{2:016x}", f"{1:032x}"
SEEN: dict[str, tuple[str, str]] = {
    "showHome": ("dewi", "/pages"),
    "showGlossary": ("dewi", "/glossary"),
    "askReason": ("dewi", "/pages/reason?to=showPersons"),
    "showPersons": ("dewi", f"/pages/persons?{TARGETING}"),
    "showPerson": ("dewi", f"/pages/persons/{PERSON}?{TARGETING}"),
    "showOverlaps": ("dewi", f"/pages/overlaps?{TARGETING}"),
    "showCoverage": ("dewi", f"/pages/coverage?{TARGETING}"),
    "showLayers": ("citra", f"/pages/layers?{TARGETING}"),
    "showGaps": ("citra", f"/pages/gaps?{TARGETING}"),
    "showFunds": ("citra", f"/pages/funds?{TARGETING}"),
    "showVillages": ("citra", f"/pages/villages?{TARGETING}"),
    "showFlags": ("citra", f"/pages/flags?{REVIEW}"),
    "showUnregistered": ("citra", f"/pages/unregistered?{TARGETING}"),
    "showReviews": ("citra", f"/pages/reviews?{REVIEW}"),
    "showReview": ("citra", f"/pages/reviews/{2:016x}{44:016x}?{REVIEW}"),
    "showRuns": ("dewi", "/pages/runs"),
    "showRun": ("dewi", "/pages/runs/1"),
    "showCampaigns": ("citra", "/pages/campaigns"),
    "showCampaign": ("citra", "/pages/campaigns/1"),
    "showReleases": ("ani", "/pages/releases"),
    "showApprovals": ("ani", "/pages/approvals"),
    "showDesk": ("rina", "/pages/desk"),
    "showCases": ("ani", "/pages/cases"),
    "showCase": ("ani", "/pages/cases/case-1"),
    "showQueue": ("ani", "/pages/queue"),
    "showSubjects": ("ani", "/pages/subjects"),
    "showRegister": ("ani", "/pages/register"),
    "showLog": ("ani", f"/pages/log?{OVERSIGHT}"),
    "showSubmissions": ("rina", "/pages/submissions"),
    "showSubmission": ("rina", f"/pages/submissions/{LIST}"),
}
"""Who opens each page, and where: a page that is not named here fails the first test."""
WITHOUT = {"showFront"}
"""Pages for whoever has not signed in: looked at on the way in."""
TABBABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"


def operations(centre, folder):
    routes = create_app(serve(centre, folder)).openapi()["paths"]
    return {each["operationId"] for path in routes.values() for way, each in path.items() if way == "get"}


def test_every_page_is_looked_at(centre, tmp_path):
    pages = {each for each in operations(centre, tmp_path / "inbox") if each.startswith(("show", "ask"))}
    assert pages == set(SEEN) | WITHOUT


@pytest.fixture
def person(request, chromium, served, bao):
    """Somebody signed in, with all that her browser asked for and complained of."""
    seed(served)
    release(served)
    work(served)
    context = chromium.new_context(ignore_https_errors=True, locale="id-ID", viewport={"width": 1280, "height": 800})
    page, asked, complaints = context.new_page(), [], []
    page.on("request", lambda each: asked.append(each.url))
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    enter(page, bao, request.param)
    yield page, [path for name, (who, path) in SEEN.items() if who == request.param]
    state = context.storage_state()
    context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith((SERVICE, DOOR, "data:"))] == []
    assert state


everybody = pytest.mark.parametrize("person", sorted({who for who, _ in SEEN.values()}), indirect=True)


@everybody
def test_every_page_is_light_fits_its_screen_and_has_no_barrier(person):
    page, paths = person
    for language in ("English", "Indonesia"):
        page.goto(f"{SERVICE}/pages")
        page.get_by_role("button", name=language).click()
        for path in paths:
            page.goto(f"{SERVICE}{path}")
            for width, height in WIDTHS.items():
                page.set_viewport_size({"width": width, "height": height})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
                found = Axe().run(page)
                assert found.violations_count == 0, (path, width, found.generate_report())
                picture(page, path, language, width)


def picture(page, path, language, width):
    if PICTURES:
        name = path.partition("?")[0].strip("/").replace("/", "-")
        name = "-".join(part for part in name.split("-") if not part.isalnum() or len(part) < 16)
        file = Path(PICTURES) / f"{name}-{language[:2].lower()}-{width}.jpg"
        page.screenshot(path=file, full_page=True, type="jpeg", quality=50)


@everybody
def test_every_page_is_under_a_hundred_thousand_octets_with_all_that_it_needs(person):
    page, paths = person
    for path in paths:
        fresh = page.context.browser.new_context(ignore_https_errors=True, storage_state=page.context.storage_state())
        with fresh:
            other, sizes = fresh.new_page(), []
            other.on("requestfinished", lambda each, sizes=sizes: sizes.append(each.sizes()["responseBodySize"]))
            other.goto(f"{SERVICE}{path}", wait_until="networkidle")
            assert len(sizes) >= 4, path
            assert sum(sizes) <= HEAVIEST, path


@everybody
def test_every_page_says_the_same_without_scripts(person):
    page, paths = person
    state = page.context.storage_state()
    with page.context.browser.new_context(
        ignore_https_errors=True, java_script_enabled=False, storage_state=state, locale="id-ID"
    ) as plain:
        other = plain.new_page()
        for path in paths:
            page.goto(f"{SERVICE}{path}")
            other.goto(f"{SERVICE}{path}")
            assert said(other) == said(page) != ""


def said(page):
    """Return a page's text, but for the log's rows: each look at them is one more."""
    return page.locator("main").evaluate("main => (main.querySelector('[data-log]')?.remove(), main.innerText)")


@everybody
def test_every_page_is_used_by_keyboard_alone(person):
    page, paths = person
    for path in paths:
        page.goto(f"{SERVICE}{path}")
        wanted = page.locator(TABBABLE).evaluate_all(
            "all => all.filter(each => each.checkVisibility() && !each.disabled && each.type !== 'radio').length"
        )
        reached = set()
        for _ in range(wanted + 30):
            page.keyboard.press("Tab")
            reached.add(
                page.evaluate("""() => { const at = document.activeElement;
                if (!at || at === document.body || at.type === 'radio') return -1;
                at.dataset.reached ??= String(document.querySelectorAll('[data-reached]').length);
                return Number(at.dataset.reached); }""")
            )
        assert len(reached - {-1}) == wanted, path

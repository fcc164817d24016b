"""Every page of the laptop, on two screens and in two languages: whole, without scripts, and open to everybody.

`LAPIS_SHOTS=folder` keeps a picture of each.
"""

import os
import re
import time

import pytest

from linkage.encoding.ticket import Ticket
from scripts import enrolment
from scripts.page.app import ROUTES
from scripts.page.rows import Withdrawal
from scripts.page.tickets import Resolved
from tests.scripts.page.serving import page, workbook

SHOTS = os.environ.get("LAPIS_SHOTS")
WIDTHS = {360: 740, 1280: 800}
TABBABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary"
FILES = {"template.xlsx", "lists/1/columns.json", "downloads/1", "keys/card.json"}
"""What is handed over as a file."""
ELSEWHERE = {"tickets/case-1": "test_tickets.py, for it takes a centre", "work/1": "gone on from at once"}
REFS = [bytes(32), bytes([1]) * 32]
TICKET = Ticket("case-7", "baznas", "double-payment", int(time.time()) + 3600, tuple(REFS), bytes(32))
RESULTS = {
    11: {"counts": [("correct", 1), ("erase", 2), ("known", 1234), ("review", 1), ("unknown", 3)],
         "files": [(1, "daftar.xlsx", 4)]},
    12: {"withdrawal": Withdrawal("daftar.xlsx", ["00"] * 1200)},
    13: {"withdrawal": Withdrawal("daftar.xlsx", ["00"] * 1200, 1199, 1)},
    14: {"campaigns": [(3, 12), (4, 0)], "files": [(1, "daftar.xlsx", 12)]},
    15: {"campaigns": [], "files": [], "told": [("visited", 3), ("deceased", 1)]},
    16: {"resolved": Resolved(TICKET, [], 2, ["daftar-februari.xlsx"], None)},
}  # fmt: skip
SEEN = ["", "lists/1", "lists/1/columns", "lists/single", "person", "outbox", "rows", "rows/11", "withdrawals/12",
        "withdrawals/13", "referrals", "referrals/14", "referrals/15", "tickets", "found/16", "keys", "centre",
        "unlock"]  # fmt: skip
FRESH = ["", "keys", "unlock", "rows", "outbox", "centre"]
"""Pages that are others where nothing was done yet."""


def matches(pattern, paths):
    return any(re.fullmatch(pattern, path.replace("single", "2")) for path in paths)


def test_every_page_is_looked_at():
    known = [*SEEN, *FILES, *ELSEWHERE]
    assert [pattern for method, pattern in ROUTES if method == "GET" and not matches(pattern, known)] == []


@pytest.fixture
def worked(home, monkeypatch):
    """An agency in the middle of a month, its epoch about to end."""
    with page(home) as running:
        session, visitor = running.session, running.visitor()
        visitor.put(workbook(), programme="ZAKAT", period="2026-03")
        values = {"name": "ROKAYAH", "reason": "lost", "sex": "P", "village": "Hajimena", "programme": "ZAKAT",
                  "period": "2026-03"}  # fmt: skip
        visitor.post("person", values)
        visitor.follow(visitor.post("lists/1/seal"))
        keeping = {"keep": "yes", "keep_as": "baznas", "programme": "ZAKAT", "period": "2026-03"}
        visitor.follow(visitor.post("lists/1/columns", keeping))
        session.centre = "https://lapis.lampungprov.go.id"
        session.results.update(RESULTS)
        last = session.agency.epoch.expires
        monkeypatch.setattr(enrolment, "today", lambda: last)
        yield running


@pytest.fixture
def fresh(tmp_path):
    with page(tmp_path / "fresh", unlocked=False) as running:
        yield running


@pytest.fixture
def opened(request, chromium):
    """A browser that knows the page of an agency; it complains of nothing."""
    running = request.getfixturevalue(request.param)
    single = max(running.session.lists, default=0)
    paths = [path.replace("single", str(single)) for path in {"worked": SEEN, "fresh": FRESH}[request.param]]
    context = chromium.new_context(locale="id-ID")
    cookie = {"name": "lapis-page", "value": running.guard._cookie, "domain": "127.0.0.1", "path": running.guard.place,
              "sameSite": "Strict"}  # fmt: skip
    context.add_cookies([cookie])
    tab, complaints = context.new_page(), []
    tab.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    yield running, tab, paths
    context.close()
    assert complaints == []


both = pytest.mark.parametrize("opened", ["worked", "fresh"], indirect=True)


@both
def test_every_page_fits_its_screen_has_no_barrier_and_no_script_in_both_languages(opened):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    running, tab, paths = opened
    barriers = []
    for language in ("en", "id"):
        running.session.language = language
        for path in paths:
            answer = tab.goto(f"{running.origin}{running.guard.place}/{path}")
            assert answer.status == 200, path
            assert tab.locator("html").get_attribute("lang") == language
            assert tab.locator("script, [style], [onclick]").count() == 0
            for width, height in WIDTHS.items():
                tab.set_viewport_size({"width": width, "height": height})
                if SHOTS:
                    name = f"{path.replace('/', '-') or 'home'}-{len(paths)}-{language}-{width}.png"
                    tab.screenshot(path=f"{SHOTS}/{name}", full_page=True)
                assert tab.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
                found = axe.run(tab)
                if found.violations_count:
                    barriers.append((path, width, language, found.generate_report()))
    assert barriers == []


@both
def test_every_page_is_used_by_keyboard_alone(opened):
    running, tab, paths = opened
    for path in paths:
        tab.goto(f"{running.origin}{running.guard.place}/{path}")
        wanted = tab.locator(TABBABLE).evaluate_all(
            "all => all.filter(each => each.checkVisibility() && !each.disabled && each.type !== 'radio').length"
        )
        reached = set()
        for _ in range(wanted + 15):
            tab.keyboard.press("Tab")
            reached.add(
                tab.evaluate("""() => { const at = document.activeElement;
                if (!at || at === document.body || at.type === 'radio') return -1;
                at.dataset.reached ??= String(document.querySelectorAll('[data-reached]').length);
                return Number(at.dataset.reached); }""")
            )
        assert len(reached - {-1}) == wanted, path

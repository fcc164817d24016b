"""People at work: sign in, see the page, and find the entry in the log."""

from api.services import sequencer
from tests.api.browser.surfing import enter, reason, shot
from tests.api.http.browsing import SERVICE
from tests.api.http.conftest import entries, seed


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
    for known in (15, 15):
        assert page.locator("#persons a.id").count() == known
        page.get_by_role("link", name="Halaman berikutnya").click()
    assert page.locator("#persons a.id").count() == 10
    page.locator("#persons th").get_by_role("link", name="Penerima", exact=True).click()
    page.locator("th[aria-sort=ascending]").wait_for()
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
    row = page.locator("#log tbody tr", has_text="Satu penerima dilihat")
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
    assert page.locator("#submissions tbody tr").count() == 1
    page.locator("#submissions tbody a").click()
    assert page.url.endswith(seeded.submission["baznas"])
    shot(page, "agency-submission")
    assert codes(served) == ["LOGIN", "SUBMISSIONS_LISTED", "SUBMISSION_READ"]
    assert entries(served)[-1]["subject"]["agency"] == "baznas"

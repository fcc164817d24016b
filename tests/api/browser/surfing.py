"""What a person does with a browser, and pictures of what she sees."""

import os

from tests.api.http.browsing import DOOR, SERVICE, password

CHROMIUM = "/usr/bin/chromium"
SHOTS = os.environ.get("LAPIS_SHOTS")
WIDTHS = {360: 740, 1280: 800}


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

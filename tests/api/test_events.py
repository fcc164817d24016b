"""The registry of events, and its page."""

from pathlib import Path

from api.services import events
from scripts import cli


def test_the_page_of_events_is_the_registry():
    assert Path("docs/events.md").read_text(encoding="utf-8") == events.page()


def test_the_command_writes_the_page(tmp_path):
    assert cli.main(["officer", "events", "--write", str(tmp_path / "events.md")]) == 0
    assert (tmp_path / "events.md").read_text(encoding="utf-8") == events.page()

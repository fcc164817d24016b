"""The service as its routes see it: the centre, the inbox, who is let in, the jobs, the clocks. Made once, at start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from api.access.buckets import Buckets
from api.access.oidc import SignIn
from api.access.principals import Verifier
from api.centre import Centre
from api.pages.charts import Outlines
from api.services.uploads import Inbox
from policies.access_rules import AccessRules
from policies.oversight_rules import OversightRules, load_oversight_rules


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job's stage is."""

    stage: str
    done: int
    total: int


class Work(Protocol):
    """What routes need of the jobs."""

    def nudge(self) -> None:
        """Say that a job waits."""

    def progress(self, job: str) -> Progress | None:
        """Return how far a running job is."""


@dataclass(frozen=True, slots=True)
class Service:
    """Everything a route works with. `issue` turns an agency's credentials into a token; `ready` asks the vault.

    `lifetime`: seconds that a token of `issue` lasts. `sign_in`: how people come in by browser, if they can.
    `outlines`: regencies as a deployer's map draws them, in place of tiles.
    `production`: real data, so an agency without an agreement sends nothing. `oversight`: when an entry of the log is
    flagged.
    """

    centre: Centre
    inbox: Inbox
    verifier: Verifier
    rules: AccessRules
    jobs: Work
    issue: Callable[[str, str], str] = field(repr=False)
    ready: Callable[[], None]
    requests: Buckets
    logins: Buckets
    lifetime: int
    sign_in: SignIn | None = None
    production: bool = False
    outlines: Outlines | None = None
    oversight: OversightRules = field(default_factory=load_oversight_rules)

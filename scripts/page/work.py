"""Work that takes longer than an answer may: in a thread of its own, with its progress to look at, stopped if wanted.

One piece at a time: a laptop has few cores, and a person does one thing after another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from linkage.errors import LapisError


class _StoppedError(LapisError):
    def __init__(self) -> None:
        super().__init__("WORK_STOPPED", "stopped by the person who started it")


class Work:
    """One piece of work: `stage`, `done` of `total`; at its end an `address`, or an `error`."""

    def __init__(self, act: Callable[[Work], str], back: str) -> None:
        """Begin; `back` is where to return to if it fails."""
        self.stage, self.done, self.total = "begin", 0, 0
        self.address: str | None = None
        self.error: LapisError | None = None
        self.back = back
        self._act, self._stopped = act, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.address = self._act(self)
        except LapisError as error:
            self.error = error
        except Exception:
            # Whatever it is, it must not name a value on the terminal.
            self.error = LapisError("FAILED", "the page failed")

    def track(self, stage: str, done: int, total: int) -> None:
        """Note how far it is; this is where a stop takes hold."""
        self.check()
        self.stage, self.done, self.total = stage, done, total

    def check(self) -> None:
        """Raise LapisError WORK_STOPPED if it was stopped."""
        if self._stopped.is_set():
            raise _StoppedError

    def pause(self, seconds: float) -> None:
        """Wait, unless it is stopped meanwhile."""
        self._stopped.wait(seconds)
        self.check()

    @property
    def running(self) -> bool:
        """Tell whether it still goes on."""
        return self._thread.is_alive()

    def wait(self, seconds: float) -> None:
        """Wait for its end, no longer than this."""
        self._thread.join(seconds)

    def stop(self) -> None:
        """Ask it to stop at its next step."""
        self._stopped.set()


Act = Callable[[Work], str]
"""Does the work, telling how far it is, and returns the address to go to."""

"""One at a time: whoever writes filter files holds the centre's lock. It goes with the process, however that ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.errors import ServiceError


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold the lock; raises ServiceError CENTRE_BUSY at once if another process does."""
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServiceError("CENTRE_BUSY", "another ingest or link is running", hint="wait for it to end") from None
        yield

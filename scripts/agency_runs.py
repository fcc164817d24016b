"""`lapis agency tokenise` on one list, from its start to the sealed submission: the bench's own worker, on one core.

What an agency's laptop lacks is hidden, and nothing is warm: loading programs and tables counts. Prints a line of JSON
with `seconds` of the processor, `wall` seconds, `peak_mb` and `submitted`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import sys
import time

LACKED = ("numba", "pandas")


class Hidden:
    """A finder that finds nothing of what an agency's laptop lacks."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:  # noqa: ARG002 — the protocol's
        """Refuse what is hidden, and leave the rest to others."""
        if name.partition(".")[0] in LACKED:
            raise ImportError(name)


def main(core: int, arguments: list[str]) -> int:
    """Run the command and say what it took."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    sys.meta_path.insert(0, Hidden())
    start, printed = time.perf_counter(), io.StringIO()
    from scripts import cli

    with contextlib.redirect_stdout(printed):
        status = cli.main(["agency", "tokenise", *arguments, "--json"])
    if status:
        return status
    made = json.loads(printed.getvalue())["files"]
    found = {
        "seconds": time.process_time(),
        "wall": time.perf_counter() - start,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "submitted": sum(each["submitted"] for each in made),
    }
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))

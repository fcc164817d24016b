"""The agency's page: the operator's work in the browser of her own laptop, for whoever uses no command line.

It listens at 127.0.0.1 alone, runs no script, asks no other host for anything, and writes no log. Lists that were put
in are kept in memory until they are taken out; what leaves the laptop is sealed, and goes to the centre alone.
"""

from scripts.page.running import run

__all__ = ["run"]

"""The domain, pure: values and Arrow tables in, values and Arrow tables out.

Nothing here opens a socket, reads the clock or the environment, or knows a database.
Keys, entropy and dates arrive as arguments.
"""

"""The central service: its store and what it does. Never a key, never an identity."""

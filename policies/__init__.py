"""Rules that people can read and change without touching code, and the thin code that loads and checks them."""

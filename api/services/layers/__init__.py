"""Layers over the store: who gets what, which flags wait for a person, where the rupiah went, and what may be told.

It works on pseudonyms and decides nothing about aid. Counts leave it by releases alone.
"""

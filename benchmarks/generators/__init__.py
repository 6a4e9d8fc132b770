"""Generators of events, each a process of its own: the platform's and its peers'.

All write the same event fields to compressed Parquet (the platform's to NDJSON too) and print, as JSON, the rows they wrote and
the CPU seconds from the end of their imports on, so that a small run of a slow one is not charged for its imports.
"""

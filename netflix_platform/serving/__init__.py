"""Serving: what the audit let through, as one read-only DuckDB file per version, and the one-line file that names the current."""

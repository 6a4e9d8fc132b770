"""The warehouse: one DuckDB file, one writing process, each event day reloaded in one transaction and given a state."""

"""The engines that do the work on data. DuckDB today; whatever joins it offers the same few calls."""

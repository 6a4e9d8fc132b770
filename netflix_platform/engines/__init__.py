"""The engines that do the work on data: DuckDB, and Spark, whose session answers to the same few calls."""

"""The audit: Dagster's own records of runs, steps, materializations and checks as small frames for the warehouse."""

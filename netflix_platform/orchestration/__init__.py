"""Orchestration beyond one process: the cluster that ``make cluster-up`` starts. Knows Dagster's commands, imports none of it."""

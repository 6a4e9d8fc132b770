"""Dagster only: the pipeline's layers as assets, their checks, jobs, schedules, sensors and runs. The work itself lies below.

Modules in pipeline order: ``raw`` → ``lake`` → ``warehouse`` → ``dbt`` → ``audit`` → ``serving`` (and the dashboard).
Assets of different layers know each other by asset key, never by import.
"""

"""Netflix-style analytics platform: one Dagster code location from raw watch events to a published dashboard.

The packages in pipeline order: ``sources`` (where raw days come from) → ``lake`` (conform, quarantine, ledger) →
``warehouse`` (transactional reload of a day) → dbt (``dbt_netflix/``) → ``serving`` (versioned publishing), with ``audit``
beside them. ``defs`` turns them into Dagster assets, ``definitions`` assembles those, ``cli`` is what the Makefile calls.
"""

"""Real processes on loopback that a ``make`` target starts and stops: how they are started, watched and ended, and PostgreSQL.

Which processes make a cluster is said where it is used (``engines.spark.cluster``, ``orchestration.cluster``).
"""

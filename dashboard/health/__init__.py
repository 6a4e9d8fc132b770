"""The parts of *Pipeline health*, a module each: ``draw`` puts the part on the page, and its table stands beside it.

From above: ``tiles`` and ``verdicts`` (with ``findings``), ``alerts``, ``event_days``, ``ledgers``, ``late_arrivals``, ``runs``,
``checks``, ``erasures``, ``versions``. ``app_pages/pipeline_health.py`` only orders them; ``window`` is the range they share. SQL
stands in ``dashboard.pipeline_queries`` and ``dashboard.operations_queries``.
"""

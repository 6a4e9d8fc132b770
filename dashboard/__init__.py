"""The Streamlit dashboard: reads what ``serving`` published, and nothing else.

``app`` is the entry point, ``app_pages/`` holds one file per page, ``health/`` the parts of the longest one. All SQL stands in
``queries`` (the business), ``pipeline_queries`` (the state of the data) and ``operations_queries`` (runs, alerts, late arrivals,
erasures). ``published`` finds the version to show, ``freshness`` and ``notices`` decide what to say about it, ``charts`` and
``tables`` draw. Of the platform only ``netflix_platform.settings`` is imported.
"""

"""The Streamlit dashboard: reads what ``serving`` published, and nothing else.

``app`` is the entry point, ``app_pages/`` holds one file per page, ``queries`` and ``pipeline_queries`` hold all the SQL,
``published`` finds the version to show, ``notices`` decides what to say about it, ``charts`` and ``tables`` draw. Of the
platform only ``netflix_platform.settings`` is imported.
"""

"""The parts of the *History* page, one module each; ``app_pages/history.py`` has their order. What several pages draw stands in
``dashboard.charts``.
"""

"""The parts of the *Top 10* page, one module each; ``app_pages/top_10.py`` has their order."""

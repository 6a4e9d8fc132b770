"""The parts of the *Audience* page, one module each; ``app_pages/audience.py`` has their order."""

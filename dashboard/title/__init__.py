"""The parts of the *Title* page, one module each; ``app_pages/title.py`` has their order."""

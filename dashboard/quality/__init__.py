"""The parts of *Playback quality*, one module each. SQL stands in ``queries`` and ``trouble_queries``."""

"""A Netflix personal export as a history: what Netflix sends when one asks for one's data, read as viewings.

``files`` settles what is packed or encoded, ``table`` finds the rows, ``activity`` and ``history`` are the two tables, the other
modules read single values: ``titles`` (with ``words``), ``times``, ``devices``, ``countries``.
"""

from netflix_platform.sources.history import HistoryFormat
from netflix_platform.sources.netflix_export.format import NetflixExport

FORMAT: HistoryFormat = NetflixExport()

__all__ = ["FORMAT"]

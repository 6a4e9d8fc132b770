"""A folder of the user's own files as a source: what lies under ``data/landing/<feed>/`` becomes raw days, byte for byte.

``walk`` finds what lies there, ``states`` decides what is to be done with it, ``registry`` remembers from look to look,
``source`` looks and delivers.
"""

from netflix_platform.sources.landing.source import LandingSource
from netflix_platform.sources.landing.states import Judged, Look, Seen, State
from netflix_platform.sources.landing.walk import LandingError

__all__ = ["Judged", "LandingError", "LandingSource", "Look", "Seen", "State"]

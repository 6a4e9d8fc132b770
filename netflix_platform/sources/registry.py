"""The sources by name: a new source is one module beside this one and one line here (and its name in ``settings``)."""

from __future__ import annotations

from collections.abc import Callable

from netflix_platform.settings import HISTORY_SOURCES, Settings
from netflix_platform.sources.base import Source
from netflix_platform.sources.history import HistoryFormat, HistorySource
from netflix_platform.sources.jellyfin import FORMAT as JELLYFIN
from netflix_platform.sources.landing import LandingSource
from netflix_platform.sources.netflix_export import FORMAT as NETFLIX_EXPORT
from netflix_platform.sources.synthetic import SyntheticSource
from netflix_platform.sources.tautulli import FORMAT as TAUTULLI

# The kinds of file that `make import` takes in; each is a source of its name.
HISTORY_FORMATS: tuple[HistoryFormat, ...] = (NETFLIX_EXPORT, JELLYFIN, TAUTULLI)

_SOURCES: dict[str, Callable[[Settings], Source]] = {
    "synthetic": SyntheticSource,
    "landing": LandingSource,
    **dict.fromkeys(HISTORY_SOURCES, HistorySource),
}


def open_source(settings: Settings) -> Source:
    """The source that ``settings.source`` names; settings have refused unknown names already."""
    return _SOURCES[settings.source](settings)

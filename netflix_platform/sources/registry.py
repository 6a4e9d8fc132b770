"""The sources by name: a new source is one module beside this one and one line here (and its name in ``settings.SOURCES``)."""

from __future__ import annotations

from collections.abc import Callable

from netflix_platform.settings import Settings
from netflix_platform.sources.base import Source
from netflix_platform.sources.landing import LandingSource
from netflix_platform.sources.synthetic import SyntheticSource

_SOURCES: dict[str, Callable[[Settings], Source]] = {
    "synthetic": SyntheticSource,
    "landing": LandingSource,
}


def open_source(settings: Settings) -> Source:
    """The source that ``settings.source`` names; settings have refused unknown names already."""
    return _SOURCES[settings.source](settings)

"""What kind of device a name means. Names are free text of the makers: ``Samsung 2018 KantM UHD TV Smart TV``, ``Chrome PC``."""

from __future__ import annotations

import re

# The first that matches: a name may hold several of the words ("Sony Android TV", "Android Tablet"), so that their order counts.
_PATTERNS = (
    ("tablet", r"ipad|tablet|kindle|\bgalaxy tab\b|\bfire hd\b"),
    (
        "tv",
        r"\b(?:u?hd|d)?tvs?\b|fire ?tv|fire ?stick|smarttv|chromecast|roku|playstation|\bps ?[2345]\b|xbox|\bwii|nintendo"
        r"|blu-?ray|set.?top|\bstb\b|streaming|\bshield\b|home theat|projector|bravia|viera|tizen|web ?os|game console",
    ),
    ("phone", r"iphone|ipod|phone|android"),
    (
        "pc",
        r"\bpc\b|\bmac\b|macbook|macos|imac|windows|chrome|firefox|safari|\bedge\b|opera|internet explorer|cadmium|silverlight"
        r"|linux|laptop|desktop|browser",
    ),
    ("phone", r"mobile|cell"),
)
_COMPILED = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _PATTERNS)


def device_type(name: str) -> str:
    """``tv`` (with consoles and sticks), ``pc`` (with browsers), ``phone``, ``tablet``, or ``other`` where no word is known."""
    return next((kind for kind, pattern in _COMPILED if pattern.search(name)), "other")

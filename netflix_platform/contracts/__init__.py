"""What an event, a user and a title are: columns, types and rules, each rule with the reason code of a refusal.

Only declarations: ``lake.conform`` applies them, sources produce rows that satisfy them. One module per feed.
"""

from netflix_platform.contracts.events import EVENTS
from netflix_platform.contracts.feed import Column, Feed, Kind, Reason
from netflix_platform.contracts.titles import TITLES
from netflix_platform.contracts.users import USERS

FEEDS: dict[str, Feed] = {feed.name: feed for feed in (EVENTS, USERS, TITLES)}

__all__ = ["EVENTS", "FEEDS", "TITLES", "USERS", "Column", "Feed", "Kind", "Reason"]

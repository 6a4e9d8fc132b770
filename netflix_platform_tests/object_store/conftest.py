"""One server for all tests, a prefix in its bucket for each test, and a folder with two arrival days."""

import dataclasses
from collections.abc import Iterator
from datetime import date

import pytest

from netflix_platform.contracts import EVENTS, FEEDS, USERS
from netflix_platform.lake.conform import conform_day
from netflix_platform.lake.raw import collect_day
from netflix_platform.object_store.bucket import Bucket
from netflix_platform.settings import Settings, open_platform
from netflix_platform.sources.base import DayDelivery
from netflix_platform_tests.lake.raw_days import event, ndjson
from netflix_platform_tests.object_store.s3_server import S3Server, running_server

DAYS = (date(2026, 6, 20), date(2026, 6, 21))


class Sender:
    """A source that delivers ``word`` in one event of each day, a late one on the second, and a line that is refused."""

    name = "synthetic"

    def __init__(self, word: str = "first") -> None:
        self._word = word

    def write_day(self, feed, day, folder):
        if feed != EVENTS.name:
            return DayDelivery()
        late = [event("late", event_ts=f"{DAYS[0]}T23:00:00Z", user_id="u2")] if day == DAYS[1] else []
        own = event(f"own-{day}", event_ts=f"{day}T10:00:00Z", received_ts=f"{day}T10:00:01Z", mood=self._word)
        (folder / "ä ?#%25.ndjson").write_bytes(ndjson(own, *late, "broken"))
        return DayDelivery()

    def notices(self):
        return []

    def days_to_collect(self, wanted):
        return frozenset()


def ingest(settings: Settings, word: str = "first", days=DAYS) -> None:
    """Collect and conform ``days``, as the assets do."""
    for day in days:
        for feed in (EVENTS, USERS):
            collect_day(settings, Sender(word), feed.name, day)
            conform_day(settings, FEEDS[feed.name], day)


def tree(settings: Settings) -> dict[str, bytes]:
    """All raw and lake files, but marks, by path."""
    found = {}
    for folder in (settings.raw_dir, settings.lake_dir):
        for path in folder.rglob("*"):
            if path.is_file() and "_unverified" not in path.parts:
                found[path.relative_to(settings.data_dir).as_posix()] = path.read_bytes()
    return found


@pytest.fixture(scope="session")
def server() -> Iterator[S3Server]:
    with running_server() as running:
        yield running


@pytest.fixture
def stored(settings: Settings, server: S3Server, request: pytest.FixtureRequest) -> Settings:
    """A new folder with a store of its own, which is still empty."""
    prefix = f"{request.node.name.split('[')[0]}/{abs(hash(request.node.name))}"
    return open_platform(dataclasses.replace(settings, object_store=server.address(prefix)))


@pytest.fixture
def bucket(stored: Settings) -> Bucket:
    assert stored.object_store
    return Bucket(stored.object_store)

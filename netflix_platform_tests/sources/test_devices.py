"""Names of clients, platforms and players as the media servers write them, and the kind of device that each means."""

import polars as pl
import pytest

from netflix_platform.sources.history.devices import device_type


@pytest.mark.parametrize(
    ("client", "device", "kind"),
    [
        ("Jellyfin Web", "Firefox", "pc"),
        ("Jellyfin Web", "Chrome Android", "phone"),
        ("Jellyfin Android", "SM-G991B", "phone"),
        ("Jellyfin Android", "SM-T870", "tablet"),
        ("Android TV", "living-room", "tv"),
        ("Jellyfin for WebOS", "LG Smart TV", "tv"),
        ("Swiftfin tvOS", "living-room", "tv"),
        ("Swiftfin iPadOS", "guest", "tablet"),
        ("Jellyfin Media Player", "desk", "pc"),
        ("Plex Web", "Chromecast", "tv"),
        ("Plex for iOS", "iPhone 15", "phone"),
        ("Plex for Samsung", "Samsung", "tv"),
        ("Windows", "guest", "pc"),
        ("Windows Phone", None, "phone"),
        ("Xbox One", None, "tv"),
        ("macOS", "guest", "pc"),
        (None, "AFTMM", "tv"),
        ("Infuse", "guest", "other"),
        (None, None, None),
    ],
)
def test_names_tell_the_kind_of_device(client: str | None, device: str | None, kind: str | None) -> None:
    names = pl.DataFrame({"client": [client], "device": [device]}, schema={"client": pl.String, "device": pl.String})
    assert names.select(device_type("client", "device")).item() == kind

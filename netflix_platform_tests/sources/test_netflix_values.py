"""Single values of an export: dates and durations in every known form, devices, countries."""

from datetime import datetime

import polars as pl
import pytest

from netflix_platform.sources.netflix_export.countries import country_code
from netflix_platform.sources.netflix_export.devices import device_type
from netflix_platform.sources.netflix_export.times import minutes_come_first, read_durations, read_starts


def starts(*texts: str | None) -> list[datetime | None]:
    return read_starts(pl.Series(texts, dtype=pl.String)).at.to_list()


def durations(*texts: str | None) -> list[int | None]:
    column = pl.Series(texts, dtype=pl.String)
    return read_durations(column, minutes_come_first(column)).to_list()


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2021-07-13 14:53:45", datetime(2021, 7, 13, 14, 53, 45)),
        ("2021-07-13T14:53:45Z", datetime(2021, 7, 13, 14, 53, 45)),
        ("2021-07-13 14:53:45.123", datetime(2021, 7, 13, 14, 53, 45)),
        ("2021/07/13 14:53", datetime(2021, 7, 13, 14, 53)),
        ("7/13/2021 14:53", datetime(2021, 7, 13, 14, 53)),
        ("7/13/21 4:05", datetime(2021, 7, 13, 4, 5)),
        ("7/13/2021 2:53:45 PM", datetime(2021, 7, 13, 14, 53, 45)),
        ("7/13/2021 12:03 am", datetime(2021, 7, 13, 0, 3)),
        ("13/7/2021 14:53", datetime(2021, 7, 13, 14, 53)),
        ("13/07/21 14:53:45", datetime(2021, 7, 13, 14, 53, 45)),
        ("13.07.2021 14:53", datetime(2021, 7, 13, 14, 53)),
        ("13.7.21, 14:53", datetime(2021, 7, 13, 14, 53)),
        ("3.7.2021 14:53", datetime(2021, 7, 3, 14, 53)),
        ("13-07-2021 14:53", datetime(2021, 7, 13, 14, 53)),
        ("13. 07. 2021. 14:53", datetime(2021, 7, 13, 14, 53)),
        ("2021. 7. 13. 14:53", datetime(2021, 7, 13, 14, 53)),
        ("2021-07-13", datetime(2021, 7, 13)),
    ],
)
def test_a_start_in_every_known_form(text: str, at: datetime) -> None:
    assert starts(text) == [at]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2021-02-30 10:00:00",
        "2021-07-13 25:00:00",
        "2021-07-13 10:61:00",
        "13/13/2021 10:00",
        "7/13/2021 13:05 PM",
        "44390.62",
        "21. 7. 13. 10:00",
        "٢٠٢١-٠٧-١٣ ١٠:٠٠:٠٠",
        "0000-01-01 10:00:00",
        "2021-07-13 10:00:00 +02:00",
        "Start Time",
    ],
)
def test_what_is_no_start(text: str) -> None:
    assert starts(text, "2021-07-13 14:53:45") == [None, datetime(2021, 7, 13, 14, 53, 45)]


def test_the_order_of_day_and_month_is_the_columns() -> None:
    assert starts("3/4/2021 10:00", "13/4/2021 10:00")[0] == datetime(2021, 4, 3, 10)
    assert starts("3/4/2021 10:00", "4/13/2021 10:00")[0] == datetime(2021, 3, 4, 10)
    assert read_starts(pl.Series(["3/4/2021 10:00", "13/4/2021 10:00"])).notes == ()


def test_an_order_that_nothing_tells_is_month_first_and_said() -> None:
    read = read_starts(pl.Series(["3/4/2021 10:00", None, "5/6/2021 11:00"]))
    assert read.at.to_list() == [datetime(2021, 3, 4, 10), None, datetime(2021, 5, 6, 11)]
    assert read.notes == ("No date of the file tells day and month apart; all are read as month/day/year.",)


def test_dates_against_the_order_of_the_others_are_no_dates_and_said() -> None:
    read = read_starts(
        pl.Series(["4/13/2021 1:00", "5/14/2021 1:00", "3/4/2021 1:00", "31/12/2020 1:00", "77/1/2021 1:00"])
    )
    assert [at.month if at else None for at in read.at] == [4, 5, 3, None, None]
    assert read.notes == ("Most dates are month/day/year, but 1 can only be the other way round; those are refused.",)


def test_durations() -> None:
    assert durations("00:26:38", "0:26:38", "1:00:00", "26:00:00", "00:26:38.500", None) == [
        *(1_598_000, 1_598_000, 3_600_000, 93_600_000, 1_598_000, None)
    ]
    assert durations("12:26:38 AM", "1:00:00 PM") == [1_598_000, 46_800_000]
    assert durations("00:61:00", "00:00:61", "-0:01:00", "x", "", "13:00:00 AM", "1:2:3:4", "٠٠:١٠:٠٠") == [None] * 8


def test_two_numbers_are_minutes_and_seconds_only_where_hours_are_impossible() -> None:
    assert durations("0:26", "1:30") == [None, None]
    assert durations("0:26", "1:30", "26:38", "126:38") == [26_000, 90_000, 1_598_000, 7_598_000]


DEVICES = {
    "tv": (
        *(
            "Samsung 2018 KantM UHD TV Smart TV",
            "Sony CE Sony Android TV 2020 M5 Smart TV",
            "Philips 2013 MTK5396 based TVs Smart TV",
        ),
        *(
            "Apple TV 4K",
            "Google Chromecast V3 Streaming Stick",
            "FireTV 4K Stick 2018",
            "Roku Athens HDR",
            "Sony PS4",
            "PlayStation 5",
        ),
        *(
            "Microsoft Xbox One S",
            "Sony 2012 Blu-ray Players",
            "LG LG 2017 MStar M2R Standard DTV",
            "Nintendo Wii U",
            "UHDTV 2021",
        ),
    ),
    "pc": (
        *(
            "Chrome PC (Cadmium)",
            "Safari MAC (Cadmium)",
            "Edge (Cadmium)",
            "Netflix Windows App - Cadmium Windows Mobile",
            "Mac",
        ),
        *("Windows Netflix App", "Netflix Opera Other", "Internet Explorer (Cadmium)", "PC", "PC Windows 10"),
    ),
    "phone": (
        *(
            "iPhone 12",
            "Apple iPhone 13 Mini",
            "DefaultWidevineAndroidPhone",
            "Android DefaultWidevineL3Phone Android Phone",
        ),
        *("Android WidevineL3 Phone", "Windows Phone 8"),
    ),
    "tablet": (
        *("Apple iPad Pro 12.9in 4th Gen (Wi-Fi) iPad", "DefaultWidevineAndroidTablets", "Kindle Fire HD"),
        *("Android DefaultWidevineL3Tablet Android Tablet",),
    ),
    "other": ("Some Gadget", "-"),
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in DEVICES.items() for name in names])
def test_the_kind_of_a_device(kind: str, name: str) -> None:
    assert device_type(name) == kind


def test_countries() -> None:
    texts = (
        "US (United States)",
        "US",
        " gb (United Kingdom) ",
        "ZZ (Nowhere)",
        "IND (India)",
        "India",
        "US United States",
    )
    assert [country_code(text) for text in texts] == ["US", "US", "GB", None, None, None, None]

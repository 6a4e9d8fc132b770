"""What kind of device a media server's names of client, platform and player mean, by patterns."""

from __future__ import annotations

import polars as pl

OTHER = "other"

# The first pattern that is found decides (any case, in any of the names). Names that are tied to one kind come first: a
# television's browser calls itself Chrome too, a tablet Android. What is left of a maker's name alone is a television.
_PATTERNS = (
    (
        "tv",
        r"tv\b|\btv|chromecast|roku|webos|netcast|tizen|bravia|vizio|viera|vidaa|hisense|\bshield\b|\baft[a-z]{1,5}\b|"
        r"playstation|\bps[345]\b|xbox|\bwii|nintendo|kodi|xbmc|tivo|set.?top|dlna|home theater|htpc",
    ),
    ("tablet", r"ipad|tablet|\btab\b|kindle|fire hd|\bkf[a-z]{3,5}\b|\bsm-[tx]\d|nexus (7|9|10)\b"),
    (
        "phone",
        r"iphone|ipod|phone|android|\bios\b|mobile|\bpixel\b|galaxy|oneplus|xiaomi|redmi|huawei|\bsm-[a-z]\d|nexus",
    ),
    (
        "pc",
        r"windows|\bmac|\bos ?x\b|imac|linux|ubuntu|chrome|chromium|firefox|safari|\bedge\b|opera|brave|vivaldi|"
        r"internet explorer|\bweb\b|browser|desktop|\bpc\b|laptop|notebook|media player",
    ),
    ("tv", r"samsung|\blg\b|sony|panasonic|philips|toshiba|sharp"),
)


def device_type(*names: str) -> pl.Expr:
    """tv, pc, phone, tablet or other, from the columns ``names`` of text; null where all of them are null."""
    said = pl.concat_str([pl.col(name) for name in names], separator=" | ", ignore_nulls=True)
    kind = pl.lit(OTHER)
    for device, pattern in reversed(_PATTERNS):
        kind = pl.when(said.str.contains(f"(?i){pattern}")).then(pl.lit(device)).otherwise(kind)
    return pl.when(pl.any_horizontal(pl.col(name).is_not_null() for name in names)).then(kind)

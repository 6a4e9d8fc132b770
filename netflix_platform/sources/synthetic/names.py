"""Invented names of films and series. Made of common words alone, so that nobody real is meant."""

from __future__ import annotations

_QUALITY_WORDS = (
    "Amber Ashen Borrowed Brittle Broken Burning Careless Cobalt Copper Crooked Distant Drowned Early Eastern "
    "Empty Endless Fading Faithful Feral Final Forgotten Fragile Frozen Gentle Gilded Golden Half-Lit Harmless "
    "Hidden Hollow Honest Idle Inland Iron Last Lesser Little Lonely Long Loud Lucky Midnight Mild Narrow "
    "Northern Offshore Paper Patient Perfect Quiet Reluctant Restless Salted Scarlet Second Secret Shallow Silver "
    "Slow Southern Stolen Stubborn Sudden Tender Thirsty Twisted Unfinished Unlikely Unwritten Velvet Wandering "
    "Western Wicked Winter"
)
_THING_WORDS = (
    "Acrobat Almanac Anchor Apartment Archive Arrival Atlas Bakery Balcony Bargain Beacon Beekeeper Bridge "
    "Caravan Carousel Cartographer Cathedral Chapel Clockmaker Coastline Comet Compass Confession Cottage Courier "
    "Current Daughter Debt Detour Diver Embassy Engine Estuary Evening Exile Expedition Feast Ferry Festival "
    "Fever Fortune Frontier Garden Glacier Guest Harbor Harvest Heir Horizon Hostel Hunter Inheritance Island "
    "Janitor Juror Kingdom Ladder Lantern Lighthouse Locket Machine Map Marina Masquerade Meadow Menu Messenger "
    "Meridian Mirror Monsoon Motel Neighbor Notebook Oath Orchard Orchestra Outpost Parade Passenger Pharmacist "
    "Piano Pilgrim Postcard Promise Quarry Railway Rehearsal Reservoir Rival River Rooftop Sailor Satellite "
    "Season Signal Skyline Stairwell Stranger Summit Surgeon Tailor Tenant Territory Theorem Tide Tribunal Tunnel "
    "Umbrella Valley Verdict Village Visitor Voyage Waltz Warden Weekend Witness"
)
_QUALITIES = _QUALITY_WORDS.split()
_THINGS = _THING_WORDS.split()
_FORMS = (
    "The {quality} {thing}",
    "{quality} {thing}",
    "{thing} of the {quality} {other}",
    "The {thing} and the {other}",
    "A {quality} {thing}",
    "{quality} {thing}, {quality_two} {other}",
    "Beyond the {quality} {thing}",
    "My {quality} {thing}",
)
_PAIRS = len(_QUALITIES) * len(_THINGS)
_COMBINATIONS = _PAIRS * len(_FORMS)
# About the golden section of the combinations and without a common divisor with them: neighbours in number get names far
# apart, and every combination comes once before any comes again.
_STRIDE = 42_811


def invented_name(number: int, seed: int) -> str:
    """The name with the given number (0, 1, …). All differ: after about 60,000 they come again with a numeral."""
    turn, place = divmod(number, _COMBINATIONS)
    pair, form = divmod((place * _STRIDE + seed * 7_919) % _COMBINATIONS, len(_FORMS))
    thing, quality = divmod(pair, len(_QUALITIES))
    name = _FORMS[form].format(
        quality=_QUALITIES[quality],
        thing=_THINGS[thing],
        quality_two=_QUALITIES[(quality + 31) % len(_QUALITIES)],
        other=_THINGS[
            (thing + 17 + quality) % len(_THINGS)
        ],  # never the thing itself: 17 + 73 is less than their number
    )
    if name.startswith("A ") and name[2] in "AEIOU":
        name = f"An {name[2:]}"
    return f"{name} {turn + 1}" if turn else name
